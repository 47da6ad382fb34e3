import { createClusterSim } from "@argo-ts/cluster-sim"
import { createManager } from "@argo-ts/k8s"
import { epochMs, silentLogger } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { expect, test } from "vitest"
import {
  createLocks,
  type Locks,
  type NodeStatus,
  openRun,
  openWorkflow,
  simulateExecutor,
  type Template,
  type Workflow,
  type WorkflowSpec,
  workflowKinds,
  workflows,
} from "../src/index.js"
import { workflowControllers } from "../src/kubernetes/index.js"
import { simulateWorkflow } from "../src/testing/index.js"
import { joinReplica } from "./replicas.js"

const mutex = { mutexes: [{ name: "m" }] }
const semaphore = { semaphores: [{ configMapKeyRef: { name: "limits", key: "workers" } }] }
const semaphoreName = "default/ConfigMap/limits/workers"

function workflow(
  name: string,
  templates: readonly Template[],
  spec: Partial<WorkflowSpec> = {},
): Workflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name, namespace: "default" },
    spec: { entrypoint: templates[0]?.name ?? "", templates, ...spec },
  }
}

const leaf = (more: Partial<Template> = {}): Template => ({
  name: "leaf",
  container: { image: "x" },
  ...more,
})

const three: Template = {
  name: "m",
  dag: { tasks: ["a", "b", "c"].map((name) => ({ name, template: "leaf" })) },
}

function byName(workflow: Workflow): { [name: string]: NodeStatus } {
  const nodes = Object.values(workflow.status?.nodes ?? {})
  return Object.fromEntries(nodes.map((node) => [node.name, node]))
}

async function start(manifest: Workflow, locks: Locks, clock = createVirtualClock(epochMs(0))) {
  const run = await openRun(manifest, {
    executors: [simulateExecutor([{ duration: "10s" }])],
    locks,
    clock,
  })
  return { run, clock }
}

test("nodes of one template under a mutex run one after the other, and say what they wait for", async () => {
  const { run, clock } = await start(
    workflow("wf", [three, leaf({ synchronization: mutex })]),
    createLocks(),
  )
  await clock.advance(1000)
  const first = run.workflow()
  const nodes = byName(first)
  expect(nodes["wf.a"]).toMatchObject({ phase: "Running" })
  expect(nodes["wf.b"]).toMatchObject({
    phase: "Pending",
    message: "Waiting for default/Mutex/m lock. Lock status: 0/1",
    synchronizationStatus: { waiting: "default/Mutex/m" },
  })
  expect(first.status?.synchronization).toEqual({
    mutex: {
      holding: [{ mutex: "default/Mutex/m", holder: `default/wf/${nodes["wf.a"]?.id}` }],
      waiting: [{ mutex: "default/Mutex/m", holder: `default/wf/${nodes["wf.a"]?.id}` }],
    },
  })
  expect(run.explain()).toContain("c is waiting for the lock default/Mutex/m (place 2 in line)")
  await clock.advance(10_000)
  const second = { mutex: "default/Mutex/m", holder: `default/wf/${nodes["wf.b"]?.id}` }
  expect(run.workflow().status?.synchronization).toEqual({
    mutex: { holding: [second], waiting: [second] },
  })
  await clock.advance(60_000)
  const ended = run.workflow()
  expect(ended.status).toMatchObject({ phase: "Succeeded", finishedAt: "1970-01-01T00:00:30Z" })
  expect(ended.status).not.toHaveProperty("synchronization")
  expect(byName(ended)["wf.b"]).not.toHaveProperty("synchronizationStatus")
})

