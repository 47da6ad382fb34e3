import type { JsonObject, Stored } from "@argo-ts/kernel"
import { expect } from "vitest"
import {
  awaitObject,
  conditionOf,
  countOf,
  type Doing,
  mergeInto,
  messagesAbout,
  objectsOf,
  objectsSeen,
  podKind,
  podOf,
  recordFromNow,
  templateOf,
  workloads,
} from "./workload-pods.js"
import { type ConformanceCase, type ConformanceWorld, kinds, type Loose, until } from "./world.js"

const { deployments } = kinds
const { replicaSets } = workloads
const revision = "deployment.kubernetes.io/revision"
const labels = { app: "d" }

/** A Deployment `d` whose pods carry a number that makes its template another. */
function deploymentOf(
  { namespace }: ConformanceWorld,
  spec: JsonObject,
  { doing = "lasts", round = "1" }: { readonly doing?: Doing; readonly round?: string } = {},
): Loose {
  const template = templateOf({ ...labels, round }, doing)
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace, name: "d" },
    spec: { selector: { matchLabels: labels }, template, ...spec },
  }
}

/** Makes the template of `d` another. */
function reround(
  world: ConformanceWorld,
  round: string,
  doing: Doing = "lasts",
): Promise<Stored<Loose>> {
  const template = templateOf({ ...labels, round }, doing)
  return mergeInto(world, deployments, "d", { spec: { template } })
}

/** Waits until every pod of `d` is of its template and ready. */
function complete(world: ConformanceWorld): Promise<Stored<Loose>> {
  return awaitObject(world, deployments, {
    name: "d",
    what: "is complete",
    is(object) {
      const wanted = Number(object.spec?.["replicas"] ?? 0)
      const { observedGeneration } = (object.status ?? {}) as { observedGeneration?: number }
      const counts = ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"]
      return (
        observedGeneration === object.metadata.generation &&
        counts.every((field) => countOf(object, field) === wanted)
      )
    },
  })
}

async function setOfRound(
  world: ConformanceWorld,
  round: string,
): Promise<Stored<Loose> | undefined> {
  return (await objectsOf(world, replicaSets, { round }))[0]
}

const sizeOf = (set: Loose | undefined): number => Number(set?.spec?.["replicas"] ?? 0)

function noteOf(object: Loose | undefined, name: string): string | undefined {
  return object?.metadata.annotations?.[`deployment.kubernetes.io/${name}`]
}

