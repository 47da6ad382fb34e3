import { type EpochMs, findCondition } from "@argo-ts/kernel"
import type { Rollout } from "../api/rollout.js"
import type { CurrentRun, PauseReason } from "../api/rollout-status.js"
import { wantedReplicas } from "./canary-replicas.js"
import { trafficTarget } from "./canary-traffic.js"
import { type Draft, pausedSince } from "./draft.js"
import type { ObservedRollout } from "./observed.js"
import { describeStep, pauseDurationMs } from "./steps.js"
import { hasTrafficRouting, openRollout, type RolloutView } from "./view.js"

/** Why a rollout is where it is, for machines. */
export type RolloutReason =
  | { readonly reason: "Healthy"; readonly revision: number }
  | { readonly reason: "InvalidSpec"; readonly message: string }
  | { readonly reason: "Aborted"; readonly message: string }
  | { readonly reason: "ProgressDeadlineExceeded"; readonly message: string }
  | { readonly reason: "PausedByUser" }
  | { readonly reason: "NotStarted" }
  | {
      readonly reason: PauseReason
      readonly step?: StepPlace
      /** How long the pause still lasts; absent: until somebody resumes it. */
      readonly remainingMs?: number
      readonly run?: CurrentRun
    }
  | { readonly reason: "WaitingForAnalysis"; readonly step?: StepPlace; readonly run: CurrentRun }
  | {
      readonly reason: "WaitingForPods"
      readonly of: "canary" | "stable" | "preview"
      readonly step?: StepPlace
      readonly available: number
      readonly wanted: number
    }
  | {
      readonly reason: "WaitingForTraffic"
      readonly step?: StepPlace
      readonly weight: number
      readonly wanted: number
    }
  | { readonly reason: "WaitingForOldPods"; readonly pods: number }
  | { readonly reason: "WaitingForSwitch"; readonly service: string }
  | { readonly reason: "Progressing"; readonly step?: StepPlace; readonly message: string }

/** Which step, counted from one, and what it does. */
export interface StepPlace {
  readonly number: number
  readonly of: number
  readonly does: string
}

function placeOf(view: RolloutView, draft: Draft): { readonly step?: StepPlace } {
  const index = draft.currentStepIndex ?? 0
  const step = view.steps[index]
  if (step === undefined) return {}
  return { step: { number: index + 1, of: view.steps.length, does: describeStep(step) } }
}

function pauseReason(view: RolloutView, draft: Draft): RolloutReason | undefined {
  const [pause] = draft.pauseConditions ?? []
  if (pause === undefined) return undefined
  const place = placeOf(view, draft)
  const since = pausedSince(draft, pause.reason)
  const step = view.steps[draft.currentStepIndex ?? 0]
  if (pause.reason === "InconclusiveAnalysisRun") {
    const run = currentRuns(draft).find(({ status }) => status === "Inconclusive")
    return { reason: pause.reason, ...place, ...(run === undefined ? {} : { run }) }
  }
  const { autoPromotionEnabled = true, autoPromotionSeconds = 0 } = view.blueGreen ?? {}
  const blueGreenMs = autoPromotionEnabled ? autoPromotionSeconds * 1000 : undefined
  const durationMs =
    pause.reason === "BlueGreenPause"
      ? blueGreenMs
      : step?.pause === undefined
        ? undefined
        : pauseDurationMs(step.pause)
  if (durationMs === undefined || since === undefined) return { reason: pause.reason, ...place }
  return { reason: pause.reason, ...place, remainingMs: Math.max(0, since + durationMs - view.now) }
}

function currentRuns(draft: Draft): readonly CurrentRun[] {
  const runs = [
    draft.canary?.currentStepAnalysisRunStatus,
    draft.canary?.currentBackgroundAnalysisRunStatus,
    draft.blueGreen?.prePromotionAnalysisRunStatus,
    draft.blueGreen?.postPromotionAnalysisRunStatus,
  ]
  return runs.filter((run) => run !== undefined)
}

function badReason(draft: Draft): RolloutReason | undefined {
  const invalid = findCondition(draft.conditions, "InvalidSpec")
  if (invalid?.status === "True") return { reason: "InvalidSpec", message: invalid.message ?? "" }
  const progressing = findCondition(draft.conditions, "Progressing")
  if (progressing?.reason === "RolloutAborted")
    return { reason: "Aborted", message: progressing.message ?? "" }
  if (progressing?.reason !== "ProgressDeadlineExceeded") return undefined
  return { reason: "ProgressDeadlineExceeded", message: progressing.message ?? "" }
}

