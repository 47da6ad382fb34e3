import { type EpochMs, formatInstant, type Issue } from "@argo-ts/kernel"
import type { RolloutAction } from "./actions.js"
import { clearPauses, type Draft } from "./draft.js"
import type { RolloutView } from "./view.js"

/** One decision in the making: what is read, and what is gathered. Lives for one call only. */
export interface Turn {
  readonly view: RolloutView
  readonly draft: Draft
  readonly actions: RolloutAction[]
  readonly wakes: (EpochMs | undefined)[]
  /** What is wrong with what the rollout refers to. */
  readonly issues: Issue[]
  /** True where a new template or new steps start the update again. */
  wasReset: boolean
  /** Why the update is given up, if that happens in this decision. */
  abortReason: string | undefined
}

/** A turn that has gathered nothing. */
export function openTurn(view: RolloutView, draft: Draft): Turn {
  return {
    view,
    draft,
    actions: [],
    wakes: [],
    issues: [],
    wasReset: false,
    abortReason: undefined,
  }
}

/** Gives the update up: no pauses, back to the first step; keeps the instant of the first abort. */
export function abortUpdate(turn: Turn, reason: string): void {
  if (turn.draft.abort !== true) turn.abortReason = reason
  turn.draft.abort = true
  turn.draft.abortedAt ??= formatInstant(turn.view.now)
  clearPauses(turn.draft)
}

/** True while progress stands still: paused by a human, or by an analysis that could not decide. */
export function isHalted(turn: Turn): boolean {
  return (
    turn.view.spec.paused === true ||
    turn.draft.pauseConditions?.some(
      ({ reason }) => reason === "InconclusiveAnalysisRun" || reason === "InconclusiveExperiment",
    ) === true
  )
}
