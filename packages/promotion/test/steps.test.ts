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
  })
})

test("http: answers are judged by expressions, else by their status", async () => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === "/bad" ? 500 : 200
    response.setHeader("content-type", "application/json")
    response.end(JSON.stringify({ state: request.url?.slice(1), id: 7 }))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const judged = {
    successExpression: "response.body.state == 'done'",
    failureExpression: "response.body.state == 'broken'",
    errorExpression: "'was ' + response.body.state",
  }
  try {
    const outputs = [{ name: "id", fromExpression: "response.body.id" }]
    expect(await run("http", { url: `${origin}/done`, outputs, ...judged })).toEqual({
      status: "Succeeded",
      output: { id: 7 },
    })
    expect(
      await run("http", { url: `${origin}/wait`, pollInterval: "15s", ...judged }),
    ).toMatchObject({ status: "Running", retryAfterMs: 15_000 })
    expect(await run("http", { url: `${origin}/broken`, ...judged })).toEqual({
      status: "Failed",
      isTerminal: true,
      message: "was broken",
    })
    expect(await run("http", { url: `${origin}/bad` })).toMatchObject({ status: "Running" })
    expect(await run("http", { url: `${origin}/ok` })).toMatchObject({ status: "Succeeded" })
    expect(await run("http", { url: "file:///etc/passwd" })).toMatchObject({ status: "Failed" })
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
