import { createClusterSim } from "@argo-ts/cluster-sim"
import { createManager } from "@argo-ts/k8s"
import { silentLogger } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { expect, test } from "vitest"
import {
  type OutcomeRule,
  simulateExecutor,
  type Workflow,
  workflowKinds,
  workflows,
  workflowTemplates,
} from "../src/index.js"
import {
  memoryOffload,
  type PackOptions,
  packStatus,
  unpackStatus,
  workflowControllers,
} from "../src/kubernetes/index.js"

const key = { namespace: "default", name: "demo" }

function open(rules: readonly OutcomeRule[] = [], pack: PackOptions = {}) {
  const clock = createVirtualClock()
  const sim = createClusterSim({ clock, kinds: workflowKinds })
  const { cluster } = sim
  const start = () => {
    const controllers = workflowControllers({ executors: [simulateExecutor(rules)], pack })
    const manager = createManager({ cluster, clock, logger: silentLogger })
      .add(...controllers)
      .start()
    return async () => {
      controllers.close()
      await manager.stop()
    }
  }
  const status = async () => (await cluster.get(workflows, key))?.status
  return { clock, cluster, start, status }
}

function workflow(spec: Workflow["spec"]): Workflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "demo", namespace: "default" },
    spec,
  }
}

const leaf = { container: { image: "alpine", command: ["true"] } }
const pair: Workflow["spec"] = {
  entrypoint: "main",
  templates: [
    {
      name: "main",
      dag: {
        tasks: [
          { name: "a", template: "leaf" },
          { name: "b", template: "leaf", dependencies: ["a"] },
        ],
      },
    },
    { name: "leaf", ...leaf },
  ],
}

test("a Workflow object runs, and its status and labels tell so", async () => {
  const { clock, cluster, start, status } = open()
  start()
  await cluster.create(workflows, workflow(pair))
  await clock.advance(60_000)
  expect(await status()).toMatchObject({ phase: "Succeeded", progress: "2/2" })
  const { metadata } = (await cluster.get(workflows, key)) as Workflow
  expect(metadata.labels).toMatchObject({
    "workflows.argoproj.io/phase": "Succeeded",
    "workflows.argoproj.io/completed": "true",
  })
})

test("the stored status is what the engine has", async () => {
  const { clock, cluster, start, status } = open([{ node: "*.a(0)", phase: "Failed" }])
  start()
  await cluster.create(
    workflows,
    workflow({
      ...pair,
      templates: [
        ...(pair.templates ?? []).slice(0, 1),
        { name: "leaf", ...leaf, retryStrategy: { limit: 2, backoff: { duration: "10" } } },
      ],
    }),
  )
  await clock.advance(5000)
  const waiting = await status()
  expect(Object.values(waiting?.nodes ?? {}).find(({ name }) => name === "demo.a")).toMatchObject({
    phase: "Running",
    message: "Backoff for 10 seconds",
  })
  await clock.advance(60_000)
  const done = await status()
  expect(done?.phase).toBe("Succeeded")
  const retry = Object.values(done?.nodes ?? {}).find(({ name }) => name === "demo.a")
  expect(retry).toMatchObject({
    phase: "Succeeded",
    children: ["demo-1764127398", "demo-1965459017"].map(() => expect.any(String)),
  })
  expect(retry).not.toHaveProperty("message")
})

test("a restarted controller goes on from the objects alone", async () => {
  const { clock, cluster, start, status } = open([{ duration: "10s" }])
  const stop = start()
  await cluster.create(workflows, workflow(pair))
  await clock.advance(12_000)
  await stop()
  expect(await status()).toMatchObject({ phase: "Running", progress: "1/2" })
  start()
  await clock.advance(60_000)
  expect(await status()).toMatchObject({ phase: "Succeeded", progress: "2/2" })
})

test("templates come from WorkflowTemplate objects and are frozen in the status", async () => {
  const { clock, cluster, start, status } = open()
  await cluster.create(workflowTemplates, {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "WorkflowTemplate",
    metadata: { name: "lib", namespace: "default" },
    spec: {
      entrypoint: "main",
      templates: pair.templates ?? [],
      arguments: { parameters: [{ name: "x", value: "1" }] },
    },
  })
  start()
  await cluster.create(workflows, workflow({ workflowTemplateRef: { name: "lib" } }))
  await clock.advance(60_000)
  const done = await status()
  expect(done?.phase).toBe("Succeeded")
  expect(done?.storedWorkflowTemplateSpec?.entrypoint).toBe("main")
  expect(done?.nodes?.["demo"]?.templateScope).toBe("namespaced/lib")
})

test("an invalid object has failed and names what is wrong", async () => {
  const { clock, cluster, start, status } = open()
  start()
  await cluster.create(
    workflows,
    workflow({ entrypoint: "mian", templates: [{ name: "main", ...leaf }] }),
  )
  await clock.advance(1000)
  const done = await status()
  expect(done?.phase).toBe("Failed")
  expect((await cluster.get(workflows, key))?.metadata.labels).toMatchObject({
    "workflows.argoproj.io/phase": "Failed",
    "workflows.argoproj.io/completed": "true",
  })
  expect(done?.message).toContain('did you mean "main"?')
})

