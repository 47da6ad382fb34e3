import {
  type Controller,
  controller,
  type ReconcileContext,
  type ReconcileResult,
} from "@argo-ts/k8s"
import {
  epochMs,
  formatInstant,
  type Kind,
  type KubernetesObject,
  setCondition,
} from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { instantOf } from "./workloads.js"

interface Namespace extends KubernetesObject {
  readonly spec?: { readonly finalizers?: readonly string[] }
  readonly status?: { readonly phase?: string; readonly conditions?: readonly [] }
}

const namespaces = builtInKind("v1", "Namespace") as Kind<Namespace>
const retryMs = 5_000

/** Deletes what is left in a namespace; answers, by kind, how many objects remain afterwards. */
async function emptyNamespace(
  namespace: string,
  { cluster }: ReconcileContext,
): Promise<ReadonlyMap<string, number>> {
  const remaining = new Map<string, number>()
  for (const kind of await cluster.kinds()) {
    if (kind.scope !== "Namespaced") continue
    const { items } = await cluster.list(kind, { namespace })
    for (const { metadata } of items) {
      if (metadata.deletionTimestamp !== undefined) continue
      const key = { namespace, name: metadata.name }
      await cluster.delete(kind, key, { propagationPolicy: "Background" })
    }
    const left = (await cluster.list(kind, { namespace })).items.length
    if (left > 0)
      remaining.set(kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`, left)
  }
  return remaining
}

function remainingMessage(remaining: ReadonlyMap<string, number>): string {
  const parts = [...remaining].map(([kind, count]) => `${kind} has ${count} resource instances`)
  return `Some resources are remaining: ${parts.join(", ")}`
}

/** Empties a namespace that is to go, some seconds after it was deleted, and lets it go once it is empty. */
export function namespaceController(delayMs: number): Controller {
  return controller("cluster/namespace", namespaces).reconcile(
    async (key, context): Promise<ReconcileResult> => {
      const { cluster, clock } = context
      const namespace = await cluster.get(namespaces, key)
      const deletedAt = instantOf(namespace?.metadata.deletionTimestamp)
      if (namespace === undefined || deletedAt === undefined) return {}
      const startAt = epochMs(deletedAt + delayMs)
      if (clock.now() < startAt) return { wakeAt: startAt }
      const remaining = await emptyNamespace(key.name, context)
      if (remaining.size === 0) {
        const spec = { ...namespace.spec, finalizers: [] }
        await cluster.update(namespaces, { ...namespace, spec }, { subresource: "finalize" })
        return {}
      }
      const conditions = setCondition(namespace.status?.conditions, {
        type: "NamespaceContentRemaining",
        status: "True",
        reason: "SomeResourcesRemain",
        message: remainingMessage(remaining),
        lastTransitionTime: formatInstant(clock.now()),
      } as never)
      const status = { ...namespace.status, conditions }
      await cluster.update(namespaces, { ...namespace, status } as Namespace, {
        subresource: "status",
      })
      return { wakeAt: epochMs(clock.now() + retryMs) }
    },
  )
}
