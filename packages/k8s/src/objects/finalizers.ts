import type { Kind, KubernetesObject, Stored } from "@argo-ts/kernel"
import { isClusterError } from "../cluster-error.js"
import type { ClusterReader, ClusterWriter } from "../ports.js"
import { patchGuarded } from "./guarded-patch.js"

/** True where the finalizer holds the object back. */
export function hasFinalizer(object: KubernetesObject, finalizer: string): boolean {
  return object.metadata.finalizers?.includes(finalizer) === true
}

/** True where deletion has begun and waits for finalizers. */
export function isTerminating(object: KubernetesObject): boolean {
  return object.metadata.deletionTimestamp !== undefined
}

/**
 * Adds a finalizer, after those of others, and answers the object as it is then. Writes nothing where it is there
 * already, or where deletion has begun: a server takes no new finalizers then.
 */
export function addFinalizer<T extends KubernetesObject>(
  cluster: ClusterReader & ClusterWriter,
  kind: Kind<T>,
  object: Stored<T>,
  finalizer: string,
): Promise<Stored<T>> {
  return patchGuarded(cluster, kind, object, {
    patchOf(current) {
      if (hasFinalizer(current, finalizer) || isTerminating(current)) return undefined
      const finalizers = [...(current.metadata.finalizers ?? []), finalizer]
      return { metadata: { finalizers } }
    },
  })
}

/** Removes a finalizer and no other. An object that is gone meanwhile, or does not have it, is no error. */
export async function removeFinalizer<T extends KubernetesObject>(
  cluster: ClusterReader & ClusterWriter,
  kind: Kind<T>,
  object: Stored<T>,
  finalizer: string,
): Promise<void> {
  const patchOf = (current: Stored<T>): { metadata: { finalizers: string[] } } | undefined => {
    if (!hasFinalizer(current, finalizer)) return undefined
    const finalizers = (current.metadata.finalizers ?? []).filter((each) => each !== finalizer)
    return { metadata: { finalizers } }
  }
  try {
    await patchGuarded(cluster, kind, object, { patchOf })
  } catch (error) {
    if (!isClusterError(error, "NotFound")) throw error
  }
}
