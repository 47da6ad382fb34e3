import { describe, expect, test } from "vitest"
import { downAnnotation } from "../src/index.js"
import { type Loose, nodes, pod, pods, world } from "./world.js"

const small = { cpu: "1", memory: "1Gi", pods: "10" }
const asking = (cpu: string): object => ({
  containers: [{ name: "main", image: "app:1", resources: { requests: { cpu } } }],
})

function conditionOf(object: Loose | undefined, type: string): Loose | undefined {
  return object?.["status"]?.conditions?.find((each: Loose) => each["type"] === type)
}

describe("nodes", () => {
  test("a cluster begins with one node that is ready and has room for everything", async () => {
    const { clock, sim, problems } = world()
    await clock.advance(1_000)
    const { items } = await sim.cluster.list(nodes)
    expect(items.map(({ metadata }) => metadata.name)).toEqual(["node-0"])
    expect(conditionOf(items[0], "Ready")).toMatchObject({ status: "True", reason: "KubeletReady" })
    expect(items[0]?.["status"]).toMatchObject({
      allocatable: { cpu: "10k", pods: "100k" },
      addresses: [{ type: "InternalIP", address: "10.0.0.1" }, { address: "node-0" }],
    })
    expect(problems).toEqual([])
  })

  test("a node that is created later becomes ready and takes pods", async () => {
    const { clock, sim, pod: get } = world({ nodes: 0 })
    await sim.cluster.create(pods, pod())
    await clock.advance(5_000)
    expect(conditionOf(await get("web"), "PodScheduled")).toMatchObject({
      reason: "Unschedulable",
      message: "no nodes available to schedule pods",
    })
    const created = await sim.cluster.create(nodes, {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "late" },
    })
    expect(created["spec"].taints).toEqual([
      { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" },
    ])
    await clock.advance(5_000)
    const late = await sim.cluster.get(nodes, { name: "late" })
    expect(late?.["spec"]).not.toHaveProperty("taints")
    expect(await get("web")).toMatchObject({
      spec: { nodeName: "late" },
      status: { phase: "Running" },
    })
  })
})