test("a semaphore lets in as many as it has, over several workflows, the more important first", async () => {
  const clock = createVirtualClock(epochMs(0))
  const locks = createLocks({ limits: { [semaphoreName]: 2 } })
  const templates = [leaf({ synchronization: semaphore })]
  const runs = []
  for (const [name, priority] of [
    ["a", 0],
    ["b", 0],
    ["c", 0],
    ["d", 7],
  ] as const) {
    runs.push((await start(workflow(name, templates, { priority }), locks, clock)).run)
  }
  await clock.advance(60_000)
  const times = runs.map((run) => run.workflow().status?.finishedAt?.slice(17, 19))
  expect(times).toEqual(["10", "10", "20", "20"])
  expect(locks.holdersOf(semaphoreName)).toEqual([])
})

test("a step that waits for several locks names the next that is missing, and who has them", async () => {
  const clock = createVirtualClock(epochMs(0))
  const locks = createLocks({ limits: { [semaphoreName]: 1 } })
  const both = { ...semaphore, mutexes: [{ name: "m", namespace: "other" }] }
  await start(workflow("a", [leaf({ synchronization: semaphore })]), locks, clock)
  await clock.advance(5000)
  const other = { mutexes: [{ name: "m", namespace: "other" }] }
  await start(workflow("b", [leaf({ synchronization: other })]), locks, clock)
  await clock.advance(1000)
  const { run } = await start(workflow("c", [leaf({ synchronization: both })]), locks, clock)
  await clock.advance(1000)
  const told = () => ({
    waiting: run.workflow().status?.nodes?.["c"]?.synchronizationStatus?.waiting,
    message: run.workflow().status?.nodes?.["c"]?.message,
    ...run.workflow().status?.synchronization,
  })
  expect(told()).toEqual({
    waiting: semaphoreName,
    message: `Waiting for ${semaphoreName} lock. Lock status: 0/1`,
    mutex: { waiting: [{ mutex: "other/Mutex/m", holder: "default/b/b" }] },
    semaphore: { waiting: [{ semaphore: semaphoreName, holders: ["default/a/a"] }] },
  })
  await clock.advance(4000)
  expect(told()).toEqual({
    waiting: "other/Mutex/m",
    message: "Waiting for other/Mutex/m lock. Lock status: 0/1",
    mutex: { waiting: [{ mutex: "other/Mutex/m", holder: "default/b/b" }] },
    semaphore: { waiting: [{ semaphore: semaphoreName, holders: [] }] },
  })
  await clock.advance(20_000)
  expect(run.workflow().status?.finishedAt).toBe("1970-01-01T00:00:25Z")
})

test("who waits behind a step of its own workflow names that one, once it has the lock of another workflow", async () => {
  const clock = createVirtualClock(epochMs(0))
  const locks = createLocks()
  await start(workflow("a", [leaf({ synchronization: mutex })]), locks, clock)
  const { run } = await start(
    workflow("b", [three, leaf({ synchronization: mutex })]),
    locks,
    clock,
  )
  await clock.advance(1000)
  const waiting = () => run.workflow().status?.synchronization?.mutex?.waiting
  expect(waiting()).toEqual([{ mutex: "default/Mutex/m", holder: "default/a/a" }])
  await clock.advance(10_000)
  const own = byName(run.workflow())["b.a"]?.id
  expect(waiting()).toEqual([{ mutex: "default/Mutex/m", holder: `default/b/${own}` }])
})

test("raising a limit lets in who waits", async () => {
  const locks = createLocks({ limits: { [semaphoreName]: 1 } })
  const { run, clock } = await start(
    workflow("wf", [three, leaf({ synchronization: semaphore })]),
    locks,
  )
  await clock.advance(1000)
  locks.resize(semaphoreName, 3)
  await clock.advance(12_000)
  expect(run.workflow().status?.finishedAt).toBe("1970-01-01T00:00:11Z")
})

