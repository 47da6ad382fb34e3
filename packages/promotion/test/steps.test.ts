import { execFileSync } from "node:child_process"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Cluster } from "@argo-ts/k8s"
import { epochMs, type JsonObject, silentLogger } from "@argo-ts/kernel"
import { systemClock } from "@argo-ts/kernel/clock"
import { createGit } from "@argo-ts/kernel/git"
import { createHttpClient } from "@argo-ts/kernel/http"
import { afterAll, describe, expect, test } from "vitest"
import type { StepOutcome } from "../src/index.js"
import { createMemoryRegistry, standardSteps } from "../src/kubernetes/index.js"
import { discoverArtifacts } from "../src/runtime/discover.js"
import {
  freightFixture,
  promotionFixture,
  stageFixture,
  warehouseFixture,
} from "../src/testing/index.js"

const root = mkdtempSync(join(tmpdir(), "argo-ts-steps-"))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const url = "https://git.example.com/app.git"
const bare = join(root, "app.git")
const clock = systemClock()
const git = createGit({ clock, cacheDirectory: join(root, "cache"), addresses: { [url]: bare } })
const http = createHttpClient({ clock, logger: silentLogger })
const work = join(root, "work")
mkdirSync(work)

const run = (uses: string, config: JsonObject): Promise<StepOutcome> => {
  const step = standardSteps[uses]
  if (step === undefined) throw new Error(uses)
  const promotion = promotionFixture(stageFixture("dev", {}), freightFixture("v1"), "Running")
  const cluster = {} as Cluster
  return step({
    promotion,
    config,
    alias: "s",
    directory: work,
    startedAt: epochMs(0),
    before: undefined,
    cluster,
    clock,
    git,
    http,
    logger: silentLogger,
  })
}

describe("git", () => {
  test("clone, edit, commit, push to a generated branch; clear and commit again", async () => {
    execFileSync("git", ["init", "-q", "--bare", "-b", "main", bare])
    const checkout = [{ path: "out", branch: "stage/dev", create: true, as: "out" }]
    await run("git-clone", { repoURL: url, checkout, author: { name: "Ann", email: "ann@x" } })
    writeFileSync(join(work, "out/a.yaml"), "tag: old # keep\n")
    const edit = await run("yaml-update", {
      path: "out/a.yaml",
      updates: [{ key: "tag", value: "1.0" }],
    })
    expect(edit.output).toEqual({ commitMessage: "Updated out/a.yaml\n\n- tag: 1.0" })
    expect(await run("git-commit", { path: "out", message: "one" })).toMatchObject({
      status: "Succeeded",
    })
    expect(await run("git-commit", { path: "out", message: "again" })).toMatchObject({
      status: "Skipped",
      output: { commit: expect.any(String) },
    })
    const pushed = await run("git-push", { path: "out", generateTargetBranch: true })
    expect(pushed.output).toMatchObject({
      branch: expect.stringMatching(/^kargo\/promotion\/dev\./),
    })
    const again = (await run("git-push", { path: "out", provider: "github" })).output
    expect(again).toEqual({
      branch: "stage/dev",
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
      commitURL: expect.stringMatching(/^https:\/\/git\.example\.com\/app\/commit\/[0-9a-f]{40}$/),
    })
    const [commit] = await git.history(url, "stage/dev")
    expect(commit).toMatchObject({ subject: "one", author: "Ann <ann@x>", committedAt: 0 })
    await run("git-clear", { path: "out" })
    expect(readdirSync(join(work, "out"))).toEqual([".git"])
  })

  test("warehouses find commits by path and tags by version", async () => {
    const seed = join(root, "seed")
    const dev = (...args: string[]): void => {
      execFileSync("git", ["-C", seed, "-c", "user.name=D", "-c", "user.email=d@x", ...args])
    }
    execFileSync("git", ["clone", "-q", bare, seed], { stdio: "ignore" })
    dev("checkout", "-q", "-B", "main")
    for (const [path, tag] of [
      ["src/a", "v1.0.0"],
      ["docs/a", "v1.1.0"],
      ["src/b", "v0.9.0"],
    ] as const) {
      mkdirSync(join(seed, path, ".."), { recursive: true })
      writeFileSync(join(seed, path), tag)
      dev("add", "-A")
      dev("commit", "-qm", `add ${path}`)
      dev("tag", tag)
    }
    dev("push", "-q", "--tags", "origin", "HEAD:main")
    const found = async (git_: object) => {
      const warehouse = warehouseFixture([{ git: { repoURL: url, ...git_ } }])
      const sources = { git, registry: createMemoryRegistry() }
      const { git: results } = await discoverArtifacts(warehouse, sources, epochMs(0))
      return results?.[0]?.commits.map(({ subject, tag }) => tag ?? subject)
    }
    expect(await found({ branch: "main", includePaths: ["src"] })).toEqual([
      "add src/b",
      "add src/a",
    ])
    expect(await found({ branch: "main", discoveryLimit: 1 })).toEqual(["add src/b"])
    expect(await found({ commitSelectionStrategy: "SemVer", semverConstraint: "^1" })).toEqual([
      "v1.1.0",
      "v1.0.0",
    ])
    expect(await found({ commitSelectionStrategy: "SemVer", includePaths: ["src"] })).toEqual([
      "v1.0.0",
      "v0.9.0",
    ])
    await expect(found({ branch: "nope" })).rejects.toMatchObject({ code: "UnknownRevision" })
  })
})