function canaryReason(view: RolloutView, draft: Draft): RolloutReason | undefined {
  const place = placeOf(view, draft)
  const step = view.steps[draft.currentStepIndex ?? 0]
  const run = draft.canary?.currentStepAnalysisRunStatus
  if (step?.analysis !== undefined && run !== undefined)
    return { reason: "WaitingForAnalysis", ...place, run }
  const { newSet, stableSet } = view
  const wanted = wantedReplicas(view, draft)
  const available = newSet?.available ?? 0
  if (available < wanted.canary) {
    return { reason: "WaitingForPods", of: "canary", ...place, available, wanted: wanted.canary }
  }
  if (stableSet !== undefined && stableSet !== newSet && stableSet.available < wanted.stable) {
    return {
      reason: "WaitingForPods",
      of: "stable",
      ...place,
      available: stableSet.available,
      wanted: wanted.stable,
    }
  }
  if (!hasTrafficRouting(view)) return undefined
  const { weight } = trafficTarget(view, draft)
  const shown = view.observed.traffic?.canary ?? 0
  return shown === weight
    ? undefined
    : { reason: "WaitingForTraffic", ...place, weight: shown, wanted: weight }
}

function blueGreenReason(view: RolloutView, draft: Draft): RolloutReason | undefined {
  const run = currentRuns(draft).find(({ status }) => status === "Running" || status === "Pending")
  if (run !== undefined) return { reason: "WaitingForAnalysis", run }
  const available = view.newSet?.available ?? 0
  const wanted = view.newSet?.spec ?? view.replicas
  if (available < wanted) return { reason: "WaitingForPods", of: "preview", available, wanted }
  const isSwitched = draft.blueGreen?.activeSelector === view.podHash
  return isSwitched
    ? undefined
    : { reason: "WaitingForSwitch", service: view.blueGreen?.activeService ?? "" }
}

/** Why the rollout is where it is. Reads the recorded status; decides nothing. */
export function rolloutReason(
  rollout: Rollout,
  observed: ObservedRollout,
  now: EpochMs,
): RolloutReason {
  const view = openRollout(rollout, observed, now)
  const draft: Draft = view.status
  const bad = badReason(draft)
  if (bad !== undefined) return bad
  if (view.spec.paused === true) return { reason: "PausedByUser" }
  const pause = pauseReason(view, draft)
  if (pause !== undefined) return pause
  if (draft.phase === undefined) return { reason: "NotStarted" }
  if (draft.phase === "Healthy") return { reason: "Healthy", revision: view.newSet?.revision ?? 0 }
  const waiting =
    view.blueGreen === undefined ? canaryReason(view, draft) : blueGreenReason(view, draft)
  if (waiting !== undefined) return waiting
  const old = view.others.reduce((sum, set) => sum + set.current, 0)
  if (old > 0) return { reason: "WaitingForOldPods", pods: old }
  return { reason: "Progressing", ...placeOf(view, draft), message: draft.message ?? "" }
}

/** A length of time as people say it: `40 s`, `2 min 5 s`, `1 h 30 min`. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000)
  const [hours, minutes, rest] = [
    Math.floor(seconds / 3600),
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ]
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`
  if (minutes > 0) return rest > 0 ? `${minutes} min ${rest} s` : `${minutes} min`
  return `${rest} s`
}

function at(step: StepPlace | undefined): string {
  return step === undefined ? "" : ` at step ${step.number} of ${step.of}`
}

function pauseSentence(why: RolloutReason & { readonly reason: PauseReason }): string {
  if (why.reason === "InconclusiveAnalysisRun") {
    const run = why.run === undefined ? "an analysis" : `the analysis ${why.run.name}`
    return `paused${at(why.step)}: ${run} could not decide; promote to go on, or abort`
  }
  if (why.remainingMs !== undefined)
    return `paused${at(why.step)} for ${humanDuration(why.remainingMs)} more`
  const what = why.reason === "BlueGreenPause" ? " before the switch" : ""
  return `paused${at(why.step)}${what} until somebody promotes`
}

/** Turns a reason into a sentence. */
export function describeReason(why: RolloutReason): string {
  switch (why.reason) {
    case "Healthy":
      return `healthy at revision ${why.revision}`
    case "InvalidSpec":
      return `cannot be rolled out: ${why.message}`
    case "Aborted":
      return `aborted, running the last good version: ${why.message}`
    case "ProgressDeadlineExceeded":
      return `stuck: ${why.message}`
    case "PausedByUser":
      return "paused by hand until spec.paused is false"
    case "NotStarted":
      return "not looked at yet"
    case "WaitingForAnalysis":
      return `waiting${at(why.step)} for the analysis ${why.run.name} (${why.run.status})`
    case "WaitingForPods":
      return `waiting${at(why.step)} for ${why.wanted - why.available} of ${why.wanted} ${why.of} pods to become available`
    case "WaitingForTraffic":
      return `waiting${at(why.step)} for traffic to move from ${why.weight} to ${why.wanted}`
    case "WaitingForOldPods":
      return `waiting for ${why.pods} pods of earlier versions to end`
    case "WaitingForSwitch":
      return `waiting for the Service ${why.service} to switch over`
    case "Progressing":
      return `progressing${at(why.step)}${why.message === "" ? "" : `: ${why.message}`}`
    default:
      return pauseSentence(why)
  }
}

/** Why the rollout is where it is, in a sentence: `paused at step 2 of 6 for 40 s more`. */
export function explainRollout(rollout: Rollout, observed: ObservedRollout, now: EpochMs): string {
  return describeReason(rolloutReason(rollout, observed, now))
}