test("a workflow's own locks make it wait as Pending; the lock of a Retry node covers its attempts", async () => {
  const locks = createLocks()
  const clock = createVirtualClock(epochMs(0))
  const retried = leaf({
    retryStrategy: { limit: 1 },
    synchronization: { mutexes: [{ name: "{{workflow.name}}" }] },
  })
  const first = await start(workflow("one", [retried], { synchronization: mutex }), locks, clock)
  const second = await start(workflow("two", [leaf()], { synchronization: mutex }), locks, clock)
  await clock.advance(1000)
  expect(second.run.workflow().status).toMatchObject({
    phase: "Pending",
    message: "Waiting for default/Mutex/m lock. Lock status: 0/1",
  })
  expect(second.run.workflow().status).not.toHaveProperty("startedAt")
  expect(second.run.explain()).toEqual([
    "two is waiting for the lock default/Mutex/m (place 1 in line)",
  ])
  const holding = first.run.workflow().status?.synchronization?.mutex?.holding
  expect(holding).toEqual([
    { mutex: "default/Mutex/m", holder: "default/one" },
    { mutex: "default/Mutex/one", holder: "default/one/one" },
  ])
  await clock.advance(30_000)
  expect(second.run.workflow().status).toMatchObject({
    phase: "Succeeded",
    startedAt: "1970-01-01T00:00:10Z",
  })
})

test("stopping ends who waits, and gives up the place in line", async () => {
  const locks = createLocks()
  const clock = createVirtualClock(epochMs(0))
  const templates = [leaf({ synchronization: mutex })]
  const [first, second, third] = await Promise.all(
    ["a", "b", "c"].map(async (name) => (await start(workflow(name, templates), locks, clock)).run),
  )
  await clock.advance(1000)
  second?.send({ type: "Shutdown", strategy: "Stop" })
  await clock.advance(60_000)
  expect(second?.workflow().status?.nodes?.["b"]).toMatchObject({
    phase: "Failed",
    message: "Stopped with strategy 'Stop'",
  })
  expect(first?.workflow().status?.finishedAt).toBe("1970-01-01T00:00:10Z")
  expect(third?.workflow().status?.finishedAt).toBe("1970-01-01T00:00:20Z")
})

test("a semaphore that nobody knows is an Error, and so is a lock that is asked for twice", async () => {
  const unknown = await start(workflow("wf", [leaf({ synchronization: semaphore })]), createLocks())
  await unknown.clock.advance(1000)
  expect(unknown.run.workflow().status).toMatchObject({
    phase: "Error",
    message: `error in entry template execution: Failed to get semaphore limit for ${semaphoreName}`,
  })
  const twice = { mutexes: [{ name: "m" }, { name: "m" }] }
  const ended = await simulateWorkflow(workflow("wf", [leaf({ synchronization: twice })]))
  expect(ended.status).toMatchObject({
    phase: "Error",
    message: "error in entry template execution: the lock default/Mutex/m is asked for twice",
  })
})

test("a workflow whose own locks cannot be had has failed", async () => {
  const own = workflow("wf", [leaf()], { synchronization: semaphore })
  const { run, clock } = await start(own, createLocks())
  await clock.advance(1000)
  expect(run.workflow().status).toMatchObject({
    phase: "Failed",
    message: `Failed to acquire the synchronization lock. Failed to get semaphore limit for ${semaphoreName}`,
  })
  const twice = { mutexes: [{ name: "m" }, { name: "m" }] }
  const ended = await simulateWorkflow(workflow("wf", [leaf()], { synchronization: twice }))
  expect(ended.status).toMatchObject({
    phase: "Failed",
    message:
      "Failed to acquire the synchronization lock. the lock default/Mutex/m is asked for twice",
  })
})

test("time spent in line is no time that a step was active, but it counts for its timeout", async () => {
  const active = workflow("wf", [
    three,
    leaf({ synchronization: mutex, activeDeadlineSeconds: 15 }),
  ])
  const { run, clock } = await start(active, createLocks())
  await clock.advance(60_000)
  expect(run.workflow().status?.phase).toBe("Succeeded")
  const whole = workflow("wf", [three, leaf({ synchronization: mutex, timeout: "15s" })])
  const late = await start(whole, createLocks())
  await late.clock.advance(60_000)
  const nodes = byName(late.run.workflow())
  expect(nodes["wf.a"]?.phase).toBe("Succeeded")
  expect(nodes["wf.c"]).toMatchObject({
    phase: "Failed",
    message: "timeout",
    finishedAt: "1970-01-01T00:00:15Z",
  })
})

