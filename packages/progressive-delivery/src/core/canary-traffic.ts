import { abortWeight } from "./abort-weight.js"
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

/** The weight of an abort with `dynamicStableScale`. */
function weightOfAbort(view: RolloutView): number {
  const delay = view.canary?.abortScaleDownDelaySeconds
  const known = view.observed.traffic?.canary
  return abortWeight({
    replicas: view.replicas,
    weightMax: view.weightMax,
    stepWeights: view.steps.map((step) => step.setWeight).filter((weight) => weight !== undefined),
    newAvailable: view.newSet?.available ?? 0,
    stableAvailable: view.stableSet?.available ?? 0,
    keepsCanary: delay !== undefined && delay !== 0,
    ...(known === undefined ? {} : { known }),
  })
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
  if (isDynamicRollback(view)) return weightOfAbort(view)
  if (stableSet === undefined || stableSet === newSet) return 0
  if (draft.abort === true) {
    return view.canary?.dynamicStableScale === true ? weightOfAbort(view) : 0
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

/**
 * The weight the canary should have now (spec/rollouts §2.17): replicas first when growing, weight first when
 * shrinking. Where no weight was ever set there is no traffic to take from anybody, and so nothing to wait for: the
 * first weight is asked for until the router shows it, whatever has been recorded meanwhile.
 */
export function trafficTarget(view: RolloutView, draft: Draft): TrafficTarget {
  const weight = wantedWeight(view, draft)
  const needed = Math.trunc(((view.weightMax - weight) * view.replicas) / view.weightMax)
  const { stableSet } = view
  const hasTraffic = view.observed.traffic !== undefined
  const isShort = hasTraffic && stableSet !== undefined && stableSet.available < needed
  const isExcused =
    view.canary?.replicaProgressThreshold !== undefined && meetsThreshold(view, view.replicas)
  return { weight, isHeld: isShort && !isExcused }
}
