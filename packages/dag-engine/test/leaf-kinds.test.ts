import { epochMs } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { type NodeStatus, openWorkflow, type Template, type Workflow } from "../src/index.js"
import { simulateWorkflow } from "../src/testing/index.js"

const set: Template = {
  name: "set",
  containerSet: {
    containers: [
      { name: "a", image: "x" },
      { name: "b", image: "x" },
      { name: "main", image: "x", dependencies: ["a", "b"] },
    ],
  },
  outputs: { parameters: [{ name: "p", valueFrom: { path: "/p", default: "none" } }] },
}

function workflow(templates: readonly Template[]): Workflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "wf" },
    spec: { entrypoint: templates[0]?.name ?? "", templates },
  }
}

function byName(workflow: Workflow): { [name: string]: NodeStatus } {
  const nodes = Object.values(workflow.status?.nodes ?? {})
  return Object.fromEntries(nodes.map((node) => [node.name, node]))
}

test("a containerSet is one pod with a node for each container, linked by their dependencies", async () => {
  const main: Template = {
    name: "m",
    steps: [[{ name: "one", template: "set" }], [{ name: "two", template: "set" }]],
  }
  const ended = await simulateWorkflow(workflow([main, set]))
  const nodes = byName(ended)
  const [pod, a, b, last] = ["wf[0].one", "wf[0].one.a", "wf[0].one.b", "wf[0].one.main"].map(
    (name) => nodes[name] as NodeStatus,
  )
  expect(pod).toMatchObject({
    type: "Pod",
    phase: "Succeeded",
    children: [a?.id, b?.id],
  })
  expect(a).toMatchObject({
    type: "Container",
    displayName: "a",
    boundaryID: pod?.id,
    phase: "Succeeded",
    progress: "1/1",
    children: [last?.id],
  })
  expect(b?.children).toEqual([last?.id])
  // What follows the pod is attached to the containers that nobody follows.
  expect(last?.children).toEqual([nodes["wf[1]"]?.id])
  expect(ended.status).toMatchObject({ phase: "Succeeded", progress: "8/8" })
})

test("the containers of a pod end as its executor tells, else as the pod did", () => {
  const open = openWorkflow(workflow([set]), { now: epochMs(0) })
  const [start] = open.pending()
  open.handle({ type: "Started", node: start?.node ?? "" }, epochMs(1000))
  expect(open.status().nodes?.["wf"]?.phase).toBe("Running")
  expect(Object.values(open.status().nodes ?? {}).map(({ phase }) => phase)).toEqual(
    Array(4).fill("Running"),
  )
  const outcome = {
    phase: "Failed",
    message: "a: Error (exit code 3)",
    containers: { a: { phase: "Failed", exitCode: "3" }, b: { phase: "Succeeded" } },
  } as const
  open.handle({ type: "Finished", node: "wf", outcome }, epochMs(2000))
  const phases = byName({ ...workflow([]), status: open.status() })
  expect(phases["wf.a"]).toMatchObject({ phase: "Failed", outputs: { exitCode: "3" } })
  expect(phases["wf.b"]?.phase).toBe("Succeeded")
  expect(phases["wf.main"]).toMatchObject({
    phase: "Failed",
    message: "Pod Failed whilst container running",
  })
})

test("stopping ends pods, containers and the work of agents, each with upstream's words", () => {
  const http: Template = { name: "ask", http: { url: "http://x" } }
  const main: Template = {
    name: "m",
    dag: {
      tasks: [
        { name: "set", template: "set" },
        { name: "ask", template: "ask" },
        { name: "plug", template: "plug" },
      ],
    },
  }
  const open = openWorkflow(workflow([main, set, http, { name: "plug", plugin: { x: {} } }]), {
    now: epochMs(0),
  })
  const { actions } = open.handle({ type: "Shutdown", strategy: "Stop" }, epochMs(1000))
  expect(actions.map(({ type }) => type)).toEqual(["Stop", "Stop", "Stop"])
  const nodes = byName({ ...workflow([]), status: open.status() })
  expect(nodes["wf.set"]?.message).toBe("workflow shutdown with strategy:  Stop")
  expect(nodes["wf.set.a"]).toMatchObject({
    phase: "Failed",
    message: "workflow shutdown with strategy:  Stop",
  })
  expect(nodes["wf.ask"]).toMatchObject({
    type: "HTTP",
    phase: "Failed",
    message: "Stopped with strategy 'Stop'",
  })
  expect(nodes["wf.plug"]?.type).toBe("Plugin")
})

test("a pending timeout ends what has not begun, and nothing else", () => {
  const leaf: Template = { name: "leaf", container: { image: "x" }, pendingTimeout: "30s" }
  const open = openWorkflow(workflow([leaf]), { now: epochMs(0) })
  expect(open.opened.wakeAt).toBe(30_000)
  const step = open.handle({ type: "Tick" }, epochMs(30_000))
  expect(step.actions).toMatchObject([{ type: "Stop", reason: "timeout" }])
  expect(open.status().nodes?.["wf"]).toMatchObject({ phase: "Failed", message: "timeout" })
  const begun = openWorkflow(workflow([leaf]), { now: epochMs(0) })
  begun.handle({ type: "Started", node: "wf" }, epochMs(1000))
  expect(begun.handle({ type: "Tick" }, epochMs(60_000)).actions).toEqual([])
})