test("a grant is in the status before anything starts, and a reopened run says what it holds", () => {
  const manifest = workflow("wf", [leaf({ synchronization: mutex })])
  const open = openWorkflow(manifest, { now: epochMs(0) })
  expect(open.pending()).toMatchObject([{ type: "Acquire", request: { holder: "default/wf/wf" } }])
  const step = open.handle({ type: "Acquired", node: "wf" }, epochMs(0))
  expect(step.actions).toMatchObject([{ type: "Start" }])
  expect(JSON.stringify(step.changes)).toContain(
    '"holding":[{"mutex":"default/Mutex/m","holder":"default/wf/wf"}]',
  )
  const status = JSON.parse(JSON.stringify(open.status()))
  const again = openWorkflow({ ...manifest, status }, { now: epochMs(1000) })
  expect(again.pending()).toMatchObject([
    { type: "Acquire", request: { isHeld: true } },
    { type: "Start" },
  ])
  expect(again.status()).toEqual(status)
})

test("a run that is reopened while it waits goes on when it gets its locks", () => {
  const manifest = workflow("wf", [leaf({ synchronization: mutex })])
  const open = openWorkflow(manifest, { now: epochMs(0) })
  open.handle({ type: "Queued", node: "wf", lock: "default/Mutex/m", message: "wait" }, epochMs(0))
  const status = JSON.parse(JSON.stringify(open.status()))
  const again = openWorkflow({ ...manifest, status }, { now: epochMs(1000) })
  expect(again.pending()).toMatchObject([{ type: "Acquire" }])
  expect(again.handle({ type: "Acquired", node: "wf" }, epochMs(2000)).actions).toMatchObject([
    { type: "Start" },
  ])
})

test("on a cluster: limits stand in ConfigMaps, and a new controller knows who holds what", async () => {
  const clock = createVirtualClock(epochMs(0))
  const { cluster } = createClusterSim({ clock, kinds: workflowKinds })
  const configMaps = (await cluster.kinds()).find(({ kind }) => kind === "ConfigMap")
  if (configMaps === undefined) throw new Error("no ConfigMaps")
  const metadata = { name: "limits", namespace: "default" }
  await cluster.create(configMaps, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata,
    data: { workers: "1" },
  } as never)
  const begin = () => {
    const controllers = workflowControllers({
      executors: [simulateExecutor([{ duration: "10s" }])],
    })
    const manager = createManager({ cluster, clock, logger: silentLogger })
      .add(...controllers)
      .start()
    return async () => {
      controllers.close()
      await manager.stop()
    }
  }
  const phaseOf = async (name: string) =>
    (await cluster.get(workflows, { namespace: "default", name }))?.status?.phase
  const end = begin()
  const templates = [leaf()]
  for (const name of ["a", "b", "c"])
    await cluster.create(workflows, workflow(name, templates, { synchronization: semaphore }))
  await clock.advance(2000)
  expect([await phaseOf("a"), await phaseOf("b"), await phaseOf("c")]).toEqual([
    "Running",
    "Pending",
    "Pending",
  ])
  await end()
  begin()
  await clock.advance(2000)
  expect([await phaseOf("a"), await phaseOf("b"), await phaseOf("c")]).toEqual([
    "Running",
    "Pending",
    "Pending",
  ])
  await cluster.patch(configMaps, metadata, { type: "merge", patch: { data: { workers: "2" } } })
  await clock.advance(1000)
  expect(await phaseOf("b")).toBe("Running")
  await clock.advance(60_000)
  expect([await phaseOf("a"), await phaseOf("b"), await phaseOf("c")]).toEqual(
    Array(3).fill("Succeeded"),
  )
})