test("spec.suspend holds back and spec.shutdown ends", async () => {
  const { clock, cluster, start, status } = open([{ duration: "10s" }])
  start()
  await cluster.create(workflows, workflow({ ...pair, suspend: true }))
  await clock.advance(5000)
  expect((await status())?.progress).toBe("0/0")
  const patch = (spec: { readonly [field: string]: boolean | string }) =>
    cluster.patch(workflows, key, { type: "merge", patch: { spec } })
  await patch({ suspend: false })
  await clock.advance(5000)
  expect((await status())?.progress).toBe("0/1")
  await patch({ shutdown: "Terminate" })
  await clock.advance(5000)
  expect(await status()).toMatchObject({
    phase: "Failed",
    message: "Stopped with strategy 'Terminate'",
  })
})

test("what has ended is archived once, with its whole status, before it may be deleted", async () => {
  const clock = createVirtualClock()
  const { cluster } = createClusterSim({ clock, kinds: workflowKinds })
  const kept: [string, Workflow][] = []
  let isDown = true
  const released: string[] = []
  const release = (at: string): void => void released.push(at)
  const snapshot = async (at: string, ended: Workflow): Promise<void> => {
    if (isDown) throw new Error("no connection")
    kept.push([at, ended])
  }
  const controllers = workflowControllers({
    executors: [simulateExecutor()],
    pack: { bytesMax: 500 },
    archive: { store: { snapshot, release }, labelSelector: { matchLabels: { keep: "yes" } } },
  })
  createManager({ cluster, clock, logger: silentLogger })
    .add(...controllers)
    .start()
  const ttlStrategy = { secondsAfterCompletion: 1 }
  const manifest = workflow({ ...pair, ttlStrategy })
  const labels = { keep: "yes" }
  const made = await cluster.create(workflows, {
    ...manifest,
    metadata: { ...manifest.metadata, labels },
  })
  await cluster.create(workflows, { ...manifest, metadata: { ...key, name: "other" } })
  await clock.advance(10_000)
  // The archive is not reached: the object stays.
  expect(await cluster.get(workflows, key)).toBeDefined()
  expect(await cluster.get(workflows, { ...key, name: "other" })).toBeUndefined()
  isDown = false
  await clock.advance(60_000)
  expect(await cluster.get(workflows, key)).toBeUndefined()
  expect(kept.map(([at]) => at)).toEqual([`default/demo/${made.metadata.uid}`])
  expect(released).toEqual([`default/demo/${made.metadata.uid}`])
  expect(Object.keys(kept[0]?.[1].status?.nodes ?? {})).toHaveLength(3)
  controllers.close()
})

test("ttlStrategy deletes the finished object", async () => {
  const { clock, cluster, start, status } = open()
  start()
  await cluster.create(
    workflows,
    workflow({ ...pair, ttlStrategy: { secondsAfterCompletion: 100 } }),
  )
  await clock.advance(60_000)
  expect((await status())?.phase).toBe("Succeeded")
  await clock.advance(60_000)
  expect(await cluster.get(workflows, key)).toBeUndefined()
})

test.each([
  ["compressed", 4000, "compressedNodes"],
  ["offloaded", 200, "offloadNodeStatusVersion"],
] as const)(
  "a status that grows past the limit is %s, and read by the next controller",
  async (_how, bytesMax, field) => {
    const offload = memoryOffload()
    const { clock, cluster, start, status } = open([], { bytesMax, offload })
    const tasks = Array.from({ length: 40 }, (_, index) => ({
      name: `t${index}`,
      template: "leaf",
      ...(index === 0 ? {} : { dependencies: [`t${index - 1}`] }),
    }))
    await cluster.create(
      workflows,
      workflow({
        entrypoint: "main",
        templates: [
          { name: "main", dag: { tasks } },
          { name: "leaf", ...leaf },
        ],
      }),
    )
    const stop = await start()
    await clock.advance(25_000)
    const half = await status()
    expect(half?.[field]).toBeTypeOf("string")
    expect(half?.nodes).toBe(undefined)
    await stop()
    const stopAgain = await start()
    await clock.advance(60_000)
    const stored = await cluster.get(workflows, key)
    const whole = await unpackStatus(stored?.status ?? {}, {
      offload,
      uid: stored?.metadata.uid ?? "",
    })
    expect(whole.phase).toBe("Succeeded")
    const phases = Object.values(whole.nodes ?? {}).map(({ phase }) => phase)
    expect(phases).toEqual(Array(41).fill("Succeeded"))
    await stopAgain()
  },
)

