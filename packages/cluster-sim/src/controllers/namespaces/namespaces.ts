import {
  type Controller,
  controller,
  isClusterError,
  type ReconcileContext,
  type ReconcileResult,
} from "@argo-ts/k8s"
import { epochMs, equalJson, type Kind, type Stored } from "@argo-ts/kernel"
import { instantOf } from "../workloads.js"
import { type Namespace, namespaces, ownFinalizer } from "./namespace.js"
import { type Leftovers, leftoverConditions } from "./namespace-conditions.js"

const retryMs = 5_000

/** Asks every object of a kind to go. */
async function deleteAll(
  kind: Kind,
  namespace: string,
  { cluster }: ReconcileContext,
): Promise<void> {
  const { items } = await cluster.list(kind, { namespace })
  for (const { metadata } of items) {
    if (metadata.deletionTimestamp !== undefined) continue
    const key = { namespace, name: metadata.name }
    await cluster.delete(kind, key, { propagationPolicy: "Background" })
  }
}

function increment(counts: Map<string, number>, name: string, by: number): void {
  if (by > 0) counts.set(name, (counts.get(name) ?? 0) + by)
}

/** Deletes what is left in a namespace, and tells what remains all the same. */
async function emptyNamespace(namespace: string, context: ReconcileContext): Promise<Leftovers> {
  const { cluster } = context
  const resources = new Map<string, number>()
  const finalizers = new Map<string, number>()
  const failures: string[] = []
  for (const kind of await cluster.kinds()) {
    if (kind.scope !== "Namespaced") continue
    try {
      await deleteAll(kind, namespace, context)
    } catch (error) {
      if (!isClusterError(error, "Forbidden")) throw error
      failures.push(error instanceof Error ? error.message : String(error))
    }
    const { items } = await cluster.list(kind, { namespace })
    increment(resources, `${kind.plural}.${kind.group}`, items.length)
    for (const { metadata } of items) {
      for (const name of metadata.finalizers ?? []) increment(finalizers, name, 1)
    }
  }
  return { resources, finalizers, failures }
}

/** Empties a namespace and lets it go once nothing is left. */
async function finish(
  namespace: Stored<Namespace>,
  context: ReconcileContext,
): Promise<ReconcileResult> {
  const { cluster, clock } = context
  const leftovers = await emptyNamespace(namespace.metadata.name, context)
  const conditions = leftoverConditions(namespace.status?.conditions, leftovers, clock.now())
  const status = { ...namespace.status, conditions }
  let current = namespace
  if (!equalJson(status, namespace.status)) {
    current = await cluster.update(namespaces, { ...namespace, status }, { subresource: "status" })
  }
  if (leftovers.resources.size > 0) return { wakeAt: epochMs(clock.now() + retryMs) }
  const finalizers = (current.spec?.finalizers ?? []).filter((name) => name !== ownFinalizer)
  const spec = { ...current.spec, finalizers }
  await cluster.update(namespaces, { ...current, spec }, { subresource: "finalize" })
  return {}
}

/** Empties a namespace that is to go, some seconds after it was deleted, and lets it go once it is empty. */
export function namespaceController(delayMs: number): Controller {
  return controller("cluster/namespace", namespaces).reconcile(
    async (key, context): Promise<ReconcileResult> => {
      const { cluster, clock } = context
      const namespace = await cluster.get(namespaces, key)
      const deletedAt = instantOf(namespace?.metadata.deletionTimestamp)
      if (namespace === undefined || deletedAt === undefined) return {}
      // Somebody else's finalizer holds it: nothing is left to do here.
      if (namespace.spec?.finalizers?.includes(ownFinalizer) !== true) return {}
      const startAt = epochMs(deletedAt + delayMs)
      return clock.now() < startAt ? { wakeAt: startAt } : finish(namespace, context)
    },
  )
}
