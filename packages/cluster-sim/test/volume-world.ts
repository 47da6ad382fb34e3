import type { Stored } from "@argo-ts/kernel"
import type { ClusterSimOptions } from "../src/index.js"
import { kind, type Loose, type World, world } from "./world.js"

export const claims = kind("v1", "PersistentVolumeClaim")
export const volumes = kind("v1", "PersistentVolume")
export const classes = kind("storage.k8s.io/v1", "StorageClass")

/** A claim of 1 Gi in `default`. */
export function claim(name: string, spec: object = {}, metadata: object = {}): Loose {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { namespace: "default", name, ...metadata },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
      ...spec,
    },
  }
}

/** A volume that was made by hand. */
export function volume(name: string, storage: string, spec: object = {}, metadata = {}): Loose {
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name, ...metadata },
    spec: {
      capacity: { storage },
      accessModes: ["ReadWriteOnce"],
      hostPath: { path: `/tmp/${name}` },
      ...spec,
    },
  }
}

/** A storage class; without `provisioner` its volumes are made by hand. */
export function storageClass(name: string, more: object = {}): Loose {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name },
    provisioner: "kubernetes.io/no-provisioner",
    ...more,
  }
}

/** A cluster for tests of volumes; it has no class unless one is asked for. */
export interface VolumeWorld extends World {
  make(...objects: readonly Loose[]): Promise<void>
  claim(name: string): Promise<Stored<Loose> | undefined>
  volume(name: string): Promise<Stored<Loose> | undefined>
  remove(object: "claim" | "volume" | "pod", name: string): Promise<void>
  /** `reason: message` of the events of an object, in order. */
  told(name: string): Promise<readonly string[]>
}

export function volumeWorld(options: Partial<ClusterSimOptions> = {}): VolumeWorld {
  const base = world({ storageClasses: [], ...options })
  const { cluster } = base.sim
  const byKind = { claim: claims, volume: volumes, pod: kind("v1", "Pod") }
  return {
    ...base,
    async make(...objects) {
      for (const object of objects)
        await cluster.create(kind(object.apiVersion, object.kind), object)
    },
    claim: (name) => cluster.get(claims, { namespace: "default", name }),
    volume: (name) => cluster.get(volumes, { name }),
    async remove(of, name) {
      const key = of === "volume" ? { name } : { namespace: "default", name }
      await cluster.delete(byKind[of], key)
    },
    async told(name) {
      const events = await base.events()
      return events
        .filter((event) => event["involvedObject"].name === name)
        .map((event) => `${event["reason"]}: ${event["message"]}`)
    },
  }
}
