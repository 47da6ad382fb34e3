import { createClusterSim } from "@argo-ts/cluster-sim"
import { type Cluster, ClusterError, createManager } from "@argo-ts/k8s"
import { epochMs, silentLogger } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { expect, test } from "vitest"
import {
  simulateExecutor,
  type Template,
  type Workflow,
  workflowKinds,
  workflows,
} from "../src/index.js"
import { configMaps } from "../src/kubernetes/config-maps.js"
import { configMapCaches, workflowControllers } from "../src/kubernetes/index.js"

const place = { namespace: "default", name: "builds" }
const label = { "workflows.argoproj.io/configmap-type": "Cache" }
const entry = { nodeId: "one-1", outputs: { result: "shop:1" }, createdAt: 0 }

function world(behind: (cluster: Cluster) => Partial<Cluster> = () => ({})) {
  const clock = createVirtualClock(epochMs(0))
  const { cluster } = createClusterSim({ clock, kinds: workflowKinds })
  const caches = configMapCaches({ ...cluster, ...behind(cluster) }, { clock })
  const stored = async () => {
    const data = (await cluster.get(configMaps, place))?.data ?? {}
    return JSON.parse(data["abc"] ?? "null") as unknown
  }
  return { clock, cluster, caches, stored }
}

test("an entry reads as upstream's, and a hit rewrites the time of the last one", async () => {
  const { caches, stored, cluster } = world()
  await caches.remember(place, "abc", entry)
  expect((await cluster.get(configMaps, place))?.metadata.labels).toEqual(label)
  expect(await stored()).toEqual({
    nodeID: "one-1",
    outputs: { result: "shop:1" },
    creationTimestamp: "1970-01-01T00:00:00Z",
    lastHitTimestamp: "1970-01-01T00:00:00Z",
  })
  const found = await caches.recall(place, "abc", { now: 60_000, maxAgeMs: 60_000 })
  expect(found).toEqual({ ...entry, lastHitAt: 0 })
  expect(await stored()).toMatchObject({ lastHitTimestamp: "1970-01-01T00:01:00Z" })
  await caches.recall(place, "abc", { now: 120_000, maxAgeMs: 60_000 })
  expect(await stored()).toMatchObject({ lastHitTimestamp: "1970-01-01T00:01:00Z" })
  expect(await caches.recall(place, "def", { now: 0, maxAgeMs: undefined })).toBeUndefined()
})

test("what was remembered while a hit was noted stays", async () => {
  const younger = { ...entry, nodeId: "two-1", createdAt: 60_000 }
  const { caches, stored } = world((cluster) => ({
    patch: async (kind, key, patch, options) => {
      if (patch.type === "json") await configMapCaches(cluster).remember(place, "abc", younger)
      return cluster.patch(kind, key, patch, options)
    },
  }))
  await caches.remember(place, "abc", entry)
  expect(await caches.recall(place, "abc", { now: 90_000, maxAgeMs: undefined })).toMatchObject(
    entry,
  )
  expect(await stored()).toMatchObject({ nodeID: "two-1" })
})

test("a map without the label is no cache, to read from and to write to", async () => {
  const { caches, cluster } = world()
  await cluster.create(configMaps, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: place,
    data: {},
  })
  const message = "is no cache: it has no label"
  const at = { now: 0, maxAgeMs: undefined }
  await expect(caches.recall(place, "abc", at)).rejects.toThrow(message)
  await expect(caches.remember(place, "abc", entry)).rejects.toThrow(message)
})

test("what is no entry is said, with its place", async () => {
  const { caches, cluster } = world()
  const metadata = { ...place, labels: label }
  const data = { abc: "{}", def: "{", ghi: "" }
  await cluster.create(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata, data })
  const at = { now: 0, maxAgeMs: undefined }
  await expect(caches.recall(place, "abc", at)).rejects.toThrow(
    'malformed cache entry: "abc" of the ConfigMap "builds"',
  )
  await expect(caches.recall(place, "def", at)).rejects.toThrow("malformed cache entry")
  expect(await caches.recall(place, "ghi", at)).toBeUndefined()
})

test.each([
  [4, undefined],
  [5, "not now"],
])("of %i refusals for the moment one too many is said: %s", async (refusals, said) => {
  let left = refusals
  const { caches, clock } = world((cluster) => ({
    create: async (kind, object, options) => {
      if (left-- > 0) throw new ClusterError("ServiceUnavailable", "not now")
      return cluster.create(kind, object, options)
    },
  }))
  const saved = caches.remember(place, "abc", entry).then(
    () => undefined,
    (error: Error) => error.message,
  )
  let isOver = false
  void saved.then(() => {
    isOver = true
  })
  await clock.advance(14_999)
  expect(isOver).toBe(false)
  await clock.advance(1)
  expect(await saved).toBe(said)
})

test("two who begin the same cache at once both have their say", async () => {
  const { caches, cluster, clock } = world()
  const both = Promise.all([
    caches.remember(place, "abc", entry),
    caches.remember(place, "def", entry),
  ])
  await clock.advance(1000)
  await both
  expect(Object.keys((await cluster.get(configMaps, place))?.data ?? {})).toEqual(["abc", "def"])
})

const build: Template = {
  name: "build",
  outputs: { parameters: [{ name: "image", valueFrom: { path: "/image" } }] },
  container: { image: "x" },
  memoize: { key: "abc", cache: { configMap: { name: "builds" } } },
}

function workflow(name: string, entrypoint = "build"): Workflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name, namespace: "default" },
    spec: { entrypoint, templates: [build, { ...build, name: "large" }] },
  }
}

test("the controller remembers in the workflow's namespace; what no ConfigMap holds is an Error", async () => {
  const { clock, cluster, stored } = world()
  const rules = [
    { template: "build", parameters: { image: "shop:1" } },
    { template: "large", parameters: { image: "x".repeat(50_000) } },
  ]
  const data = { full: "x".repeat(1_000_000) }
  const metadata = { ...place, labels: label }
  await cluster.create(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata, data })
  createManager({ cluster, clock, logger: silentLogger })
    .add(...workflowControllers({ executors: [simulateExecutor(rules)] }))
    .start()
  const ran = async (object: Workflow) => {
    await cluster.create(workflows, object)
    await clock.advance(30_000)
    const ended = await cluster.get(workflows, {
      namespace: "default",
      name: object.metadata.name ?? "",
    })
    return Object.values(ended?.status?.nodes ?? {})[0]
  }
  expect(await ran(workflow("large", "large"))).toMatchObject({
    phase: "Error",
    message: expect.stringContaining("Too long: may not be more than 1048576 bytes"),
  })
  expect(await ran(workflow("one"))).toMatchObject({ memoizationStatus: { hit: false } })
  expect(await stored()).toMatchObject({
    nodeID: "one",
    outputs: { parameters: [{ value: "shop:1" }] },
    lastHitTimestamp: "1970-01-01T00:00:31Z",
  })
  expect(await ran(workflow("two"))).toMatchObject({
    phase: "Succeeded",
    memoizationStatus: { hit: true, key: "abc", cacheName: "builds" },
  })
  expect(await stored()).toMatchObject({ lastHitTimestamp: "1970-01-01T00:01:00Z" })
  const unlabelled = { metadata: { labels: null } }
  await cluster.patch(configMaps, place, { type: "merge", patch: unlabelled })
  expect(await ran(workflow("three"))).toMatchObject({
    phase: "Error",
    message: expect.stringContaining("is no cache"),
  })
})