test("on a cluster: what a dead workflow holds in the table of all replicas is given back when somebody asks", async () => {
  const clock = createVirtualClock(epochMs(0))
  const { cluster } = createClusterSim({ clock, kinds: workflowKinds })
  const configMaps = (await cluster.kinds()).find(({ kind }) => kind === "ConfigMap")
  if (configMaps === undefined) throw new Error("no ConfigMaps")
  const dead = { holder: "default/gone", workflow: "default/gone", locks: ["default/Mutex/m"] }
  const held = [{ ...dead, priority: 0, createdAt: 0 }]
  await cluster.create(configMaps, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "argo-ts-workflow-locks", namespace: "default" },
    data: { state: JSON.stringify({ held, waiting: [] }) },
  } as never)
  const executor = simulateExecutor([{ duration: "10s" }])
  const replica = joinReplica("one", { clock, cluster, executorOf: () => executor })
  await clock.advance(60_000)
  await cluster.create(workflows, workflow("next", [leaf()], { synchronization: mutex }))
  await clock.advance(3000)
  const found = await cluster.get(workflows, { namespace: "default", name: "next" })
  expect(found?.status?.phase).toBe("Running")
  const left = replica.leave()
  await clock.advance(30_000)
  await left
})

test("on a cluster: while the ConfigMap of a limit is gone, who asks waits for it to come back", async () => {
  const clock = createVirtualClock(epochMs(0))
  const { cluster } = createClusterSim({ clock, kinds: workflowKinds })
  const configMaps = (await cluster.kinds()).find(({ kind }) => kind === "ConfigMap")
  if (configMaps === undefined) throw new Error("no ConfigMaps")
  const metadata = { name: "limits", namespace: "default" }
  const limits = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { workers: "1" } } as never
  const controllers = workflowControllers({ executors: [simulateExecutor([{ duration: "60s" }])] })
  createManager({ cluster, clock, logger: silentLogger })
    .add(...controllers)
    .start()
  const statusOf = async (name: string) =>
    (await cluster.get(workflows, { namespace: "default", name }))?.status
  await cluster.create(configMaps, limits)
  await cluster.create(workflows, workflow("a", [leaf()], { synchronization: semaphore }))
  await clock.advance(1000)
  await cluster.delete(configMaps, metadata)
  await clock.advance(1000)
  await cluster.create(workflows, workflow("b", [leaf()], { synchronization: semaphore }))
  await clock.advance(90_000)
  expect((await statusOf("a"))?.phase).toBe("Succeeded")
  expect(await statusOf("b")).toMatchObject({
    phase: "Pending",
    message: `Failed to get semaphore limit for ${semaphoreName}`,
  })
  await cluster.create(configMaps, limits)
  await clock.advance(1000)
  expect((await statusOf("b"))?.phase).toBe("Running")
})

test("a workflow that is stopped while it waits for its own locks has failed, and waits no longer", () => {
  const manifest = workflow("wf", [leaf()], { synchronization: mutex })
  const open = openWorkflow(manifest, { now: epochMs(0) })
  expect(open.opened.actions).toMatchObject([{ type: "Acquire" }])
  const { actions } = open.handle({ type: "Shutdown", strategy: "Stop" }, epochMs(1000))
  expect(actions).toMatchObject([{ type: "Release", holder: "default/wf" }])
  expect(open.status()).toMatchObject({
    phase: "Failed",
    message: "Stopped with strategy 'Stop'",
    finishedAt: "1970-01-01T00:00:01Z",
  })
})

