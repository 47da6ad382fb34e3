import { createClusterSim } from "@argo-ts/cluster-sim"
import { createManager } from "@argo-ts/k8s"
import { epochMs, silentLogger } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { expect, test } from "vitest"
import {
  createMemoCaches,
  type MemoCaches,
  openRun,
  openWorkflow,
  simulateExecutor,
  type Template,
  type Workflow,
  workflowKinds,
  workflows,
} from "../src/index.js"
import { workflowControllers } from "../src/kubernetes/index.js"

const memoize = {
  key: "{{inputs.parameters.sha}}",
  maxAge: "1h",
  cache: { configMap: { name: "builds" } },
}
const build: Template = {
  name: "build",
  inputs: { parameters: [{ name: "sha" }] },
  outputs: { parameters: [{ name: "image", valueFrom: { path: "/image" } }] },
  container: { image: "x" },
  memoize,
}

function workflow(name: string, template: Template, sha = "abc"): Workflow {
  const main: Template = {
    name: "main",
    steps: [
      [
        {
          name: "b",
          template: template.name ?? "",
          arguments: { parameters: [{ name: "sha", value: sha }] },
        },
      ],
      [{ name: "after", template: "after" }],
    ],
  }
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name, namespace: "default" },
    spec: {
      entrypoint: "main",
      templates: [main, template, { name: "after", container: { image: "x" } }],
    },
  }
}

function world() {
  const clock = createVirtualClock(epochMs(0))
  const memo = createMemoCaches()
  const rules = [{ template: "build", duration: "10s", parameters: { image: "shop:1" } }]
  const run = async (manifest: Workflow, caches: MemoCaches = memo) => {
    const open = await openRun(manifest, {
      executors: [simulateExecutor(rules)],
      clock,
      memo: caches,
    })
    await clock.advance(60_000)
    const ended = open.workflow()
    return {
      ended,
      step: Object.values(ended.status?.nodes ?? {}).find(({ name }) => name.endsWith("[0].b")),
    }
  }
  return { clock, run }
}

test("what a step came to is not done again: the second run has its outputs at once", async () => {
  const { clock, run } = world()
  const first = await run(workflow("one", build))
  expect(first.step).toMatchObject({
    phase: "Succeeded",
    memoizationStatus: { hit: false, key: "abc", cacheName: "builds" },
    finishedAt: "1970-01-01T00:00:10Z",
  })
  const second = await run(workflow("two", build))
  expect(second.step).toMatchObject({
    type: "Pod",
    phase: "Succeeded",
    memoizationStatus: { hit: true, key: "abc", cacheName: "builds" },
    startedAt: "1970-01-01T00:01:00Z",
    finishedAt: "1970-01-01T00:01:00Z",
  })
  expect(second.step?.outputs?.parameters).toMatchObject([{ name: "image", value: "shop:1" }])
  expect(second.ended.status).toMatchObject({ phase: "Succeeded", progress: "2/2" })
  expect((await run(workflow("three", build, "def"))).step?.memoizationStatus?.hit).toBe(false)
  await clock.advance(2 * 3_600_000)
  expect((await run(workflow("four", build))).step?.memoizationStatus?.hit).toBe(false)
})

test("whole bodies and Retry nodes are remembered too, failures are not", async () => {
  const { run } = world()
  const body: Template = {
    name: "body",
    inputs: { parameters: [{ name: "sha" }] },
    dag: { tasks: [{ name: "x", template: "after" }] },
    memoize,
  }
  await run(workflow("one", body))
  const hit = await run(workflow("two", body))
  expect(hit.step).toMatchObject({
    type: "DAG",
    phase: "Succeeded",
    memoizationStatus: { hit: true },
  })
  expect(hit.ended.status?.phase).toBe("Succeeded")
  expect(Object.values(hit.ended.status?.nodes ?? {}).map(({ name }) => name)).not.toContain(
    "two[0].b.x",
  )
  const retried: Template = { ...build, name: "retried", retryStrategy: { limit: 1 }, outputs: {} }
  expect((await run(workflow("three", retried, "r"))).step).toMatchObject({
    type: "Retry",
    memoizationStatus: { hit: false },
  })
  expect((await run(workflow("four", retried, "r"))).step).toMatchObject({
    type: "Retry",
    memoizationStatus: { hit: true },
  })
})

test("a key that is none, and a cache that cannot be used, are Errors", async () => {
  const { run } = world()
  expect((await run(workflow("one", build, "a b"))).step).toMatchObject({
    phase: "Error",
    message: 'invalid cache key: "a b"',
  })
  const broken: MemoCaches = {
    recall: () => Promise.reject(new Error("no cache here")),
    remember: () => Promise.resolve(),
  }
  expect((await run(workflow("two", build), broken)).step).toMatchObject({
    phase: "Error",
    message: "no cache here",
  })
})

test("a run that is reopened while it asks, asks again", () => {
  const manifest = workflow("one", build)
  const open = openWorkflow(manifest, { now: epochMs(0) })
  const [recall] = open.pending()
  expect(recall).toMatchObject({ type: "Recall", cache: "builds", entry: "abc" })
  const status = JSON.parse(JSON.stringify(open.status()))
  const again = openWorkflow({ ...manifest, status }, { now: epochMs(1000) })
  expect(again.pending()).toEqual(open.pending())
  const step = again.handle({ type: "Recalled", node: recall?.node ?? "" }, epochMs(1000))
  expect(step.actions).toMatchObject([{ type: "Start", templateName: "build" }])
})

test("on a cluster entries stand in a ConfigMap with upstream's label, and in no other", async () => {
  const clock = createVirtualClock(epochMs(0))
  const { cluster } = createClusterSim({ clock, kinds: workflowKinds })
  const rules = [{ template: "build", parameters: { image: "shop:1" } }]
  createManager({ cluster, clock, logger: silentLogger })
    .add(...workflowControllers({ executors: [simulateExecutor(rules)] }))
    .start()
  const configMaps = (await cluster.kinds()).find(({ kind }) => kind === "ConfigMap")
  if (configMaps === undefined) throw new Error("no ConfigMaps")
  await cluster.create(workflows, workflow("one", build))
  await clock.advance(30_000)
  await cluster.create(workflows, workflow("two", build))
  await clock.advance(30_000)
  const map = (await cluster.get(configMaps, {
    namespace: "default",
    name: "builds",
  })) as unknown as {
    readonly metadata: { readonly labels: object }
    readonly data: { readonly [key: string]: string }
  }
  expect(map.metadata.labels).toEqual({ "workflows.argoproj.io/configmap-type": "Cache" })
  expect(JSON.parse(map.data["abc"] ?? "")).toMatchObject({
    nodeID: expect.stringMatching(/^one-/),
    outputs: { parameters: [{ value: "shop:1" }] },
  })
  const two = await cluster.get(workflows, { namespace: "default", name: "two" })
  const step = Object.values(two?.status?.nodes ?? {}).find(({ name }) => name === "two[0].b")
  expect(step).toMatchObject({ phase: "Succeeded", memoizationStatus: { hit: true } })
  await cluster.patch(
    configMaps,
    { namespace: "default", name: "builds" },
    { type: "merge", patch: { metadata: { labels: null } } },
  )
  await cluster.create(workflows, workflow("three", build))
  await clock.advance(30_000)
  const three = await cluster.get(workflows, { namespace: "default", name: "three" })
  expect(three?.status?.message).toContain("failed")
  expect(JSON.stringify(three?.status?.nodes)).toContain("is no cache")
})
