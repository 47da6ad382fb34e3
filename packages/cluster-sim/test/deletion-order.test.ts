import { describe, expect, test } from "vitest"
import { kind, type Loose, pods, type World, world } from "./world.js"

const labels = { app: "web" }

function workload(name: "Deployment" | "ReplicaSet", replicas: number, more: object = {}): Loose {
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: "main", image: "app:1" }], ...more },
  }
  return {
    apiVersion: "apps/v1",
    kind: name,
    metadata: { namespace: "default", name: "web" },
    spec: { replicas, selector: { matchLabels: labels }, template },
  }
}

const key = { namespace: "default", name: "web" }

async function resize({ sim, clock }: World, name: string, replicas: number): Promise<void> {
  const patch = { spec: { replicas } }
  await sim.cluster.patch(kind("apps/v1", name), key, { type: "merge", patch })
  await clock.advance(60_000)
}

async function members({ sim }: World): Promise<readonly Loose[]> {
  return (await sim.cluster.list(pods, { namespace: "default" })).items
}

describe("pods that a ReplicaSet has too many of", () => {
  test("go from the node on which the Deployment has the most", async () => {
    const here = world({ nodes: 3 })
    await here.sim.cluster.create(kind("apps/v1", "Deployment"), workload("Deployment", 9))
    await here.clock.advance(30_000)
    for (let left = 9; left > 1; left--) {
      const before = await members(here)
      const on = (node: string): number =>
        before.filter((pod) => pod["spec"].nodeName === node).length
      const most = Math.max(...before.map((pod) => on(pod["spec"].nodeName)))
      await resize(here, "Deployment", left - 1)
      const stayed = new Set((await members(here)).map(({ metadata }) => metadata.uid))
      const gone = before.filter(({ metadata }) => !stayed.has(metadata.uid))
      expect(gone.map((pod) => on(pod["spec"].nodeName))).toEqual([most])
    }
  })

  test("are the younger ones where those are much younger, else whichever it happens to be", async () => {
    const here = world()
    await here.sim.cluster.create(kind("apps/v1", "ReplicaSet"), workload("ReplicaSet", 2))
    await here.clock.advance(3_600_000)
    const old = (await members(here)).map(({ metadata }) => metadata.uid)
    await resize(here, "ReplicaSet", 4)
    await resize(here, "ReplicaSet", 2)
    const uids = async () => (await members(here)).map(({ metadata }) => metadata.uid)
    expect((await uids()).toSorted()).toEqual(old.toSorted())
    await resize(here, "ReplicaSet", 4)
    await here.clock.advance(36_000_000)
    const alike = await uids()
    await resize(here, "ReplicaSet", 3)
    expect((await uids()).toSorted()).toEqual(alike.toSorted().slice(1))
  })

  test("keep those of a Job that are ready the longest, whatever they cost", async () => {
    const here = world({ pods: { default: { exitMs: 3_600_000 } } })
    const job = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: key,
      spec: {
        parallelism: 1,
        completions: 9,
        template: workload("ReplicaSet", 1, { restartPolicy: "Never" })["spec"].template,
      },
    }
    await here.sim.cluster.create(kind("batch/v1", "Job"), job)
    await here.clock.advance(10_000)
    const [first] = await members(here)
    const annotations = { "controller.kubernetes.io/pod-deletion-cost": "-10" }
    await here.sim.cluster.patch(
      pods,
      { namespace: "default", name: first?.metadata.name ?? "" },
      { type: "merge", patch: { metadata: { annotations } } },
    )
    for (const parallelism of [2, 1]) {
      const patch = { spec: { parallelism } }
      await here.sim.cluster.patch(kind("batch/v1", "Job"), key, { type: "merge", patch })
      await here.clock.advance(60_000)
    }
    expect((await members(here)).map(({ metadata }) => metadata.uid)).toEqual([first?.metadata.uid])
  })
})
