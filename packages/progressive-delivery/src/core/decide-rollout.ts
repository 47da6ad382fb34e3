import {
  type Decision,
  type EpochMs,
  earliest,
  epochMs,
  equalJson,
  formatIssue,
  type Issue,
} from "@argo-ts/kernel"
import type { Rollout } from "../api/rollout.js"
import type { RolloutStatus } from "../api/rollout-status.js"
import type { RolloutAction } from "./actions.js"
import { wantedReplicas } from "./canary-replicas.js"
import { writeConditions, writeInvalidSpec } from "./conditions.js"
import { decideBlueGreen } from "./decide-blue-green.js"
import { decideCanary } from "./decide-canary.js"
import { clearPauses, type Draft, dropUndefined, setBlueGreen, setCanary } from "./draft.js"
import type { ObservedRollout } from "./observed.js"
import { phaseOfRollout } from "./phase.js"
import { referenceIssues } from "./references.js"
import { restartInstant, restartPods } from "./restart.js"
import { expireHistory, newReplicaSet, syncRevision } from "./revisions.js"
import { isWithinRollbackWindow } from "./rollback.js"
import { scaleCanary, scaleTo } from "./scaling.js"
import { isHalted, openTurn, type Turn } from "./turn.js"
import { openRollout, type RolloutView } from "./view.js"

const invalidAgainMs = 20_000

/** What a rollout's decision hands back. */
export type RolloutDecision = Decision<RolloutStatus, RolloutAction>

/** Where the steps stand after a new template or new steps (spec/rollouts §2.6.1). */
function firstIndex(view: RolloutView): number | undefined {
  if (view.steps.length === 0) return undefined
  const { newSet, stableSet } = view
  if (stableSet === undefined || stableSet === newSet) return view.steps.length
  const isRecent = isWithinRollbackWindow(view) && (newSet?.spec ?? 0) > 0
  return isRecent ? view.steps.length : 0
}

/** Starts the update again where template or steps are not those the status speaks of. */
function resetIfChanged(turn: Turn): void {
  const { view, draft } = turn
  const isSame =
    draft.currentPodHash === view.podHash && (draft.currentStepHash ?? "") === view.stepHash
  if (isSame) return
  turn.wasReset = true
  draft.currentPodHash = view.podHash
  draft.currentStepHash = view.stepHash === "" ? undefined : view.stepHash
  draft.currentStepIndex = firstIndex(view)
  clearPauses(draft)
  draft.abort = undefined
  draft.abortedAt = undefined
  draft.promoteFull = undefined
  // New pods are younger than any restart that is due: it is done with them (spec/rollouts §2.13).
  const { restartAt } = view.spec
  if (restartAt !== undefined && restartInstant(restartAt) <= view.now)
    draft.restartedAt = restartAt
  setCanary(draft, {
    currentStepAnalysisRunStatus: undefined,
    currentBackgroundAnalysisRunStatus: undefined,
  })
  setBlueGreen(draft, {
    scaleUpPreviewCheckPoint: undefined,
    prePromotionAnalysisRunStatus: undefined,
    postPromotionAnalysisRunStatus: undefined,
  })
}

function selectorText(view: RolloutView): string | undefined {
  const labels = Object.entries(view.spec.selector?.matchLabels ?? {})
  return labels.length === 0 ? undefined : labels.map(([key, value]) => `${key}=${value}`).join(",")
}

/** Counts pods: all of them, or for blue-green those that carry traffic (spec/rollouts §2.11). */
function countPods(turn: Turn): void {
  const { view, draft } = turn
  const sum = (field: "current" | "ready" | "available"): number =>
    view.all.reduce((total, set) => total + set[field], 0)
  const active = view.all.find((set) => set.hash === draft.blueGreen?.activeSelector)
  const isBlueGreen = view.blueGreen !== undefined
  draft.replicas = sum("current")
  draft.updatedReplicas = view.newSet?.current ?? 0
  draft.readyReplicas = isBlueGreen ? (active?.ready ?? 0) : sum("ready")
  draft.availableReplicas = isBlueGreen ? (active?.available ?? 0) : sum("available")
  draft.HPAReplicas = isBlueGreen ? (active?.current ?? 0) : sum("current")
  draft.selector = selectorText(view)
  const { generation } = view.rollout.metadata
  if (generation !== undefined) draft.observedGeneration = String(generation)
}

