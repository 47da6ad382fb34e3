import { epochMs, type JsonValue } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import type { FreightReference } from "../api/common.js"
import { freightFixture, stageFixture } from "../testing/index.js"
import { MissingData, type ObservedData } from "./data-functions.js"
import { environmentOf } from "./environment.js"
import { evaluateText } from "./evaluate.js"

const now = epochMs(1_767_603_600_000)
const shop = { kind: "Warehouse", name: "shop" } as const
const other = { kind: "Warehouse", name: "other" } as const
const git = "https://git.example.com/app"
const collection: readonly FreightReference[] = [
  {
    name: "f1",
    origin: shop,
    commits: [{ repoURL: `${git}.git`, id: "abc", tag: "v1", message: "one\ntwo", author: "A" }],
    images: [
      { repoURL: "r/shop", tag: "1.10", digest: "sha256:1", annotations: { a: "b" } },
      { repoURL: "r/both", tag: "s" },
    ],
    charts: [
      { repoURL: "https://charts.example.com", name: "web", version: "1.2.3" },
      { repoURL: "oci://r/chart", version: "2.0.0" },
    ],
    artifacts: [
      { artifactType: "doc", subscriptionName: "sub", version: "7", metadata: { deep: [1] } },
    ],
  },
  { name: "f2", origin: other, images: [{ repoURL: "r/both", tag: "o" }] },
]
const freight = [freightFixture("a", { metadata: { k: 1 }, verifiedIn: { dev: {} } })]
const stage = { ...stageFixture("dev", {}), status: { metadata: { own: true } } }

function evaluated(expression: string, data: readonly ObservedData[] = []): JsonValue {
  const context = { project: "p", stage: "dev" }
  const evaluation = environmentOf({ context, collection, freight, stage, data }, now)
  const result = evaluateText(`\${{ ${expression} }}`, evaluation)
  return result.ok ? result.value : `error: ${result.issues[0]?.message}`
}

describe("artifacts", () => {
  const rows: readonly (readonly [string, JsonValue])[] = [
    [`commitFrom('${git}').ID`, "abc"],
    [`commitFrom('${git.toUpperCase()}.git').Tag`, "v1"],
    [`commitFrom('${git}').RepoURL`, `${git}.git`],
    [`commitFrom('${git}').Branch`, ""],
    [`commitFrom('${git}').Committer`, ""],
    [`commitFrom('${git}').SubscriptionName`, ""],
    [`commitFrom('${git}').Author`, "A"],
    [`split(commitFrom('${git}').Message, "\\n")[0]`, "one"],
    ["commitFrom('https://x/y') == nil", true],
    ["commitFrom('https://x/y')?.ID", null],
    ["quote(imageFrom('r/shop').Tag)", "1.10"],
    ["imageFrom('r/shop').Digest", "sha256:1"],
    ["imageFrom('r/shop').Annotations.a", "b"],
    ["imageFrom('r/shop').RepoURL + imageFrom('r/shop').SubscriptionName", "r/shop"],
    ["imageFrom('R/SHOP') == nil", true],
    ["imageFrom('r/both', warehouse('shop')).Tag", "s"],
    ["imageFrom('r/both', warehouse('other')).Tag", "o"],
    ["imageFrom('r/shop', warehouse('other')) == nil", true],
    ["warehouse('x').Kind + '/' + warehouse('x').Name", "Warehouse/x"],
    ["chartFrom('https://charts.example.com', 'web').Version", "1.2.3"],
    ["chartFrom('oci://r/chart').Version", "2.0.0"],
    ["chartFrom('oci://r/chart', warehouse('shop')).Name", ""],
    ["artifactFrom('sub').Version", 7],
    ["artifactFrom('sub').ArtifactType", "doc"],
    ["artifactFrom('sub').Metadata.deep[0]", 1],
    ["artifactFrom('none') == nil", true],
    ["artifactFrom('sub', warehouse('other')) == nil", true],
    [
      "imageFrom('r/shop')",
      { repoURL: "r/shop", tag: "1.10", digest: "sha256:1", annotations: { a: "b" } },
    ],
    [
      `commitFrom('${git}')`,
      { repoURL: `${git}.git`, id: "abc", tag: "v1", message: "one\ntwo", author: "A" },
    ],
  ]
  test.each(rows)("%s", (expression, expected) => {
    expect(evaluated(expression)).toEqual(expected)
  })

  test.each([
    ["imageFrom('r/both')", "more than one artifact of r/both"],
    ["chartFrom('https://x')", "there is no chart of https://x here"],
    ["chartFrom('oci://r/chart', 'web')", "there is no chart named web of oci://r/chart here"],
    ["chartFrom('oci://r/chart', warehouse('other'))", "there is no chart"],
    ["imageFrom(1)", "error: "],
    ["imageFrom('r/shop', 'shop')", "error: "],
    ["imageFrom()", "error: "],
    ["imageFrom('r/shop').Nope", "error: "],
    ["imageFrom('none').Tag", "error: "],
  ])("%s is an error", (expression, expected) => {
    expect(evaluated(expression)).toContain(expected)
    expect(evaluated(expression)).toContain("error: ")
  })
})

