import { describe, expect, test } from "vitest"
import type { Pod } from "../workloads.js"
import type { Job, JobSpec } from "./job.js"
import { fulfilledRule, meaningOf } from "./job-policies.js"

function job(spec: Partial<JobSpec>): Job {
  const template = { spec: { containers: [] } }
  return { apiVersion: "batch/v1", kind: "Job", metadata: {}, spec: { template, ...spec } }
}

function pod(codes: { readonly [container: string]: number }, conditions: object[] = []): Pod {
  const containerStatuses = Object.entries(codes).map(([name, exitCode]) => ({
    name,
    state: { terminated: { exitCode } },
  }))
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "shop", name: "web-x" },
    spec: { containers: [] },
    status: { phase: "Failed", containerStatuses, conditions } as never,
  }
}

describe("a pod failure policy", () => {
  const rules: NonNullable<JobSpec["podFailurePolicy"]>["rules"] = [
    { action: "Count", onExitCodes: { operator: "In", values: [1] } },
    { action: "FailIndex", onExitCodes: { operator: "In", values: [2] } },
    { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
    { action: "FailJob", onExitCodes: { containerName: "b", operator: "NotIn", values: [9] } },
  ]
  const decide = (its: Pod, spec: Partial<JobSpec> = {}) =>
    meaningOf(job({ podFailurePolicy: { rules }, ...spec }), its)
  const disrupted = [{ type: "DisruptionTarget", status: "True" }]

  test.each([
    ["the first rule that matches counts", pod({ a: 1, b: 3 }), "Count", ""],
    ["a rule about indexes needs a limit of indexes", pod({ a: 2 }), "Count", ""],
    ["a condition", pod({ a: 9 }, disrupted), "Ignore", "has condition DisruptionTarget"],
    ["success is no failure", pod({ a: 9, b: 0 }), "Count", ""],
    [
      "a named container",
      pod({ a: 0, b: 3 }),
      "FailJob",
      "Container b for pod shop/web-x failed with exit code 3 matching FailJob rule at index 3",
    ],
  ])("%s", (_name, its, action, message) => {
    expect(decide(its)).toMatchObject({ action, message: expect.stringContaining(message) })
  })

  test("fails an index where indexes have a limit", () => {
    expect(decide(pod({ a: 2 }), { backoffLimitPerIndex: 1 }).action).toBe("FailIndex")
  })

  test("without one every failure counts", () => {
    expect(meaningOf(job({}), pod({ a: 1 })).action).toBe("Count")
  })
})

test.each([
  [[{ succeededCount: 2 }], [0], undefined],
  [[{ succeededCount: 2 }], [0, 5], 0],
  [[{ succeededIndexes: "1-3" }], [1, 2, 4], undefined],
  [[{ succeededIndexes: "1-3" }], [1, 2, 3], 0],
  [[{ succeededIndexes: "9" }, { succeededIndexes: "1-3", succeededCount: 1 }], [3], 1],
])("success policy %j with %j is fulfilled by rule %s", (rules, succeeded, expected) => {
  expect(fulfilledRule(job({ successPolicy: { rules } }), new Set(succeeded))).toBe(expected)
})
