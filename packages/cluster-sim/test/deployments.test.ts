import type { JsonObject } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import { kind, type Loose, nodes, pods, type World, world } from "./world.js"

const deployments = kind("apps/v1", "Deployment")
const replicaSets = kind("apps/v1", "ReplicaSet")
const quotas = kind("v1", "ResourceQuota")
const key = { namespace: "default", name: "web" }
const labels = { app: "web" }

function template(image: string): JsonObject {
  return { metadata: { labels }, spec: { containers: [{ name: "main", image }] } }
}

function deployment(more: object = {}): Loose {
  const spec = { replicas: 3, selector: { matchLabels: labels }, template: template("app:1") }
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: key, spec: { ...spec, ...more } }
}

async function change({ sim }: World, spec: JsonObject): Promise<void> {
  await sim.cluster.patch(deployments, key, { type: "merge", patch: { spec } })
}

async function condition({ sim }: World, type: string): Promise<Loose | undefined> {
  const found = await sim.cluster.get(deployments, key)
  return found?.["status"].conditions.find((each: Loose) => each["type"] === type)
}

/** Every reason that a condition has while something is done. */
async function reasons(here: World, type: string, act: () => Promise<void>): Promise<string[]> {
  const seen: string[] = []
  const stop = here.sim.onWrite(({ kind: { plural }, after }) => {
    if (plural !== "deployments") return
    const { conditions = [] } = (after as Loose | undefined)?.["status"] ?? {}
    const reason = conditions.find((each: Loose) => each["type"] === type)?.reason
    if (reason !== undefined && seen.at(-1) !== reason) seen.push(reason)
  })
  await act()
  await here.clock.advance(60_000)
  stop()
  return seen
}

const events = async (here: World): Promise<string[]> =>
  (await here.events("ScalingReplicaSet")).map(({ message }) => message.replace(/web-\w+/, "web"))

