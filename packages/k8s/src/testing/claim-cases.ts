import { expect } from "vitest"
import { awaitObject, looseKind } from "./workload-pods.js"
import { type ConformanceCase, type ConformanceWorld, type Loose, until } from "./world.js"

const claims = looseKind("v1", "PersistentVolumeClaim")
const volumes = looseKind("v1", "PersistentVolume")

function volume(name: string, storage: string, storageClassName: string): Loose {
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name },
    spec: {
      capacity: { storage },
      accessModes: ["ReadWriteOnce"],
      storageClassName,
      hostPath: { path: `/tmp/${name}` },
    },
  }
}

function claim({ namespace }: ConformanceWorld, storageClassName: string): Loose {
  const resources = { requests: { storage: "2Gi" } }
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { namespace, name: "c" },
    spec: { accessModes: ["ReadWriteOnce"], storageClassName, resources },
  }
}

/** Claims and volumes, by spec/cluster §12 H. */
export const claimCases: readonly ConformanceCase[] = [
  {
    name: "152: a claim takes the smallest volume that does, and both say so",
    async run(world) {
      const { cluster, namespace } = world
      const named = (size: string): string => `${namespace}-${size}`
      for (const [size, storage] of [
        ["small", "1Gi"],
        ["large", "10Gi"],
        ["medium", "5Gi"],
      ] as const)
        await cluster.create(volumes, volume(named(size), storage, namespace))
      await until(world, "the volumes are available", async () => {
        const { items } = await cluster.list(volumes)
        const free = items.filter(
          ({ spec, status }) =>
            spec?.["storageClassName"] === namespace && status?.["phase"] === "Available",
        )
        return free.length === 3
      })
      await cluster.create(claims, claim(world, namespace))
      const bound = await awaitObject(world, claims, {
        name: "c",
        what: "is bound",
        is: (object) => object.status?.["phase"] === "Bound",
      })
      expect(bound.spec).toMatchObject({ volumeName: named("medium") })
      expect(bound.status).toMatchObject({
        accessModes: ["ReadWriteOnce"],
        capacity: { storage: "5Gi" },
      })
      expect(bound.metadata.annotations).toMatchObject({
        "pv.kubernetes.io/bind-completed": "yes",
        "pv.kubernetes.io/bound-by-controller": "yes",
      })
      expect(bound.metadata.finalizers).toEqual(["kubernetes.io/pvc-protection"])
      const taken = await cluster.get(volumes, { name: named("medium") })
      expect(taken).toMatchObject({
        spec: { claimRef: { kind: "PersistentVolumeClaim", namespace, name: "c" } },
        status: { phase: "Bound" },
      })
      const free = await cluster.get(volumes, { name: named("large") })
      expect(free?.status).toMatchObject({ phase: "Available" })
      await cluster.delete(claims, { namespace, name: "c" })
      await until(world, "the volume is released", async () => {
        const found = await cluster.get(volumes, { name: named("medium") })
        return found?.status?.["phase"] === "Released"
      })
      for (const size of ["small", "medium", "large"])
        await cluster.delete(volumes, { name: named(size) })
    },
  },
]
