import type { Kind, KubernetesObject, Stored } from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { describe, expect, test } from "vitest"
import type { ClusterSim } from "../src/index.js"
import { world } from "./world.js"

interface Loose extends KubernetesObject {
  readonly spec: { readonly [key: string]: never }
  readonly status?: { readonly [key: string]: never }
}

function kind(apiVersion: string, name: string): Kind<Loose> {
  return builtInKind(apiVersion, name) as Kind<Loose>
}

const pods = kind("v1", "Pod")
const events = kind("v1", "Event")
const namespaces = kind("v1", "Namespace")
const replicaSets = kind("apps/v1", "ReplicaSet")
const deployments = kind("apps/v1", "Deployment")
const jobs = kind("batch/v1", "Job")
const web = { namespace: "default", name: "web" }

function deployment(image: string, more: object = {}): Loose {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { ...web },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "main", image }] },
      },
      ...more,
    },
  } as unknown as Loose
}

async function setImage(sim: ClusterSim, image: string): Promise<void> {
  const patch = { spec: { template: { spec: { containers: [{ name: "main", image }] } } } }
  await sim.cluster.patch(deployments, web, { type: "strategic", patch })
}

async function sets(sim: ClusterSim): Promise<readonly Stored<Loose>[]> {
  return (await sim.cluster.list(replicaSets, { namespace: "default" })).items
}

