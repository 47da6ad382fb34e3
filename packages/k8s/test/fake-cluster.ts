import type { Kind, KubernetesObject, ObjectKey, Stored } from "@argo-ts/kernel"
import { defineKind, formatKey, keyOf } from "@argo-ts/kernel"
import { type Cluster, ClusterError, type WatchObserver } from "../src/index.js"

export interface Thing extends KubernetesObject {
  readonly spec: { readonly size: number }
}

export const things: Kind<Thing> = defineKind<Thing>({
  group: "example.com",
  version: "v1",
  kind: "Thing",
  plural: "things",
  scope: "Namespaced",
  hasStatus: true,
})

/** Just enough of a cluster for the controller runtime: one kind, watches that a test can break. */
export function createFakeCluster(): {
  readonly cluster: Cluster
  put(name: string, size: number, owner?: Stored<Thing>): Stored<Thing>
  /** Stores without telling the watches, as a broken connection would. */
  putUnseen(name: string, size: number): Stored<Thing>
  remove(name: string): void
  breakWatches(error?: unknown): void
} {
  const objects = new Map<string, Stored<Thing>>()
  const observers = new Set<WatchObserver<Thing>>()
  let version = 0
  const store = (name: string, size: number, owner?: Stored<Thing>): Stored<Thing> => {
    const key = { namespace: "ns", name }
    version++
    const ownerReferences =
      owner === undefined
        ? {}
        : {
            ownerReferences: [
              {
                apiVersion: "example.com/v1",
                kind: "Thing",
                name: owner.metadata.name,
                uid: owner.metadata.uid,
                controller: true,
              },
            ],
          }
    const object: Stored<Thing> = {
      apiVersion: "example.com/v1",
      kind: "Thing",
      metadata: {
        ...key,
        uid: `uid-${name}`,
        resourceVersion: String(version),
        creationTimestamp: "2026-01-01T00:00:00Z",
        ...ownerReferences,
      },
      spec: { size },
    }
    objects.set(formatKey(key), object)
    return object
  }
  const refuse = (): never => {
    throw new ClusterError("MethodNotAllowed", "the fake does not write")
  }
  const cluster = {
    get: async (_kind: Kind, key: ObjectKey) => objects.get(formatKey(key)),
    list: async (kind: Kind) => {
      if (kind.plural !== "things") throw new ClusterError("NotFound", "no such kind")
      return { items: [...objects.values()], resourceVersion: String(version) }
    },
    watch: (_kind: Kind, _options: unknown, observer: WatchObserver<Thing>) => {
      observers.add(observer)
      return () => observers.delete(observer)
    },
    kinds: async () => [things],
    create: refuse,
    update: refuse,
    patch: refuse,
    apply: refuse,
    delete: refuse,
  } as unknown as Cluster
  return {
    cluster,
    put(name, size, owner) {
      const type = objects.has(`ns/${name}`) ? "MODIFIED" : "ADDED"
      const object = store(name, size, owner)
      for (const observer of observers) observer.event({ type, object })
      return object
    },
    putUnseen: store,
    remove(name) {
      const object = objects.get(`ns/${name}`) as Stored<Thing>
      objects.delete(formatKey(keyOf(object)))
      version++
      for (const observer of observers) observer.event({ type: "DELETED", object })
    },
    breakWatches(error) {
      const broken = [...observers]
      observers.clear()
      for (const observer of broken) observer.end(error)
    },
  }
}