describe("scheduling", () => {
  test("spreads by what is left, says why a pod waits, and goes on when something leaves", async () => {
    const list = ["a", "b"].map((name) => ({ name, capacity: small }))
    const { clock, sim, pod: get, events } = world({ nodes: list })
    for (const name of ["one", "two", "three"]) {
      await sim.cluster.create(pods, pod(asking("600m"), { name }))
    }
    await clock.advance(5_000)
    const placed = await Promise.all(["one", "two", "three"].map(get))
    expect(placed.map((each) => each?.["spec"].nodeName)).toEqual(["a", "b", undefined])
    expect(conditionOf(placed[2], "PodScheduled")).toMatchObject({
      status: "False",
      reason: "Unschedulable",
      message:
        "0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.",
    })
    expect(await events("FailedScheduling")).toMatchObject([
      { type: "Warning", action: "Scheduling", reportingComponent: "default-scheduler" },
    ])
    expect(await events("Scheduled")).toHaveLength(2)
    await sim.cluster.delete(pods, { namespace: "default", name: "two" })
    await clock.advance(60_000)
    expect(await get("three")).toMatchObject({
      spec: { nodeName: "b" },
      status: { phase: "Running" },
    })
  })

  test("spreads over zones as a pod says, and waits rather than crowd one", async () => {
    const list = ["a", "b"].map((name) => ({ name, labels: { zone: name } }))
    const { clock, sim, pod: get } = world({ nodes: list })
    const labelSelector = { matchLabels: { app: "web" } }
    const spread = { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" }
    const topologySpreadConstraints = [{ ...spread, labelSelector }]
    const create = (name: string, spec: object = {}) => {
      const labels = { app: "web" }
      return sim.cluster.create(pods, pod({ topologySpreadConstraints, ...spec }, { name, labels }))
    }
    await create("one")
    await create("two")
    await clock.advance(1_000)
    await sim.cluster.patch(
      nodes,
      { name: "b" },
      { type: "merge", patch: { spec: { unschedulable: true } } },
    )
    await create("three")
    await create("four")
    await clock.advance(5_000)
    const names = ["one", "two", "three", "four"]
    const placed = await Promise.all(names.map(get))
    expect(placed.map((each) => each?.["spec"].nodeName)).toEqual(["a", "b", "a", undefined])
    expect(conditionOf(placed[3], "PodScheduled")?.["message"]).toBe(
      "0/2 nodes are available: 1 node(s) didn't match pod topology spread constraints, 1 node(s) were unschedulable. preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.",
    )
    await sim.cluster.delete(pods, { namespace: "default", name: "one" })
    await clock.advance(60_000)
    expect(await get("four")).toMatchObject({ spec: { nodeName: "a" } })
  })

  test("places the more important pod first, gated ones not at all", async () => {
    const { clock, sim, pod: get } = world({ nodes: [{ name: "a", capacity: small }] })
    const first = asking("700m")
    await sim.cluster.create(pods, pod(first, { name: "low" }))
    const urgent = { ...asking("700m"), priorityClassName: "system-node-critical" }
    await sim.cluster.create(pods, pod(urgent, { name: "high" }))
    const gated = { schedulingGates: [{ name: "example.com/wait" }] }
    await sim.cluster.create(pods, pod(gated, { name: "gated" }))
    await clock.advance(5_000)
    expect((await get("high"))?.["spec"].nodeName).toBe("a")
    expect((await get("low"))?.["spec"].nodeName).toBeUndefined()
    expect(conditionOf(await get("gated"), "PodScheduled")).toMatchObject({
      reason: "SchedulingGated",
    })
    const patch = { spec: { schedulingGates: null } }
    await sim.cluster.patch(pods, { namespace: "default", name: "gated" }, { type: "merge", patch })
    await clock.advance(5_000)
    expect((await get("gated"))?.["spec"].nodeName).toBe("a")
  })

  test("a cordoned node takes no more pods and keeps those it has", async () => {
    const { clock, sim, pod: get } = world()
    await sim.cluster.create(pods, pod({}, { name: "before" }))
    await clock.advance(5_000)
    const cordon = (unschedulable: boolean) =>
      sim.cluster.patch(
        nodes,
        { name: "node-0" },
        { type: "merge", patch: { spec: { unschedulable } } },
      )
    await cordon(true)
    await clock.advance(1_000)
    await sim.cluster.create(pods, pod({}, { name: "after" }))
    await clock.advance(5_000)
    expect((await sim.cluster.get(nodes, { name: "node-0" }))?.["spec"].taints).toMatchObject([
      { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" },
    ])
    expect(conditionOf(await get("after"), "PodScheduled")?.["message"]).toContain(
      "1 node(s) were unschedulable",
    )
    expect((await get("before"))?.["status"].phase).toBe("Running")
    await cordon(false)
    await clock.advance(5_000)
    expect((await get("after"))?.["spec"].nodeName).toBe("node-0")
    expect((await sim.cluster.get(nodes, { name: "node-0" }))?.["spec"].taints).toBeUndefined()
  })
})

describe("a lost node", () => {
  const down = (value: string | null) => ({
    type: "merge" as const,
    patch: { metadata: { annotations: { [downAnnotation]: value } } },
  })

  test("is unknown after 40 s, its pods are unready, and evicted when their patience ends", async () => {
    const { clock, sim, pod: get, problems } = world({ nodes: 2 })
    const hasty = {
      tolerations: [
        {
          key: "node.kubernetes.io/unreachable",
          operator: "Exists",
          effect: "NoExecute",
          tolerationSeconds: 10,
        },
      ],
    }
    await sim.cluster.create(pods, pod(hasty, { name: "hasty" }))
    await clock.advance(5_000)
    const name = (await get("hasty"))?.["spec"].nodeName as string
    await sim.cluster.create(pods, pod({ nodeSelector: { "kubernetes.io/hostname": name } }))
    await clock.advance(5_000)
    await sim.cluster.patch(nodes, { name }, down("true"))
    await clock.advance(39_000)
    expect(conditionOf(await sim.cluster.get(nodes, { name }), "Ready")?.["status"]).toBe("True")
    await clock.advance(2_000)
    const lost = await sim.cluster.get(nodes, { name })
    expect(conditionOf(lost, "Ready")).toMatchObject({
      status: "Unknown",
      reason: "NodeStatusUnknown",
    })
    expect(lost?.["spec"].taints).toMatchObject([
      { key: "node.kubernetes.io/unreachable", effect: "NoSchedule" },
      { key: "node.kubernetes.io/unreachable", effect: "NoExecute" },
    ])
    expect(conditionOf(await get("web"), "Ready")?.["status"]).toBe("False")
    await clock.advance(20_000)
    expect((await get("hasty"))?.metadata.deletionTimestamp).toBeDefined()
    expect((await get("web"))?.metadata.deletionTimestamp).toBeUndefined()
    await clock.advance(300_000)
    expect((await get("web"))?.metadata.deletionTimestamp).toBeDefined()
    await sim.cluster.patch(nodes, { name }, down(null))
    await clock.advance(60_000)
    expect([await get("web"), await get("hasty")]).toEqual([undefined, undefined])
    const back = await sim.cluster.get(nodes, { name })
    expect(conditionOf(back, "Ready")?.["status"]).toBe("True")
    expect(back?.["spec"].taints).toBeUndefined()
    expect(problems).toEqual([])
  })

  test("takes its pods along when it is deleted", async () => {
    const { clock, sim, pod: get } = world()
    await sim.cluster.create(pods, pod())
    await clock.advance(5_000)
    await sim.cluster.delete(nodes, { name: "node-0" })
    await clock.advance(1_000)
    expect(await get("web")).toBeUndefined()
  })
})
