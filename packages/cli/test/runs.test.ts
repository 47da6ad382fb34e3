import { spawn } from "node:child_process"
import { appendFileSync, existsSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { journalStore } from "@argo-ts/dag-engine"
import { describe, expect, test } from "vitest"
import { main } from "../src/index.js"
import { argo } from "./harness.js"
import { ago, hour, past, storeWith } from "./past-runs.js"

/** As it is built: a process of its own reads no TypeScript. */
const engine = new URL("../../dag-engine/dist/index.js", import.meta.url).href
const store = ["--store", "runs"]

describe("list", () => {
  test.each([
    [["--since", "30m"], ["fresh"]],
    [
      ["--since", "2d"],
      ["fresh", "running", "again"],
    ],
    [
      ["--older", "2h"],
      ["again", "old"],
    ],
    [["--running"], ["running"]],
    [["--completed"], ["fresh", "again", "old"]],
    [["--resubmitted"], ["again"]],
    [["-l", "team=shop,tier!=a"], ["old"]],
    [
      ["--status", "failed,Running"],
      ["running", "again"],
    ],
    [["--prefix", "f"], ["fresh"]],
    [["--prefix", "none"], []],
  ])("%j names %j", async (flags, names) => {
    const directory = await storeWith(past)
    const { code, out } = await argo(directory, "list", ...store, ...flags, "-o", "name")
    expect(code).toBe(0)
    expect(out.split("\n").filter(Boolean)).toEqual(names.map((name) => `default/${name}`))
  })

  test.each([
    [["--since", "soon"], '--since: expected a duration like 90s, 2h or 3d, found "soon"'],
    [
      ["--status", "done"],
      '--status: expected pending, running, succeeded, failed, error, found "done"',
    ],
    [["-l", "a in (b"], "-l: expected a label selector"],
  ])("%j is refused", async (flags, message) => {
    const { code, err } = await argo(await storeWith({}), "list", ...store, ...flags)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })
})

describe("delete", () => {
  test("by name, with where the steps worked", async () => {
    const directory = await storeWith(past)
    const work = join(directory, "runs", "work", "default", "old")
    mkdirSync(work, { recursive: true })
    expect(await argo(directory, "delete", "old", "default/again", ...store)).toMatchObject({
      code: 0,
      out: "Workflow 'old' deleted\nWorkflow 'again' deleted\n",
    })
    expect(existsSync(work)).toBe(false)
    const { out } = await argo(directory, "list", ...store, "-o", "name")
    expect(out).toBe("default/fresh\ndefault/running\n")
    expect(await argo(directory, "get", "old", ...store)).toMatchObject({ code: 1 })
  })

  test("a name that is none deletes nothing", async () => {
    const directory = await storeWith(past)
    expect(await argo(directory, "delete", "old", "gone", ...store)).toMatchObject({
      code: 1,
      err: 'argo-ts: expected a run named "gone", found none\n',
    })
    expect(await argo(directory, "get", "old", ...store)).toMatchObject({ code: 0 })
  })

  test("by what chooses; a dry run only tells", async () => {
    const directory = await storeWith(past)
    const chosen = ["delete", "--completed", "--older", "1d", ...store]
    const told = { code: 0, out: '{"key":"default/old","name":"old","dryRun":true}\n' }
    expect(await argo(directory, ...chosen, "--dry-run", "-o", "json")).toMatchObject(told)
    expect(await argo(directory, ...chosen)).toMatchObject({ out: "Workflow 'old' deleted\n" })
    expect(await argo(directory, ...chosen)).toMatchObject({ code: 0, out: "no runs\n" })
    await argo(directory, "delete", "--all", ...store)
    expect(await argo(directory, "list", ...store)).toMatchObject({ out: "no runs\n" })
  })

  test("needs names or what chooses, not both; a run that is open stays", async () => {
    const directory = await storeWith(past)
    expect(await argo(directory, "delete", ...store)).toMatchObject({ code: 2 })
    expect(await argo(directory, "delete", "old", "--all", ...store)).toMatchObject({ code: 2 })
    const script = `
      const { journalStore } = await import(${JSON.stringify(engine)})
      await journalStore("runs/runs").load("default/running")
      process.stdout.write("open")
      setInterval(() => {}, 1000)`
    const args = ["--input-type=module", "-e", script]
    const child = spawn(process.execPath, args, {
      cwd: directory,
      stdio: ["ignore", "pipe", "inherit"],
    })
    try {
      await new Promise((resolve) => child.stdout?.once("data", resolve))
      const refused = await argo(directory, "delete", "running", ...store)
      expect(refused.code).toBe(1)
      expect(refused.err).toMatch(
        /is open in another process .*: stop it first \(argo-ts stop default\/running\)/,
      )
    } finally {
      child.kill("SIGKILL")
    }
  })
})

describe("wait", () => {
  test("answers how runs that are over ended, and which is none", async () => {
    const directory = await storeWith(past)
    const { code, out } = await argo(directory, "wait", "fresh", "again", ...store)
    expect(code).toBe(1)
    expect(out).toMatch(/^fresh Succeeded at \S+Z\nagain Failed at \S+Z\n$/)
    const good = await argo(
      directory,
      "wait",
      "old",
      "gone",
      "--ignore-not-found",
      ...store,
      "-o",
      "json",
    )
    expect(good.code).toBe(0)
    expect(JSON.parse(good.out)).toMatchObject({ name: "old", phase: "Succeeded" })
    expect(await argo(directory, "wait", "gone", ...store)).toMatchObject({ code: 1 })
  })

  test("waits as long as it may", async () => {
    const directory = await storeWith(past)
    expect(await argo(directory, "wait", "running", "--timeout", "0s", ...store)).toMatchObject({
      code: 1,
      err: "argo-ts: --timeout: running is still Running\n",
    })
  })

  test("ends when the run does", async () => {
    const directory = await storeWith(past)
    const waiting = argo(directory, "wait", "running", ...store)
    await end(directory, "running")
    expect(await waiting).toMatchObject({ code: 0 })
  })
})

/** Records the end of a run. */
async function end(directory: string, name: string): Promise<void> {
  const journal = journalStore(join(directory, "runs", "runs"))
  const found = await journal.load(`default/${name}`)
  if (found === undefined) throw new Error(name)
  const status = { ...found.workflow.status, phase: "Succeeded" as const, finishedAt: ago(0) }
  await journal.snapshot(`default/${name}`, { ...found.workflow, status })
  journal.close()
}

describe("logs", () => {
  /** Writes what a step of a run puts out. */
  function write(directory: string, name: string, stream: string, text: string): void {
    const folder = join(directory, "runs", "work", "default", name, `uid-${name}`, name)
    mkdirSync(folder, { recursive: true })
    appendFileSync(join(folder, stream), text)
  }

  test("chooses lines: the last ones, those that match, those of steps that still ran", async () => {
    const directory = await storeWith(past)
    write(directory, "fresh", "stdout", "one\ntwo\nthree\n")
    write(directory, "fresh", "stderr", "oops")
    const lines = async (...flags: readonly string[]): Promise<readonly string[]> => {
      const { code, out } = await argo(directory, "logs", "fresh", ...store, ...flags)
      expect(code).toBe(0)
      return out.split("\n").filter(Boolean)
    }
    expect(await lines()).toEqual(["fresh: one", "fresh: two", "fresh: three", "fresh: oops"])
    expect(await lines("--tail", "2")).toEqual(["fresh: three", "fresh: oops"])
    expect(await lines("--grep", "^t|o{2}")).toEqual(["fresh: two", "fresh: three", "fresh: oops"])
    expect(await lines("--grep", "^t", "--tail", "1")).toEqual(["fresh: three"])
    expect(await lines("--since", "1h")).toHaveLength(4)
    expect(await lines("--since", "5s")).toEqual([])
    expect(await lines("--since-time", ago(2 * hour))).toHaveLength(4)
    expect(await lines("--since-time", ago(0))).toEqual([])
  })

  test.each([
    [["--grep", "("], "--grep: expected a regular expression"],
    [
      ["--since-time", "now"],
      '--since-time: expected an instant like 2026-01-31T12:00:00Z, found "now"',
    ],
    [["--since", "1h", "--since-time", "x"], "expected --since or --since-time, found both"],
    [["--tail", "few"], "expected a whole number"],
  ])("%j is refused", async (flags, message) => {
    const { code, err } = await argo(await storeWith(past), "logs", "fresh", ...store, ...flags)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })

  test("follows a run to its end, whole lines only, in whatever pieces they are written", async () => {
    const directory = await storeWith(past)
    write(directory, "running", "stdout", "one\ntw")
    const seen: string[] = []
    let told: (line: string) => void = () => undefined
    const next = (): Promise<string> => new Promise((resolve) => (told = resolve))
    const first = next()
    const following = main(["logs", "running", "-f", ...store], {
      out: (text) => {
        seen.push(text)
        told(text)
      },
      err: () => {},
      isTty: false,
      columns: 80,
      cwd: directory,
      env: process.env,
      signal: new AbortController().signal,
    })
    expect(await first).toBe("running: one\n")
    const second = next()
    const euro = Buffer.from("€")
    write(directory, "running", "stdout", "o\n")
    expect(await second).toBe("running: two\n")
    const folder = join(directory, "runs", "work", "default", "running", "uid-running", "running")
    appendFileSync(join(folder, "stdout"), euro.subarray(0, 1))
    appendFileSync(join(folder, "stdout"), euro.subarray(1))
    await end(directory, "running")
    expect(await following).toBe(0)
    expect(seen).toEqual(["running: one\n", "running: two\n", "running: €\n"])
  })
})
