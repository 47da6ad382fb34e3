import { spawn } from "node:child_process"
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { epochMs, type KubernetesObject } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind, builtInKinds } from "@argo-ts/kernel/schemas"
import { afterEach, describe, expect, test } from "vitest"
import {
  type ClusterSim,
  type ClusterWrite,
  createClusterSim,
  deleteCollection,
  lastInstant,
  readLogLines,
  readWrites,
} from "../src/index.js"

const start = epochMs(1_767_225_600_000)
const end = epochMs(start + 300_000)
const directories: string[] = []
const deployments = builtInKind("apps/v1", "Deployment") ?? builtInKinds[0]
const configMaps = builtInKind("v1", "ConfigMap") ?? builtInKinds[0]
const web = { namespace: "default", name: "web" }

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true })
})

function logFile(): string {
  const directory = mkdtempSync(join(tmpdir(), "argo-ts-log-"))
  directories.push(directory)
  return join(directory, "cluster.jsonl")
}

if (deployments === undefined || configMaps === undefined) throw new Error("no built-in kinds")

function deployment(replicas: number): KubernetesObject {
  const labels = { app: "web" }
  const template = { metadata: { labels }, spec: { containers: [{ name: "m", image: "app:1" }] } }
  const spec = { replicas, selector: { matchLabels: labels }, template }
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: web, spec } as KubernetesObject
}

/** Every object but Events, without versions: what a restart must not change. */
async function stateOf(sim: ClusterSim): Promise<string[]> {
  const lines: string[] = []
  for (const kind of await sim.cluster.kinds()) {
    if (kind.plural === "events") continue
    for (const object of (await sim.cluster.list(kind)).items) {
      const { resourceVersion: _version, ...metadata } = object.metadata
      lines.push(JSON.stringify({ ...object, metadata }))
    }
  }
  return lines
}

/** A rollout begins; the writes of the user come first, the rest is the cluster's own doing. */
async function begin(log: string): Promise<string[]> {
  const clock = createVirtualClock(start)
  const sim = createClusterSim({ clock, log, seed: 7 })
  await sim.cluster.create(deployments as never, deployment(3))
  await clock.advance(30_000)
  await sim.cluster.patch(deployments as never, web, {
    type: "strategic",
    patch: { spec: { template: { spec: { containers: [{ name: "m", image: "app:2" }] } } } },
  })
  await clock.advanceTo(end)
  const state = await stateOf(sim)
  await sim.close()
  return state
}

async function resume(log: string): Promise<string[]> {
  const clock = createVirtualClock(lastInstant(log) ?? start)
  const sim = createClusterSim({ clock, log, seed: 7 })
  await clock.advanceTo(end)
  const state = await stateOf(sim)
  await sim.close()
  return state
}

describe("the log", () => {
  test("holds one line a write; opening it again shows the same objects and versions", async () => {
    const log = logFile()
    const clock = createVirtualClock(start)
    const sim = createClusterSim({ clock, log, controllers: false })
    const made = await sim.cluster.create(
      configMaps as never,
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { generateName: "a-", namespace: "default" },
      },
      { fieldManager: "someone" },
    )
    await sim.close()
    const line = readLogLines(log).at(-1)
    expect(line).toMatchObject({
      rv: 5,
      t: start,
      verb: "create",
      by: "someone",
      kind: "/configmaps",
      object: made,
    })
    expect(Object.values(line?.random ?? {})).toEqual([5])
    const again = createClusterSim({ clock, log, controllers: false })
    const { name } = made.metadata
    expect(await again.cluster.get(configMaps as never, { namespace: "default", name })).toEqual(
      made,
    )
    expect(again.opened).toEqual({ writes: 5, lastAt: start })
    const next = await again.cluster.create(configMaps as never, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { generateName: "a-", namespace: "default" },
    })
    expect(next.metadata.resourceVersion).toBe("6")
    expect(next.metadata.name).not.toBe(name)
    await again.close()
  })

  test("a run cut off after any write continues to the same end", async () => {
    const log = logFile()
    const whole = await begin(log)
    const text = readFileSync(log, "utf8")
    const lines = text.split("\n").slice(0, -1)
    const firstOwn = lines.findIndex((line) => line.includes('"app:2"'))
    expect(lines.length - firstOwn).toBeGreaterThan(40)
    for (let cut = firstOwn + 1; cut < lines.length; cut++) {
      const torn = `${lines[cut]?.slice(0, cut % 50)}`
      writeFileSync(log, `${lines.slice(0, cut).join("\n")}\n${torn}`)
      expect(await resume(log), `cut after line ${cut}`).toEqual(whole)
    }
  })

  test("a torn last line is dropped, a damaged middle is refused", async () => {
    const log = logFile()
    await begin(log)
    const count = readLogLines(log).length
    appendFileSync(log, '{"rv":99,"t":')
    expect(readLogLines(log)).toHaveLength(count)
    appendFileSync(
      log,
      '\n{"rv":1,"t":1,"verb":"create","by":"x","kind":"/pods","name":"p","object":null}\n',
    )
    expect(() => readLogLines(log)).toThrow(`line ${count + 1} is damaged`)
  })

  test("a clock that stands before the last write is refused", async () => {
    const log = logFile()
    await begin(log)
    const clock = createVirtualClock(start)
    expect(() => createClusterSim({ clock, log })).toThrow("start it at lastInstant(file)")
  })

  test("is read back as the writes that were told", async () => {
    const log = logFile()
    const clock = createVirtualClock(start)
    const sim = createClusterSim({ clock, log })
    const told: ClusterWrite[] = []
    sim.onWrite((write) => told.push(write))
    const key = { namespace: "default", name: "web" }
    await sim.cluster.create(deployments as never, deployment(1))
    await clock.advance(10_000)
    const selection = { namespace: "default" }
    await deleteCollection(sim.cluster, deployments as never, { selection })
    await clock.advance(10_000)
    await sim.close()
    expect(told.at(-1)).toMatchObject({ verb: "delete", before: { kind: "Pod" } })
    expect(
      told.filter((write) => write.key.name === key.name && write.verb === "delete"),
    ).toHaveLength(1)
    const read = [...readWrites(log)]
    expect(read.slice(read.length - told.length)).toEqual(told)
  })

  test("the same seed writes the same log, another one does not", async () => {
    const [one, two] = [logFile(), logFile()]
    await begin(one)
    await begin(two)
    expect(readFileSync(two, "utf8")).toBe(readFileSync(one, "utf8"))
  })

  test("a process that is killed in a write has made it, and a new one continues", async () => {
    const log = logFile()
    const whole = await begin(logFile())
    const script = fileURLToPath(new URL("./killed-process.ts", import.meta.url))
    const { exitCode, signal } = await runKilled(script, log)
    expect({ exitCode, signal }).toEqual({ exitCode: null, signal: "SIGKILL" })
    expect(readLogLines(log).at(-1)).toMatchObject({ kind: "/pods", verb: "create" })
    expect(await resume(log)).toEqual(whole)
  })
})

/** Runs the script through vite's own loader, so that TypeScript and the workspace's sources resolve. */
function runKilled(
  script: string,
  log: string,
): Promise<{ exitCode: number | null; signal: string | null }> {
  const loader = fileURLToPath(new URL("./run-typescript.mjs", import.meta.url))
  const child = spawn(process.execPath, [loader, script, log], {
    stdio: ["ignore", "inherit", "inherit"],
  })
  return new Promise((resolve) => {
    child.on("exit", (exitCode, signal) => resolve({ exitCode, signal }))
  })
}
