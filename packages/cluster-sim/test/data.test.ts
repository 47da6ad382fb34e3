import { spawn } from "node:child_process"
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { createRandomStreams, epochMs, type Kind, type KubernetesObject } from "@argo-ts/kernel"
import { createVirtualClock, systemClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { afterEach, describe, expect, test } from "vitest"
import { type ClusterSim, createClusterSim, lastInstant } from "../src/index.js"

const start = epochMs(1_767_225_600_000)
const configMaps = builtInKind("v1", "ConfigMap") as Kind
const deployments = builtInKind("apps/v1", "Deployment") as Kind
const directories: string[] = []

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true })
})

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "argo-ts-data-"))
  directories.push(directory)
  return directory
}

function map(name: string, value: string): KubernetesObject {
  const metadata = { namespace: "default", name }
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data: { value } } as KubernetesObject
}

async function everything(sim: ClusterSim): Promise<string[]> {
  const lines: string[] = []
  for (const kind of await sim.cluster.kinds()) {
    for (const object of (await sim.cluster.list(kind)).items) lines.push(JSON.stringify(object))
  }
  return lines.toSorted()
}

/** Opens, does, closes. */
async function within<T>(
  directory: string,
  work: (sim: ClusterSim) => Promise<T>,
  compactAtBytes: number = 1_000,
): Promise<T> {
  const clock = createVirtualClock(lastInstant(directory) ?? start)
  const data = { directory, compactAtBytes }
  const sim = createClusterSim({ clock, data, controllers: false })
  try {
    return await work(sim)
  } finally {
    await sim.close()
  }
}

async function fill(sim: ClusterSim, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await sim.cluster.create(configMaps, map(`m-${index}`, "x"))
  }
}

describe("a data directory", () => {
  test("keeps every object with its version and uid, and goes on counting", async () => {
    const directory = newDirectory()
    const before = await within(directory, async (sim) => {
      await fill(sim, 40)
      await sim.cluster.delete(configMaps, { namespace: "default", name: "m-3" })
      return everything(sim)
    })
    expect(existsSync(join(directory, "snapshot.jsonl"))).toBe(true)
    await within(directory, async (sim) => {
      expect(await everything(sim)).toEqual(before)
      expect(sim.opened.writes).toBe(45)
      const made = await sim.cluster.create(configMaps, map("next", "x"))
      expect(made.metadata.resourceVersion).toBe("46")
    })
  })

  test("stays small: what was overwritten is forgotten", async () => {
    const directory = newDirectory()
    await within(directory, async (sim) => {
      await fill(sim, 1)
      for (let index = 0; index < 500; index++) {
        await sim.cluster.update(configMaps, map("m-0", `${index}`))
      }
    })
    const size = ["log.jsonl", "snapshot.jsonl"]
      .map((file) => statSync(join(directory, file)).size)
      .reduce((left, right) => left + right)
    expect(size).toBeLessThan(10_000)
  })

  test("gives a name that is used again another uid, before and after a snapshot", async () => {
    const directory = newDirectory()
    const uids = new Set<string>()
    for (let round = 0; round < 4; round++) {
      await within(directory, async (sim) => {
        for (let index = 0; index < 20; index++) {
          uids.add((await sim.cluster.create(configMaps, map("again", "x"))).metadata.uid)
          await sim.cluster.delete(configMaps, { namespace: "default", name: "again" })
        }
      })
    }
    expect(uids.size).toBe(80)
  })

  test("continues names that are generated", async () => {
    const directory = newDirectory()
    const make = (sim: ClusterSim) =>
      sim.cluster.create(configMaps, {
        ...map("", "x"),
        metadata: { namespace: "default", generateName: "a-" },
      } as KubernetesObject)
    const names = new Set<string>()
    for (let round = 0; round < 5; round++) {
      await within(directory, async (sim) => {
        for (let index = 0; index < 10; index++) names.add((await make(sim)).metadata.name)
      })
    }
    expect(names.size).toBe(50)
  })

  test("of its history a version before the snapshot is Expired, a later one is not", async () => {
    const directory = newDirectory()
    const version = await within(directory, async (sim) => {
      await fill(sim, 20)
      return (await sim.cluster.list(configMaps)).resourceVersion
    })
    await within(directory, async (sim) => {
      const ended = new Promise<unknown>((end) => {
        sim.cluster.watch(configMaps, { resourceVersion: "1" }, { event: () => {}, end })
      })
      expect(await ended).toMatchObject({ code: "Expired" })
      const seen: string[] = []
      const event = (change: { readonly type: string }): void => void seen.push(change.type)
      sim.cluster.watch(configMaps, { resourceVersion: version }, { event, end: () => {} })
      await sim.cluster.create(configMaps, map("later", "x"))
      expect(seen).toEqual(["ADDED"])
    })
  })

  test("a deployment goes on where it was, whatever was compacted", async () => {
    const directory = newDirectory()
    const clock = createVirtualClock(start)
    const data = { directory, compactAtBytes: 500 }
    const sim = createClusterSim({ clock, data })
    const labels = { app: "web" }
    const template = { metadata: { labels }, spec: { containers: [{ name: "m", image: "a:1" }] } }
    await sim.cluster.create(deployments, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { namespace: "default", name: "web" },
      spec: { replicas: 3, selector: { matchLabels: labels }, template },
    } as KubernetesObject)
    await clock.advance(500)
    await sim.close()
    const later = createVirtualClock(lastInstant(directory) ?? start)
    const again = createClusterSim({ clock: later, data })
    await later.advance(30_000)
    const web = await again.cluster.get(deployments, { namespace: "default", name: "web" })
    expect(web).toMatchObject({ status: { readyReplicas: 3 } })
    await again.close()
  })

  test("belongs to one cluster at a time", async () => {
    const directory = newDirectory()
    await within(directory, async () => {
      expect(() => createClusterSim({ clock: systemClock(), data: directory })).toThrow(
        `${directory} is in use by process ${process.pid}`,
      )
    })
    await within(directory, (sim) => fill(sim, 1))
    expect(() =>
      createClusterSim({ clock: systemClock(), data: directory, log: join(directory, "x") }),
    ).toThrow("not by both")
  })

  test("is let go where it cannot be opened", async () => {
    const directory = newDirectory()
    await within(directory, (sim) => fill(sim, 20))
    const snapshot = join(directory, "snapshot.jsonl")
    const whole = readFileSync(snapshot, "utf8")
    writeFileSync(snapshot, whole.slice(0, -20))
    const open = (): ClusterSim => createClusterSim({ clock: systemClock(), data: directory })
    expect(open).toThrow("the snapshot is damaged")
    writeFileSync(snapshot, whole)
    await open().close()
  })
})