/** True where `spec.replicas` changed and the sets have not followed yet. */
function isScalingEvent(view: RolloutView): boolean {
  return [view.newSet, view.stableSet].some(
    (set) =>
      set !== undefined &&
      set.spec > 0 &&
      set.desired !== undefined &&
      set.desired !== view.replicas,
  )
}

/** A change of `spec.replicas` scales and does nothing else (spec/rollouts §2.4). */
function followScale(turn: Turn): void {
  const { view, draft } = turn
  if (isHalted(turn) && view.spec.paused === true) return
  if (view.blueGreen !== undefined) {
    const sets = [view.stableSet, view.newSet].filter((set) => set !== undefined)
    const grown = sets.flatMap((set) =>
      scaleTo(view, set, set.spec === 0 ? 0 : view.replicas, set.deadline),
    )
    turn.actions.push(...new Map(grown.map((action) => [action.key, action])).values())
    return
  }
  const scaling = scaleCanary(view, draft)
  turn.actions.push(...scaling.actions)
  turn.wakes.push(scaling.wakeAt)
  if (scaling.actions.length > 0) return
  const wanted = wantedReplicas(view, draft)
  if (view.newSet !== undefined) turn.actions.push(...scaleTo(view, view.newSet, wanted.canary))
}

function settle(turn: Turn, issues: readonly Issue[]): void {
  if (issues.length === 0) {
    writeConditions(turn)
    return
  }
  writeInvalidSpec(turn, issues.map(formatIssue).join("; "))
  turn.wakes.push(epochMs(turn.view.now + invalidAgainMs))
}

function close(turn: Turn, issues: readonly Issue[]): RolloutDecision {
  const { view, draft } = turn
  countPods(turn)
  settle(turn, issues)
  const { phase, message } = phaseOfRollout(view, draft)
  draft.phase = phase
  draft.message = message
  const status = dropUndefined(draft) as RolloutStatus
  const isSame = equalJson(status, view.status)
  const later = turn.wakes.map((wake) => (wake !== undefined && wake < view.now ? view.now : wake))
  const wakeAt = earliest(...(isSame ? later.filter((wake) => wake !== view.now) : later))
  return {
    status: isSame ? view.status : status,
    actions: issues.length > 0 ? [] : turn.actions,
    ...(wakeAt === undefined ? {} : { wakeAt }),
  }
}

/**
 * Decides what a rollout does next. Pure and total: the same rollout, observation and instant give the same answer,
 * whatever happened in between. The rollout has to come from {@link parseRollout}.
 */
export function decideRollout(
  rollout: Rollout,
  observed: ObservedRollout,
  now: EpochMs,
): RolloutDecision {
  if (rollout.metadata.deletionTimestamp !== undefined)
    return { status: rollout.status ?? {}, actions: [] }
  const view = openRollout(rollout, observed, now)
  const draft: Draft = { ...view.status }
  const turn = openTurn(view, draft)
  const issues = referenceIssues(view)
  if (issues.length > 0) return close(turn, issues)
  if (view.newSet === undefined) {
    const replicaSet = newReplicaSet(view)
    const key = `replicasets/${replicaSet.metadata.name ?? ""}/create`
    turn.actions.push({ type: "CreateReplicaSet", key, replicaSet })
    return close(turn, [])
  }
  syncRevision(turn)
  resetIfChanged(turn)
  if (isScalingEvent(view) && !turn.wasReset) {
    followScale(turn)
    return close(turn, [])
  }
  if (restartPods(turn)) return close(turn, [])
  turn.actions.push(...expireHistory(view))
  if (view.blueGreen !== undefined) decideBlueGreen(turn, view.blueGreen)
  else decideCanary(turn)
  return close(turn, turn.issues)
}
