import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { JsonObject } from "../json.js"
import {
  endGroup,
  exitCodeOf,
  identify,
  inheritedEnvironment,
  isAlive,
  isInstalled,
  killGroup,
  lockFile,
  mapPaths,
  probeOnce,
  readIdentity,
  writeIdentity,
} from "./index.js"

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

describe("groups", () => {
  const ended = async (child: ReturnType<typeof spawn>): Promise<number> => {
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null]
    return exitCodeOf(code, signal)
  }

  test("a signal reaches everything in the group, and makes the code a shell would tell", async () => {
    const script = "sleep 100 & echo $!; wait"
    const child = spawn("sh", ["-c", script], {
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
    })
    const [text] = (await once(child.stdout, "data")) as [Buffer]
    const inner = identify(Number(text.toString()))
    const code = ended(child)
    killGroup(child.pid as number, "SIGKILL")
    expect(await code).toBe(137)
    while (isAlive(inner)) await new Promise((resolve) => setImmediate(resolve))
    killGroup(child.pid as number, "SIGKILL")
  })

  test("a group that does not obey is ended after its grace", async () => {
    const script = "trap '' TERM; echo up; while :; do sleep 1; done"
    const child = spawn("sh", ["-c", script], {
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
    })
    await once(child.stdout, "data")
    const code = ended(child)
    endGroup(child.pid as number, code, 20)
    expect(await code).toBe(137)
  })

  test("codes", () => {
    expect([exitCodeOf(0, null), exitCodeOf(3, null), exitCodeOf(null, "SIGTERM")]).toEqual([
      0, 3, 143,
    ])
    expect(exitCodeOf(null, null)).toBe(1)
  })
})

describe("programs and paths", () => {
  test("a program is a file that can be run, by path or by name", () => {
    writeFileSync(join(folder, "tool"), "#!/bin/sh\n", { mode: 0o755 })
    writeFileSync(join(folder, "text"), "")
    expect(isInstalled("tool", "/", `/nowhere::${folder}`)).toBe(true)
    expect(isInstalled("text", "/", folder)).toBe(false)
    expect(isInstalled("./tool", folder, "")).toBe(true)
    expect(isInstalled(join(folder, "tool"), "/", "")).toBe(true)
    expect(isInstalled(folder, "/", "")).toBe(false)
  })

  test("only harmless variables are handed on", () => {
    const env = inheritedEnvironment()
    expect(env["PATH"]).toBe(process.env["PATH"])
    const allowed = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|TZ|ARGO_TS_.*)$/
    expect(Object.keys(env).filter((name) => !allowed.test(name))).toEqual([])
  })

  test("whole paths are replaced, the longer one first, and none leaves the root", () => {
    const { replace, place } = mapPaths(["/data", "/data/in"], "/root")
    expect(replace("cat /data/in/x /data /database a/data")).toBe(
      "cat /root/data/in/x /root/data /database a/data",
    )
    expect(place("/../../etc")).toBe("/root/etc")
    expect(mapPaths([], "/root").replace("/data")).toBe("/data")
  })
})

describe("probes", () => {
  const surroundings = {
    cwd: tmpdir(),
    env: { PATH: process.env["PATH"] ?? "" },
    replace: (text: string) => text.replace("WORD", "exit"),
    ports: [],
  }
  const look = (probe: JsonObject) => probeOnce(probe, surroundings)

  test("a command that fails says why, as far as it says anything", async () => {
    expect(await look({ exec: { command: ["sh", "-c", "WORD 0"] } })).toBeUndefined()
    expect(await look({ exec: { command: ["sh", "-c", "echo no; exit 3"] } })).toBe("no")
    expect(await look({ exec: { command: ["sh", "-c", "exit 3"] } })).toBe("command ended with 3")
    expect(await look({ exec: { command: ["no-such-program"] } })).toContain("ENOENT")
  })

  test("a command that takes too long is ended, with what it started", async () => {
    const command = ["sh", "-c", "sleep 100 & sleep 100"]
    expect(await look({ timeoutSeconds: 0.05, exec: { command } })).toBe(
      "command timed out after 50 ms",
    )
  })

  test("nobody listens", async () => {
    const server = createServer()
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    const { port } = server.address() as AddressInfo
    expect(await look({ tcpSocket: { port } })).toBeUndefined()
    server.close()
    await once(server, "close")
    expect(await look({ tcpSocket: { port } })).toContain("ECONNREFUSED")
    expect(await look({ httpGet: { port } })).toContain("ECONNREFUSED")
  })

  test("nothing to look at is nothing wrong", async () => {
    expect(await look({})).toBeUndefined()
  })
})
