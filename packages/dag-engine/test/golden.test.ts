import { epochMs } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { nodeId, openWorkflow, type Workflow, type WorkflowStatus } from "../src/index.js"

const demo: Workflow = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Workflow",
  metadata: { name: "demo" },
  spec: {
    entrypoint: "main",
    onExit: "bye",
    templates: [
      {
        name: "main",
        steps: [
          [{ name: "a", template: "one", withItems: ["x", "y"] }],
          [{ name: "b", template: "two" }],
        ],
      },
      { name: "one", container: { image: "alpine", command: ["true"] } },
      {
        name: "two",
        retryStrategy: { limit: 1 },
        container: { image: "alpine", command: ["maybe"] },
      },
      { name: "bye", container: { image: "alpine", command: ["bye"] } },
    ],
  },
}

/** Plays a workflow; the first attempt of `b` fails, everything else succeeds. */
function playedStatus(workflow: Workflow, failing: string): WorkflowStatus {
  const open = openWorkflow(workflow, { now: epochMs(0) })
  let actions = open.opened.actions
  let at = 0
  while (!open.isDone() && actions.length > 0) {
    at += 1000
    const next = []
    for (const action of actions) {
      const phase = action.key === failing ? "Failed" : "Succeeded"
      const step = open.handle(
        { type: "Finished", node: action.node, outcome: { phase } },
        epochMs(at),
      )
      next.push(...step.actions)
    }
    actions = next
  }
  return open.status()
}

test("the worked example gives upstream's node tree", () => {
  const status = playedStatus(demo, "demo-1912363400")
  const nodes = Object.values(status.nodes ?? {}).map((node) => [
    node.name,
    node.id,
    node.type,
    node.phase,
    node.boundaryID,
    node.children,
  ])
  expect(status.phase).toBe("Succeeded")
  expect(nodes).toEqual([
    ["demo", "demo", "Steps", "Succeeded", undefined, ["demo-3919527336"]],
    [
      "demo[0]",
      "demo-3919527336",
      "StepGroup",
      "Succeeded",
      "demo",
      ["demo-1324171822", "demo-3576729402"],
    ],
    ["demo[0].a(0:x)", "demo-1324171822", "Pod", "Succeeded", "demo", ["demo-2912723101"]],
    ["demo[0].a(1:y)", "demo-3576729402", "Pod", "Succeeded", "demo", ["demo-2912723101"]],
    ["demo[1]", "demo-2912723101", "StepGroup", "Succeeded", "demo", ["demo-2402879537"]],
    [
      "demo[1].b",
      "demo-2402879537",
      "Retry",
      "Succeeded",
      "demo",
      ["demo-1912363400", "demo-2113547733"],
    ],
    ["demo[1].b(0)", "demo-1912363400", "Pod", "Failed", "demo", undefined],
    ["demo[1].b(1)", "demo-2113547733", "Pod", "Succeeded", "demo", undefined],
    ["demo.onExit", "demo-1599854481", "Pod", "Succeeded", undefined, undefined],
  ])
  expect(status.nodes?.["demo"]?.outboundNodes).toEqual(["demo-2113547733"])
  const flags = Object.values(status.nodes ?? {}).map(({ nodeFlag }) => nodeFlag)
  const none = undefined
  expect(flags).toEqual([
    ...Array(6).fill(none),
    { retried: true },
    { retried: true },
    { hooked: true },
  ])
})

test("the same as a DAG: the loop is a TaskGroup, whose items lead on", () => {
  const [, ...others] = demo.spec.templates ?? []
  const tasks = [
    { name: "a", template: "one", withItems: ["x", "y"] },
    { name: "b", template: "two", depends: "a" },
  ]
  const spec = { ...demo.spec, templates: [{ name: "main", dag: { tasks } }, ...others] }
  const status = playedStatus({ ...demo, spec }, nodeId("demo", "demo.b(0)"))
  const nodes = Object.values(status.nodes ?? {}).map((node) => [
    node.name,
    node.type,
    node.phase,
    node.boundaryID,
    node.children?.map((id) => status.nodes?.[id]?.name),
  ])
  expect(nodes).toEqual([
    ["demo", "DAG", "Succeeded", undefined, ["demo.a"]],
    ["demo.a", "TaskGroup", "Succeeded", "demo", ["demo.a(0:x)", "demo.a(1:y)"]],
    ["demo.a(0:x)", "Pod", "Succeeded", "demo", ["demo.b"]],
    ["demo.a(1:y)", "Pod", "Succeeded", "demo", ["demo.b"]],
    ["demo.b", "Retry", "Succeeded", "demo", ["demo.b(0)", "demo.b(1)"]],
    ["demo.b(0)", "Pod", "Failed", "demo", undefined],
    ["demo.b(1)", "Pod", "Succeeded", "demo", undefined],
    ["demo.onExit", "Pod", "Succeeded", undefined, undefined],
  ])
})