/** Deployments and ReplicaSets, by spec/cluster §12 H. */
export const deploymentCases: readonly ConformanceCase[] = [
  {
    name: "137: a Deployment makes a ReplicaSet, which makes pods, each told by labels, notes and owner",
    async run(world) {
      const made = await world.cluster.create(deployments, deploymentOf(world, { replicas: 10 }))
      const done = await complete(world)
      expect(conditionOf(done, "Available")).toMatchObject({
        status: "True",
        reason: "MinimumReplicasAvailable",
        message: "Deployment has minimum availability.",
      })
      const sets = await objectsOf(world, replicaSets, labels)
      expect(sets).toHaveLength(1)
      const [set] = sets as [Stored<Loose>]
      const hash = set.metadata.labels?.["pod-template-hash"] ?? ""
      expect(hash).not.toBe("")
      expect(set.metadata.name).toBe(`d-${hash}`)
      expect(set.metadata.annotations).toMatchObject({
        [revision]: "1",
        "deployment.kubernetes.io/desired-replicas": "10",
        "deployment.kubernetes.io/max-replicas": "13",
      })
      expect(set.metadata.ownerReferences).toEqual([
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          name: "d",
          uid: made.metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ])
      expect(conditionOf(done, "Progressing")).toMatchObject({
        status: "True",
        reason: "NewReplicaSetAvailable",
        message: `ReplicaSet "${set.metadata.name}" has successfully progressed.`,
      })
      expect(noteOf(done, "revision")).toBe("1")
      const pods = await objectsOf(world, podKind, labels)
      expect(pods).toHaveLength(10)
      for (const { metadata } of pods) {
        expect(metadata.generateName).toBe(`${set.metadata.name}-`)
        expect(metadata.labels).toMatchObject({ app: "d", "pod-template-hash": hash })
        expect(metadata.ownerReferences).toMatchObject([
          { kind: "ReplicaSet", name: set.metadata.name, uid: set.metadata.uid, controller: true },
        ])
      }
    },
  },
  {
    name: "138, 139: a rollout keeps between its fenceposts; an old template takes its ReplicaSet back",
    async run(world) {
      await world.cluster.create(deployments, deploymentOf(world, { replicas: 10 }))
      await complete(world)
      const first = await setOfRound(world, "1")
      const sets = await recordFromNow(world, replicaSets)
      const states = await recordFromNow(world, deployments)
      await reround(world, "2")
      const done = await complete(world)
      const second = await setOfRound(world, "2")
      expect(noteOf(done, "revision")).toBe("2")
      expect(noteOf(second, "revision")).toBe("2")
      const sizes = new Map([[first?.metadata.name, 10]])
      for (const { object } of objectsSeen(sets)) {
        sizes.set(object.metadata.name, sizeOf(object))
        const total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
        expect(total).toBeLessThanOrEqual(13)
      }
      for (const { object } of objectsSeen(states))
        expect(countOf(object, "availableReplicas")).toBeGreaterThanOrEqual(8)
      for (const each of [sets, states]) each.stop()
      const messages = await messagesAbout(world, "d", "ScalingReplicaSet")
      expect(messages.slice(1, 3)).toEqual([
        `Scaled up replica set ${second?.metadata.name} from 0 to 3`,
        `Scaled down replica set ${first?.metadata.name} from 10 to 8`,
      ])
      await reround(world, "1")
      await complete(world)
      const back = await setOfRound(world, "1")
      expect(back?.metadata.uid).toBe(first?.metadata.uid)
      expect(noteOf(back, "revision")).toBe("3")
      expect(noteOf(back, "revision-history")).toBe("1")
    },
  },
  {
    name: "140: what makes no progress says so in time, and is scaled in proportion",
    async run(world) {
      const strategy = {
        type: "RollingUpdate",
        rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
      }
      const spec = { replicas: 3, progressDeadlineSeconds: 4, strategy }
      await world.cluster.create(deployments, deploymentOf(world, spec))
      await complete(world)
      await reround(world, "2", "unready")
      const stuck = await awaitObject(world, deployments, {
        name: "d",
        what: "exceeds its deadline",
        is: (object) => conditionOf(object, "Progressing")?.["status"] === "False",
      })
      const { name } = (await setOfRound(world, "2"))?.metadata ?? {}
      expect(conditionOf(stuck, "Progressing")).toMatchObject({
        reason: "ProgressDeadlineExceeded",
        message: `ReplicaSet "${name}" has timed out progressing.`,
      })
      await mergeInto(world, deployments, "d", { spec: { replicas: 6 } })
      await until(world, "each ReplicaSet has its share", async () => {
        const [old, fresh] = [await setOfRound(world, "1"), await setOfRound(world, "2")]
        return sizeOf(old) === 5 && sizeOf(fresh) === 2
      })
    },
  },
  {
    name: "141: a paused Deployment rolls nothing out until it is resumed",
    async run(world) {
      await world.cluster.create(deployments, deploymentOf(world, { replicas: 1 }))
      await complete(world)
      await mergeInto(world, deployments, "d", { spec: { paused: true } })
      const progressing = (reason: string): Promise<Loose> =>
        awaitObject(world, deployments, {
          name: "d",
          what: `is ${reason}`,
          is: (object) => conditionOf(object, "Progressing")?.["reason"] === reason,
        })
      const paused = await progressing("DeploymentPaused")
      expect(conditionOf(paused, "Progressing")).toMatchObject({ status: "Unknown" })
      await reround(world, "2")
      await world.settle()
      expect(await setOfRound(world, "2")).toBeUndefined()
      await mergeInto(world, deployments, "d", { spec: { paused: null } })
      await progressing("NewReplicaSetAvailable")
      expect(sizeOf(await setOfRound(world, "2"))).toBe(1)
    },
  },
  {
    name: "142: Recreate makes nothing new while anything old is there",
    async run(world) {
      const spec = { replicas: 2, strategy: { type: "Recreate" } }
      await world.cluster.create(deployments, deploymentOf(world, spec))
      await complete(world)
      const present = new Set((await objectsOf(world, podKind, { round: "1" })).map(uidOf))
      expect(present.size).toBe(2)
      const pods = await recordFromNow(world, podKind)
      await reround(world, "2")
      await complete(world)
      const seen = objectsSeen(pods)
      pods.stop()
      for (const { type, object } of seen) {
        if (type === "DELETED") present.delete(uidOf(object))
        if (type === "ADDED" && object.metadata.labels?.["round"] === "2")
          expect([...present]).toEqual([])
      }
      expect(seen.filter(({ type }) => type === "ADDED")).toHaveLength(2)
    },
  },
  {
    name: "143: a ReplicaSet adopts pods that it selects and lets go those that it does not",
    async run(world) {
      const { cluster, namespace } = world
      const orphan = await cluster.create(
        podKind,
        podOf(world, { name: "orphan", labels: { app: "r" } }),
      )
      const own = { app: "r" }
      const set = await cluster.create(replicaSets, {
        apiVersion: "apps/v1",
        kind: "ReplicaSet",
        metadata: { namespace, name: "r" },
        spec: { replicas: 2, selector: { matchLabels: own }, template: templateOf(own) },
      })
      const ready = {
        name: "r",
        what: "is ready",
        is: (object: Loose): boolean => countOf(object, "readyReplicas") === 2,
      }
      await awaitObject(world, replicaSets, ready)
      const adopted = await cluster.get(podKind, { namespace, name: "orphan" })
      expect(adopted?.metadata.uid).toBe(orphan.metadata.uid)
      expect(adopted?.metadata.ownerReferences).toMatchObject([
        { name: "r", uid: set.metadata.uid, controller: true, blockOwnerDeletion: true },
      ])
      expect(await objectsOf(world, podKind, own)).toHaveLength(2)
      await mergeInto(world, podKind, "orphan", { metadata: { labels: { app: "other" } } })
      await until(world, "the pod is let go and replaced", async () => {
        const pod = await cluster.get(podKind, { namespace, name: "orphan" })
        const others = await objectsOf(world, podKind, own)
        return pod?.metadata.ownerReferences === undefined && others.length === 2
      })
    },
  },
]

function uidOf({ metadata }: Loose): string {
  return metadata.uid ?? ""
}
