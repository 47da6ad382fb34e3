import { epochMs } from "@argo-ts/kernel"
import { createVirtualClock, sleep } from "@argo-ts/kernel/clock"
import { expect, test } from "vitest"
import {
  createMemoCaches,
  type MemoCaches,
  openRun,
  openWorkflow,
  simulateExecutor,
  type Template,
  type Workflow,
} from "../src/index.js"

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
    message: "invalid cache key: a b",
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

test("a save that fails makes the node an Error, whatever it is", async () => {
  const { run } = world()
  const full: MemoCaches = {
    recall: () => Promise.resolve(undefined),
    remember: () => Promise.reject(new Error("no space left in the cache")),
  }
  const error = { phase: "Error", message: "no space left in the cache" }
  const leaf = await run(workflow("one", build), full)
  expect(leaf.step).toMatchObject({ ...error, type: "Pod" })
  expect(leaf.ended.status).toMatchObject({ phase: "Failed", progress: "0/1" })
  const { outputs: _outputs, container: _container, ...bare } = build
  const body: Template = { ...bare, dag: { tasks: [{ name: "x", template: "after" }] } }
  expect((await run(workflow("two", body), full)).step).toMatchObject({ ...error, type: "DAG" })
  const retried: Template = { ...build, retryStrategy: { limit: 1, retryPolicy: "Always" } }
  const again = await run(workflow("three", retried), full)
  expect(again.step).toMatchObject({ ...error, type: "Retry" })
  expect(again.step?.children).toHaveLength(1)
})

test("whoever waits for a step goes on when its cache has it, and not before", async () => {
  const { clock, run } = world()
  const slow: MemoCaches = {
    recall: () => Promise.resolve(undefined),
    remember: () => sleep(clock, 5000, "slow"),
  }
  const { ended, step } = await run(workflow("one", build), slow)
  const after = Object.values(ended.status?.nodes ?? {}).find(({ name }) => name === "one[1].after")
  expect(step).toMatchObject({ phase: "Succeeded", finishedAt: "1970-01-01T00:00:10Z" })
  expect(step?.taskResultSynced).toBeUndefined()
  expect(after?.startedAt).toBe("1970-01-01T00:00:15Z")
})

test.each([
  ["a leaf", build],
  ["a body", { ...build, container: undefined, outputs: {}, dag: { tasks: [] } }],
])("%s that waits for its cache is not run again by whoever opens the run then", (_, template) => {
  const dag = { tasks: [{ name: "x", template: "after" }] }
  const manifest = workflow(
    "one",
    JSON.parse(JSON.stringify("dag" in template ? { ...template, dag } : template)),
  )
  const open = openWorkflow(manifest, { now: epochMs(0) })
  const node = open.pending()[0]?.node ?? ""
  const [start] = open.handle({ type: "Recalled", node }, epochMs(1000)).actions
  const outcome = { phase: "Succeeded", parameters: { image: "shop:1" } } as const
  const step = open.handle({ type: "Finished", node: start?.node ?? "", outcome }, epochMs(2000))
  expect(step.actions).toMatchObject([{ type: "Remember", node, value: { createdAt: 2000 } }])
  expect(open.node(node)).toMatchObject({ phase: "Succeeded", taskResultSynced: false })
  expect(open.explain(epochMs(2000))).toContain(
    "b succeeded, and waits until the cache builds has it",
  )
  const again = openWorkflow(
    { ...manifest, status: JSON.parse(JSON.stringify(open.status())) },
    { now: epochMs(3000) },
  )
  expect(again.pending()).toEqual(open.pending())
  expect(again.status()).toEqual(open.status())
  // Neither its executor nor its deadline has a say any more, nor has whoever stops the workflow.
  again.handle({ type: "Finished", node, outcome: { phase: "Failed" } }, epochMs(3500))
  again.handle({ type: "Shutdown", strategy: "Stop" }, epochMs(3500))
  expect(again.node(node)).toEqual(open.node(node))
  again.handle({ type: "Remembered", node }, epochMs(4000))
  expect(again.node(node)).toMatchObject({ phase: "Succeeded", finishedAt: "1970-01-01T00:00:02Z" })
  expect(again.node(node)?.taskResultSynced).toBeUndefined()
  expect(again.status()).toMatchObject({ phase: "Failed" })
})

test("a memoized daemon that is ended waits for its end and not for its cache, also after reopening", () => {
  const main: Template = {
    name: "main",
    steps: [
      [
        { name: "d", template: "serve" },
        { name: "bad", template: "after" },
      ],
    ],
  }
  const serve: Template = { ...build, name: "serve", daemon: true, inputs: {}, outputs: {} }
  const memoized = { ...serve, memoize: { ...memoize, key: "k" } }
  const manifest = workflow("one", build)
  const templates = [main, memoized, { name: "after", container: { image: "x" } }]
  const daemons: Workflow = { ...manifest, spec: { entrypoint: "main", templates } }
  const open = openWorkflow(daemons, { now: epochMs(0) })
  const node = open.pending().find(({ type }) => type === "Recall")?.node ?? ""
  open.handle({ type: "Recalled", node }, epochMs(1))
  open.handle({ type: "Ready", node, podIP: "10.0.0.1" }, epochMs(2))
  const other = open.pending().find((each) => each.type === "Start" && each.node !== node)
  const outcome = { phase: "Failed" } as const
  open.handle({ type: "Finished", node: other?.node ?? "", outcome }, epochMs(3))
  const ended = open.pending().filter((each) => each.node === node)
  expect(ended).toMatchObject([{ type: "Stop" }])
  const status = JSON.parse(JSON.stringify(open.status()))
  const again = openWorkflow({ ...daemons, status }, { now: epochMs(4) })
  expect(again.pending()).toEqual(open.pending())
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

test("an entry notes when it was last used; one that is too old was not", async () => {
  const memo = createMemoCaches()
  const place = { namespace: "default", name: "builds" }
  await memo.remember(place, "abc", { nodeId: "one-1", outputs: undefined, createdAt: 0 })
  const recall = (now: number) => memo.recall(place, "abc", { now, maxAgeMs: 5000 })
  expect((await recall(4000))?.lastHitAt).toBe(4000)
  expect((await recall(5000))?.lastHitAt).toBe(5000)
  expect((await recall(5001))?.lastHitAt).toBe(5000)
})
