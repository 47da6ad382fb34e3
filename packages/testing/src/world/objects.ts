import type { ClusterSim } from "@argo-ts/cluster-sim"
import {
  apiVersionOf,
  formatKey,
  type Kind,
  type KubernetesObject,
  keyOf,
  type ObjectKey,
} from "@argo-ts/kernel"

/** Every object of a cluster, known at once after each write. */
export interface ObjectIndex {
  all(): readonly KubernetesObject[]
  /** Grows with every write. */
  version(): number
  stop(): void
}

function idOf(kind: Kind, key: ObjectKey): string {
  return `${apiVersionOf(kind)}/${kind.kind} ${formatKey(key)}`
}

/** Reads what is there and follows every write; `onWrite` is called with the index already up to date. */
export async function createObjectIndex(
  sim: ClusterSim,
  onWrite: (written: string) => void,
): Promise<ObjectIndex> {
  const objects = new Map<string, KubernetesObject>()
  let version = 0
  let all: readonly KubernetesObject[] | undefined
  const stop = sim.onWrite((write) => {
    const id = idOf(write.kind, write.key)
    if (write.after === undefined) objects.delete(id)
    else objects.set(id, write.after)
    version++
    all = undefined
    onWrite(`${write.verb} of ${write.kind.kind}/${formatKey(write.key)} by ${write.manager}`)
  })
  for (const kind of await sim.cluster.kinds()) {
    for (const object of (await sim.cluster.list(kind)).items) {
      objects.set(idOf(kind, keyOf(object)), object)
    }
  }
  return {
    all: () => {
      all ??= [...objects.values()]
      return all
    },
    version: () => version,
    stop,
  }
}
