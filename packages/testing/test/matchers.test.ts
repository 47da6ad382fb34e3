import { failed, type Issue, ok } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import "../src/vitest/index.js"

const rollout = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Rollout",
  metadata: { name: "web", namespace: "shop" },
  status: {
    phase: "Degraded",
    conditions: [{ type: "Progressing", status: "False", reason: "Aborted" }],
  },
}
const issue: Issue = { code: "UnknownField", path: ["spec", "x"], message: "unknown" }

test("matchers judge objects, results and scenarios", () => {
  expect(rollout).toHold({ "Rollout/shop/web": { "status.phase": "Degraded" } })
  expect([rollout]).not.toHold({ "Rollout/shop/web": "absent" })
  expect(rollout).toHaveCondition("Progressing", { reason: "Aborted" })
  expect(rollout).not.toHaveCondition("Available")
  expect(ok(1)).toBeAccepted()
  expect(failed([issue])).toHaveIssue("UnknownField", "spec.x")
  expect(failed([issue])).not.toHaveIssue("InvalidValue")
  expect(() =>
    expect(rollout).toHold({ "Rollout/shop/web": { "status.phase": "Healthy" } }),
  ).toThrow('Rollout/shop/web status.phase: expected "Healthy", found "Degraded"')
})
