import { describe, expect, test } from "vitest"
import { kind, type Loose, pod, pods, type World, world } from "./world.js"

const labels = { app: "web" }
const key = { namespace: "default", name: "web" }
const replicaSets = kind("apps/v1", "ReplicaSet")

function workload(name: string, more: object = {}): Loose {
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: "main", image: "app:1" }] },
  }
  const spec = { selector: { matchLabels: labels }, template, ...more }
  return { apiVersion: "apps/v1", kind: name, metadata: key, spec }
}

async function uids({ sim }: World): Promise<string[]> {
  const { items } = await sim.cluster.list(pods, { namespace: "default" })
  return items.map(({ metadata }) => metadata.uid).toSorted()
}

describe("A workload that is made anew", () => {
  test.each([
    ["Deployment", { replicas: 3 }],
    ["ReplicaSet", { replicas: 3 }],
    ["StatefulSet", { replicas: 3, serviceName: "web" }],
    ["DaemonSet", {}],
  ])("a %s takes the pods that the one before it left", async (name, spec) => {
    const here = world({ nodes: 3 })
    const { sim, clock } = here
    const workloads = kind("apps/v1", name)
    await sim.cluster.create(workloads, workload(name, spec))
    await clock.advance(60_000)
    const before = await uids(here)
    expect(before).toHaveLength(3)
    await sim.cluster.delete(workloads, key, { propagationPolicy: "Orphan" })
    await clock.advance(60_000)
    expect(await uids(here)).toEqual(before)
    const made = await sim.cluster.create(workloads, workload(name, spec))
    await clock.advance(60_000)
    expect(await uids(here)).toEqual(before)
    const owned = name === "Deployment" ? replicaSets : pods
    const { items } = await sim.cluster.list(owned, { namespace: "default" })
    const owners = items.map(({ metadata }) => metadata.ownerReferences?.[0]?.uid)
    expect(new Set(owners)).toEqual(new Set([made.metadata.uid]))
    expect(here.problems).toEqual([])
  })
})

test("a StatefulSet takes no pod that is not named after it, and lets go of one that it no longer selects", async () => {
  const { sim, clock, pod: get, problems } = world()
  const statefulSets = kind("apps/v1", "StatefulSet")
  await sim.cluster.create(
    statefulSets,
    workload("StatefulSet", { replicas: 1, serviceName: "web" }),
  )
  await sim.cluster.create(pods, pod({}, { name: "other", labels }))
  await clock.advance(30_000)
  expect((await get("other"))?.metadata.ownerReferences).toBeUndefined()
  const patch = { metadata: { labels: { app: "else" } } }
  await sim.cluster.patch(pods, { ...key, name: "web-0" }, { type: "merge", patch })
  await clock.advance(30_000)
  expect((await get("web-0"))?.metadata.ownerReferences ?? []).toEqual([])
  expect(problems).toEqual([])
})

test("a Deployment lets go of a ReplicaSet that it no longer selects, and makes another", async () => {
  const { sim, clock } = world()
  const deployments = kind("apps/v1", "Deployment")
  await sim.cluster.create(deployments, workload("Deployment", { replicas: 1 }))
  await clock.advance(30_000)
  const [set] = (await sim.cluster.list(replicaSets, { namespace: "default" })).items
  const patch = { metadata: { labels: { app: "else" } } }
  const name = set?.metadata.name ?? ""
  await sim.cluster.patch(replicaSets, { ...key, name }, { type: "merge", patch })
  await clock.advance(30_000)
  const { items } = await sim.cluster.list(replicaSets, { namespace: "default" })
  expect(items.map(({ metadata }) => (metadata.ownerReferences ?? []).length).toSorted()).toEqual([
    0, 1,
  ])
})
