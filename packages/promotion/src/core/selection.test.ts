import { type EpochMs, epochMs, type Result } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import {
  discoveredTag,
  matchesPath,
  needsPaths,
  selectCommits,
  selectTags,
} from "./git-selection.js"
import { planImages, rankImages } from "./image-selection.js"

const repoURL = "registry.example.com/shop"
const tags = ["1.2.0", "v1.10.0", "1.9.9-rc.1", "latest", "2.0", "1.10.0", "dev-1"]
const url = "https://git.example.com/x"
const now = epochMs(1_767_603_600_000)
const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.issues[0]?.message)
  return result.value
}

describe("images", () => {
  test("versions: strict ones, newest first, ties by text", () => {
    const plan = (more: object) => planImages({ repoURL, ...more }, tags).tags
    expect(plan({})).toEqual(["v1.10.0", "1.10.0", "1.9.9-rc.1", "1.2.0"])
    expect(plan({ constraint: "" })).toEqual(plan({}))
    expect(plan({ constraint: "^1.2.0" })).toEqual(["v1.10.0", "1.10.0", "1.2.0"])
    expect(plan({ constraint: "^1.2.0-0" })).toEqual(plan({}))
    expect(plan({ constraint: "not a range" })).toEqual([])
    expect(plan({ strictSemvers: false })).toEqual(["2.0", ...plan({})])
  })

  test("other strategies", () => {
    const lexical = {
      repoURL,
      imageSelectionStrategy: "Lexical",
      allowTagsRegexes: ["^[0-9]", "("],
      ignoreTagsRegexes: ["rc"],
    } as const
    expect(planImages(lexical, tags)).toEqual({
      tags: ["2.0", "1.2.0", "1.10.0"],
      isRanked: true,
      limit: 20,
    })
    const digest = { repoURL, imageSelectionStrategy: "Digest", constraint: "latest" } as const
    expect(planImages(digest, [])).toEqual({ tags: ["latest"], isRanked: true, limit: 20 })
  })

  test("newest builds first, then by tag; images that do not tell come last", () => {
    const newest = { repoURL, imageSelectionStrategy: "NewestBuild", discoveryLimit: 3 } as const
    const plan = planImages(newest, ["c", "a", "d", "b"])
    expect(plan).toEqual({ tags: ["a", "b", "c", "d"], isRanked: false, limit: 3 })
    const found = [
      ["a", 1],
      ["b", 2],
      ["c", 2],
      ["d", 0],
    ] as const
    const images = found.map(([tag, builtAt]) => ({ image: { tag, digest: tag }, builtAt }))
    expect(rankImages(plan, images).map(({ tag }) => tag)).toEqual(["c", "b", "a"])
    const ranked = planImages({ repoURL, discoveryLimit: 1 }, ["1.0.0"])
    expect(rankImages(ranked, images).map(({ tag }) => tag)).toEqual(["a"])
  })
})

test.each([
  ["src", "src/a.ts", true],
  ["src", "src", true],
  ["src", "srcs/a.ts", false],
  ["./src/", "src/a.ts", true],
  [".", "a", true],
  ["", "a", true],
  ["glob:**/*.yaml", "a/b/c.yaml", true],
  ["glob:*.yaml", "a/c.yaml", false],
  ["glob:[", "[", false],
  ["regex:\\.md$", "docs/x.md", true],
  ["regexp:(", "(", false],
  ["docs", "foo..yaml", false],
])("path %s on %s: %s", (pattern, path, expected) => {
  expect(matchesPath(pattern, path)).toBe(expected)
})

const commit = (sha: string, paths: readonly string[], at = 0) => ({
  sha,
  author: "A <a@x>",
  committer: "C <c@x>",
  committedAt: epochMs(at),
  subject: `subject ${sha}`,
  message: `subject ${sha}`,
  paths,
})

