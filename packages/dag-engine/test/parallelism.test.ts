import { createClusterSim } from "@argo-ts/cluster-sim"
import { createManager, joinShards } from "@argo-ts/k8s"
import { type KubernetesObject, silentLogger } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { describe, expect, test } from "vitest"
import { simulateExecutor, type Workflow, workflowKinds, workflows } from "../src/index.js"
import { type WorkflowParallelism, workflowControllers } from "../src/kubernetes/index.js"

const namespaces = builtInKind("v1", "Namespace")

interface Made {
  readonly namespace?: string
  readonly priority?: number
  readonly shutdown?: "Terminate"
}

/** One step of a minute. */
function workflow(name: string, { namespace = "default", ...spec }: Made = {}): Workflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name, namespace },
    spec: {
      ...spec,
      entrypoint: "main",
      templates: [{ name: "main", container: { image: "alpine", command: ["true"] } }],
    },
  }
}

async function open(parallelism: WorkflowParallelism) {
  const clock = createVirtualClock()
  const { cluster } = createClusterSim({ clock, kinds: workflowKinds })
  const start = () => {
    const executors = [simulateExecutor([{ node: "*", duration: "60s" }])]
    const controllers = workflowControllers({ executors, parallelism })
    const manager = createManager({ cluster, clock, logger: silentLogger })
      .add(...controllers)
      .start()
    const stop = async () => {
      controllers.close()
      await manager.stop()
    }
    return { ...controllers, limit: controllers.limit, stop }
  }
  const make = async (name: string, made?: Made) => {
    await cluster.create(workflows, workflow(name, made))
    await clock.advance(1000)
  }
  const running = async () => {
    const { items } = await cluster.list(workflows)
    return items
      .filter(({ status }) => status?.phase === "Running")
      .map((each) => each.metadata.name)
  }
  const namespace = async (name: string, limit?: string) => {
    const labels = limit === undefined ? {} : { "workflows.argoproj.io/parallelism-limit": limit }
    const object: KubernetesObject = {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, labels },
    }
    if (namespaces !== undefined)
      await cluster.apply(namespaces, object, { fieldManager: "test", force: true })
    await clock.advance(1000)
  }
  return { clock, cluster, start, make, running, namespace }
}

describe("the controller's parallelism", () => {
  test("so many workflows run; the next waits, and says why, until one has ended", async () => {
    const { clock, cluster, start, make, running } = await open({ parallelism: 2 })
    start()
    for (const name of ["a", "b", "c"]) await make(name)
    expect(await running()).toEqual(["a", "b"])
    const waiting = await cluster.get(workflows, { namespace: "default", name: "c" })
    expect(waiting?.status).toEqual({
      phase: "Pending",
      message:
        "Workflow processing has been postponed because too many workflows are already running",
    })
    await clock.advance(60_000)
    expect(await running()).toEqual(["c"])
    await clock.advance(70_000)
    const ended = await cluster.get(workflows, { namespace: "default", name: "c" })
    expect(ended?.status).toMatchObject({ phase: "Succeeded" })
    expect(ended?.status?.message).toBeUndefined()
  })

  test("those of larger priority go first, then the older", async () => {
    const { clock, start, make, running } = await open({ parallelism: 1 })
    start()
    await make("first")
    await make("old")
    await make("young")
    await make("important", { priority: 5 })
    const order: string[] = []
    for (let minute = 0; minute < 4; minute++) {
      order.push(...(await running()))
      await clock.advance(65_000)
    }
    expect(order).toEqual(["first", "important", "old", "young"])
  })

  test("a workflow to be terminated waits for no turn", async () => {
    const { cluster, start, make } = await open({ parallelism: 1 })
    start()
    await make("runs")
    await make("over", { shutdown: "Terminate" })
    const over = await cluster.get(workflows, { namespace: "default", name: "over" })
    expect(over?.status?.phase).toBe("Failed")
  })

  test("a workflow that is deleted gives its place in line, and its turn, to the next", async () => {
    const { clock, cluster, start, make, running } = await open({ parallelism: 1 })
    start()
    for (const name of ["a", "b", "c"]) await make(name)
    await cluster.delete(workflows, { namespace: "default", name: "b" })
    await cluster.delete(workflows, { namespace: "default", name: "a" })
    await clock.advance(1000)
    expect(await running()).toEqual(["c"])
  })

  test("those that ran before a restart are counted before anybody else is let in", async () => {
    const { clock, cluster, start, make, running } = await open({ parallelism: 1 })
    const { stop } = start()
    await make("z-runs")
    await stop()
    await cluster.create(workflows, workflow("a-new"))
    start()
    await clock.advance(1000)
    expect(await running()).toEqual(["z-runs"])
    await clock.advance(65_000)
    expect(await running()).toEqual(["a-new"])
  })

  test("a new limit counts at once, and stops nobody", async () => {
    const { clock, start, make, running } = await open({ parallelism: 1 })
    const { limit } = start()
    for (const name of ["a", "b", "c", "d"]) await make(name)
    limit({ parallelism: 3 })
    await clock.advance(1000)
    expect(await running()).toEqual(["a", "b", "c"])
    limit({ parallelism: 1 })
    await clock.advance(61_000)
    expect(await running()).toEqual(["d"])
    limit({ parallelism: 0 })
    for (const name of ["e", "f"]) await make(name)
    expect(await running()).toEqual(["d", "e", "f"])
  })
})

describe("a namespace's parallelism", () => {
  test("holds back its own workflows only, and the namespace's label says otherwise", async () => {
    const { start, make, running, namespace } = await open({ namespaceParallelism: 1 })
    await namespace("wide", "2")
    await namespace("plain")
    start()
    for (const name of ["a", "b", "c"]) await make(name, { namespace: "wide" })
    for (const name of ["d", "e"]) await make(name, { namespace: "plain" })
    expect(await running()).toEqual(["d", "a", "b"])
    await namespace("wide", "3")
    expect(await running()).toEqual(["d", "a", "b", "c"])
  })

  test("a full namespace does not hold up the controller's turns", async () => {
    const { start, make, running, namespace } = await open({
      parallelism: 2,
      namespaceParallelism: 1,
    })
    await namespace("busy")
    await namespace("quiet")
    start()
    for (const name of ["a", "b", "c"]) await make(name, { namespace: "busy" })
    await make("d", { namespace: "quiet" })
    expect(await running()).toEqual(["a", "d"])
  })
})

test("replicas count together", async () => {
  const { clock, cluster, make, running } = await open({})
  const common = { cluster, clock, logger: silentLogger }
  const join = (identity: string) => {
    const ownership = joinShards({ ...common, namespace: "default", group: "wf", identity })
    const executors = [simulateExecutor([{ node: "*", duration: "60s" }])]
    const parallelism = { parallelism: 3 }
    const controllers = workflowControllers({ executors, ownership, parallelism })
    createManager({ ...common, ownership })
      .add(...controllers)
      .start()
      .ready.catch(() => undefined)
  }
  for (const name of ["a", "b", "c"]) join(name)
  await clock.advance(20_000)
  const names = Array.from({ length: 9 }, (_, index) => `wf-${index}`)
  for (const name of names) await make(name)
  const counts: number[] = []
  for (let look = 0; look < 40; look++) {
    counts.push((await running()).length)
    await clock.advance(5000)
  }
  expect(Math.max(...counts)).toBe(3)
  await clock.advance(60_000)
  const { items } = await cluster.list(workflows)
  expect(items.map(({ status }) => status?.phase)).toEqual(names.map(() => "Succeeded"))
})