test("one that is stopped while it waits, and has an exit handler, keeps its place: that runs under the locks", async () => {
  const clock = createVirtualClock(epochMs(0))
  const locks = createLocks()
  const whole = { synchronization: mutex, onExit: "leaf" }
  await start(workflow("a", [leaf()], { synchronization: mutex }), locks, clock)
  const { run } = await start(workflow("b", [leaf()], whole), locks, clock)
  await clock.advance(1000)
  run.send({ type: "Shutdown", strategy: "Stop" })
  await clock.advance(1000)
  expect(run.workflow().status).toMatchObject({
    phase: "Pending",
    synchronization: { mutex: { waiting: [{ holder: "default/a" }] } },
  })
  await clock.advance(30_000)
  const ended = run.workflow()
  expect(ended.status).toMatchObject({
    phase: "Failed",
    message: "Stopped with strategy 'Stop'",
    finishedAt: "1970-01-01T00:00:20Z",
  })
  expect(byName(ended)["b.onExit"]).toMatchObject({
    phase: "Succeeded",
    startedAt: "1970-01-01T00:00:10Z",
  })
})

test("one that is terminated while it waits, or is there to be terminated, waits no longer, exit handler or not", async () => {
  const spec = { synchronization: mutex, onExit: "leaf" }
  const open = openWorkflow(workflow("wf", [leaf()], spec), { now: epochMs(0) })
  open.handle({ type: "Shutdown", strategy: "Stop" }, epochMs(1000))
  expect(open.isDone()).toBe(false)
  const { actions } = open.handle({ type: "Shutdown", strategy: "Terminate" }, epochMs(2000))
  expect(actions).toMatchObject([{ type: "Release", holder: "default/wf" }])
  expect(open.status()).toMatchObject({ phase: "Failed", finishedAt: "1970-01-01T00:00:02Z" })
  const hooks = { told: { expression: "true", template: "leaf" } }
  const hooked = workflow("wf", [leaf()], { synchronization: mutex, hooks })
  const ends = openWorkflow(hooked, { now: epochMs(0) })
  ends.handle({ type: "Shutdown", strategy: "Stop" }, epochMs(1000))
  expect(ends.isDone()).toBe(true)
  const born = workflow("wf", [leaf()], { ...spec, shutdown: "Terminate" })
  const never = openWorkflow(born, { now: epochMs(0) })
  expect(never.status()).toMatchObject({
    phase: "Failed",
    message: "Stopped with strategy 'Terminate'",
  })
  expect(never.status().nodes).toEqual({})
})

test("what controllers of old wrote of holders is understood: of the workflow by its name, of nodes by their ids", () => {
  const steps = workflow("wf", [leaf({ synchronization: semaphore })], { synchronization: mutex })
  const open = openWorkflow(steps, { now: epochMs(0) })
  open.handle({ type: "Acquired", node: "" }, epochMs(0))
  open.handle({ type: "Acquired", node: "wf" }, epochMs(0))
  const status = open.status()
  const old = {
    mutex: { holding: [{ mutex: "default/Mutex/m", holder: "wf" }] },
    semaphore: { holding: [{ semaphore: semaphoreName, holders: ["default/wf/wf"] }] },
  }
  const again = openWorkflow(
    { ...steps, status: { ...status, synchronization: old } },
    { now: epochMs(1000) },
  )
  expect(again.status().synchronization).toEqual(status.synchronization)
  const single = workflow("one", [three, leaf({ synchronization: mutex })])
  const first = openWorkflow(single, { now: epochMs(0) })
  const [a = ""] = Object.values(first.status().nodes ?? {}).flatMap(({ id, name }) =>
    name === "one.a" ? [id] : [],
  )
  first.handle({ type: "Acquired", node: a }, epochMs(0))
  const nodes = first.status()
  const named = { mutex: { holding: [{ mutex: "default/Mutex/m", holder: a }] } }
  const reopened = openWorkflow(
    { ...single, status: { ...nodes, synchronization: named } },
    { now: epochMs(1000) },
  )
  expect(reopened.status().synchronization?.mutex?.holding).toEqual([
    { mutex: "default/Mutex/m", holder: `default/one/${a}` },
  ])
})