test("a status that grows past the limit, and cannot be offloaded, makes the workflow an Error that says so", async () => {
  const { clock, cluster, start, status } = open([{ duration: "1h" }], { bytesMax: 50 })
  await start()
  await cluster.create(
    workflows,
    workflow({ ...pair, ttlStrategy: { secondsAfterCompletion: 60 } }),
  )
  await clock.advance(5000)
  expect(await status()).toMatchObject({
    phase: "Error",
    message: expect.stringMatching(/^the workflow is too large for its object: /),
    finishedAt: expect.any(String),
  })
  const found = await cluster.get(workflows, key)
  expect(found?.metadata.labels).toMatchObject({
    "workflows.argoproj.io/phase": "Error",
    "workflows.argoproj.io/completed": "true",
  })
  await clock.advance(60_000)
  expect(await cluster.get(workflows, key)).toBeUndefined()
})

test("nodes that lie where this controller cannot read them make the workflow an Error, once", async () => {
  const { clock, cluster, start, status } = open()
  const startedAt = "1969-12-31T23:00:00Z"
  await cluster.create(workflows, {
    ...workflow(pair),
    status: { phase: "Running", startedAt, offloadNodeStatusVersion: "fnv:1" },
  })
  await start()
  await clock.advance(5000)
  expect(await status()).toMatchObject({
    phase: "Error",
    message: "the nodes of version fnv:1 are not in the offload",
    startedAt,
    offloadNodeStatusVersion: "fnv:1",
  })
})

test("packing and unpacking give the same, and damage has a name", async () => {
  const node = { displayName: "ü", type: "Pod", phase: "Running" } as const
  const ids = Array.from({ length: 200 }, (_, index) => `n${index}`)
  const nodes = Object.fromEntries(ids.map((id) => [id, { ...node, id, name: id }]))
  const status = { phase: "Running" as const, nodes }
  expect(await packStatus(status)).toEqual(status)
  const offload = memoryOffload()
  for (const [bytesMax, field] of [
    [5000, "compressedNodes"],
    [50, "offloadNodeStatusVersion"],
  ] as const) {
    const packed = await packStatus(status, { bytesMax, offload, uid: "u" })
    expect(Object.keys(packed)).toEqual(["phase", field])
    expect(await unpackStatus(packed, { offload, uid: "u" })).toEqual(status)
  }
  await expect(packStatus(status, { bytesMax: 10 })).rejects.toMatchObject({
    code: "WorkflowTooLarge",
  })
  for (const compressedNodes of ["x", "H4sIAAAA", Buffer.from("{}").toString("base64")]) {
    await expect(unpackStatus({ compressedNodes })).rejects.toMatchObject({ code: "CorruptStatus" })
  }
  await expect(unpackStatus({ offloadNodeStatusVersion: "fnv:1" })).rejects.toMatchObject({
    code: "CorruptStatus",
  })
})

test("workflowDefaults are written into a workflow before it begins, below its own words and its template's", async () => {
  const clock = createVirtualClock()
  const { cluster } = createClusterSim({ clock, kinds: workflowKinds })
  const controllers = workflowControllers({
    executors: [simulateExecutor([])],
    workflowDefaults: {
      metadata: { labels: { team: "none", site: "a" } },
      spec: {
        entrypoint: "main",
        ttlStrategy: { secondsAfterCompletion: 60, secondsAfterFailure: 90 },
        arguments: { parameters: [{ name: "p", value: "default" }] },
      },
    },
  })
  createManager({ cluster, clock, logger: silentLogger })
    .add(...controllers)
    .start()
  const { entrypoint: _entrypoint, ...spec } = pair
  const own = workflow({ ...spec, ttlStrategy: { secondsAfterCompletion: 600 } })
  await cluster.create(workflows, { ...own, metadata: { ...own.metadata, labels: { team: "b" } } })
  await cluster.create(workflowTemplates, {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "WorkflowTemplate",
    metadata: { name: "stored", namespace: "default" },
    spec: { ...pair, arguments: { parameters: [{ name: "p", value: "stored" }] } },
  })
  await cluster.create(workflows, {
    ...own,
    metadata: { name: "other", namespace: "default" },
    spec: { workflowTemplateRef: { name: "stored" } },
  })
  await clock.advance(10_000)
  expect(await cluster.get(workflows, key)).toMatchObject({
    metadata: { labels: { team: "b", site: "a" } },
    spec: {
      entrypoint: "main",
      ttlStrategy: { secondsAfterCompletion: 600, secondsAfterFailure: 90 },
      arguments: { parameters: [{ name: "p", value: "default" }] },
    },
    status: { phase: "Succeeded" },
  })
  const other = await cluster.get(workflows, { namespace: "default", name: "other" })
  expect(other?.spec).toEqual({ workflowTemplateRef: { name: "stored" } })
  expect(other?.status?.storedWorkflowTemplateSpec).toMatchObject({
    ttlStrategy: { secondsAfterCompletion: 60 },
    arguments: { parameters: [{ name: "p", value: "stored" }] },
  })
  controllers.close()
})