describe("files", () => {
  test("copy leaves .git, links and ignored files behind; delete is content with what is missing", async () => {
    mkdirSync(join(work, "from/.git"), { recursive: true })
    mkdirSync(join(work, "from/sub"))
    for (const name of ["a", "b.tmp", ".git/x", "sub/c", "sub/d.tmp"])
      writeFileSync(join(work, "from", name), name)
    symlinkSync("/etc", join(work, "from/link"))
    await run("copy", { inPath: "from", outPath: "to/deep", ignore: "*.tmp\n!sub/d.tmp" })
    expect(readdirSync(join(work, "to/deep"), { recursive: true }).map(String).toSorted()).toEqual([
      "a",
      "sub",
      "sub/c",
      "sub/d.tmp",
    ])
    expect(readFileSync(join(work, "to/deep/a"), "utf8")).toBe("a")
    await run("delete", { paths: ["to", "nothing"] })
    expect(existsSync(join(work, "to"))).toBe(false)
    expect(await run("delete", { path: "nothing", strict: true })).toMatchObject({
      status: "Failed",
      isTerminal: true,
    })
    await expect(run("copy", { inPath: "../seed", outPath: "x" })).rejects.toMatchObject({
      code: "PathOutside",
    })
    expect(await run("copy", { inPath: "nothing", outPath: "x" })).toMatchObject({
      status: "Failed",
      message: 'copy: "nothing" does not exist',
    })
    expect(await run("delete", { path: "." })).toMatchObject({
      message: "delete: the work directory itself cannot be deleted",
    })
  })

  test("delete takes globs: what they fit goes, links stay links", async () => {
    mkdirSync(join(work, "globs/deep"), { recursive: true })
    for (const name of ["a.tmp", "b", "deep/c.tmp"]) writeFileSync(join(work, "globs", name), name)
    symlinkSync("/etc", join(work, "globs/link"))
    const globs = (...paths: readonly string[]) =>
      run("delete", { paths, pathsAreGlobs: true, strict: true })
    expect(await globs("globs/**/*.tmp")).toEqual({ status: "Succeeded" })
    expect(readdirSync(join(work, "globs")).toSorted()).toEqual(["b", "deep", "link"])
    expect(await globs("globs/*.tmp")).toMatchObject({ status: "Failed" })
    expect(await globs("globs/{a")).toMatchObject({
      message: 'delete: "globs/{a" is not a glob',
    })
    expect(await globs("./globs/d*", "globs/b")).toEqual({ status: "Succeeded" })
    expect(readdirSync(join(work, "globs"))).toEqual(["link"])
  })
})

