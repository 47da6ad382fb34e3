import {
  type Controller,
  controller,
  type ReconcileContext,
  type ReconcileResult,
} from "@argo-ts/k8s"
import { controllerOf, equalJson, matchesLabels, type Stored } from "@argo-ts/kernel"
import { decideDisruption, needsScale } from "./disruption-decision.js"
import {
  type DisruptionBudget,
  deployments,
  disruptionBudgets,
  type Pod,
  pods,
  replicaSets,
} from "./workloads.js"

/** The wanted replicas of a pod's ReplicaSet, or of the Deployment above it, with the uid of whichever counts. */
async function scaleOf(pod: Stored<Pod>, { cluster }: ReconcileContext) {
  const { namespace = "" } = pod.metadata
  const owner = controllerOf(pod)
  if (owner?.kind !== "ReplicaSet") return undefined
  const set = await cluster.get(replicaSets, { namespace, name: owner.name })
  if (set === undefined || set.metadata.uid !== owner.uid) return undefined
  const above = controllerOf(set)
  if (above?.kind !== "Deployment") return { uid: owner.uid, replicas: set.spec.replicas ?? 1 }
  const deployment = await cluster.get(deployments, { namespace, name: above.name })
  return deployment && { uid: above.uid, replicas: deployment.spec.replicas ?? 1 }
}

async function totalScale(chosen: readonly Stored<Pod>[], context: ReconcileContext) {
  const scales = new Map<string, number>()
  for (const pod of chosen) {
    const scale = await scaleOf(pod, context)
    if (scale === undefined) return undefined
    scales.set(scale.uid, scale.replicas)
  }
  return [...scales.values()].reduce((total, replicas) => total + replicas, 0)
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
  const { status, wakeAt } = decideDisruption(budget, { pods: chosen, scale }, clock.now())
  if (!equalJson(status, budget.status))
    await cluster.update(disruptionBudgets, { ...budget, status }, { subresource: "status" })
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
