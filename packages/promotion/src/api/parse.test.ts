import { readFileSync } from "node:fs"
import { formatIssue } from "@argo-ts/kernel"
import { parseManifests } from "@argo-ts/kernel/yaml"
import { describe, expect, test } from "vitest"
import {
  parseFreight,
  parseProject,
  parseProjectConfig,
  parsePromotion,
  parseStage,
  parseWarehouse,
} from "./parse.js"

const parsers = {
  Project: parseProject,
  ProjectConfig: parseProjectConfig,
  Warehouse: parseWarehouse,
  Stage: parseStage,
  Freight: parseFreight,
  Promotion: parsePromotion,
} as const

const apiVersion = "kargo.akuity.io/v1alpha1"
const stage = (steps: unknown, more: object = {}): unknown => ({
  apiVersion,
  kind: "Stage",
  metadata: { name: "dev", namespace: "shop" },
  spec: {
    requestedFreight: [{ origin: { kind: "Warehouse", name: "w" }, sources: { direct: true } }],
    promotionTemplate: { spec: { steps } },
    ...more,
  },
})

function issuesOf(result: ReturnType<(typeof parsers)["Stage"]>): readonly string[] {
  return result.ok ? [] : result.issues.map((issue) => `${issue.code} ${formatIssue(issue)}`)
}

test("every manifest of the delivery example is read", () => {
  const url = new URL("../../../../examples/delivery/promotion.yaml", import.meta.url)
  const parsed = parseManifests(readFileSync(url, "utf8"), { file: "promotion.yaml" })
  if (!parsed.ok) throw new Error("broken example")
  for (const { value } of parsed.value) {
    const { kind } = value as { kind: string }
    const parse = parsers[kind as keyof typeof parsers]
    if (parse !== undefined) expect(parse(value)).toMatchObject({ ok: true })
  }
})

describe("names what is wrong", () => {
  const rows: readonly (readonly [string, unknown, string])[] = [
    [
      "a path out of the work directory",
      [{ uses: "git-clear", config: { path: "../x" } }],
      "expected a path inside the work directory",
    ],
    [
      "an unknown field of a step",
      [{ uses: "git-clear", config: { path: "a", pth: "b" } }],
      "UnknownField",
    ],
    ["a step not built yet", [{ uses: "helm-template", config: {} }], "UnsupportedField"],
    ["a misspelt step", [{ uses: "git-comit", config: {} }], "did you mean git-commit"],
    ["a reserved name", [{ uses: "fail", as: "step-1" }], "reserved"],
    [
      "an unclosed expression",
      [{ uses: "fail", config: { message: "${{ a" } }],
      "unclosed expression",
    ],
    ["a missing field", [{ uses: "yaml-update", config: { path: "a" } }], "updates: is required"],
    ["a task", [{ task: { name: "x" } }], "UnsupportedField"],
  ]
  test.each(rows)("%s", (_name, steps, expected) => {
    expect(issuesOf(parseStage(stage(steps))).join("\n")).toContain(expected)
  })
  test("steps of one's own are left to themselves", () => {
    const own = stage([{ uses: "my-step", config: { any: "${{ ctx.stage }}" } }])
    expect(issuesOf(parseStage(own, ["my-step"]))).toEqual([])
    expect(issuesOf(parseStage(own)).join("")).toContain("my-step")
  })
  test("unknown and unsupported fields at once", () => {
    const found = issuesOf(parseStage(stage([], { verificaton: {}, shard: "a" })))
    expect(found.join("\n")).toMatch(
      /UnsupportedField[^]*verification|verification[^]*UnsupportedField/,
    )
  })
})
