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
    [
      "a variable of something that is not built",
      [{ uses: "fail", config: { message: "${{ task.outputs.a }}" } }],
      "UnsupportedField",
    ],
    ["a task", [{ task: { name: "x" } }], "UnsupportedField"],
    [
      "a path out of the work directory behind an expression",
      [{ uses: "copy", config: { inPath: "${{ vars.a }}/../x", outPath: "b" } }],
      "config.inPath: expected a path inside the work directory",
    ],
    [
      "a path out of the work directory in a list",
      [{ uses: "delete", config: { paths: ["a", "/etc"] } }],
      "config.paths[1]: expected a path inside the work directory",
    ],
    [
      "two revisions",
      [
        {
          uses: "git-clone",
          config: { repoURL: "x", checkout: [{ path: "a", branch: "b", tag: "c" }] },
        },
      ],
      "checkout[0]: expected at most one of `branch`, `commit`, `tag`",
    ],
    ["an empty list", [{ uses: "argocd-update", config: { apps: [] } }], "at least one entry"],
    [
      "an application without a name",
      [{ uses: "argocd-update", config: { apps: [{}] } }],
      "exactly one of `name`, `selector`",
    ],
    [
      "a revision that is not given",
      [
        {
          uses: "argocd-update",
          config: {
            apps: [{ name: "a", sources: [{ repoURL: "x", updateTargetRevision: true }] }],
          },
        },
      ],
      "updateTargetRevision: needs `desiredRevision`",
    ],
    [
      "a broken expression",
      [{ uses: "http", config: { url: "http://x", successExpression: "a +" } }],
      "successExpression: ",
    ],
    ["a broken duration", [{ uses: "http", config: { url: "x", timeout: "5" } }], "a duration"],
    [
      "a feature that is not built",
      [{ uses: "http", config: { url: "x", insecureSkipTLSVerify: true } }],
      "UnsupportedField",
    ],
    [
      "a condition that is a text",
      [{ uses: "fail", if: "always()" }],
      'if: expected an expression, found "always()"',
    ],
    ["a list for a mapping", [{ uses: "git-commit", config: [] }], "expected a mapping, found []"],
    [
      "an operator nobody knows",
      [
        {
          uses: "set-metadata",
          config: { updates: [{ kind: "Warehouse", name: "x", values: {} }] },
        },
      ],
      "expected one of Stage, Freight",
    ],
    ["no step", [{}], "uses: is required"],
    [
      "a name that is taken",
      [
        { uses: "fail", as: "a" },
        { uses: "fail", as: "a" },
      ],
      "is taken",
    ],
    ["a broken timeout", [{ uses: "fail", retry: { timeout: "x" } }], "expected a duration"],
    ["a broken variable", [{ uses: "fail", vars: [{ name: "a-b" }] }], "letters, digits and _"],
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

test("what is switched off is not refused", () => {
  const config = { url: "x", insecureSkipTLSVerify: false }
  expect(parseStage(stage([{ uses: "http", config }])).ok).toBe(true)
  const push = { path: "a", targetBranch: "b", generateTargetBranch: false }
  expect(parseStage(stage([{ uses: "git-push", config: push }])).ok).toBe(true)
  const git = { repoURL: "https://x/y", insecureSkipTLSVerify: false }
  expect(parseWarehouse(warehouse([{ git }])).ok).toBe(true)
})

const warehouse = (subscriptions: unknown, more: object = {}): unknown => ({
  apiVersion,
  kind: "Warehouse",
  metadata: { name: "w", namespace: "shop" },
  spec: { subscriptions, ...more },
})
const git = { repoURL: "https://x/y" }
const image = { repoURL: "x/y" }

