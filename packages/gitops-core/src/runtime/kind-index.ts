import type { ClusterDiscovery } from "@argo-ts/k8s"
import type { Kind } from "@argo-ts/kernel"

/** Finds the kinds of a cluster by the names that manifests use. */
export interface KindIndex {
  /** The kind of that group, or `undefined` where the cluster does not serve it — asked anew before saying so. */
  find(group: string, kind: string): Promise<Kind | undefined>
}

/** An index that asks the cluster when it meets a kind it does not know: one may have been added. */
export function createKindIndex(cluster: ClusterDiscovery): KindIndex {
  let known = new Map<string, Kind>()
  const refresh = async (): Promise<void> => {
    const kinds = await cluster.kinds()
    known = new Map(kinds.map((kind) => [`${kind.group}/${kind.kind}`, kind]))
  }
  return {
    async find(group, kind) {
      const id = `${group}/${kind}`
      if (!known.has(id)) await refresh()
      return known.get(id)
    },
  }
}
