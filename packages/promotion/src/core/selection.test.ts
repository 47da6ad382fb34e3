import { epochMs } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { matchesPath, selectCommits, selectTags } from "./git-selection.js"
import { planImages, rankImages } from "./image-selection.js"

const repoURL = "registry.example.com/shop"
const tags = ["1.2.0", "v1.10.0", "1.9.9-rc.1", "latest", "2.0", "1.10.0", "dev-1"]

test("versions: strict ones, newest first, ties by text", () => {
  expect(planImages({ repoURL }, tags).tags).toEqual(["v1.10.0", "1.10.0", "1.9.9-rc.1", "1.2.0"])
  expect(planImages({ repoURL, constraint: "^1.2.0" }, tags).tags).toEqual([
    "v1.10.0",
    "1.10.0",
    "1.2.0",
  ])
  expect(planImages({ repoURL, strictSemvers: false, discoveryLimit: 1 }, tags).tags).toEqual([
    "2.0",
  ])
})

test("other strategies", () => {
  const lexical = {
    repoURL,
    imageSelectionStrategy: "Lexical",
    allowTagsRegexes: ["^[0-9]"],
    ignoreTagsRegexes: ["rc"],
  } as const
  expect(planImages(lexical, tags).tags).toEqual(["2.0", "1.2.0", "1.10.0"])
  expect(
    planImages({ repoURL, imageSelectionStrategy: "Digest", constraint: "latest" }, []).tags,
  ).toEqual(["latest"])
  const newest = { repoURL, imageSelectionStrategy: "NewestBuild", discoveryLimit: 2 } as const
  const found = [
    { tag: "a", digest: "1", createdAt: "2026-01-01T00:00:00Z" },
    { tag: "b", digest: "2", createdAt: "2026-01-02T00:00:00Z" },
    { tag: "c", digest: "3", createdAt: "2026-01-02T00:00:00Z" },
  ]
  expect(
    rankImages(newest, planImages(newest, ["a", "b", "c"]), found).map(({ tag }) => tag),
  ).toEqual(["c", "b"])
})

test.each([
  ["src", "src/a.ts", true],
  ["src", "srcs/a.ts", false],
  ["./src/", "src/a.ts", true],
  ["glob:**/*.yaml", "a/b/c.yaml", true],
  ["glob:*.yaml", "a/c.yaml", false],
  ["regex:\\.md$", "docs/x.md", true],
  ["docs", "foo..yaml", false],
])("path %s on %s: %s", (pattern, path, expected) => {
  expect(matchesPath(pattern, path)).toBe(expected)
})

const commit = (sha: string, paths: readonly string[]) => ({
  sha,
  author: "A <a@x>",
  committer: "A <a@x>",
  committedAt: epochMs(0),
  subject: `subject ${sha}`,
  paths,
})

test("commits: any changed path that is included and not excluded; expression filters", () => {
  const commits = [
    commit("1", ["docs/a", "src/a"]),
    commit("2", ["docs/a"]),
    commit("3", ["src/gen/a"]),
  ]
  const url = "https://git.example.com/x"
  expect(
    selectCommits({ repoURL: url, includePaths: ["src"], excludePaths: ["src/gen"] }, commits).map(
      ({ id }) => id,
    ),
  ).toEqual(["1"])
  expect(
    selectCommits({ repoURL: url, expressionFilter: "id != '1'" }, commits).map(({ id }) => id),
  ).toEqual(["2", "3"])
  expect(selectCommits({ repoURL: url, discoveryLimit: 1 }, commits)).toHaveLength(1)
})

test("tags by version, text and age", () => {
  const tag = (name: string, at: number) => ({
    ...commit(name, []),
    name,
    createdAt: epochMs(at),
    tagger: "",
    annotation: "",
  })
  const all = [tag("v1.0.0", 3), tag("v1.1.0", 1), tag("nightly", 2)]
  const names = (commitSelectionStrategy: "SemVer" | "Lexical" | "NewestTag") =>
    selectTags({ repoURL: "https://x/y", commitSelectionStrategy }, all).map(({ name }) => name)
  expect(names("SemVer")).toEqual(["v1.1.0", "v1.0.0"])
  expect(names("Lexical")).toEqual(["v1.1.0", "v1.0.0", "nightly"])
  expect(names("NewestTag")).toEqual(["v1.0.0", "nightly", "v1.1.0"])
})
