import { epochMs } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { nodeId, openWorkflow } from "../src/index.js"
import { workflowFixture } from "../src/testing/index.js"

const now = epochMs(0)
const fixture = workflowFixture({ a: [], b: [], c: [] })
const tasks = [
  { name: "a", template: "a" },
  { name: "b", template: "b" },
  { name: "c", template: "c", depends: "a.Failed && b" },
  { name: "d", template: "c", depends: "b && a" },
]
const templates = [{ name: "main", dag: { tasks } }, ...(fixture.spec.templates ?? []).slice(1)]
const workflow = { ...fixture, spec: { ...fixture.spec, templates } }

test("tells the condition that is waited for, and the one that did not hold", () => {
  const open = openWorkflow(workflow, { now })
  const id = (task: string): string => nodeId("workflow", `workflow.${task}`)
  expect(open.explain(now)).toEqual(
    expect.arrayContaining(["c is waiting for a, b (a.Failed && b)", "d is waiting for b, a"]),
  )
  open.handle({ type: "Finished", node: id("a"), outcome: { phase: "Succeeded" } }, now)
  expect(open.explain(now)).toContain("c is waiting for b (a.Failed && b)")
  open.handle({ type: "Finished", node: id("b"), outcome: { phase: "Succeeded" } }, now)
  expect(open.explainNode(id("c"), now)).toBe(
    "c was omitted: a.Failed && b does not hold: a is Succeeded, b is Succeeded",
  )
})
