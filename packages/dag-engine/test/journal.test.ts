import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterEach, describe, expect, test } from "vitest"
import {
  functionExecutor,
  journalStore,
  type NodeStatus,
  openRun,
  readRun,
  runWorkflow,
  type StatusChange,
  type Workflow,
} from "../src/index.js"
import { workflowFixture } from "../src/testing/index.js"
import { crashRun, crashWorkflow } from "./crash.js"

const directories: string[] = []
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
})

function place(): string {
  const directory = mkdtempSync(join(tmpdir(), "argo-ts-journal-"))
  directories.push(directory)
  return directory
}

const workflow: Workflow = { ...workflowFixture({ a: [] }), metadata: { name: "run" } }
const key = "default/run"

function added(name: string): StatusChange {
  const node: NodeStatus = { id: name, name, displayName: name, type: "Pod", phase: "Running" }
  return { type: "NodeAdded", node }
}

function ended(id: string): StatusChange {
  return { type: "NodeChanged", id, progress: { phase: "Succeeded" } }
}

function progress(text: string): StatusChange {
  return { type: "WorkflowChanged", status: { phase: "Running", progress: text } }
}

const transitions: readonly (readonly StatusChange[])[] = [
  [added("a"), added("ü\n{"), progress("0/2")],
  [ended("a"), progress("1/2")],
  [progress("1/3")],
  [ended("ü\n{")],
]

async function written(directory: string, count = transitions.length): Promise<string> {
  const store = journalStore(directory)
  await store.snapshot(key, workflow)
  for (const changes of transitions.slice(0, count)) store.append(key, changes)
  store.close()
  return join(directory, "default", "run.journal")
}

test("comes back as it was, transition by transition", async () => {
  const directory = place()
  await written(directory)
  const loaded = await journalStore(directory).load(key)
  expect(loaded?.workflow.status).toEqual({
    phase: "Running",
    progress: "1/3",
    nodes: {
      a: { id: "a", name: "a", displayName: "a", type: "Pod", phase: "Succeeded" },
      "ü\n{": { id: "ü\n{", name: "ü\n{", displayName: "ü\n{", type: "Pod", phase: "Succeeded" },
    },
  })
})

test("torn at any byte: the last whole transition, and what is appended then is read too", async () => {
  const states: (object | undefined)[] = []
  for (let count = 0; count <= transitions.length; count++) {
    const directory = place()
    await written(directory, count)
    states.push(readRun(directory, key)?.status)
  }
  const directory = place()
  const path = await written(directory)
  const bytes = readFileSync(path)
  for (let length = bytes.length; length > 0; length -= 7) {
    writeFileSync(path, bytes)
    truncateSync(path, length)
    const store = journalStore(directory)
    const loaded = await store.load(key)
    if (loaded !== undefined) {
      expect(states).toContainEqual(loaded.workflow.status)
      store.append(key, [added("later")])
    }
    store.close()
    if (loaded !== undefined) expect(readRun(directory, key)?.status?.nodes).toHaveProperty("later")
  }
})

test("a mark that turned into another is damage", async () => {
  const directory = place()
  const path = await written(directory)
  const bytes = readFileSync(path)
  bytes[8] = "=".charCodeAt(0)
  writeFileSync(path, bytes)
  await expect(journalStore(directory).load(key)).rejects.toMatchObject({ code: "CorruptJournal" })
})

test("damage before the end is refused, whichever byte it hits", async () => {
  const directory = place()
  const path = await written(directory)
  const bytes = readFileSync(path)
  const lastLine = bytes.lastIndexOf(10, bytes.length - 2)
  await fc.assert(
    fc.asyncProperty(fc.nat(lastLine - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] ?? 0) ^ flip
      writeFileSync(path, damaged)
      await expect(journalStore(directory).load(key)).rejects.toMatchObject({
        code: "CorruptJournal",
      })
    }),
    { numRuns: 60 },
  )
})

describe("compaction", () => {
  test("while it runs: the same run in fewer bytes", async () => {
    const directory = place()
    const store = journalStore(directory, { compactAfterBytes: 2000 })
    await store.snapshot(key, workflow)
    store.append(key, [added("a")])
    for (let index = 0; index < 500; index++) store.append(key, [progress(`${index}/500`)])
    store.append(key, [ended("a")])
    const size = readFileSync(join(directory, "default", "run.journal")).length
    expect(size).toBeLessThan(8000)
    store.close()
    expect(readRun(directory, key)?.status).toMatchObject({
      progress: "499/500",
      nodes: { a: { phase: "Succeeded" } },
    })
  })
  test("by hand, between appends", async () => {
    const directory = place()
    const path = await written(directory)
    const before = readRun(directory, key)
    const store = journalStore(directory)
    await store.load(key)
    store.compact(key)
    expect(readRun(directory, key)).toEqual(before)
    store.append(key, [added("later")])
    store.close()
    expect(readRun(directory, key)?.status?.nodes).toHaveProperty("later")
    expect(existsSync(`${path}.new`)).toBe(false)
  })
})

