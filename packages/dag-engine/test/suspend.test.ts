import { createClusterSim } from "@argo-ts/cluster-sim"
import { createManager } from "@argo-ts/k8s"
import { epochMs, silentLogger } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { expect, test } from "vitest"
import {
  openWorkflow,
  retryWorkflow,
  simulateExecutor,
  type Template,
  type Workflow,
  workflowKinds,
  workflows,
} from "../src/index.js"
import { workflowControllers } from "../src/kubernetes/index.js"
import { simulateWorkflow } from "../src/testing/index.js"

const approve: Template = {
  name: "approve",
  inputs: {
    parameters: [{ name: "ok", default: "NO", enum: ["YES", "NO"], description: "Go on?" }],
  },
  suspend: {},
  outputs: {
    parameters: [
      { name: "ok", valueFrom: { supplied: {} } },
      { name: "why", valueFrom: { supplied: {}, default: "none" } },
    ],
  },
}

function workflow(...templates: readonly Template[]): Workflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "w", namespace: "default" },
    spec: { entrypoint: templates[0]?.name ?? "", templates },
  }
}

const supplies = [
  {
    name: "ok",
    valueFrom: { supplied: {} },
    enum: ["YES", "NO"],
    description: "Go on?",
    default: "NO",
  },
  { name: "why", valueFrom: { supplied: {}, default: "none" } },
]

test("a suspended node shows what it is to be given, with what an input of that name lends it", () => {
  const open = openWorkflow(workflow(approve), { now: epochMs(0) })
  expect(open.node("w")?.outputs).toEqual({ parameters: supplies })
  const status = JSON.parse(JSON.stringify(open.status()))
  const again = openWorkflow({ ...workflow(approve), status }, { now: epochMs(1) })
  expect(again.opened.changes).toEqual([])
  again.handle({ type: "Resume" }, epochMs(2))
  expect(again.node("w")).toMatchObject({
    phase: "Succeeded",
    outputs: {
      parameters: [
        { name: "ok", value: "NO" },
        { name: "why", value: "none" },
      ],
    },
  })
})

test("values that it does not take leave it waiting, and it says why", () => {
  const open = openWorkflow(workflow(approve), { now: epochMs(0) })
  const set = (parameters: { readonly [name: string]: string }) => {
    open.handle({ type: "Set", node: "w", parameters }, epochMs(1))
    const { phase, message } = open.node("w") ?? {}
    return { phase, message }
  }
  expect(set({ ok: "MAYBE" })).toEqual({
    phase: "Running",
    message: `output parameter 'ok' is one of YES, NO, found "MAYBE"`,
  })
  expect(set({ wy: "x" })).toEqual({
    phase: "Running",
    message: `no output parameter 'wy' is to be supplied (did you mean "why"?)`,
  })
  expect(set({ ok: "YES", why: "tested" })).toEqual({ phase: "Succeeded", message: undefined })
})

const asked: Template = {
  name: "approve",
  suspend: {},
  outputs: {
    parameters: [
      { name: "who", valueFrom: { supplied: {} } },
      { name: "why", valueFrom: { supplied: {} } },
      { name: "how", valueFrom: { supplied: {}, default: "well" } },
    ],
  },
}
const missing = (name: string): string =>
  `raw output parameter '${name}' has not been set and does not have a default value`

test("values may come one by one; while one is missing nothing ends it, and a store keeps the others", () => {
  const manifest = workflow(asked)
  const open = openWorkflow(manifest, { now: epochMs(0) })
  open.handle({ type: "Resume" }, epochMs(1))
  expect(open.node("w")).toMatchObject({ phase: "Running", message: missing("who") })
  open.handle({ type: "Set", node: "w", parameters: { why: "tested" } }, epochMs(2))
  expect(open.node("w")).toMatchObject({ phase: "Running", message: missing("who") })
  const status = JSON.parse(JSON.stringify(open.status()))
  const again = openWorkflow({ ...manifest, status }, { now: epochMs(3) })
  again.handle({ type: "Set", node: "w", parameters: { who: "me" } }, epochMs(4))
  // What has a value says no more that it is to be supplied: upstream takes that as a sign that it was set.
  expect(again.node("w")?.outputs?.parameters).toEqual([
    { name: "who", value: "me" },
    { name: "why", value: "tested" },
    { name: "how", value: "well" },
  ])
  expect(again.status()).toMatchObject({ phase: "Succeeded" })
  expect(again.node("w")?.message).toBe(undefined)
})

test("whose time is over while a value is missing is an error", () => {
  const open = openWorkflow(workflow({ ...asked, suspend: { duration: "5s" } }), {
    now: epochMs(0),
  })
  open.handle({ type: "Set", node: "w", parameters: { who: "me" } }, epochMs(2))
  open.handle({ type: "Tick" }, epochMs(5000))
  expect(open.node("w")).toMatchObject({ phase: "Error", message: missing("why") })
})

test("one that is ended badly hands nothing on", async () => {
  const open = openWorkflow(workflow(approve), { now: epochMs(0) })
  open.handle({ type: "Set", node: "w", phase: "Failed", message: "no" }, epochMs(1))
  expect(open.status()).toMatchObject({ phase: "Failed", message: "no" })
  expect(open.node("w")?.outputs?.parameters?.some(({ value }) => value !== undefined)).toBe(false)
})

test("a retried workflow asks again", async () => {
  const main: Template = {
    name: "main",
    steps: [[{ name: "approve", template: "approve" }], [{ name: "go", template: "go" }]],
  }
  const manifest = workflow(main, approve, { name: "go", container: { image: "x" } })
  const failed = await simulateWorkflow(manifest, {
    resume: true,
    outcomes: [{ template: "go", phase: "Failed" }],
  })
  const again = retryWorkflow(failed, epochMs(0), {
    restartSuccessful: true,
    selects: ({ displayName }) => displayName === "approve",
  })
  if (!again.ok) throw new Error("not retried")
  const open = openWorkflow(again.value, { now: epochMs(0) })
  const waiting = Object.values(open.status().nodes ?? {}).find(({ type }) => type === "Suspend")
  expect(waiting).toMatchObject({ phase: "Running", outputs: { parameters: supplies } })
})

test("on a cluster whoever sets values writes them where the node shows them", async () => {
  const clock = createVirtualClock(epochMs(0))
  const { cluster } = createClusterSim({ clock, kinds: workflowKinds })
  createManager({ cluster, clock, logger: silentLogger })
    .add(...workflowControllers({ executors: [simulateExecutor([])] }))
    .start()
  await cluster.create(workflows, workflow(approve))
  await clock.advance(1000)
  const key = { namespace: "default", name: "w" }
  const node = (await cluster.get(workflows, key))?.status?.nodes?.["w"]
  expect(node?.outputs?.parameters).toEqual(supplies)
  // As upstream's server answers `argo node set` and `argo resume`.
  const set = (phase: string, ok: string) => {
    const parameters = supplies.map((each) => ({ ...each, value: each.name === "ok" ? ok : "x" }))
    const patch = { status: { nodes: { w: { phase, outputs: { parameters } } } } }
    return cluster.patch(workflows, key, { type: "merge", patch })
  }
  await set("Running", "YES")
  await clock.advance(1000)
  expect((await cluster.get(workflows, key))?.status?.phase).toBe("Running")
  await set("Succeeded", "YES")
  await clock.advance(1000)
  expect((await cluster.get(workflows, key))?.status).toMatchObject({
    phase: "Succeeded",
    nodes: { w: { outputs: { parameters: [{ value: "YES" }, { value: "x" }] } } },
  })
})