describe("versions", () => {
  const rows: readonly (readonly [string, JsonValue])[] = [
    ["semverDiff('1.2.3', '2.0.0')", "Major"],
    ["semverDiff('1.2.3', '1.3.0')", "Minor"],
    ["semverDiff('1.2.3', '1.2.4')", "Patch"],
    ["semverDiff('1.2.3+a', '1.2.3+b')", "Metadata"],
    ["semverDiff('1.2.3-a', '1.2.3-b')", "None"],
    ["semverDiff('1.2.3', 'v1.2.3')", "None"],
    ["semverDiff('1.2.3', 'latest')", "Incomparable"],
    ["semverDiff('latest', '1.2.3')", "Incomparable"],
    ["semverParse('v1.2.3-rc.1+b').Major()", 1],
    ["semverParse('v1.2.3-rc.1+b').Minor()", 2],
    ["semverParse('v1.2.3-rc.1+b').Patch()", 3],
    ["semverParse('v1.2.3-rc.1+b').Prerelease()", "rc.1"],
    ["semverParse('v1.2.3-rc.1+b').Metadata()", "b"],
    ["semverParse('v1.2.3').Original()", "v1.2.3"],
    ["semverParse('v1.2.3').String()", "1.2.3"],
    ["semverParse('1.2.3').IncMajor().String()", "2.0.0"],
    ["semverParse('1.2.3').IncMinor().String()", "1.3.0"],
    ["semverParse('1.2.3').IncPatch()", "1.2.4"],
  ]
  test.each(rows)("%s", (expression, expected) => {
    expect(evaluated(expression)).toEqual(expected)
  })
  test("what is no version is an error", () => {
    expect(evaluated("semverParse('x')")).toBe('error: expected a version like 1.2.3, found "x"')
  })
})

describe("data", () => {
  const name = freight[0]?.metadata.name ?? ""
  test("of Freight and of one's own Stage is at hand", () => {
    expect(evaluated(`freightMetadata('${name}').k`)).toBe(1)
    expect(evaluated("freightMetadata('none') == nil")).toBe(true)
    expect(evaluated(`freightStatus('${name}').verifiedIn`)).toEqual({ dev: {} })
    expect(evaluated("freightStatus('none') == nil")).toBe(true)
    expect(evaluated("stageMetadata('dev').own")).toBe(true)
  })
  const rows = [
    ["configMap('c').k", "ConfigMap", false, "c"],
    ["sharedConfigMap('c').k", "ConfigMap", true, "c"],
    ["secret('c').k", "Secret", false, "c"],
    ["sharedSecret('c').k", "Secret", true, "c"],
    ["stageMetadata('qa').k", "StageMetadata", false, "qa"],
  ] as const
  test.each(rows)("%s is asked for, and then known", (expression, kind, isShared, wanted) => {
    const key = { kind, isShared, name: wanted }
    expect(() => evaluated(expression)).toThrow(MissingData)
    try {
      evaluated(expression)
    } catch (error) {
      expect((error as MissingData).wanted).toEqual(key)
    }
    expect(evaluated(expression, [{ ...key, value: { k: "v" } }])).toBe("v")
    expect(() => evaluated(expression, [{ ...key, isShared: !isShared }])).toThrow(MissingData)
    expect(() => evaluated(expression, [{ ...key, name: "x" }])).toThrow(MissingData)
  })
  test("what does not exist is an empty map; a Stage is nil", () => {
    const none = { kind: "ConfigMap", isShared: false, name: "c" } as const
    expect(evaluated("configMap('c')", [none])).toEqual({})
    const gone = { kind: "StageMetadata", isShared: false, name: "qa" } as const
    expect(evaluated("stageMetadata('qa') == nil", [gone])).toBe(true)
  })
})

test("a value as YAML stays a text", () => {
  expect(evaluated("asYAML({'b': [1, 'x'], 'a': {'c': nil} })")).toBe(
    "a:\n  c: null\nb:\n- 1\n- x\n",
  )
  expect(evaluated("asYAML('x')")).toBe("x\n")
})
