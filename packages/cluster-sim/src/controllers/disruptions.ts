import {
  type Controller,
  controller,
  isClusterError,
  type ReconcileContext,
  type ReconcileResult,
} from "@argo-ts/k8s"
import {
  controllerOf,
  equalJson,
  type Kind,
  matchesLabels,
  type OwnerReference,
  parseApiVersion,
  type Stored,
} from "@argo-ts/kernel"
import type { Scale } from "./autoscalers/autoscaler.js"
import { decideDisruption, needsScale, type TotalScale } from "./disruption-decision.js"
import {
  type DisruptionBudget,
  deployments,
  disruptionBudgets,
  type Pod,
  pods,
  replicaSets,
} from "./workloads.js"

type Context = ReconcileContext

/** The scale of a pod's controller, or why there is none. */
type Found = { readonly uid: string; readonly replicas: number } | { readonly why: string }

/** The Deployment above a pod's ReplicaSet, with its wanted replicas; undefined where there is none. */
async function deploymentOf(pod: Stored<Pod>, owner: OwnerReference, { cluster }: Context) {
  const { namespace = "" } = pod.metadata
  const set = await cluster.get(replicaSets, { namespace, name: owner.name })
  if (set === undefined || set.metadata.uid !== owner.uid) return undefined
  const above = controllerOf(set)
  if (above?.kind !== "Deployment") return undefined
  const deployment = await cluster.get(deployments, { namespace, name: above.name })
  if (deployment === undefined || deployment.metadata.uid !== above.uid) return undefined
  return { uid: above.uid, replicas: deployment.spec.replicas ?? 1 }
}

/** Reads the scale of whatever controls a pod: what a Deployment is to its ReplicaSet, and any other kind by itself. */
async function scaleOf(pod: Stored<Pod>, owner: OwnerReference, context: Context): Promise<Found> {
  const { cluster } = context
  const { group, version } = parseApiVersion(owner.apiVersion)
  if (group === "apps" && owner.kind === "ReplicaSet") {
    const deployment = await deploymentOf(pod, owner, context)
    if (deployment !== undefined) return deployment
  }
  const none = { why: `found no controllers for pod ${JSON.stringify(pod.metadata.name)}` }
  const kinds = await cluster.kinds({ allVersions: true })
  const kind = kinds.find(
    (each) => each.group === group && each.version === version && each.kind === owner.kind,
  )
  if (kind === undefined) return none
  const { namespace = "" } = pod.metadata
  const key = { namespace, name: owner.name }
  try {
    const scale = await cluster.get(kind as Kind<Scale>, key, { subresource: "scale" })
    if (scale === undefined || scale.metadata.uid !== owner.uid) return none
    return { uid: owner.uid, replicas: scale.spec.replicas ?? 0 }
  } catch (error) {
    if (!isClusterError(error, "NotFound")) throw error
    const resource = group === "" ? kind.plural : `${kind.plural}.${group}`
    return { why: `${resource} does not implement the scale subresource` }
  }
}

async function totalScale(chosen: readonly Stored<Pod>[], context: Context): Promise<TotalScale> {
  const scales = new Map<string, number>()
  let hasUnmanaged = false
  for (const pod of chosen) {
    const owner = controllerOf(pod)
    if (owner === undefined) hasUnmanaged = true
    if (owner === undefined || scales.has(owner.uid)) continue
    const found = await scaleOf(pod, owner, context)
    if ("why" in found) return found
    scales.set(found.uid, found.replicas)
  }
  const replicas = [...scales.values()].reduce((total, each) => total + each, 0)
  return { replicas, hasUnmanaged }
}

async function reconcileBudget(
  budget: Stored<DisruptionBudget>,
  context: ReconcileContext,
): Promise<ReconcileResult> {
  const { cluster, clock } = context
  const { selector } = budget.spec
  const { namespace = "" } = budget.metadata
  const { items } = await cluster.list(pods, { namespace })
  const chosen = items.filter(
    ({ metadata }) => selector !== undefined && matchesLabels(selector, metadata.labels),
  )
  const scale = needsScale(budget) ? await totalScale(chosen, context) : undefined
  const facts = { pods: chosen, scale }
  const { status, events, wakeAt } = decideDisruption(budget, facts, clock.now())
  if (!equalJson(status, budget.status)) {
    for (const event of events) context.record(budget, event)
    await cluster.update(disruptionBudgets, { ...budget, status }, { subresource: "status" })
  }
  return wakeAt === undefined ? {} : { wakeAt }
}

/** Keeps the status of PodDisruptionBudgets: a pod's change concerns all budgets of its namespace (an empty name). */
export function disruptionController(): Controller {
  return controller("cluster/disruption", disruptionBudgets)
    .watches(pods, ({ metadata }) => [{ namespace: metadata.namespace ?? "", name: "" }])
    .reconcile(async (key, context): Promise<ReconcileResult> => {
      const { cluster } = context
      if (key.name !== "") {
        const budget = await cluster.get(disruptionBudgets, key)
        return budget === undefined ? {} : reconcileBudget(budget, context)
      }
      const { items } = await cluster.list(disruptionBudgets, { namespace: key.namespace ?? "" })
      const wakes: number[] = []
      for (const budget of items) {
        const { wakeAt } = await reconcileBudget(budget, context)
        if (wakeAt !== undefined) wakes.push(wakeAt)
      }
      return wakes.length === 0 ? {} : ({ wakeAt: Math.min(...wakes) } as ReconcileResult)
    })
}