describe("Deployment", () => {
  test("without a deadline tells of no progress, and keeps no more history than it is to", async () => {
    const here = world()
    const endless = { progressDeadlineSeconds: 2 ** 31 - 1, revisionHistoryLimit: 0 }
    await here.sim.cluster.create(deployments, deployment(endless))
    await here.clock.advance(30_000)
    await change(here, { template: template("app:2") })
    await here.clock.advance(60_000)
    expect(await condition(here, "Available")).toMatchObject({ status: "True" })
    expect(await condition(here, "Progressing")).toBeUndefined()
    expect((await here.sim.cluster.list(replicaSets)).items).toHaveLength(1)
    await change(here, { progressDeadlineSeconds: 60 })
    await here.clock.advance(1_000)
    expect(await condition(here, "Progressing")).toMatchObject({ reason: "NewReplicaSetAvailable" })
    await change(here, { progressDeadlineSeconds: 2 ** 31 - 1 })
    await here.clock.advance(1_000)
    expect(await condition(here, "Progressing")).toBeUndefined()
  })

  test("cleans up its history while it is paused, in the middle of a rollout", async () => {
    const here = world()
    await here.sim.cluster.create(deployments, deployment())
    await here.clock.advance(30_000)
    await change(here, { template: template("app:2") })
    await here.clock.advance(60_000)
    await change(here, { template: template("app:3") })
    await here.clock.advance(1_000)
    await change(here, { paused: true, revisionHistoryLimit: 0 })
    await here.clock.advance(1_000)
    const { items } = await here.sim.cluster.list(replicaSets)
    const images = items.map((set) => set["spec"].template.spec.containers[0].image)
    expect(images.toSorted()).toEqual(["app:2", "app:3"])
  })

  test("a rollout that is done stays done while it is scaled", async () => {
    const here = world()
    await here.sim.cluster.create(deployments, deployment())
    await here.clock.advance(30_000)
    const scaled = await reasons(here, "Progressing", () => change(here, { replicas: 6 }))
    expect(scaled).toEqual(["NewReplicaSetAvailable"])
  })

  test("going back to a template does not find its ReplicaSet anew", async () => {
    const here = world()
    await here.sim.cluster.create(deployments, deployment())
    await here.clock.advance(30_000)
    await change(here, { template: template("app:2") })
    await here.clock.advance(60_000)
    const back = await reasons(here, "Progressing", () =>
      change(here, { template: template("app:1") }),
    )
    expect(back).toEqual(["NewReplicaSetAvailable", "ReplicaSetUpdated", "NewReplicaSetAvailable"])
  })

  test("conditions are in the order in which they were last written", async () => {
    const here = world()
    await here.sim.cluster.create(deployments, deployment())
    await here.clock.advance(30_000)
    const types = async (): Promise<string[]> =>
      (await here.sim.cluster.get(deployments, key))?.["status"].conditions.map(
        ({ type }: { readonly type: string }) => type,
      )
    expect(await types()).toEqual(["Available", "Progressing"])
    await change(here, { replicas: 6 })
    await here.clock.advance(30_000)
    expect(await types()).toEqual(["Progressing", "Available"])
  })

  test("its ReplicaSet waits for pods as long as it does", async () => {
    const here = world()
    await here.sim.cluster.create(deployments, deployment())
    await here.clock.advance(30_000)
    await change(here, { minReadySeconds: 7 })
    await here.clock.advance(1_000)
    const { items } = await here.sim.cluster.list(replicaSets, { namespace: "default" })
    expect(items.map(({ spec }) => spec.minReadySeconds)).toEqual([7])
  })

  test("a Deployment of no pods tells of no scaling", async () => {
    const here = world()
    await here.sim.cluster.create(deployments, deployment({ replicas: 0 }))
    await here.clock.advance(30_000)
    expect(await events(here)).toEqual([])
    await change(here, { replicas: 2 })
    await here.clock.advance(30_000)
    expect(await events(here)).toEqual(["Scaled up replica set web from 0 to 2"])
  })

  test("a refused ReplicaSet is told, and made once it may be", async () => {
    const here = world()
    const { sim, clock } = here
    const quota = { namespace: "default", name: "none" }
    await sim.cluster.create(quotas, {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: quota,
      spec: { hard: { "count/replicasets.apps": "0" } },
    })
    await clock.advance(1_000)
    await sim.cluster.create(deployments, deployment())
    await clock.advance(5_000)
    const message = expect.stringMatching(
      /^Failed to create new replica set "web-\w+": .* exceeded quota: none/,
    )
    expect(await condition(here, "Progressing")).toMatchObject({
      status: "False",
      reason: "ReplicaSetCreateError",
      message,
    })
    expect(await here.events("ReplicaSetCreateError")).toMatchObject([{ type: "Warning", message }])
    await sim.cluster.delete(quotas, quota)
    await clock.advance(60_000)
    expect(await condition(here, "Progressing")).toMatchObject({
      status: "True",
      reason: "NewReplicaSetAvailable",
    })
    expect(here.problems).toEqual([])
  })

  test("pausing does not hide that a rollout has timed out", async () => {
    const here = world({ pods: { default: { readyMs: null } } })
    await here.sim.cluster.create(deployments, deployment({ progressDeadlineSeconds: 5 }))
    await here.clock.advance(30_000)
    await change(here, { paused: true })
    await here.clock.advance(30_000)
    expect(await condition(here, "Progressing")).toMatchObject({
      status: "False",
      reason: "ProgressDeadlineExceeded",
    })
  })

  test("a pod goes where the node has most of its kind, were it the oldest", async () => {
    const here = world({ nodes: [{ name: "a" }] })
    const { sim, clock } = here
    await sim.cluster.create(deployments, deployment({ replicas: 3 }))
    await clock.advance(600_000)
    await sim.cluster.create(nodes, { apiVersion: "v1", kind: "Node", metadata: { name: "b" } })
    await clock.advance(10_000)
    await change(here, { replicas: 4 })
    await clock.advance(10_000)
    await change(here, { replicas: 3 })
    await clock.advance(60_000)
    const { items } = await sim.cluster.list(pods, { namespace: "default" })
    expect(items.map(({ spec }) => spec.nodeName).toSorted()).toEqual(["a", "a", "b"])
  })
})