describe("subscriptions", () => {
  const rows: readonly (readonly [string, unknown, string])[] = [
    ["none", [], "at least one subscription"],
    ["two kinds", [{ git, image }], "exactly one of `git` and `image`, found 2"],
    ["no kind", [{ name: "a" }], "exactly one of `git` and `image`, found 0"],
    ["a chart", [{ chart: { repoURL: "x" } }], "UnsupportedField"],
    ["a kind of its own", [{ name: "a", jira: {} }], "UnsupportedField"],
    [
      "a name twice",
      [
        { name: "a", git },
        { name: "a", image },
      ],
      "is taken",
    ],
    ["no name", [{ name: "A", git }], "expected a DNS label"],
    [
      "a repository twice",
      [{ git }, { git: { repoURL: "https://X/y.git" } }],
      "the repository https://x/y is subscribed to twice",
    ],
    [
      "an image twice",
      [{ image: { repoURL: "nginx" } }, { image: { repoURL: "docker.io/library/nginx" } }],
      "subscribed to twice",
    ],
    ["a file", [{ git: { repoURL: "file:///x" } }], "http(s) or ssh URL"],
    ["a bad branch", [{ git: { ...git, branch: "-x" } }], "a branch name"],
    ["a bad time", [{ git: { ...git, since: "yesterday" } }], "RFC 3339"],
    [
      "a time for tags",
      [{ git: { ...git, since: "2026-01-01T00:00:00Z", commitSelectionStrategy: "SemVer" } }],
      "only for the strategy NewestFromBranch",
    ],
    ["a bad path", [{ git: { ...git, includePaths: ["regex:("] } }], "a regular expression"],
    ["a bad glob", [{ git: { ...git, excludePaths: ["glob:{a"] } }], "a glob"],
    ["a bad filter", [{ git: { ...git, expressionFilter: "a +" } }], "expressionFilter: "],
    ["a bad limit", [{ git: { ...git, discoveryLimit: 101 } }], "from 1 to 100"],
    [
      "a bad tag pattern",
      [{ image: { ...image, allowTagsRegexes: ["("] } }],
      "a regular expression",
    ],
    [
      "a bad git range",
      [{ git: { ...git, commitSelectionStrategy: "SemVer", semverConstraint: "latest" } }],
      "a range of versions",
    ],
    ["a bad image range", [{ image: { ...image, constraint: "latest" } }], "a range of versions"],
    ["a tag", [{ image: { repoURL: "x/y:1" } }], "without scheme and tag"],
    ["a scheme", [{ image: { repoURL: "https://x/y" } }], "without scheme and tag"],
    ["a bad platform", [{ image: { ...image, platform: "linux" } }], "os/arch[/variant]"],
    [
      "no tag to follow",
      [{ image: { ...image, imageSelectionStrategy: "Digest" } }],
      "the tag to follow",
    ],
  ]
  test.each(rows)("%s", (_name, subscriptions, expected) => {
    expect(issuesOf(parseWarehouse(warehouse(subscriptions)) as never).join("\n")).toContain(
      expected,
    )
  })

  test("an interval is in h, m and s; criteria are an expression", () => {
    const found = (more: object) =>
      issuesOf(parseWarehouse(warehouse([{ git }], more)) as never).join()
    expect(found({ interval: "1h5.5m0s" })).toBe("")
    expect(found({ interval: "100ms" })).toContain("like 5m0s")
    expect(found({ freightCreationCriteria: { expression: "a +" } })).toContain("expression: ")
  })

  test.each(["https://x/y", "ssh://git@x/y", "git@x:y/z.git"])("%s is read", (repoURL) => {
    const subscriptions = [
      { git: { repoURL } },
      { name: "b", image: { ...image, platform: "linux/arm/v7" } },
    ]
    expect(issuesOf(parseWarehouse(warehouse(subscriptions)) as never)).toEqual([])
  })
})

describe("requests, policies and promotions", () => {
  const origin = { kind: "Warehouse", name: "w" }
  const requesting = (...requestedFreight: unknown[]) =>
    issuesOf(parseStage(stage([], { requestedFreight }))).join("\n")
  test.each<[string, string]>([
    [requesting(), "at least one request"],
    [requesting({ origin }, { origin }), "requested twice"],
    [requesting({ origin, sources: { requiredSoakTime: "x" } }), "expected a duration"],
    [requesting({ origin, sources: { stages: ["dev"] } }), "names itself as its source"],
    [
      requesting({
        origin,
        sources: { stages: ["a", "b"], autoPromotionOptions: { selectionPolicy: "MatchUpstream" } },
      }),
      "exactly one upstream Stage",
    ],
    [
      requesting({
        origin,
        sources: {
          direct: true,
          stages: ["a"],
          autoPromotionOptions: { selectionPolicy: "MatchUpstream" },
        },
      }),
      "no direct source",
    ],
  ])("%s", (found, expected) => expect(found).toContain(expected))
  test("nothing set is only by manual approval, and legal", () => {
    expect(requesting({ origin })).toBe("")
  })

  const config = (promotionPolicies: unknown, namespace = "shop") =>
    issuesOf(
      parseProjectConfig({
        apiVersion,
        kind: "ProjectConfig",
        metadata: { name: "shop", namespace },
        spec: { promotionPolicies },
      }) as never,
    ).join("\n")
  test.each<[string, string]>([
    [config([{ stage: "a", stageSelector: { name: "a" } }]), "exactly one of `stage`"],
    [config([{}]), "exactly one of `stage`"],
    [config([{ stageSelector: { name: "regex:(" } }]), "a regular expression"],
    [config([{ stageSelector: { name: "glob:[" } }]), "a glob"],
    [config([], "other"), 'the name of the namespace, "other"'],
    [config([{ stage: "a", autoRollback: {} }]), "UnsupportedField"],
  ])("%s", (found, expected) => expect(found).toContain(expected))

  const promotion = (spec: object) =>
    issuesOf(parsePromotion({ apiVersion, kind: "Promotion", metadata: {}, spec }) as never).join(
      "\n",
    )
  test("a Promotion names Freight or an origin", () => {
    expect(promotion({ stage: "dev", freight: "f" })).toBe("")
    expect(promotion({ stage: "dev", origin })).toBe("")
    expect(promotion({ stage: "dev", freight: "f", origin })).toContain("exactly one of `freight`")
    expect(promotion({ stage: "dev" })).toContain("exactly one of `freight`")
    expect(promotion({ stage: "", freight: "f" })).toContain("stage: is required")
    expect(promotion({ stage: "dev", freight: "f", target: {} })).toContain("UnsupportedField")
  })

  test("Freight holds something; every kind says what it is", () => {
    const freight = { apiVersion, kind: "Freight", metadata: { name: "f" }, origin }
    expect(issuesOf(parseFreight(freight) as never).join()).toContain("at least one artifact")
    const good = parseFreight({ ...freight, commits: [{ repoURL: "x", id: "y" }] })
    expect(good.ok).toBe(true)
    const wrong = parseProject({ apiVersion: "v1", kind: "Stage", metadata: { name: "A_b" } })
    expect(issuesOf(wrong as never).join("\n")).toMatch(/apiVersion[^]*kind[^]*a DNS name/)
    expect(issuesOf(parseProject(7) as never).join()).toContain("expected a mapping")
  })
})
