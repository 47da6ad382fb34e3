import { formatIssue } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { parseScenario } from "./parse-scenario.js"
import { scenarioSchema } from "./shapes.js"

const base = {
  apiVersion: "testing.argo-ts.dev/v1alpha1",
  kind: "Scenario",
  metadata: { name: "a story" },
  story: [],
}

test("a whole scenario is accepted", () => {
  const scenario = {
    ...base,
    start: "2026-01-05T09:00:00Z",
    seed: 7,
    given: {
      files: ["web.yaml"],
      metrics: [{ address: "http://prometheus:9090", value: 0.01 }],
      commits: [{ repository: "https://git.example.com/a.git", message: "x", files: { a: "b" } }],
      faults: { conflicts: 0.1 },
    },
    story: [
      { at: "5m", expect: { "Rollout/shop/web": { "status.phase": "Healthy" } }, within: "1h" },
      { after: "1s", when: [{ delete: "Pod/shop/web-1" }, { restart: true }] },
    ],
    never: [{ "Rollout/shop/web": { "status.phase": "Degraded" } }],
  }
  expect(parseScenario(scenario)).toEqual({ ok: true, value: scenario })
})

test("every issue is named with its place", () => {
  const result = parseScenario({
    ...base,
    kind: "Senario",
    seed: "7",
    storey: [],
    given: { faults: { conflicts: 2 } },
    story: [
      { at: "5 minutes", after: "1s" },
      { when: [{ delete: "Pod/shop/*" }, { apply: {}, restart: true }] },
      { expect: { "Rollout/shop/web": { "status..phase": 1 } } },
    ],
  })
  expect(result.ok ? [] : result.issues.map(formatIssue)).toEqual([
    'story[0].at: expected a duration like 30s or 1h30m, found "5 minutes"',
    "story[0]: expected at most one of at, after, found both",
    'story[1].when[0].delete: expected a reference to one object, found "Pod/shop/*"',
    "story[1].when[1]: expected exactly one of apply, applyFile, create, patch, delete, metric, commit, faults, advance, restart, found apply, restart",
    'story[2].expect["Rollout/shop/web"]["status..phase"]: expected a path like status.conditions[type=Ready].status, found "status..phase"',
    'seed: expected a number, found "7"',
    'storey: unknown field "storey" (did you mean "story"?)',
    "given.faults.conflicts: expected a number from 0 to 1, found 2",
    'kind: expected Scenario, found "Senario"',
  ])
})

test("the JSON Schema describes the same fields", () => {
  const schema = scenarioSchema() as { properties: Record<string, unknown> }
  expect(Object.keys(schema.properties)).toEqual([
    "apiVersion",
    "kind",
    "metadata",
    "start",
    "seed",
    "given",
    "story",
    "never",
  ])
})
