import type { JsonObject, Stored } from "@argo-ts/kernel"
import { expect } from "vitest"
import {
  awaitObject,
  countOf,
  mergeInto,
  objectsOf,
  objectsSeen,
  podKind,
  recordFromNow,
  templateOf,
  workloads,
} from "./workload-pods.js"
import { type ConformanceCase, type ConformanceWorld, type Loose, until } from "./world.js"

const { daemonSets, nodes, statefulSets } = workloads
const labels = { app: "s" }

function statefulSet(world: ConformanceWorld, spec: JsonObject): Promise<Stored<Loose>> {
  return world.cluster.create(statefulSets, {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { namespace: world.namespace, name: "s" },
    spec: {
      replicas: 3,
      serviceName: "s",
      selector: { matchLabels: labels },
      template: templateOf({ ...labels, round: "1" }),
      ...spec,
    },
  })
}

function ready(world: ConformanceWorld, count: number): Promise<Stored<Loose>> {
  return awaitObject(world, statefulSets, {
    name: "s",
    what: `has ${count} ready pods`,
    is: (object) =>
      ["replicas", "readyReplicas"].every((field) => countOf(object, field) === count),
  })
}

const reround = (world: ConformanceWorld, round: string): Promise<Stored<Loose>> =>
  mergeInto(world, statefulSets, "s", { spec: { template: templateOf({ ...labels, round }) } })

/** `s-0:1`: which pod is of which round. */
async function rounds(world: ConformanceWorld): Promise<readonly string[]> {
  const pods = await objectsOf(world, podKind, labels)
  return pods.map(({ metadata }) => `${metadata.name}:${metadata.labels?.["round"]}`).toSorted()
}

/** StatefulSets and DaemonSets, by spec/cluster §12 H. */
export const setCases: readonly ConformanceCase[] = [
  {
    name: "144: a StatefulSet goes up in order, updates down to its partition and goes down in reverse",
    async run(world) {
      const pods = await recordFromNow(world, podKind)
      const rollingUpdate = { partition: 2 }
      await statefulSet(world, { updateStrategy: { type: "RollingUpdate", rollingUpdate } })
      const set = await ready(world, 3)
      const added = objectsSeen(pods).filter(({ type }) => type === "ADDED")
      expect(added.map(({ object }) => object.metadata.name)).toEqual(["s-0", "s-1", "s-2"])
      const first = await world.cluster.get(podKind, { namespace: world.namespace, name: "s-0" })
      expect(first?.metadata.labels).toMatchObject({
        "statefulset.kubernetes.io/pod-name": "s-0",
        "apps.kubernetes.io/pod-index": "0",
        "controller-revision-hash": set.status?.["currentRevision"],
      })
      expect(first?.spec).toMatchObject({ hostname: "s-0", subdomain: "s" })
      await reround(world, "2")
      await until(world, "the pods from the partition on are updated", async () => {
        const found = await rounds(world)
        return found.includes("s-2:2")
      })
      await ready(world, 3)
      await world.settle()
      expect(await rounds(world)).toEqual(["s-0:1", "s-1:1", "s-2:2"])
      const before = objectsSeen(pods).length
      await mergeInto(world, statefulSets, "s", { spec: { replicas: 1 } })
      await ready(world, 1)
      const gone = objectsSeen(pods).slice(before)
      const deleted = gone.filter(({ type }) => type === "DELETED")
      expect(deleted.map(({ object }) => object.metadata.name)).toEqual(["s-2", "s-1"])
      pods.stop()
    },
  },
  {
    name: "144: with OnDelete a pod is of the new template when somebody has deleted it",
    async run(world) {
      await statefulSet(world, { replicas: 2, updateStrategy: { type: "OnDelete" } })
      await ready(world, 2)
      await reround(world, "2")
      await world.settle()
      expect(await rounds(world)).toEqual(["s-0:1", "s-1:1"])
      await world.cluster.delete(podKind, { namespace: world.namespace, name: "s-0" })
      await until(world, "the deleted pod is updated", async () => {
        return (await rounds(world)).includes("s-0:2")
      })
      expect(await rounds(world)).toEqual(["s-0:2", "s-1:1"])
    },
  },
  {
    name: "145: a DaemonSet has a pod on each node, and replaces them one at a time",
    async run(world) {
      const { cluster, namespace } = world
      const { items } = await cluster.list(nodes)
      const usable = items.filter(
        ({ spec }) => spec?.["unschedulable"] !== true && spec?.["taints"] === undefined,
      )
      const own = { app: "ds" }
      await cluster.create(daemonSets, {
        apiVersion: "apps/v1",
        kind: "DaemonSet",
        metadata: { namespace, name: "ds" },
        spec: { selector: { matchLabels: own }, template: templateOf({ ...own, round: "1" }) },
      })
      const settled = (): Promise<Stored<Loose>> =>
        awaitObject(world, daemonSets, {
          name: "ds",
          what: "is ready on each node",
          is: (object) =>
            object.status?.["observedGeneration"] === object.metadata.generation &&
            ["currentNumberScheduled", "updatedNumberScheduled", "numberAvailable"].every(
              (field) => countOf(object, field) === usable.length,
            ),
        })
      await settled()
      const pods = await objectsOf(world, podKind, own)
      expect(pods.map(({ spec }) => spec?.["nodeName"]).toSorted()).toEqual(
        usable.map(({ metadata }) => metadata.name).toSorted(),
      )
      const states = await recordFromNow(world, daemonSets)
      const template = templateOf({ ...own, round: "2" })
      await mergeInto(world, daemonSets, "ds", { spec: { template } })
      await settled()
      for (const { object } of objectsSeen(states))
        expect(countOf(object, "numberUnavailable")).toBeLessThanOrEqual(1)
      states.stop()
      expect(await objectsOf(world, podKind, { ...own, round: "1" })).toEqual([])
    },
  },
]
