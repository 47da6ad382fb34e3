import { findCondition } from "@argo-ts/kernel"
import type { RolloutPhase } from "../api/rollout-status.js"
import type { Draft } from "./draft.js"
import { restartInstant } from "./restart.js"
import { hasTrafficRouting, isSaturated, type RolloutView } from "./view.js"

/** Phase and message of a rollout. */
export interface PhaseAndMessage {
  readonly phase: RolloutPhase
  readonly message: string | undefined
}

const progressing = (message: string): PhaseAndMessage => ({ phase: "Progressing", message })

function degraded(draft: Draft): PhaseAndMessage | undefined {
  const invalid = findCondition(draft.conditions, "InvalidSpec")
  if (invalid?.status === "True") {
    return { phase: "Degraded", message: `InvalidSpec: ${invalid.message ?? ""}` }
  }
  const condition = findCondition(draft.conditions, "Progressing")
  const isBad =
    condition?.reason === "RolloutAborted" || condition?.reason === "ProgressDeadlineExceeded"
  return isBad
    ? { phase: "Degraded", message: `${condition.reason}: ${condition.message ?? ""}` }
    : undefined
}

function canaryProgress(view: RolloutView, draft: Draft): string | undefined {
  if (!hasTrafficRouting(view) && (draft.replicas ?? 0) > (draft.updatedReplicas ?? 0)) {
    return "old replicas are pending termination"
  }
  return draft.stableRS !== view.podHash ? "waiting for all steps to complete" : undefined
}

function blueGreenProgress(view: RolloutView, draft: Draft): string | undefined {
  if (draft.blueGreen?.activeSelector !== view.podHash) return "active service cutover pending"
  if (draft.stableRS === view.podHash) return undefined
  return view.blueGreen?.postPromotionAnalysis === undefined || !isSaturated(view, view.newSet)
    ? "waiting for post-promotion verification to complete"
    : "waiting for analysis to complete"
}

/** The phase that clients show, first match of spec/rollouts §2.12. Reads conditions and counts of the draft. */
export function phaseOfRollout(view: RolloutView, draft: Draft): PhaseAndMessage {
  const bad = degraded(draft)
  if (bad !== undefined) return bad
  if (view.spec.paused === true) return { phase: "Paused", message: "manually paused" }
  const pause = draft.pauseConditions?.[0]
  if (pause !== undefined) return { phase: "Paused", message: pause.reason }
  const { restartAt } = view.spec
  if (restartAt !== undefined && restartAt !== draft.restartedAt && isDue(view, restartAt)) {
    return progressing("rollout is restarting")
  }
  if ((draft.updatedReplicas ?? 0) < view.replicas)
    return progressing("more replicas need to be updated")
  if ((view.newSet?.available ?? 0) < (draft.updatedReplicas ?? 0)) {
    return progressing("updated replicas are still becoming available")
  }
  const waiting =
    view.blueGreen === undefined ? canaryProgress(view, draft) : blueGreenProgress(view, draft)
  return waiting === undefined ? { phase: "Healthy", message: undefined } : progressing(waiting)
}

function isDue(view: RolloutView, restartAt: string): boolean {
  return restartInstant(restartAt) <= view.now
}
