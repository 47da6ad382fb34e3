import type { Kind, KubernetesObject, ObjectKey, Stored } from "@argo-ts/kernel"
import type { Cluster, ListOptions, ObjectList, WriteOptions } from "../ports.js"
import type { Informer } from "./informer.js"

/** Finds the informer of a kind, where one runs and has synced. */
export type InformerLookup = <T extends KubernetesObject>(kind: Kind<T>) => Informer<T> | undefined

/** The version a list from memory carries; `0` asks a server for "any". */
const anyVersion = "0"

/**
 * A cluster as a controller sees it: reads of watched kinds come from memory, writes carry the field manager and are
 * seen at once by the reads that follow.
 */
export function createCachedCluster(
  cluster: Cluster,
  fieldManager: string,
  informerOf: InformerLookup,
): Cluster {
  const seen = <T extends KubernetesObject>(kind: Kind<T>, object: Stored<T>): Stored<T> => {
    informerOf(kind)?.observe(object)
    return object
  }
  const signed = <O extends WriteOptions>(
    options: O | undefined,
  ): O & { fieldManager: string } => ({
    ...(options as O),
    fieldManager: options?.fieldManager ?? fieldManager,
  })
  const isObserved = (options: WriteOptions | undefined): boolean =>
    options?.dryRun !== true &&
    (options?.subresource === undefined || options.subresource === "status")
  const listCached = <T extends KubernetesObject>(
    informer: Informer<T>,
    options: ListOptions,
  ): ObjectList<T> => ({ items: informer.store.list(options), resourceVersion: anyVersion })

  return {
    watch: cluster.watch,
    kinds: cluster.kinds,
    async get<T extends KubernetesObject>(
      kind: Kind<T>,
      key: ObjectKey,
      options?: Parameters<Cluster["get"]>[2],
    ) {
      const informer = options?.subresource === undefined ? informerOf(kind) : undefined
      return informer === undefined ? cluster.get(kind, key, options) : informer.store.get(key)
    },
    async list(kind, options = {}) {
      const { fieldSelector, excludedFields } = options
      const isPlain = (fieldSelector ?? excludedFields ?? options.continue) === undefined
      const informer = isPlain ? informerOf(kind) : undefined
      return informer === undefined ? cluster.list(kind, options) : listCached(informer, options)
    },
    async create(kind, object, options) {
      const created = await cluster.create(kind, object, signed(options))
      return isObserved(options) ? seen(kind, created) : created
    },
    async update(kind, object, options) {
      const updated = await cluster.update(kind, object, signed(options))
      return isObserved(options) ? seen(kind, updated) : updated
    },
    async patch(kind, key, patch, options) {
      const patched = await cluster.patch(kind, key, patch, signed(options))
      return isObserved(options) ? seen(kind, patched) : patched
    },
    async apply<T extends KubernetesObject>(
      kind: Kind<T>,
      object: KubernetesObject,
      options: Parameters<Cluster["apply"]>[2],
    ) {
      const applied = await cluster.apply(kind, object, options)
      return isObserved(options) ? seen(kind, applied) : applied
    },
    delete: (kind, key, options) => cluster.delete(kind, key, signed(options)),
  }
}