test("keys are names of runs, and hostile ones stay below the directory", async () => {
  const directory = place()
  const store = journalStore(join(directory, "store"))
  const names = ["a/b", "../../x", "./.", "a b/c%2Fd", "x/"]
  for (const name of names) await store.snapshot(name, workflow)
  expect(store.keys()).toEqual([...names].sort())
  expect(readdirSync(directory)).toEqual(["store"])
  store.close()
})

test("a run that another process has open is refused by name", async () => {
  const directory = place()
  const path = await written(directory)
  // The parent of the tests lives as long as they do.
  writeFileSync(`${path}.lock`, String(process.ppid))
  await expect(journalStore(directory).load(key)).rejects.toMatchObject({ code: "RunIsOpen" })
  // The same number, used again by another process: whoever held it is gone.
  writeFileSync(`${path}.lock`, `${process.ppid} 1`)
  const taken = journalStore(directory)
  expect(await taken.load(key)).toBeDefined()
  taken.close()
  writeFileSync(`${path}.lock`, "999999999")
  const store = journalStore(directory)
  expect(await store.load(key)).toBeDefined()
  store.close()
  expect(existsSync(`${path}.lock`)).toBe(false)
})

test("a thousand nodes in one transition are many lines and one transition", async () => {
  const directory = place()
  const store = journalStore(directory)
  await store.snapshot(key, workflow)
  const many = Array.from({ length: 1203 }, (_, index) => added(`n${index}`))
  store.append(key, many)
  store.close()
  const path = join(directory, "default", "run.journal")
  expect(readFileSync(path, "utf8").trimEnd().split("\n")).toHaveLength(4)
  expect(Object.keys(readRun(directory, key)?.status?.nodes ?? {})).toHaveLength(1203)
  truncateSync(path, readFileSync(path).length - 3)
  expect(readRun(directory, key)?.status?.nodes ?? {}).toEqual({})
})

test("a finished run is answered from the journal, and nothing of it runs again", async () => {
  const directory = place()
  let calls = 0
  const executors = [functionExecutor({ a: () => void calls++ })]
  for (let life = 0; life < 2; life++) {
    const store = journalStore(directory)
    const { status } = await runWorkflow(workflow, { executors, store })
    expect(status?.phase).toBe("Succeeded")
    store.close()
  }
  expect(calls).toBe(1)
  const store = journalStore(directory)
  const run = await openRun(workflow, { executors, store })
  await run.done
  store.close()
})

test("killed at random instants, nothing recorded runs again and nothing is lost", async () => {
  const runs = Number(process.env["ARGO_TS_CRASHES"] ?? 6) / 3
  for (let seed = 0; seed < runs; seed++) {
    const directory = place()
    const log = await crashRun({
      kind: "journal",
      place: join(directory, "store"),
      log: join(directory, "log"),
      workflow: crashWorkflow(`crash-${seed}`),
      kills: 3,
      seed,
    })
    expect(log).toMatchObject({ repeated: [], succeeded: 48, phase: "Succeeded" })
    expect(log.kills).toBeGreaterThan(0)
  }
}, 1_800_000)

test("a run that is given up holds neither its lock nor a file", async () => {
  const directory = mkdtempSync(join(tmpdir(), "argo-ts-journal-"))
  directories.push(directory)
  const store = journalStore(directory)
  const locks = (): readonly string[] =>
    readdirSync(directory, { recursive: true })
      .map(String)
      .filter((name) => name.includes("lock"))
  await store.snapshot("default/done", workflowFixture({ a: [] }))
  expect(locks()).toHaveLength(1)
  store.release("default/done")
  store.release("default/done")
  expect(locks()).toEqual([])
  expect(() => store.append("default/done", [{ type: "WorkflowChanged", status: {} }])).toThrow(
    "neither loaded nor begun",
  )
  expect((await store.load("default/done"))?.workflow.metadata.name).toBe("workflow")
  store.close()
})