describe("commits", () => {
  const commits = [
    commit("1", ["docs/a", "src/a"], 3000),
    commit("2", ["docs/a"], 2000),
    commit("3", ["src/gen/a"], 1000),
  ]
  const ids = (more: object) =>
    valueOf(selectCommits({ repoURL: url, ...more }, commits, now)).map(({ id }) => id)

  test("any changed path that is included and not excluded", () => {
    expect(ids({ includePaths: ["src"], excludePaths: ["src/gen"] })).toEqual(["1"])
    expect(ids({ excludePaths: ["docs"] })).toEqual(["1", "3"])
    expect(ids({ includePaths: ["docs"] })).toEqual(["1", "2"])
    expect(ids({ discoveryLimit: 2 })).toEqual(["1", "2"])
    expect(needsPaths({ repoURL: url })).toBe(false)
    expect(needsPaths({ repoURL: url, excludePaths: ["a"] })).toBe(true)
  })

  test("expressions over its facts; what is no boolean is read as one", () => {
    expect(ids({ expressionFilter: "id != '1'" })).toEqual(["2", "3"])
    expect(ids({ expressionFilter: "commitDate.Unix() < 2" })).toEqual(["3"])
    expect(ids({ expressionFilter: "author == 'A <a@x>' && committer == 'C <c@x>'" })).toHaveLength(
      3,
    )
    expect(ids({ expressionFilter: "subject contains '2' ? 'T' : 'f'" })).toEqual(["2"])
    expect(ids({ expressionFilter: "id == '1' ? 1 : 0" })).toEqual(["1"])
  })

  test("an expression that fails fails the look, and says so", () => {
    for (const expressionFilter of ["nope()", "id", "id +"]) {
      const result = selectCommits({ repoURL: url, expressionFilter }, commits, now)
      expect(result.ok).toBe(false)
    }
    const result = selectCommits({ repoURL: url, expressionFilter: "id" }, [commit("x", [])], now)
    expect(result.ok ? "" : result.issues[0]?.message).toBe(
      'the expression filter failed: expected true or false, found "x"',
    )
  })

  test("what is found", () => {
    const long = { ...commit("1", []), subject: "é".repeat(81) }
    const found = valueOf(selectCommits({ repoURL: url, branch: "main" }, [long], now))
    expect(found).toEqual([
      {
        id: "1",
        branch: "main",
        author: "A <a@x>",
        committer: "C <c@x>",
        creatorDate: "1970-01-01T00:00:00Z",
        subject: `${"é".repeat(77)}...`,
      },
    ])
    const short = { ...long, subject: "é".repeat(80) }
    const [kept] = valueOf(selectCommits({ repoURL: url }, [short], now))
    expect(kept?.subject).toBe(short.subject)
    expect(kept).not.toHaveProperty("branch")
  })
})

describe("tags", () => {
  const tag = (name: string, at: number) => ({
    ...commit(name, []),
    name,
    createdAt: epochMs(at) as EpochMs,
    tagger: "T <t@x>",
    annotation: "released",
  })
  const all = [tag("nightly", 2000), tag("v1.0.0", 3000), tag("v1.1.0", 1000), tag("v1", 3000)]
  const names = (more: object) =>
    valueOf(selectTags({ repoURL: url, ...more }, all, now)).map(({ name }) => name)

  test("by version, text and age", () => {
    expect(names({ commitSelectionStrategy: "SemVer" })).toEqual(["v1.1.0", "v1.0.0"])
    expect(names({ commitSelectionStrategy: "SemVer", semverConstraint: "~1.0" })).toEqual([
      "v1.0.0",
    ])
    expect(names({ commitSelectionStrategy: "SemVer", strictSemvers: false })).toEqual([
      "v1.1.0",
      "v1.0.0",
      "v1",
    ])
    expect(names({ commitSelectionStrategy: "Lexical" })).toEqual([
      "v1.1.0",
      "v1.0.0",
      "v1",
      "nightly",
    ])
    expect(names({ commitSelectionStrategy: "NewestTag" })).toEqual([
      "v1.0.0",
      "v1",
      "nightly",
      "v1.1.0",
    ])
  })

  test("by name patterns and expressions", () => {
    const newest = { commitSelectionStrategy: "NewestTag" }
    expect(names({ ...newest, allowTagsRegexes: ["^v"], ignoreTagsRegexes: ["1$"] })).toEqual([
      "v1.0.0",
      "v1.1.0",
    ])
    const facts = "tag == 'v1' && id == 'v1' && creatorDate.Unix() == 3 && tagger == 'T <t@x>'"
    expect(names({ ...newest, expressionFilter: `${facts} && annotation == 'released'` })).toEqual([
      "v1",
    ])
  })

  test("as a discovered commit", () => {
    expect(discoveredTag(all[1]!)).toEqual({
      id: "v1.0.0",
      tag: "v1.0.0",
      subject: "subject v1.0.0",
      author: "A <a@x>",
      committer: "C <c@x>",
      creatorDate: "1970-01-01T00:00:03Z",
    })
  })
})
