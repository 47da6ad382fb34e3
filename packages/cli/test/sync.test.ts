import { type ChildProcess, spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, test } from "vitest"
import { argo, directoryWith } from "./harness.js"

const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url))
const store = ["--store", "runs"]
const locked = (name: string, lock: string): string => `apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: { name: ${name} }
spec:
  entrypoint: main
  synchronization: ${lock}
  templates:
    - { name: main, steps: [[{ name: gate, template: gate }]] }
    - { name: gate, suspend: {} }
`
const mutex = "{ mutexes: [{ name: one }] }"
const semaphore = "{ semaphores: [{ configMapKeyRef: { name: limits, key: builds } }] }"

/** Looks at a run until its tree shows something; the test's own limit ends it. */
async function shows(directory: string, name: string, text: string): Promise<void> {
  for (;;) {
    const { out } = await argo(directory, "get", name, ...store)
    if (out.includes(text)) return
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function files(lock: string): string {
  return directoryWith({ "a.yaml": locked("a", lock), "b.yaml": locked("b", lock) })
}

const children: ChildProcess[] = []
afterAll(() => {
  for (const child of children) child.kill("SIGKILL")
})

interface Started {
  readonly code: Promise<number | null>
  kill(): Promise<void>
}

/** Runs a workflow in a process of its own. */
function run(directory: string, name: string): Started {
  const child = spawn(process.execPath, [bin, "run", `${name}.yaml`, ...store], {
    cwd: directory,
    stdio: "ignore",
  })
  children.push(child)
  const code = new Promise<number | null>((resolve) => child.once("exit", resolve))
  return {
    code,
    async kill() {
      child.kill("SIGKILL")
      await code
    },
  }
}

describe("runs of a store respect each other", () => {
  test("by mutexes: the second begins when the first is over", async () => {
    const directory = files(mutex)
    const first = run(directory, "a")
    await shows(directory, "a", "● gate")
    const second = run(directory, "b")
    await shows(directory, "b", "Waiting for default/Mutex/one lock")
    await argo(directory, "resume", "a", ...store)
    expect(await first.code).toBe(0)
    await shows(directory, "b", "● gate")
    await argo(directory, "resume", "b", ...store)
    expect(await second.code).toBe(0)
  }, 60_000)

  test("by semaphores, whose limit may be raised while runs wait", async () => {
    const directory = files(semaphore)
    const which = ["builds", "--cm-name", "limits", ...store]
    const none = await argo(directory, "run", "a.yaml", ...store, "-o", "json")
    expect(none.out).toContain("Failed to get semaphore limit for default/ConfigMap/limits/builds")
    await argo(directory, "delete", "a", ...store)
    await argo(directory, "sync", "create", ...which, "--limit", "1")
    const first = run(directory, "a")
    await shows(directory, "a", "● gate")
    const second = run(directory, "b")
    await shows(directory, "b", "Lock status: 0/1")
    const { out } = await argo(directory, "sync", "get", ...which, "-o", "json")
    expect(JSON.parse(out)).toEqual({
      lock: "default/ConfigMap/limits/builds",
      limit: 1,
      holders: ["default/a"],
      waiting: ["default/b"],
    })
    await argo(directory, "sync", "update", ...which, "--limit", "2")
    await shows(directory, "b", "● gate")
    await argo(directory, "resume", "a", "b", ...store)
    expect(await Promise.all([first.code, second.code])).toEqual([0, 0])
    const after = await argo(directory, "sync", "list", ...store, "-o", "json")
    expect(JSON.parse(after.out)).toMatchObject({ limit: 2, holders: [], waiting: [] })
  }, 60_000)

  test("what a killed process held is held until its run is over or forgotten", async () => {
    const directory = files(mutex)
    const first = run(directory, "a")
    await shows(directory, "a", "● gate")
    await first.kill()
    const second = run(directory, "b")
    await shows(directory, "b", "Waiting for default/Mutex/one lock")
    await argo(directory, "delete", "a", ...store)
    await shows(directory, "b", "● gate")
    await argo(directory, "terminate", "b", ...store)
    expect(await second.code).toBe(1)
  }, 60_000)

  test("who waited in a killed process keeps nobody waiting", async () => {
    const directory = files(mutex)
    writeFileSync(join(directory, "c.yaml"), locked("c", mutex))
    const first = run(directory, "a")
    await shows(directory, "a", "● gate")
    const second = run(directory, "b")
    await shows(directory, "b", "Waiting for default/Mutex/one lock")
    await second.kill()
    const third = run(directory, "c")
    await shows(directory, "c", "Waiting for default/Mutex/one lock")
    await argo(directory, "resume", "a", ...store)
    expect(await first.code).toBe(0)
    await shows(directory, "c", "● gate")
    await argo(directory, "resume", "c", ...store)
    expect(await third.code).toBe(0)
  }, 60_000)
})

describe("sync", () => {
  test("makes, changes, tells and takes away limits", async () => {
    const directory = directoryWith({})
    const sync = (
      ...args: readonly string[]
    ): Promise<{ code: number; out: string; err: string }> =>
      argo(directory, "sync", ...args, ...store)
    expect((await sync("list")).out).toBe("no limits\n")
    await sync("create", "b", "--cm-name", "limits", "-n", "shop", "--limit", "3")
    await sync("create", "licences", "--type", "database", "--limit", "2")
    const listed = await sync("list")
    expect(listed.out).toMatch(
      /^LOCK +LIMIT .*\ndefault\/Database\/licences +2\nshop\/ConfigMap\/limits\/b +3\n$/,
    )
    expect((await sync("create", "licences", "--limit", "2")).err).toBe(
      'argo-ts: expected a new limit, found "default/Database/licences": sync update changes it\n',
    )
    expect((await sync("delete", "licences")).code).toBe(0)
    expect((await sync("get", "licences")).err).toBe(
      'argo-ts: expected one of the limits (shop/ConfigMap/limits/b), found "default/Database/licences": sync create makes it\n',
    )
  })

  test.each([
    [["create", "b", "--limit", "0"], "--limit: expected 1 or more, found 0"],
    [["create", "b"], "required option '--limit <number>' not specified"],
    [
      ["create", "b", "--limit", "1", "--type", "redis"],
      '--type: expected configmap or database, found "redis"',
    ],
    [["get", "b", "--type", "configmap"], "--cm-name: expected beside --type configmap"],
    [["get", "a/b"], 'expected letters, digits, "-", "_" and ".", found "a/b"'],
    [["list", "-o", "yaml"], "-o: expected text or json"],
  ])("%j is refused in one line", async (args, message) => {
    const { code, err } = await argo(directoryWith({}), "sync", ...args, ...store)
    expect(code).toBe(2)
    expect(err).toContain(message)
    expect(err.trim().split("\n")).toHaveLength(1)
  })

  test("a file of locks that is broken is named", async () => {
    const limit = '{ "default/Database/a": 1 }'
    const directory = directoryWith({ "runs/limits.json": limit, "runs/locks.json": "{" })
    const { code, err } = await argo(directory, "sync", "get", "a", ...store)
    expect(code).toBe(2)
    expect(err).toMatch(/runs\/locks\.json: expected who holds which lock, as JSON; without/)
  })

  test("a file of limits that is broken is named", async () => {
    const directory = directoryWith({ "runs/limits.json": '{ "x": "two" }' })
    const { code, err } = await argo(directory, "sync", "list", ...store)
    expect(code).toBe(2)
    expect(err).toMatch(/runs\/limits\.json: expected a whole number at "x"; sync writes it\n$/)
  })
})
