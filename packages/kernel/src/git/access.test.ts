import { execFileSync, spawn, spawnSync } from "node:child_process"
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { systemClock } from "../clock/index.js"
import { createGit, createGits } from "./index.js"

const root = mkdtempSync(join(tmpdir(), "argo-ts-git-access-"))
const served = join(root, "served")
const allowed = `Basic ${Buffer.from("ann:s3cret").toString("base64")}`
const seen: (string | undefined)[] = []

/** What git's own CGI program answers, for who may ask. */
function gitServer(): Server {
  return createServer((request, response) => {
    seen.push(request.headers.authorization)
    if (request.headers.authorization !== allowed) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end()
      return
    }
    const { pathname, search } = new URL(request.url ?? "/", "http://x")
    const cgi = spawn("git", ["http-backend"], {
      env: {
        PATH: process.env["PATH"],
        GIT_PROJECT_ROOT: served,
        GIT_HTTP_EXPORT_ALL: "1",
        PATH_INFO: pathname,
        QUERY_STRING: search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers["content-type"] ?? "",
        HTTP_CONTENT_ENCODING: String(request.headers["content-encoding"] ?? ""),
        GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
        REMOTE_ADDR: "127.0.0.1",
      },
    })
    request.pipe(cgi.stdin)
    const parts: Buffer[] = []
    cgi.stdout.on("data", (part: Buffer) => parts.push(part))
    cgi.on("close", () => {
      const answer = Buffer.concat(parts)
      const end = answer.indexOf("\r\n\r\n")
      for (const line of answer.subarray(0, end).toString().split("\r\n")) {
        const [name = "", value = ""] = line.split(": ")
        if (name === "Status") response.statusCode = Number.parseInt(value, 10)
        else response.setHeader(name, value)
      }
      response.end(answer.subarray(end + 4))
    })
  })
}

const server = gitServer()
let base = ""
const identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always"]
const git = (directory: string, ...rest: readonly string[]): string =>
  execFileSync("git", [...identity, "-C", directory, ...rest], { encoding: "utf8" }).trim()

function repository(name: string): string {
  const directory = join(served, name)
  mkdirSync(directory, { recursive: true })
  git(directory, "init", "-q", "-b", "main")
  git(directory, "config", "uploadpack.allowAnySHA1InWant", "true")
  writeFileSync(join(directory, "file"), name)
  git(directory, "add", ".")
  git(directory, "commit", "-qm", name)
  return directory
}

beforeAll(async () => {
  repository("plain")
  const inner = repository("inner")
  const outer = repository("outer")
  git(outer, "submodule", "--quiet", "add", "--name", "odd name", "../inner", "lib/in ner")
  git(outer, "commit", "-qm", "with a submodule")
  // What the submodule names is not what its branch has now.
  writeFileSync(join(inner, "file"), "later")
  git(inner, "commit", "-qam", "later")
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  rmSync(root, { recursive: true, force: true })
})

let count = 0
const fresh = (): string => join(root, `d${count++}`)
const gits = createGits({ clock: systemClock(), cacheDirectory: join(root, "cache") })

test("a password is sent to the host it is for, and stands in no file", async () => {
  const directory = fresh()
  const access = { username: "ann", password: "s3cret" }
  await gits(access).clone(`${base}/plain/.git`, {}, directory)
  expect(readFileSync(join(directory, "file"), "utf8")).toBe("plain")
  expect(seen.every((header) => header === allowed)).toBe(true)
  const found = spawnSync("grep", ["-rl", "s3cret", directory, join(root, "cache")])
  expect(found.stdout.toString()).toBe("")
}, 60_000)

test("without it, or with another, the repository refuses; what was fetched with one is nobody else's", async () => {
  const url = `${base}/plain/.git`
  for (const access of [{}, { username: "ann", password: "wrong" }]) {
    await expect(gits(access).clone(url, {}, fresh())).rejects.toMatchObject({
      code: "AuthenticationFailed",
    })
  }
}, 60_000)

test("submodules are there at the commit that is named, by relative addresses with the same password", async () => {
  const directory = fresh()
  const access = { username: "ann", password: "s3cret" }
  await gits(access).clone(`${base}/outer`, { submodules: true }, directory)
  expect(readFileSync(join(directory, "lib/in ner/file"), "utf8")).toBe("inner")
  const bare = fresh()
  await gits(access).clone(`${base}/outer`, {}, bare)
  expect(existsSync(join(bare, "lib/in ner/file"))).toBe(false)
}, 60_000)

test("a submodule that lies on this machine is nothing that a server may name", async () => {
  const outer = repository("hostile")
  git(outer, "submodule", "--quiet", "add", join(served, "inner"), "stolen")
  git(outer, "commit", "-qm", "hostile")
  const access = { username: "ann", password: "s3cret" }
  const clone = gits(access).clone(`${base}/hostile/.git`, { submodules: true }, fresh())
  await expect(clone).rejects.toMatchObject({
    code: "InvalidRepository",
    message: expect.stringContaining("lies on this machine"),
  })
  const local = fresh()
  await gits({}).clone(outer, { submodules: true }, local)
  expect(readFileSync(join(local, "stolen/file"), "utf8")).toBe("later")
}, 60_000)

test("a key of one's own is the only one that ssh offers; unknown hosts only where that is asked for", async () => {
  const bin = join(root, "bin")
  mkdirSync(bin)
  const log = join(root, "ssh.log")
  // Stands for ssh: notes how it was called, and runs what the server would.
  writeFileSync(
    join(bin, "ssh"),
    `#!/bin/sh\nprintf '%s\\n' "$*" >> ${log}\nfor last; do :; done\nexec sh -c "$last"\n`,
  )
  chmodSync(join(bin, "ssh"), 0o755)
  const path = process.env["PATH"]
  process.env["PATH"] = `${bin}:${path}`
  try {
    const key = { sshPrivateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nabc" }
    const url = `ssh://git@host.example${join(served, "plain")}`
    const directory = fresh()
    const first = createGit({
      clock: systemClock(),
      cacheDirectory: join(root, "ssh cache"),
      access: key,
    })
    await first.clone(url, {}, directory)
    expect(readFileSync(join(directory, "file"), "utf8")).toBe("plain")
    const called = readFileSync(log, "utf8")
    const file = /-i (.*\.key) -o IdentitiesOnly=yes/.exec(called)?.[1] ?? ""
    expect(readFileSync(file, "utf8")).toBe(`${key.sshPrivateKey}\n`)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(called).not.toContain("StrictHostKeyChecking")
    await gits({ ...key, insecureIgnoreHostKey: true }).clone(url, {}, fresh())
    expect(readFileSync(log, "utf8")).toContain("-o StrictHostKeyChecking=no")
  } finally {
    process.env["PATH"] = path
  }
}, 60_000)
