import { createClusterSim } from "@argo-ts/cluster-sim"
import { defineKind, epochMs, type UntypedObject } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { expect, test } from "vitest"
import {
  openRun,
  type ResourceTemplate,
  type Template,
  type Workflow,
  workflowKinds,
  workflows,
} from "../src/index.js"
import { resourceExecutor } from "../src/kubernetes/index.js"

const configMaps = defineKind<UntypedObject>({
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  scope: "Namespaced",
  hasStatus: false,
})
const key = { namespace: "default", name: "made" }

function world() {
  const clock = createVirtualClock(epochMs(0))
  const sim = createClusterSim({ clock, kinds: [...workflowKinds, configMaps] })
  const { cluster } = sim
  const start = async (resource: ResourceTemplate, more: Partial<Template> = {}) => {
    const manifest: Workflow = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Workflow",
      metadata: { name: "wf", namespace: "default" },
      spec: { entrypoint: "m", templates: [{ name: "m", resource, ...more }] },
    }
    const stored = await cluster.create(workflows, manifest)
    return openRun(stored, { executors: [resourceExecutor({ cluster })], clock })
  }
  const nodeWith = async (
    template: Partial<Template>,
    options: Partial<Parameters<typeof openRun>[1]>,
  ) => {
    const made = await cluster.create(workflows, {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Workflow",
      metadata: { name: "wf", namespace: "default" },
      spec: { entrypoint: "m", templates: [{ name: "m", ...template }] },
    })
    const run = await openRun(made, {
      executors: [resourceExecutor({ cluster })],
      clock,
      ...options,
    })
    await clock.advance(60_000)
    return run.workflow().status?.nodes?.["wf"]
  }
  const node = async (resource: ResourceTemplate, more: Partial<Template> = {}) => {
    const run = await start(resource, more)
    await clock.advance(60_000)
    return run.workflow().status?.nodes?.["wf"]
  }
  return { clock, cluster, start, node, nodeWith }
}

const manifest = `
apiVersion: v1
kind: ConfigMap
metadata: { name: made, labels: { app: shop } }
data: { count: "1", list: "x" }
`

test("a tag may stand for the verb, and has to stand for one that there is", async () => {
  const run = async (verb: string) => {
    const { cluster, node } = world()
    const inputs = { parameters: [{ name: "verb", value: verb }] }
    const { phase, message } = (await node(
      { action: "{{inputs.parameters.verb}}", manifest },
      { inputs },
    )) ?? { phase: "none", message: "" }
    return { phase, message, made: (await cluster.get(configMaps, key)) !== undefined }
  }
  expect(await run("create")).toMatchObject({ phase: "Succeeded", made: true })
  expect(await run("creat")).toEqual({
    phase: "Error",
    made: false,
    message: 'resource.action: is one of get, create, apply, delete, replace, patch, found "creat"',
  })
})

test("a tag may stand for the way to patch, and has to stand for one that there is", async () => {
  const run = async (way: string) => {
    const { cluster, node } = world()
    await cluster.create(configMaps, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: key,
    } as UntypedObject)
    const inputs = { parameters: [{ name: "way", value: way }] }
    const resource = { action: "patch", mergeStrategy: "{{inputs.parameters.way}}", manifest }
    return node(resource, { inputs })
  }
  expect(await run("merge")).toMatchObject({ phase: "Succeeded" })
  expect(await run("mix")).toMatchObject({
    phase: "Error",
    message: 'resource.mergeStrategy: is one of strategic, merge, json, found "mix"',
  })
})

test("creates an object, owned by the workflow, and reads its outputs", async () => {
  const { cluster, node } = world()
  const made = await node(
    { action: "create", manifest, setOwnerReference: true },
    {
      outputs: {
        parameters: [
          { name: "n", valueFrom: { jsonPath: "{.data.count}" } },
          { name: "all", valueFrom: { jqFilter: ".data | keys | .[]" } },
          { name: "none", valueFrom: { jsonPath: "{.data.gone}", default: "-" } },
        ],
      },
    },
  )
  expect(made).toMatchObject({ type: "Pod", phase: "Succeeded" })
  expect(made?.outputs?.parameters?.map(({ name, value }) => [name, value])).toEqual([
    ["n", "1"],
    ["all", "count\nlist"],
    ["none", "-"],
  ])
  const object = await cluster.get(configMaps, key)
  expect(object?.metadata.ownerReferences).toMatchObject([{ kind: "Workflow", name: "wf" }])
})

test("waits until the conditions over the object hold", async () => {
  const { clock, cluster, start } = world()
  const run = await start({
    action: "apply",
    manifest,
    successCondition: "data.count == 2, data.list != x",
    failureCondition: "data.count == 9",
  })
  await clock.advance(12_000)
  expect(run.workflow().status?.phase).toBe("Running")
  const change = (data: { count: string; list?: string }) =>
    cluster.patch(configMaps, key, { type: "merge", patch: { data } })
  await change({ count: "2" })
  await clock.advance(10_000)
  expect(run.workflow().status?.phase).toBe("Running")
  await change({ count: "2", list: "y" })
  await clock.advance(5000)
  expect(run.workflow().status?.phase).toBe("Succeeded")
})

