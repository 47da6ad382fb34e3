import type { Draft } from "./draft.js"
import {
  nextBasicCanary,
  type ReplicaCounts,
  type ReplicaSplit,
  routedCanary,
} from "./replica-arithmetic.js"
import { canaryScaleAt, weightAt } from "./steps.js"
import { hasTrafficRouting, type RolloutView, type SetView } from "./view.js"

const epsilon = 1e-10

/** The weight that counts at the moment: none while aborted, all when no step is left. */
export function currentWeight(view: RolloutView, draft: Draft): number {
  if (draft.abort === true) return 0
  return weightAt(view.steps, draft.currentStepIndex, view.weightMax)
}

/** True where nothing but the new version is wanted (spec/rollouts §2.5.4, `target`). */
function isAllForNew(view: RolloutView, draft: Draft): boolean {
  return (
    draft.promoteFull === true || view.stableSet === undefined || view.stableSet === view.newSet
  )
}

/** True where an abort leaves the canary's pods alone for good. */
export function keepsAbortedCanary(view: RolloutView): boolean {
  return hasTrafficRouting(view) && view.canary?.abortScaleDownDelaySeconds === 0
}

interface Target {
  readonly weight: number
  readonly explicit?: number
}

function targetOf(view: RolloutView, draft: Draft): Target {
  if (isAllForNew(view, draft)) return { weight: view.weightMax }
  const weight = currentWeight(view, draft)
  if (!hasTrafficRouting(view)) return { weight }
  if (draft.abort === true && !keepsAbortedCanary(view)) return { weight }
  const scale = canaryScaleAt(view.steps, draft.currentStepIndex)
  if (scale?.replicas !== undefined) return { weight, explicit: scale.replicas }
  return { weight: scale?.weight ?? weight }
}

function countsOf(set: SetView | undefined): ReplicaCounts | undefined {
  return set === undefined ? undefined : { spec: set.spec, available: set.available }
}

/** Where the two ReplicaSets should be now (spec/rollouts §2.5.3 and §2.5.4). */
export function wantedReplicas(view: RolloutView, draft: Draft): ReplicaSplit {
  const target = targetOf(view, draft)
  const { replicas, weightMax, newSet, stableSet, canary } = view
  const distinctStable = stableSet === newSet ? undefined : stableSet
  if (hasTrafficRouting(view)) {
    const { traffic } = view.observed
    return routedCanary({
      replicas,
      weight: target.weight,
      weightMax,
      ...(target.explicit === undefined ? {} : { explicit: target.explicit }),
      ...(canary?.minPodsPerReplicaSet === undefined
        ? {}
        : { minPodsPerReplicaSet: canary.minPodsPerReplicaSet }),
      dynamicStableScale: canary?.dynamicStableScale === true && distinctStable !== undefined,
      isAborted: draft.abort === true,
      ...(traffic === undefined ? {} : { known: traffic }),
    })
  }
  const canaryCounts = countsOf(newSet)
  const stableCounts = countsOf(distinctStable)
  return nextBasicCanary({
    replicas,
    weight: target.weight,
    weightMax,
    bounds: view.bounds,
    ...(canaryCounts === undefined ? {} : { canary: canaryCounts }),
    ...(stableCounts === undefined ? {} : { stable: stableCounts }),
    othersSpec: view.others.reduce((sum, set) => sum + set.spec, 0),
  })
}

/** True where enough of the new ReplicaSet is available to go on (`replicaProgressThreshold`). */
export function meetsThreshold(view: RolloutView, wanted: number): boolean {
  const threshold = view.canary?.replicaProgressThreshold
  const available = view.newSet?.available ?? 0
  if (threshold === undefined) return (view.newSet?.spec ?? 0) === wanted && available === wanted
  if (threshold.type === "Pods") return available >= threshold.value
  return wanted === 0 || (available / wanted) * 100 >= threshold.value - epsilon
}

/** True where the current step has the pods it asks for (spec/rollouts §2.6.2). */
export function hasWantedReplicas(view: RolloutView, draft: Draft): boolean {
  const wanted = wantedReplicas(view, draft)
  if (!meetsThreshold(view, wanted.canary)) return false
  const { stableSet, newSet } = view
  const isDynamic = hasTrafficRouting(view) && view.canary?.dynamicStableScale === true
  if (!isDynamic && stableSet !== undefined && stableSet !== newSet) {
    if (stableSet.spec !== wanted.stable || stableSet.current !== wanted.stable) return false
  }
  return hasTrafficRouting(view) || view.others.every((set) => set.available === 0)
}