describe("http", () => {
  const answers: {
    readonly [path: string]: readonly [status: number, type: string, body: string]
  } = {
    "/done": [200, "application/json", '{"state":"done","id":7}'],
    "/wait": [200, "application/json", '{"state":"wait"}'],
    "/broken": [200, "application/json", '{"state":"broken"}'],
    "/bad": [500, "application/json", "{}"],
    "/yaml": [200, "application/yaml", "a: [1, 2]"],
    "/text": [200, "text/plain; charset=utf-8", "plain"],
    "/odd": [200, "application/octet-stream", '{"a":1}'],
    "/none": [200, "", "<html>"],
  }
  const asked: string[] = []
  const server = createServer((request, response) => {
    const url = request.url ?? ""
    asked.push(`${request.method} ${url} ${request.headers["x-token"] ?? "-"}`)
    const hop = /^\/hop(\d+)\/(.*)$/.exec(url)
    if (hop !== null) {
      response.writeHead(Number(hop[1]), {
        location: hop[2] === "evil" ? "http://169.254.169.254/" : `/${hop[2]}`,
      })
      response.end()
      return
    }
    if (url.startsWith("/echo")) {
      let body = ""
      request.on("data", (chunk) => {
        body += String(chunk)
      })
      request.on("end", () => {
        response.setHeader("content-type", "application/json")
        response.setHeader("x-seen", "yes")
        response.end(JSON.stringify({ url, body, method: request.method }))
      })
      return
    }
    const [status, type, body] = answers[url.split("?")[0] ?? ""] ?? [404, "text/plain", "nothing"]
    response.writeHead(status, type === "" ? {} : { "content-type": type })
    response.end(body)
  })
  const ready = new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  const ask = async (path: string, config: JsonObject = {}): Promise<StepOutcome> => {
    await ready
    const { port } = server.address() as AddressInfo
    return run("http", { url: `http://127.0.0.1:${port}${path}`, ...config })
  }
  const outputs = (fromExpression: string) => ({ outputs: [{ name: "x", fromExpression }] })

  test("answers are judged by expressions, else by their status", async () => {
    const judged = {
      successExpression: "response.body.state == 'done'",
      failureExpression: "response.body.state == 'broken'",
      errorExpression: "'was ' + response.body.state",
    }
    expect(await ask("/done", { ...outputs("response.body.id"), ...judged })).toEqual({
      status: "Succeeded",
      output: { x: 7 },
    })
    expect(await ask("/wait", { pollInterval: "15s", ...judged })).toMatchObject({
      status: "Running",
      retryAfterMs: 15_000,
    })
    expect(await ask("/wait", judged)).toMatchObject({ status: "Running", retryAfterMs: 30_000 })
    expect(await ask("/broken", judged)).toEqual({
      status: "Failed",
      isTerminal: true,
      message: "was broken",
    })
    const { errorExpression: _told, ...silent } = judged
    expect(await ask("/broken", silent)).toMatchObject({
      message: "http: the answer 200 is a failure",
    })
    expect(await ask("/bad")).toMatchObject({ status: "Running", retryAfterMs: 300_000 })
    expect(await ask("/done")).toEqual({ status: "Succeeded", output: {} })
    const failing = { failureExpression: "response.status == 500" }
    expect(await ask("/done", failing)).toMatchObject({ status: "Running" })
    expect(await ask("/bad", failing)).toMatchObject({ status: "Failed" })
  })

  test("an expression that fails is an error, wherever it stands", async () => {
    for (const config of [
      { successExpression: "response.body.nope.deep" },
      { failureExpression: "response.body.state" },
      outputs("nope()"),
    ])
      expect(await ask("/done", config)).toMatchObject({
        status: "Errored",
        isTerminal: true,
        message: expect.stringMatching(/^http: /),
      })
  })

  test("bodies are read by their type, or as they are told to be", async () => {
    const body = outputs("response.body")
    const of = async (path: string, more: JsonObject = {}) =>
      (await ask(path, { ...body, ...more })).output
    expect(await of("/yaml")).toEqual({ x: { a: [1, 2] } })
    expect(await of("/text")).toEqual({ x: "plain" })
    expect(await of("/odd")).toEqual({ x: { a: 1 } })
    expect(await of("/none")).toEqual({ x: {} })
    expect(await of("/odd", { responseContentType: "text/plain" })).toEqual({ x: '{"a":1}' })
  })

  test("method, headers, query and body go out; headers come back by any name", async () => {
    const expression =
      "response.body.method + response.body.body + response.body.url + response.header('X-Seen') + response.headers['X-Seen'][0] + response.header('none')"
    const config = {
      method: "POST",
      body: "b",
      headers: [{ name: "x-token", value: "t" }],
      queryParams: [
        { name: "q", value: "a b" },
        { name: "r", value: "&" },
      ],
      ...outputs(expression),
    }
    expect((await ask("/echo", config)).output).toEqual({ x: "POSTb/echo?q=a%20b&r=%26yesyes" })
    expect(asked.at(-1)).toBe("POST /echo?q=a%20b&r=%26 t")
    writeFileSync(join(work, "body.txt"), "from a file")
    const { body: _body, ...bare } = config
    const file = await ask("/echo", { ...bare, bodyFromFile: "body.txt" })
    expect(file.output).toMatchObject({ x: expect.stringMatching(/^POSTfrom a file/) })
    expect(await ask("/echo", { bodyFromFile: "none.txt" })).toMatchObject({
      status: "Failed",
      message: 'http: "none.txt" does not exist',
    })
    expect((await ask("/echo?z=1", { ...config, queryParams: [] })).output).toMatchObject({
      x: expect.stringContaining("/echo?z=1yes"),
    })
  })

  test("redirects are followed one by one, and judged each", async () => {
    const echo = outputs("response.body.method + response.body.body")
    const post = { method: "POST", body: "b", headers: [{ name: "x-token", value: "t" }], ...echo }
    expect((await ask("/hop302/echo", post)).output).toEqual({ x: "GET" })
    expect(asked.slice(-2)).toEqual(["POST /hop302/echo t", "GET /echo t"])
    expect((await ask("/hop307/echo", post)).output).toEqual({ x: "POSTb" })
    expect(await ask("/hop302/evil")).toMatchObject({
      status: "Failed",
      message: "http: link-local addresses are refused",
    })
    const endless = "/hop302".repeat(12)
    expect(await ask(`${endless}/done`)).toMatchObject({
      status: "Errored",
      message: "http: more than 10 redirects",
    })
  })

  test.each([
    "file:///etc/passwd",
    "http://169.254.169.254/latest",
    "http://0xA9FEA9FE/",
    "http://[fe80::1]/",
    "http://[::ffff:169.254.1.1]/",
    "not a url",
  ])("%s is refused", async (url) => {
    expect(await run("http", { url })).toMatchObject({ status: "Failed", isTerminal: true })
  })
})