describe("Deployment", () => {
  test("makes a ReplicaSet with ready pods and says so", async () => {
    const { clock, sim, problems } = world()
    await sim.cluster.create(deployments, deployment("app:1"))
    await clock.advance(60_000)
    const [set] = await sets(sim)
    expect(set?.metadata.annotations).toMatchObject({ "deployment.kubernetes.io/revision": "1" })
    const all = await sim.cluster.list(pods, { namespace: "default" })
    expect(all.items).toHaveLength(3)
    expect(all.items.every((pod) => pod.status?.["phase"] === "Running")).toBe(true)
    const web1 = await sim.cluster.get(deployments, web)
    expect(web1?.metadata.annotations).toMatchObject({ "deployment.kubernetes.io/revision": "1" })
    expect(web1?.metadata.generation).toBe(1)
    expect(web1?.status).toMatchObject({
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      conditions: [
        { type: "Available", status: "True", reason: "MinimumReplicasAvailable" },
        { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" },
      ],
    })
    expect(problems).toEqual([])
  })

  test("rolls ten pods within its fenceposts, and back to the first template", async () => {
    const { clock, sim, problems } = world()
    await sim.cluster.create(deployments, deployment("app:1", { replicas: 10 }))
    await clock.advance(60_000)
    const wanted = new Map<string, number>()
    for (const set of await sets(sim)) wanted.set(set.metadata.name, set.spec["replicas"] ?? 0)
    const totals: number[] = []
    const available: number[] = []
    sim.onWrite(({ kind: { plural }, key, after }) => {
      const { spec, status } = (after ?? {}) as unknown as Partial<Loose>
      if (plural === "replicasets") wanted.set(key.name, spec?.["replicas"] ?? 0)
      if (plural === "deployments") available.push(status?.["availableReplicas"] ?? 0)
      totals.push([...wanted.values()].reduce((total, each) => total + each, 0))
    })
    await setImage(sim, "app:2")
    await clock.advance(120_000)
    expect(Math.max(...totals)).toBeLessThanOrEqual(13)
    expect(Math.min(...available)).toBeGreaterThanOrEqual(8)
    const told = (await sim.cluster.list(events, { namespace: "default" }))
      .items as readonly (KubernetesObject & {
      readonly source?: { readonly component?: string }
    })[]
    expect([...new Set(told.map(({ source }) => source?.component ?? ""))].toSorted()).toEqual([
      "",
      "deployment-controller",
      "kubelet",
      "replicaset-controller",
    ])
    const scalings = told
      .filter((event) => (event as unknown as { reason: string }).reason === "ScalingReplicaSet")
      .map((event) => (event as unknown as { message: string }).message)
    expect(scalings).toContainEqual(
      expect.stringMatching(/^Scaled up replica set web-\w+ from 0 to 3$/),
    )
    expect(scalings).toContainEqual(
      expect.stringMatching(/^Scaled down replica set web-\w+ from 10 to 8$/),
    )
    await setImage(sim, "app:1")
    await clock.advance(120_000)
    const all = await sets(sim)
    const back = all.find((set) => set.spec["replicas"] === 10)
    expect(back?.metadata.annotations).toMatchObject({
      "deployment.kubernetes.io/revision": "3",
      "deployment.kubernetes.io/revision-history": "1",
    })
    expect(problems).toEqual([])
  })

  test("reports a missed progress deadline and shares replicas when scaled meanwhile", async () => {
    const pods = { rules: [{ image: "bad", behavior: { readyMs: null } }] }
    const { clock, sim } = world({ pods })
    const strategy = { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
    await sim.cluster.create(
      deployments,
      deployment("app:1", { strategy, progressDeadlineSeconds: 4 }),
    )
    await clock.advance(30_000)
    await setImage(sim, "bad:2")
    await clock.advance(30_000)
    const stuck = await sim.cluster.get(deployments, web)
    expect(stuck?.status?.["conditions"]).toContainEqual(
      expect.objectContaining({ reason: "ProgressDeadlineExceeded", status: "False" }),
    )
    const patch = { spec: { replicas: 6 } }
    await sim.cluster.patch(deployments, web, { type: "merge", patch }, { subresource: "scale" })
    await clock.advance(30_000)
    expect((await sets(sim)).map((set) => set.spec["replicas"]).toSorted()).toEqual([2, 5])
  })

  test("Recreate starts no new pod before the last old one is gone", async () => {
    const { clock, sim } = world({ pods: { default: { terminateMs: 7_000 } } })
    await sim.cluster.create(deployments, deployment("app:1", { strategy: { type: "Recreate" } }))
    await clock.advance(30_000)
    let most = 0
    const alive = new Set<string>()
    sim.onWrite(({ kind: { plural }, key, after }) => {
      if (plural !== "pods") return
      if (after === undefined) alive.delete(key.name)
      else alive.add(key.name)
      most = Math.max(most, alive.size)
    })
    await setImage(sim, "app:2")
    await clock.advance(60_000)
    expect(most).toBe(3)
    expect((await sim.cluster.get(deployments, web))?.status?.["updatedReplicas"]).toBe(3)
  })

  test("deleting it takes everything along; Orphan leaves the ReplicaSet, which the next one takes", async () => {
    const { clock, sim } = world()
    await sim.cluster.create(deployments, deployment("app:1"))
    await clock.advance(30_000)
    await sim.cluster.delete(deployments, web, { propagationPolicy: "Orphan" })
    await clock.advance(30_000)
    expect(await sets(sim)).toHaveLength(1)
    const podsLeft = async () => (await sim.cluster.list(pods, { namespace: "default" })).items
    expect(await podsLeft()).toHaveLength(3)
    await sim.cluster.create(deployments, deployment("app:1"))
    await clock.advance(30_000)
    expect(await sets(sim)).toHaveLength(1)
    await sim.cluster.delete(deployments, web, { propagationPolicy: "Foreground" })
    await clock.advance(60_000)
    expect(await sim.cluster.get(deployments, web)).toBeUndefined()
    expect(await podsLeft()).toEqual([])
  })
})

function job(more: object = {}, annotations: object = {}): Loose {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { ...web },
    spec: {
      template: {
        metadata: { annotations },
        spec: { restartPolicy: "Never", containers: [{ name: "main", image: "app:1" }] },
      },
      ...more,
    },
  } as unknown as Loose
}

const script = (behavior: object): object => ({
  "sim.argo-ts.dev/script": JSON.stringify(behavior),
})

describe("Job", () => {
  test("completes, two at a time, and expires", async () => {
    const { clock, sim, problems } = world()
    await sim.cluster.create(
      jobs,
      job({ completions: 3, parallelism: 2, ttlSecondsAfterFinished: 60 }),
    )
    await clock.advance(20_000)
    const done = await sim.cluster.get(jobs, web)
    expect(done?.status).toMatchObject({ succeeded: 3, completionTime: "2026-01-01T00:00:04Z" })
    expect(done?.status?.["conditions"]).toMatchObject([
      { type: "SuccessCriteriaMet", reason: "CompletionsReached" },
      { type: "Complete", status: "True" },
    ])
    await clock.advance(60_000)
    const left = await sim.cluster.list(pods, { namespace: "default" })
    expect([await sim.cluster.get(jobs, web), left.items]).toEqual([undefined, []])
    expect(problems).toEqual([])
  })

  test("backs off between failures and gives up", async () => {
    const { clock, sim } = world()
    await sim.cluster.create(jobs, job({ backoffLimit: 1 }, script({ exitCode: 3 })))
    await clock.advance(11_000)
    expect((await sim.cluster.list(pods, { namespace: "default" })).items).toHaveLength(1)
    await clock.advance(20_000)
    expect((await sim.cluster.get(jobs, web))?.status).toMatchObject({
      failed: 2,
      conditions: [
        { type: "FailureTarget", reason: "BackoffLimitExceeded" },
        { type: "Failed", status: "True", reason: "BackoffLimitExceeded" },
      ],
    })
  })

  test("exceeds its deadline, is suspended, counts indexes", async () => {
    const { clock, sim } = world()
    await sim.cluster.create(jobs, job({ activeDeadlineSeconds: 5 }, script({ exitMs: null })))
    await clock.advance(20_000)
    expect((await sim.cluster.get(jobs, web))?.status?.["conditions"]).toContainEqual(
      expect.objectContaining({ type: "Failed", reason: "DeadlineExceeded" }),
    )
    await sim.cluster.delete(jobs, web, { propagationPolicy: "Background" })
    const indexed = { completions: 3, parallelism: 3, completionMode: "Indexed", suspend: true }
    await sim.cluster.create(jobs, job(indexed))
    await clock.advance(20_000)
    expect((await sim.cluster.get(jobs, web))?.status?.["conditions"]).toMatchObject([
      { type: "Suspended", status: "True" },
    ])
    await sim.cluster.patch(jobs, web, { type: "merge", patch: { spec: { suspend: false } } })
    await clock.advance(20_000)
    expect((await sim.cluster.get(jobs, web))?.status).toMatchObject({ completedIndexes: "0-2" })
  })
})

describe("pods", () => {
  test("crash, back off and start again", async () => {
    const { clock, sim } = world({ pods: { default: { exitMs: 2_000, exitCode: 1 } } })
    const spec = { containers: [{ name: "main", image: "app" }] }
    await sim.cluster.create(pods, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: web,
      spec,
    } as unknown as Loose)
    await clock.advance(5_000)
    const states = async (): Promise<unknown> => {
      const { status } = (await sim.cluster.get(pods, web)) ?? {}
      return (status?.["containerStatuses"] as unknown as object[] | undefined)?.[0]
    }
    expect(await states()).toMatchObject({
      restartCount: 1,
      state: { waiting: { reason: "CrashLoopBackOff" } },
    })
    await clock.advance(10_000)
    expect(await states()).toMatchObject({ restartCount: 2, state: { running: {} } })
  })

  test("an image that cannot be pulled keeps a pod pending", async () => {
    const { clock, sim } = world({
      pods: { rules: [{ image: "app", behavior: { pullError: "no such image" } }] },
    })
    const spec = { containers: [{ name: "main", image: "app:9" }] }
    await sim.cluster.create(pods, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: web,
      spec,
    } as unknown as Loose)
    await clock.advance(60_000)
    expect((await sim.cluster.get(pods, web))?.status).toMatchObject({
      phase: "Pending",
      containerStatuses: [
        { state: { waiting: { reason: "ImagePullBackOff", message: "no such image" } } },
      ],
    })
  })
})

describe("Namespace", () => {
  test("refuses new content at once, empties after five seconds, then goes", async () => {
    const { clock, sim } = world({ namespaces: ["shop"] })
    const metadata = { namespace: "shop", name: "web" }
    await sim.cluster.create(deployments, { ...deployment("app:1"), metadata })
    await clock.advance(10_000)
    await sim.cluster.delete(namespaces, { name: "shop" })
    await expect(
      sim.cluster.create(deployments, {
        ...deployment("app:1"),
        metadata: { ...metadata, name: "late" },
      }),
    ).rejects.toThrow(
      'deployments.apps "late" is forbidden: unable to create new content in namespace shop because it is being terminated',
    )
    await clock.advance(4_000)
    expect((await sim.cluster.list(pods, { namespace: "shop" })).items).toHaveLength(3)
    await clock.advance(30_000)
    expect(await sim.cluster.get(namespaces, { name: "shop" })).toBeUndefined()
    expect((await sim.cluster.list(pods)).items).toEqual([])
  })
})
