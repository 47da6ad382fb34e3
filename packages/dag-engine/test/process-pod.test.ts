import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { afterEach, beforeEach, expect, test } from "vitest"
import {
  openRun,
  processExecutor,
  runWorkflow,
  type Template,
  type Workflow,
} from "../src/index.js"

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "argo-ts-test-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function workflow(templates: readonly Template[]): Workflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "local" },
    spec: { entrypoint: "main", templates },
  }
}

async function run(templates: readonly Template[]): Promise<Workflow> {
  const environment = { OUTSIDE: folder }
  const executor = processExecutor({ directory: join(folder, "work"), environment })
  return runWorkflow(workflow(templates), { executors: [executor] })
}

const nodeOf = (ran: Workflow, displayName: string) =>
  Object.values(ran.status?.nodes ?? {}).find((node) => node.displayName === displayName)

const sh = (name: string, script: string) => ({
  name,
  image: "alpine",
  command: ["sh", "-c"],
  args: [script],
})

test("init containers come first, one after the other; a sidecar runs beside and ends with the step", async () => {
  const ran = await run([
    {
      name: "main",
      outputs: { parameters: [{ name: "all", valueFrom: { path: "/tmp/all" } }] },
      initContainers: [sh("one", "echo one > /tmp/all"), sh("two", "echo two >> /tmp/all")],
      sidecars: [
        sh(
          "helper",
          'echo up > "$OUTSIDE/up"; trap "echo down > $OUTSIDE/down; exit 0" TERM; while :; do sleep 0.05; done',
        ),
      ],
      container: sh("", 'until [ -f "$OUTSIDE/up" ]; do sleep 0.02; done; echo main >> /tmp/all'),
    },
  ])
  expect(ran.status?.phase).toBe("Succeeded")
  expect(nodeOf(ran, "local")?.outputs?.parameters?.[0]?.value).toBe("one\ntwo\nmain")
  expect(readFileSync(join(folder, "down"), "utf8")).toBe("down\n")
})

test("an init container that fails is an error, and nothing else runs", async () => {
  const ran = await run([
    {
      name: "main",
      initContainers: [sh("check", "exit 3")],
      container: sh("", 'touch "$OUTSIDE/ran"'),
    },
  ])
  expect(ran.status).toMatchObject({ phase: "Error", message: "check: Error (exit code 3)" })
  expect(existsSync(join(folder, "ran"))).toBe(false)
})

test("a sidecar that had failed by itself fails the step; a killed one does not", async () => {
  const failing = await run([
    {
      name: "main",
      sidecars: [sh("bad", 'echo x > "$OUTSIDE/bad"; exit 4')],
      container: sh("", 'until [ -f "$OUTSIDE/bad" ]; do sleep 0.02; done; sleep 0.1'),
    },
  ])
  expect(failing.status).toMatchObject({ phase: "Failed", message: "bad: Error (exit code 4)" })
  const killed = await run([
    { name: "main", sidecars: [sh("deaf", "sleep 60")], container: sh("", "true") },
  ])
  expect(killed.status?.phase).toBe("Succeeded")
})

test("the containers of a set wait for each other, and those after a failed one never run", async () => {
  const ran = await run([
    {
      name: "main",
      outputs: { parameters: [{ name: "word", valueFrom: { path: "/tmp/word" } }] },
      containerSet: {
        containers: [
          { ...sh("a", "echo hello > /tmp/word") },
          { ...sh("main", "cat /tmp/word"), dependencies: ["a"] },
          { ...sh("bad", "exit 2"), dependencies: ["a"] },
          { ...sh("never", 'touch "$OUTSIDE/never"'), dependencies: ["bad"] },
        ],
      },
    },
  ])
  expect(ran.status).toMatchObject({ phase: "Failed", message: "bad: Error (exit code 2)" })
  expect(nodeOf(ran, "local")?.outputs).toMatchObject({ result: "hello", exitCode: "0" })
  expect(nodeOf(ran, "main")).toMatchObject({ phase: "Succeeded", outputs: { exitCode: "0" } })
  expect(nodeOf(ran, "bad")).toMatchObject({ phase: "Failed", outputs: { exitCode: "2" } })
  expect(nodeOf(ran, "never")).toMatchObject({ phase: "Error", outputs: { exitCode: "64" } })
  expect(existsSync(join(folder, "never"))).toBe(false)
})

test("a container of a set is run again as often as its strategy says", async () => {
  const script = 'echo x >> "$OUTSIDE/tries"; [ "$(wc -l < "$OUTSIDE/tries")" -ge 3 ]'
  const ran = await run([
    {
      name: "main",
      containerSet: {
        retryStrategy: { retries: 2, duration: "10ms" },
        containers: [sh("main", script)],
      },
    },
  ])
  expect(ran.status?.phase).toBe("Succeeded")
  expect(readFileSync(join(folder, "tries"), "utf8")).toBe("x\nx\nx\n")
})

const served: readonly Template[] = [
  {
    name: "main",
    steps: [[{ name: "server", template: "server" }], [{ name: "client", template: "client" }]],
  },
  {
    name: "server",
    daemon: true,
    container: {
      ...sh("", 'echo $$ > "$OUTSIDE/pid"; sleep 0.2; touch "$OUTSIDE/ready"; exec sleep 60'),
      readinessProbe: { exec: { command: ["sh", "-c", 'test -f "$OUTSIDE/ready"'] } },
    },
  },
  { name: "client", container: sh("", 'test -f "$OUTSIDE/ready" && echo found') },
]

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test("a daemon serves until its steps are done, on the machine's clock and on a virtual one", async () => {
  for (const clock of [undefined, createVirtualClock()]) {
    rmSync(join(folder, "ready"), { force: true })
    const executor = processExecutor({
      directory: join(folder, clock === undefined ? "real" : "virtual"),
      environment: { OUTSIDE: folder },
    })
    const opened = await openRun(workflow(served), {
      executors: [executor],
      ...(clock === undefined ? {} : { clock }),
    })
    await clock?.advance(60_000)
    const ran = await opened.done
    expect(ran.status).toMatchObject({ phase: "Succeeded", progress: "2/2" })
    expect(nodeOf(ran, "client")?.outputs?.result).toBe("found")
    expect(nodeOf(ran, "server")).toMatchObject({ phase: "Succeeded", podIP: "127.0.0.1" })
    expect(isAlive(Number(readFileSync(join(folder, "pid"), "utf8")))).toBe(false)
  }
})

test("what cannot be run names its container before anything has been", async () => {
  const ran = await run([
    {
      name: "main",
      container: sh("", "true"),
      sidecars: [{ name: "database", image: "postgres" }],
    },
  ])
  expect(ran.status).toMatchObject({
    phase: "Error",
    message: expect.stringContaining('no command in its container "database"'),
  })
  expect(readdirSync(folder)).toEqual([])
})
