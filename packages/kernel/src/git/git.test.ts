import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Addresses } from "../addresses.js"
import { createVirtualClock } from "../clock/index.js"
import { epochMs } from "../instant.js"
import { createGit, type Git } from "./index.js"

const root = mkdtempSync(join(tmpdir(), "argo-ts-git-"))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const url = "https://git.example.com/shop.git"
const bare = join(root, "shop.git")
const clock = createVirtualClock(epochMs(1_700_000_000_000))
let count = 0
const fresh = (): string => join(root, `d${count++}`)

/** Runs an operation to its end on the virtual clock. */
async function run<T>(work: Promise<T>): Promise<T> {
  let isDone = false
  const settled = work.finally(() => {
    isDone = true
  })
  settled.catch(() => {})
  await clock.runUntil(() => isDone, epochMs(clock.now() + 3_600_000))
  return settled
}

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  run(work).then(
    () => "no error",
    (error: { code: string; message: string }) => {
      expect(error.message).not.toContain(root)
      return error.code
    },
  )

const open = (cache = "cache", addresses: Addresses = { [url]: bare }): Git =>
  createGit({ clock, cacheDirectory: join(root, cache), addresses })
const git = open()

/** Clones, writes files, commits and pushes: what a developer does. */
async function deliver(files: Record<string, string>, message: string): Promise<string> {
  const directory = fresh()
  await run(git.clone(url, { branch: "main", create: true }, directory))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
  await run(git.commit(directory, { message, at: epochMs(1_700_000_000_000) }))
  return (await run(git.push(directory, "main"))).sha
}

beforeAll(() => {
  execFileSync("git", ["init", "-q", "--bare", "-b", "main", bare])
})

test("the same operations give the same commit ids, whoever runs them", async () => {
  const first = await deliver({ a: "1\n" }, "add a\n\nbody")
  expect(first).toMatch(/^[0-9a-f]{40}$/)
  expect(await run(git.resolve(url, "main"))).toBe(first)
  expect(await run(git.resolve(url, "HEAD"))).toBe(first)
  expect(await run(git.resolve(url, first.slice(0, 8)))).toBe(first)
  const [commit, initial] = await run(git.history(url, "main", { withPaths: true }))
  expect(commit).toEqual({
    sha: first,
    author: "argo-ts <argo-ts@localhost>",
    committer: "argo-ts <argo-ts@localhost>",
    committedAt: 1_700_000_000_000,
    subject: "add a",
    message: "add a\n\nbody",
    paths: ["a"],
  })
  expect(initial?.subject).toBe("Initial commit")
})

test("history shows paths that need quoting, in one call, with limit and skip", async () => {
  await deliver({ 'ü "x"\ty': "1", b: "2" }, "odd names \u001e \u001d")
  const [commit] = await run(git.history(url, "main", { limit: 1, withPaths: true }))
  expect(commit?.paths).toEqual(["b", 'ü "x"\ty'])
  const [, older] = await run(git.history(url, "main", { limit: 2 }))
  expect(await run(git.history(url, "main", { limit: 1, skip: 1 }))).toEqual([older])
})

test("tags are listed newest first and lead to commits", async () => {
  const sha = await run(git.resolve(url, "main"))
  const environment = { ...process.env, GIT_COMMITTER_DATE: "1800000000 +0000" }
  const identity = ["-c", "user.name=T", "-c", "user.email=t@x"]
  const tag = (...rest: string[]): void => {
    execFileSync("git", [...identity, "-C", bare, "tag", ...rest], { env: environment })
  }
  tag("light", sha)
  tag("-a", "-m", "first release\n\nnotes", "v1.0.0", sha)
  const tags = await run(git.tags(url))
  expect(
    tags.map(({ name, sha: at, tagger, annotation }) => [name, at, tagger, annotation]),
  ).toEqual([
    ["v1.0.0", sha, "T <t@x>", "first release\n\nnotes"],
    ["light", sha, "", ""],
  ])
  expect(await run(git.resolve(url, "v1.0.0"))).toBe(sha)
  const references = await run(git.references(url))
  expect(references).toContainEqual({ name: "HEAD", sha, target: "refs/heads/main" })
  expect(references).toContainEqual({ name: "refs/tags/v1.0.0", sha })
})

test("checks out a commit without .git, again for nothing, and never over other files", async () => {
  const sha = await run(git.resolve(url, "main"))
  const directory = fresh()
  await run(git.checkout(url, sha, directory))
  expect(readdirSync(directory).toSorted()).toEqual(["a", "b", 'ü "x"\ty'])
  await run(git.checkout(url, sha, directory))
  const other = (await run(git.history(url, "main", { limit: 2 })))[1]?.sha as string
  expect(await codeOf(git.checkout(url, other, directory))).toBe("DirectoryNotEmpty")
})