test("a failure condition fails it, and so does an object that goes away", async () => {
  const failing = world()
  expect(
    await failing.node({ action: "create", manifest, failureCondition: "data.count in (1,2)" }),
  ).toMatchObject({
    phase: "Failed",
    message: "failure condition 'data.count in (1,2)' evaluated true",
  })
  const { clock, cluster, start } = world()
  const run = await start({ action: "create", manifest, successCondition: "data.count == 7" })
  await clock.advance(1000)
  await cluster.delete(configMaps, key)
  await clock.advance(10_000)
  expect(run.workflow().status).toMatchObject({
    phase: "Failed",
    message: "the ConfigMap made is gone",
  })
})

test("patches in three languages, replaces, gets and deletes", async () => {
  const { clock, cluster } = world()
  await cluster.create(configMaps, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...key, labels: { app: "shop" } },
    data: { count: "0" },
  })
  const steps: readonly ResourceTemplate[] = [
    {
      action: "patch",
      mergeStrategy: "json",
      flags: ["configmap", "made"],
      manifest: '[{ op: replace, path: /data/count, value: "1" }]',
    },
    {
      action: "patch",
      mergeStrategy: "merge",
      flags: ["cm/made"],
      manifest: "{ kind: ConfigMap, apiVersion: v1, data: { m: '2' } }",
    },
    {
      action: "patch",
      manifest: "{ kind: ConfigMap, apiVersion: v1, metadata: { name: made }, data: { k: '3' } }",
    },
    { action: "get", flags: ["configmaps", "made"] },
  ]
  for (const [index, resource] of steps.entries()) {
    const run = await openRun(
      {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Workflow",
        metadata: { name: `wf${index}`, namespace: "default" },
        spec: { entrypoint: "m", templates: [{ name: "m", resource }] },
      },
      { executors: [resourceExecutor({ cluster })], clock },
    )
    await clock.advance(1000)
    expect(run.workflow().status).toMatchObject({ phase: "Succeeded" })
  }
  expect((await cluster.get(configMaps, key))?.["data"]).toEqual({ count: "1", m: "2", k: "3" })
  const gone = await world().node({ action: "delete", flags: ["configmap", "made"] })
  expect(gone).toMatchObject({ phase: "Error", message: "the ConfigMap made does not exist" })
  const lenient = { action: "delete", flags: ["configmap", "made", "--ignore-not-found"] } as const
  expect(await world().node(lenient)).toMatchObject({ phase: "Succeeded" })
})

test("deletes what a selector matches", async () => {
  const { clock, cluster, start } = world()
  for (const [name, app] of [
    ["a", "shop"],
    ["b", "shop"],
    ["c", "other"],
  ] as const) {
    const metadata = { name, namespace: "default", labels: { app } }
    await cluster.create(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata })
  }
  await start({ action: "delete", flags: ["configmap", "--selector", "app=shop"] })
  await clock.advance(1000)
  const { items } = await cluster.list(configMaps, { namespace: "default" })
  // Every namespace has that of the API server's authority.
  expect(items.map(({ metadata }) => metadata.name)).toEqual(["c", "kube-root-ca.crt"])
})

test.each([
  [
    "a kind that nobody serves",
    { action: "create", manifest: "{ apiVersion: x/v1, kind: Ship, metadata: { name: z } }" },
    "the cluster serves no kind Ship of x/v1",
  ],
  [
    "a flag that means nothing here",
    { action: "get", flags: ["pod", "x", "--watch-only"] },
    'found "--watch-only"',
  ],
  [
    "two documents",
    { action: "create", manifest: `${manifest}\n---\n${manifest}` },
    "expected one YAML document",
  ],
  [
    "a condition that cannot be read",
    { action: "create", manifest, successCondition: "a ==== b" },
    "resource.successCondition",
  ],
] as const)("%s is an Error that says so", async (_what, resource, message) => {
  const node = await world().node(resource as ResourceTemplate)
  expect(node?.phase).toBe("Error")
  expect(node?.message).toContain(message)
})

test("manifestFrom takes the manifest from an input artifact, or from a location of its own", async () => {
  for (const location of ["input", "own"] as const) {
    const { cluster, nodeWith } = world()
    const artifact = { name: "what", raw: { data: manifest } }
    const node = await nodeWith(
      {
        inputs: { artifacts: [{ ...artifact, path: "/tmp/what" }] },
        resource: {
          action: "create",
          manifestFrom: { artifact: location === "input" ? { name: "what" } : artifact },
        },
      },
      {},
    )
    expect(node).toMatchObject({ phase: "Succeeded" })
    expect((await cluster.get(configMaps, key))?.["data"]).toEqual({ count: "1", list: "x" })
  }
})

test("a manifest that is not there, or none, is told by name", async () => {
  const { nodeWith } = world()
  const absent = await nodeWith(
    { resource: { action: "create", manifestFrom: { artifact: { name: "gone" } } } },
    {},
  )
  expect(absent).toMatchObject({
    phase: "Error",
    message: "resource.manifestFrom: the artifact 'gone' is not there",
  })
  const other = world()
  const list = await other.nodeWith(
    {
      inputs: { artifacts: [{ name: "list", path: "/x", raw: { data: "[1, 2]" } }] },
      resource: { action: "apply", manifestFrom: { artifact: { name: "list" } } },
    },
    {},
  )
  expect(list).toMatchObject({
    phase: "Error",
    message: "resource.manifest: expected an object",
  })
})
