import type { ClusterSim } from "@argo-ts/cluster-sim"
import {
  apiVersionOf,
  formatKey,
  type Kind,
  type KubernetesObject,
  keyOf,
  type ObjectKey,
} from "@argo-ts/kernel"
import { type ClusterState, formatMismatch, matchState, parseState } from "@argo-ts/testing"

/** Every object of the cluster, up to date after each write. */
export interface View {
  all(): readonly KubernetesObject[]
  get(kind: string, key: string): KubernetesObject | undefined
  of(kind: string): readonly KubernetesObject[]
  /** Grows with every write. */
  version(): number
  /** How the cluster differs from a state: one line per difference. */
  differences(state: ClusterState): readonly string[]
}

/** Reads what there is and follows every write. */
export async function createView(sim: ClusterSim): Promise<View> {
  const objects = new Map<string, KubernetesObject>()
  const idOf = (kind: Kind, key: ObjectKey): string =>
    `${kind.kind} ${formatKey(key)} ${apiVersionOf(kind)}`
  let version = 0
  let listed: readonly KubernetesObject[] | undefined
  sim.onWrite(({ kind, key, after }) => {
    version++
    listed = undefined
    if (after === undefined) objects.delete(idOf(kind, key))
    else objects.set(idOf(kind, key), after)
  })
  for (const kind of await sim.cluster.kinds()) {
    for (const object of (await sim.cluster.list(kind)).items)
      objects.set(idOf(kind, keyOf(object)), object)
  }
  const all = (): readonly KubernetesObject[] => {
    listed ??= [...objects.values()]
    return listed
  }
  return {
    all,
    get: (kind, key) =>
      all().find((object) => object.kind === kind && formatKey(keyOf(object)) === key),
    of: (kind) => all().filter((object) => object.kind === kind),
    version: () => version,
    differences(state) {
      const parsed = parseState(state)
      if (!parsed.ok) return parsed.issues.map((issue) => issue.message)
      return matchState(parsed.value, all()).map(formatMismatch)
    },
  }
}
