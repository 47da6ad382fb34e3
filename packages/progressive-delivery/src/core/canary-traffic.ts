import { hasWantedReplicas, meetsThreshold } from "./canary-replicas.js"
import type { Draft } from "./draft.js"
import { weightAt, weightBefore } from "./steps.js"
import type { RolloutView } from "./view.js"

/** What to do about traffic: a weight, or nothing until more stable pods are there. */
export interface TrafficTarget {
  readonly weight: number
  /** True: leave the router as it is. */
  readonly isHeld: boolean
}

/** The weight of an abort with `dynamicStableScale`: only what the growing stable can carry (spec/rollouts §2.5.5). */
export function abortWeight(view: RolloutView): number {
  const { weightMax, replicas, steps, stableSet, newSet } = view
  const known = view.observed.traffic
  if (replicas === 0) return 0
  const stableAvailable = stableSet?.available ?? 0
  const delay = view.canary?.abortScaleDownDelaySeconds
  const missing = replicas - stableAvailable
  const carried =
    delay !== undefined && delay !== 0 ? missing : Math.max(missing, newSet?.available ?? 0)
  const target =
    steps
      .map((step) => step.setWeight)
      .filter((weight) => weight !== undefined)
      .findLast((weight) => Math.ceil((weight * replicas) / weightMax) < carried) ?? 0
  const expected = Math.max(0, weightMax - Math.trunc((weightMax * stableAvailable) / replicas))
  if (known === undefined) return Math.max(expected, target)
  if (target <= 0) return Math.min(expected, known.canary)
  const canCarry = stableAvailable >= Math.trunc(((weightMax - target) * replicas) / weightMax)
  return canCarry ? Math.min(target, known.canary) : known.canary
}

/** True while the stable template came back mid-update and its pods are still growing (spec/rollouts §2.5.5). */
export function isDynamicRollback(view: RolloutView): boolean {
  const { newSet, stableSet, status } = view
  if (view.canary?.dynamicStableScale !== true || newSet === undefined || newSet !== stableSet)
    return false
  const canaryHash = status.canary?.weights?.canary.podTemplateHash
  if (canaryHash === undefined || canaryHash === view.podHash) return false
  return stableSet.available < view.replicas && (view.observed.traffic?.canary ?? 0) > 0
}

function wantedWeight(view: RolloutView, draft: Draft): number {
  const { newSet, stableSet, weightMax, steps } = view
  if (isDynamicRollback(view)) return abortWeight(view)
  if (stableSet === undefined || stableSet === newSet) return 0
  if (draft.abort === true) {
    return view.canary?.dynamicStableScale === true ? abortWeight(view) : 0
  }
  if (newSet === undefined || newSet.available === 0) return 0
  const stored = view.observed.traffic?.canary ?? 0
  if (draft.promoteFull === true) {
    if (view.canary?.dynamicStableScale !== true || view.replicas === 0) return stored
    return Math.trunc((weightMax * newSet.available) / view.replicas)
  }
  const index = draft.currentStepIndex
  return hasWantedReplicas(view, draft)
    ? weightAt(steps, index, weightMax)
    : weightBefore(steps, index)
}

/** The weight the canary should have now (spec/rollouts §2.17): replicas first when growing, weight first when shrinking. */
export function trafficTarget(view: RolloutView, draft: Draft): TrafficTarget {
  const weight = wantedWeight(view, draft)
  const needed = Math.trunc(((view.weightMax - weight) * view.replicas) / view.weightMax)
  const { stableSet } = view
  const isShort = stableSet !== undefined && stableSet.available < needed
  const isExcused =
    view.canary?.replicaProgressThreshold !== undefined && meetsThreshold(view, view.replicas)
  return { weight, isHeld: isShort && !isExcused }
}
