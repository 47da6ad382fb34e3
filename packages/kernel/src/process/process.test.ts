import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { identify, isAlive, lockFile, readIdentity, writeIdentity } from "./index.js"

const hasProc = existsSync("/proc/self/stat")

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "argo-ts-test-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe("identity", () => {
  test("goes to a file and back", () => {
    const me = identify()
    expect(readIdentity(`${writeIdentity(me)}\n`)).toEqual(me)
    expect(readIdentity("42")).toEqual({ pid: 42, start: "" })
    for (const text of ["", "x", "-1 5", "0", "1.5", "1e99"]) {
      expect(readIdentity(text), text).toBeUndefined()
    }
  })

  test("a process is alive until it ends", async () => {
    const child = spawn(process.execPath, ["-e", "process.stdin.resume()"])
    await once(child, "spawn")
    const identity = identify(child.pid as number)
    expect(isAlive(identity)).toBe(true)
    expect(isAlive({ ...identity, start: "" })).toBe(true)
    child.kill("SIGKILL")
    await once(child, "exit")
    expect(isAlive(identity)).toBe(false)
  })

  test.skipIf(!hasProc)("a later process with its number is another", () => {
    expect(isAlive(identify())).toBe(true)
    expect(isAlive({ pid: process.pid, start: "1" })).toBe(false)
  })
})

describe("lock file", () => {
  const path = (): string => join(folder, "lock")

  test("is held by one, who is named, until it is let go", () => {
    const lock = lockFile(path())
    expect(lock.isTaken).toBe(true)
    expect(readIdentity(readFileSync(path(), "utf8"))).toEqual(identify())
    expect(lockFile(path())).toEqual({ isTaken: false, holder: identify() })
    if (lock.isTaken) lock.release()
    expect(readdirSync(folder)).toEqual([])
    expect(lockFile(path()).isTaken).toBe(true)
  })

  const reused = hasProc ? [`${process.pid} 1`] : []
  test.each(["999999999", "", "no number", ...reused])(
    "of nobody alive is taken over: %j",
    (text) => {
      writeFileSync(path(), text)
      expect(lockFile(path()).isTaken).toBe(true)
      expect(readdirSync(folder)).toEqual(["lock"])
    },
  )

  test("cannot be where there is no folder", () => {
    expect(() => lockFile(join(folder, "none", "lock"))).toThrow("ENOENT")
  })
})
