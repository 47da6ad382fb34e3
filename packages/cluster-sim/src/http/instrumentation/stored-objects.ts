import { type Cluster, createMetricsRegistry } from "@argo-ts/k8s"

/** How many objects of each kind a cluster holds, as Prometheus reads it. */
export async function printStoredObjects(cluster: Cluster): Promise<string> {
  const registry = createMetricsRegistry()
  const stored = registry.gauge({
    name: "apiserver_storage_objects",
    help: "Stored objects by kind.",
    labels: ["resource"],
  })
  for (const kind of await cluster.kinds()) {
    const { items, remainingItemCount = 0 } = await cluster.list(kind, { limit: 1 })
    const resource = kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`
    stored.set({ resource }, items.length + remainingItemCount)
  }
  return registry.print()
}
