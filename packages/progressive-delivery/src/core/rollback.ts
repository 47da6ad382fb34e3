import type { RolloutView, SetView } from "./view.js"

/**
 * True where the new ReplicaSet is a recent one that comes back: created before the stable one, with fewer than
 * `rollbackWindow.revisions` sets created in between (spec/rollouts §2.9).
 */
export function isWithinRollbackWindow(view: RolloutView): boolean {
  const { newSet, stableSet } = view
  const revisions = view.spec.rollbackWindow?.revisions ?? 0
  if (revisions <= 0 || newSet === undefined || stableSet === undefined) return false
  if (newSet.createdAt >= stableSet.createdAt) return false
  const between = view.all.filter(
    (set) => set.createdAt > newSet.createdAt && set.createdAt < stableSet.createdAt,
  )
  return between.length < revisions
}

/** True for a former stable set whose delay is not over: its pods are still all there. */
function isStillUp(view: RolloutView, set: SetView | undefined): boolean {
  if (set?.deadline === undefined || set.deadline <= view.now) return false
  // A set that waits because its own update was aborted is no way back.
  return view.stableSet !== undefined && set.createdAt < view.stableSet.createdAt
}

/** True where going to the new ReplicaSet is going back, so that steps, pauses and analyses are skipped. */
export function isFastRollback(view: RolloutView): boolean {
  if (view.newSet !== undefined && view.newSet === view.stableSet) return true
  if (isWithinRollbackWindow(view)) return true
  return view.blueGreen !== undefined && isStillUp(view, view.newSet)
}