test("nothing changed is no commit, and a push that the remote already has is a success", async () => {
  const directory = fresh()
  const sha = await run(git.clone(url, { branch: "main" }, directory))
  expect(await run(git.commit(directory, { message: "nothing" }))).toEqual({
    sha,
    isCreated: false,
  })
  expect(await run(git.push(directory, "main"))).toEqual({ sha, branch: "main", isChanged: false })
})

test("a branch that moved is rebased onto; a conflict is told apart", async () => {
  const [left, right] = [fresh(), fresh()]
  await run(git.clone(url, { branch: "main" }, left))
  await run(git.clone(url, { branch: "main" }, right))
  writeFileSync(join(left, "left"), "1")
  writeFileSync(join(right, "right"), "1")
  await run(git.commit(left, { message: "left" }))
  await run(git.commit(right, { message: "right" }))
  await run(git.push(left, "main"))
  const pushed = await run(git.push(right, "main"))
  expect(pushed.sha).toBe(await run(git.resolve(url, "main")))
  expect((await run(git.history(url, "main", { limit: 2 }))).map((c) => c.subject)).toEqual([
    "right",
    "left",
  ])
  writeFileSync(join(left, "right"), "other")
  await run(git.commit(left, { message: "clash" }))
  expect(await codeOf(git.push(left, "main"))).toBe("PushConflict")
})

test("a missing branch is made as an orphan only when asked", async () => {
  expect(await codeOf(git.clone(url, { branch: "stage/dev" }, fresh()))).toBe("UnknownRevision")
  const directory = fresh()
  await run(git.clone(url, { branch: "stage/dev", create: true }, directory))
  expect(readdirSync(directory)).toEqual([".git"])
  expect((await run(git.history(url, "stage/dev"))).map((c) => c.subject)).toEqual([
    "Initial commit",
  ])
})

test("clear removes tracked files and leaves the others", async () => {
  const directory = fresh()
  await run(git.clone(url, { branch: "main" }, directory))
  writeFileSync(join(directory, "untracked"), "")
  await run(git.clear(directory))
  expect(readdirSync(directory).toSorted()).toEqual([".git", "untracked"])
  expect((await run(git.head(directory))).branch).toBe("main")
})

describe("hostile input", () => {
  const urls = ["--upload-pack=touch /tmp/x", "ext::sh -c id", "fd::17", "", "relative/path", "a b"]
  test.each(urls)("refuses the repository %j", async (hostile) => {
    expect(await codeOf(git.resolve(hostile, "main"))).toBe("InvalidRepository")
  })
  const revisions = ["--all", "-x", "a..b", "HEAD^", "x:y", "", "a b", "@{u}", "x.lock", "a\nb"]
  test.each(revisions)("refuses the revision %j", async (hostile) => {
    expect(await codeOf(git.resolve(url, hostile))).toBe("InvalidRevision")
    expect(await codeOf(git.clone(url, { branch: `${hostile}` }, fresh()))).toBe("InvalidRevision")
  })
})

test("failures are typed and name no path of this machine", async () => {
  const gone = "https://git.example.com/gone.git"
  const missing = open("cache2", { [gone]: join(root, "gone.git") })
  expect(await codeOf(missing.resolve(gone, "main"))).toBe("RepositoryUnreachable")
  expect(await codeOf(git.resolve(url, "nope"))).toBe("UnknownRevision")
  expect(await codeOf(git.checkout(url, "0".repeat(40), fresh()))).toBe("UnknownRevision")
  expect(await codeOf(git.commit(root, { message: "x" }))).toBe("NotAClone")
})

test("settings, identity and dates of the user have no influence", async () => {
  const home = fresh()
  execFileSync("mkdir", ["-p", home])
  writeFileSync(join(home, ".gitconfig"), "[user]\n name = Me\n[commit]\n gpgsign = true\n")
  const before = { ...process.env }
  Object.assign(process.env, { HOME: home, GIT_AUTHOR_NAME: "Me", TZ: "Asia/Tokyo" })
  try {
    const directory = fresh()
    await run(git.clone(url, { branch: "main" }, directory))
    writeFileSync(join(directory, "c"), readFileSync(join(directory, "a"), "utf8"))
    await run(git.commit(directory, { message: "c", author: { name: "K", email: "k@x" } }))
    await run(git.push(directory, "main"))
  } finally {
    process.env = before
  }
  const raw = execFileSync("git", ["-C", bare, "log", "-1", "--format=%an %ae %ci", "main"])
  expect(String(raw)).toMatch(/^K k@x 2023-11-14 .* \+0000\n$/)
})
