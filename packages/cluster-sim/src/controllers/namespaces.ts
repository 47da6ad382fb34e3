import {
  type Controller,
  controller,
  type ReconcileContext,
  type ReconcileResult,
} from "@argo-ts/k8s"
import {
  type Condition,
  compareText,
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
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] }
}

const namespaces = builtInKind("v1", "Namespace") as Kind<Namespace>
const retryMs = 5_000

/** What a namespace that goes still holds. */
interface Remaining {
  /** How many objects, by `plural.group`. */
  readonly objects: ReadonlyMap<string, number>
  /** How many objects, by the finalizer that holds them. */
  readonly finalizers: ReadonlyMap<string, number>
}

/** Deletes what is left in a namespace; answers what remains afterwards. */
async function emptyNamespace(
  namespace: string,
  { cluster }: ReconcileContext,
): Promise<Remaining> {
  const objects = new Map<string, number>()
  const finalizers = new Map<string, number>()
  for (const kind of await cluster.kinds()) {
    if (kind.scope !== "Namespaced") continue
    const { items } = await cluster.list(kind, { namespace })
    for (const { metadata } of items) {
      if (metadata.deletionTimestamp !== undefined) continue
      const key = { namespace, name: metadata.name }
      await cluster.delete(kind, key, { propagationPolicy: "Background" })
    }
    const left = (await cluster.list(kind, { namespace })).items
    if (left.length > 0) objects.set(`${kind.plural}.${kind.group}`, left.length)
    for (const name of left.flatMap(({ metadata }) => metadata.finalizers ?? []))
      finalizers.set(name, (finalizers.get(name) ?? 0) + 1)
  }
  return { objects, finalizers }
}

function listed(counts: ReadonlyMap<string, number>, verb: string): string {
  return [...counts]
    .toSorted(([left], [right]) => compareText(left, right))
    .map(([name, count]) => `${name} ${verb} ${count} resource instances`)
    .join(", ")
}

type Said = readonly [type: string, status: "True" | "False", reason: string, message: string]

/** What a namespace that cannot go yet says about itself. */
function conditionsOf({ objects, finalizers }: Remaining): readonly Said[] {
  const held: Said =
    finalizers.size === 0
      ? [
          "NamespaceFinalizersRemaining",
          "False",
          "ContentHasNoFinalizers",
          "All content-preserving finalizers finished",
        ]
      : [
          "NamespaceFinalizersRemaining",
          "True",
          "SomeFinalizersRemain",
          `Some content in the namespace has finalizers remaining: ${listed(finalizers, "in")}`,
        ]
  const found = "All resources successfully discovered"
  const read = "All legacy kube types successfully parsed"
  const gone = "All content successfully deleted, may be waiting on finalization"
  const left = `Some resources are remaining: ${listed(objects, "has")}`
  return [
    ["NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", found],
    ["NamespaceDeletionGroupVersionParsingFailure", "False", "ParsedGroupVersions", read],
    ["NamespaceDeletionContentFailure", "False", "ContentDeleted", gone],
    ["NamespaceContentRemaining", "True", "SomeResourcesRemain", left],
    held,
  ]
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
      if (remaining.objects.size === 0) {
        const spec = { ...namespace.spec, finalizers: [] }
        await cluster.update(namespaces, { ...namespace, spec }, { subresource: "finalize" })
        return {}
      }
      const lastTransitionTime = formatInstant(clock.now())
      const conditions = conditionsOf(remaining).reduce(
        (all, [type, status, reason, message]) =>
          setCondition(all, { type, status, reason, message, lastTransitionTime }),
        namespace.status?.conditions ?? [],
      )
      const status = { ...namespace.status, conditions }
      await cluster.update(namespaces, { ...namespace, status } as Namespace, {
        subresource: "status",
      })
      return { wakeAt: epochMs(clock.now() + retryMs) }
    },
  )
}