describe("a kill", () => {
  async function killed(): Promise<{ readonly directory: string; readonly state: string[] }> {
    const directory = newDirectory()
    const state = await within(directory, async (sim) => {
      await fill(sim, 30)
      return everything(sim)
    })
    return { directory, state }
  }

  test("while the snapshot was written leaves the one before", async () => {
    const { directory, state } = await killed()
    writeFileSync(join(directory, "snapshot.jsonl.new"), '{"format":1,"rv":99')
    expect(await within(directory, everything)).toEqual(state)
  })

  test("between the snapshot and the end of the log does nothing twice", async () => {
    const directory = newDirectory()
    await within(directory, (sim) => fill(sim, 10), 1_000_000)
    copyFileSync(join(directory, "log.jsonl"), join(directory, "kept"))
    const state = await within(
      directory,
      async (sim) => {
        await sim.cluster.delete(configMaps, { namespace: "default", name: "m-1" })
        return everything(sim)
      },
      100,
    )
    copyFileSync(join(directory, "kept"), join(directory, "log.jsonl"))
    expect(await within(directory, everything)).toEqual(state)
  })

  test("in a line leaves the lines before", async () => {
    const { directory, state } = await killed()
    appendFileSync(join(directory, "log.jsonl"), '{"rv":1000,"t":17672')
    expect(await within(directory, everything)).toEqual(state)
  })

  test("-9 of a real process at any point: all that was acknowledged is there, and nothing else but one write", async () => {
    const directory = newDirectory()
    const random = createRandomStreams(20_261_127).stream("kill")
    const known = new Map<string, { readonly count: number; readonly uid: string }>()
    let next = 0
    for (let round = 0; round < 6; round++) {
      const lines = await killAfter(directory, next, 1 + random.integer(120))
      for (const [name, count, , uid] of lines) {
        if (count === null) known.delete(String(name))
        else known.set(String(name), { count: Number(count), uid: String(uid) })
      }
      next += lines.length
      next = await checkAgainst(directory, known, next)
    }
    expect(next).toBeGreaterThan(6)
  })
})

type Line = readonly [name: string, count: number | null, version?: number, uid?: string]

/** What a process acknowledged before it was killed, at the earliest after so many writes. */
function killAfter(directory: string, from: number, writes: number): Promise<readonly Line[]> {
  const loader = fileURLToPath(new URL("./run-typescript.mjs", import.meta.url))
  const script = fileURLToPath(new URL("./writing-process.ts", import.meta.url))
  const child = spawn(process.execPath, [loader, script, directory, `${from}`], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  const lines: Line[] = []
  const reader = createInterface({ input: child.stdout })
  return new Promise((resolve) => {
    reader.on("line", (text) => {
      const line = JSON.parse(text) as Line
      if (line.length > 1) lines.push(line)
      if (lines.length === writes) child.kill("SIGKILL")
    })
    child.on("close", () => resolve(lines))
  })
}

/** Compares with what is on the disk; the write that was under way when the process died may or may not be there. */
async function checkAgainst(
  directory: string,
  known: Map<string, { readonly count: number; readonly uid: string }>,
  next: number,
): Promise<number> {
  const sim = createClusterSim({ clock: systemClock(), data: directory, controllers: false })
  const { items } = await sim.cluster.list(configMaps, { namespace: "default" })
  const found = new Map(
    items.map((item) => {
      const { data, metadata } = item as unknown as {
        readonly data: { readonly count: string }
        readonly metadata: { readonly name: string; readonly uid: string }
      }
      return [metadata.name, { count: Number(data.count), uid: metadata.uid }]
    }),
  )
  await sim.close()
  const differing = [...new Set([...known.keys(), ...found.keys()])].filter(
    (name) => JSON.stringify(known.get(name)) !== JSON.stringify(found.get(name)),
  )
  if (differing.length === 0) return next
  expect(differing).toEqual([`map-${next % 5}`])
  const entry = found.get(`map-${next % 5}`)
  if (entry === undefined) known.delete(`map-${next % 5}`)
  else known.set(`map-${next % 5}`, entry)
  expect(entry?.count ?? next).toBe(next)
  return next + 1
}
