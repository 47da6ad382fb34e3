import { describe, expect, test } from "vitest"
import {
  joinPath,
  normalizeChartUrl,
  normalizeGitUrl,
  normalizeImageUrl,
} from "../api/repository-names.js"
import {
  type FreightIdentity,
  freightCollectionId,
  freightName,
  promotionName,
} from "./identity.js"

const origin = { kind: "Warehouse", name: "w" } as const
const commit = {
  repoURL: "https://github.com/example/repo",
  id: "0123456789abcdef0123456789abcdef01234567",
}
const digest = "sha256:f28a6bcae1c32a35e45678de83099e91520eb8ad0777ed1864592269eca89156"

describe("the name of Freight", () => {
  test.each<[string, FreightIdentity, string]>([
    [
      "an image of a production cluster",
      {
        origin: { kind: "Warehouse", name: "kargo-demo" },
        images: [{ repoURL: "docker.io/okrehel/minirepo", tag: "2409.27.3", digest }],
      },
      "1424c04cccbf0b8a1364cd5fc7651bc989b52cdc",
    ],
    ["a commit", { origin, commits: [commit] }, "1ee8fde9d6a08c39943e4c1913deacadd6f84dec"],
    [
      "a tagged commit",
      { origin, commits: [{ ...commit, tag: "v1.0.0" }] },
      "b66725fb25130cac31620154febec8928964bacc",
    ],
    [
      "a commit of a named subscription",
      { origin, commits: [{ ...commit, subscriptionName: "my-sub" }] },
      "9e93191fe45bdfd67b17d5af5d3de53b3ea7b3a1",
    ],
    [
      "a chart of an HTTP repository",
      {
        origin,
        charts: [{ repoURL: "https://charts.example.com", name: "foo", version: "1.2.3" }],
      },
      "bbc8766257400e4a6d93f378a3424fb3ee7f98d1",
    ],
    [
      "an OCI chart",
      { origin, charts: [{ repoURL: "oci://ghcr.io/example/chart", version: "1.2.3" }] },
      "d134fbe7e8730401847476a866bbfe780a899d3e",
    ],
    [
      "a generic artifact",
      {
        origin,
        artifacts: [{ artifactType: "mytype", subscriptionName: "my-sub", version: "42" }],
      },
      "685ed9e85190eb0c8e7e478d27ee4f78353f16e4",
    ],
  ])("%s", (_title, freight, name) => {
    expect(freightName(freight)).toBe(name)
  })

  test("does not depend on the order in which content was found", () => {
    const other = { ...commit, id: "f".repeat(40) }
    expect(freightName({ origin, commits: [commit, other] })).toBe(
      freightName({ origin, commits: [other, commit] }),
    )
  })
})

test.each([
  [["1424c04cccbf0b8a1364cd5fc7651bc989b52cdc"], "1948ea786cddf78d86f43b9f6f18122de6a1b70c"],
  [["666209fd9755a1e48bec6b27f5f447747410dd9e"], "101bca5b0e18ca7913978a1da956308d2544f741"],
  [["319ddec6bbfbd808d499a0357b027e773aa3707f"], "55d452301040a73e9fd05289b1f8ddbec1791222"],
])("the collection of %j", (names, id) => {
  expect(freightCollectionId(names)).toBe(id)
})

test("a promotion is named after stage, ULID and Freight; long stages are cut", () => {
  const ulid = "01J9ZKQ2D3V5Y6X7W8T9S0R1Q2"
  expect(promotionName("prod", ulid, "1424c04cccbf")).toBe(`prod.${ulid.toLowerCase()}.1424c04`)
  expect(promotionName(`${"x".repeat(217)}-y`, ulid, "1424c04cccbf")).toHaveLength(253 - 1)
})

test.each([
  ["https://User:pw@GitHub.com/Example/Repo.git/", "https://github.com/example/repo"],
  ["git@github.com:example/repo.git", "ssh://git@github.com/example/repo"],
  ["ssh://git@github.com/example/repo.git", "ssh://git@github.com/example/repo"],
  ["https://example.com/repo.git?x=1", "https://example.com/repo.git?x=1"],
  ["https://example.com/\u200brepo", "https://example.com/repo"],
])("git %s", (url, normal) => {
  expect(normalizeGitUrl(url)).toBe(normal)
})

test.each([
  ["docker.io/library/nginx", "nginx"],
  ["library/nginx:1.27", "nginx"],
  ["index.docker.io/example/shop", "example/shop"],
  ["Registry.Example.com/Shop", "registry.example.com/shop"],
  ["not an image", "not an image"],
])("image %s", (url, normal) => {
  expect(normalizeImageUrl(url)).toBe(normal)
})

test("charts and paths", () => {
  expect(normalizeChartUrl("oci://ghcr.io/example/chart")).toBe("ghcr.io/example/chart")
  expect(joinPath("https://charts.example.com", "foo")).toBe("https:/charts.example.com/foo")
  expect(joinPath("a", "", "../b/./c")).toBe("b/c")
})
