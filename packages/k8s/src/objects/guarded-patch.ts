import {
  type JsonObject,
  type Kind,
  type KubernetesObject,
  keyOf,
  type Stored,
} from "@argo-ts/kernel"
import { ClusterError, isClusterError } from "../cluster-error.js"
import type { ClusterReader, ClusterWriter, WriteOptions } from "../ports.js"

const attemptsMax = 5

/** An object's current state from the server itself: a list by field is answered by no cache. */
async function readFresh<T extends KubernetesObject>(
  cluster: ClusterReader,
  kind: Kind<T>,
  object: Stored<T>,
): Promise<Stored<T> | undefined> {
  const { name, namespace, uid } = object.metadata
  const fieldSelector = { "metadata.name": name }
  const scope = namespace === undefined ? {} : { namespace }
  const { items } = await cluster.list(kind, { ...scope, fieldSelector })
  return items.find((item) => item.metadata.uid === uid)
}

/** What to change, and how to write it. */
export interface GuardedChange<T extends KubernetesObject> {
  /** The merge patch that brings an object where it should be; absent where it is there. */
  readonly patchOf: (object: Stored<T>) => JsonObject | undefined
  readonly options?: WriteOptions
}

/**
 * Writes a merge patch that holds only if nobody has written since; otherwise reads anew, asks again what to change,
 * and tries again, five times in all. Lists in such a patch replace what is stored, so nothing of others is lost.
 * Rejects with `NotFound` where the object is gone (another of the same name is not it), and with `Conflict` after
 * the fifth lost race.
 */
export async function patchGuarded<T extends KubernetesObject>(
  cluster: ClusterReader & ClusterWriter,
  kind: Kind<T>,
  object: Stored<T>,
  change: GuardedChange<T>,
): Promise<Stored<T>> {
  let current = object
  for (let attempt = 1; ; attempt++) {
    const wanted = change.patchOf(current)
    if (wanted === undefined) return current
    const { resourceVersion } = current.metadata
    const metadata = { ...(wanted["metadata"] as JsonObject | undefined), resourceVersion }
    try {
      const patch = { ...wanted, metadata }
      return await cluster.patch(kind, keyOf(object), { type: "merge", patch }, change.options)
    } catch (error) {
      if (!isClusterError(error, "Conflict") || attempt === attemptsMax) throw error
      const fresh = await readFresh(cluster, kind, object)
      if (fresh === undefined) {
        const { name } = object.metadata
        throw new ClusterError("NotFound", `${kind.plural} "${name}" is gone`, { name })
      }
      current = fresh
    }
  }
}
