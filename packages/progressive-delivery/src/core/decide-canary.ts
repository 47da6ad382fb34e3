import { type EpochMs, epochMs } from "@argo-ts/kernel"
import type { CanaryStep } from "../api/canary.js"
import type { TrafficWeights } from "../api/rollout-status.js"
import { hasWantedReplicas, meetsThreshold } from "./canary-replicas.js"
import { trafficTarget } from "./canary-traffic.js"
import { addPause, clearPauses, pausedSince, pauseOf, removePause, setCanary } from "./draft.js"
import { isFastRollback, isWithinRollbackWindow } from "./rollback.js"
import { judgeRun, proposeRun, type RunSlot, retireRuns } from "./runs.js"
import { scaleCanary } from "./scaling.js"
import { pointCanaryServices } from "./services.js"
import { currentStep, pauseDurationMs } from "./steps.js"
import { abortUpdate, isHalted, type Turn } from "./turn.js"
import { hasTrafficRouting, selectedHash, serviceOf } from "./view.js"

const verifyAgainMs = 10_000

/** The background analysis as a place for a run. */
function backgroundSlot(turn: Turn): RunSlot | undefined {
  const analysis = turn.view.canary?.analysis
  if (analysis === undefined || (analysis.templates ?? []).length === 0) return undefined
  return {
    type: "Background",
    analysis,
    suffix: "",
    read: (draft) => draft.canary?.currentBackgroundAnalysisRunStatus,
    write: (draft, run) => setCanary(draft, { currentBackgroundAnalysisRunStatus: run }),
  }
}

/** The analysis step at the current index as a place for a run. */
function stepSlot(turn: Turn): RunSlot | undefined {
  const index = turn.draft.currentStepIndex ?? 0
  const analysis = turn.view.steps[index]?.analysis
  if (analysis === undefined) return undefined
  return {
    type: "Step",
    analysis,
    suffix: `-${index}`,
    stepIndex: index,
    read: (draft) => draft.canary?.currentStepAnalysisRunStatus,
    write: (draft, run) => setCanary(draft, { currentStepAnalysisRunStatus: run }),
  }
}

function hasPauses(turn: Turn): boolean {
  return (turn.draft.pauseConditions ?? []).length > 0
}

/** Whether runs may be started now: an update is on its way, nobody stopped or finished it. */
function mayAnalyse(turn: Turn): boolean {
  const { view, draft } = turn
  const isUpdating = view.stableSet !== undefined && view.stableSet !== view.newSet
  return isUpdating && draft.abort !== true && draft.promoteFull !== true && !isFastRollback(view)
}

function judgeRuns(turn: Turn, slots: readonly RunSlot[]): void {
  if (turn.draft.promoteFull === true) return
  for (const slot of slots) judgeRun(turn, slot)
}

function proposeRuns(turn: Turn, background: RunSlot | undefined, step: RunSlot | undefined): void {
  if (!mayAnalyse(turn)) {
    retireRuns(turn, [])
    return
  }
  const index = turn.draft.currentStepIndex ?? 0
  const startingStep = turn.view.canary?.analysis?.startingStep ?? 0
  const current: RunSlot[] = []
  if (background !== undefined && index >= startingStep) {
    current.push(background)
    if (!isHalted(turn)) proposeRun(turn, background)
  }
  if (step !== undefined) {
    current.push(step)
    if (!hasPauses(turn) && turn.view.spec.paused !== true) proposeRun(turn, step)
  }
  retireRuns(turn, current)
}

/** Records the weights as the router shows them. */
function recordWeights(turn: Turn): void {
  const { view, draft } = turn
  const { traffic } = view.observed
  if (traffic === undefined) return
  const { canaryService, stableService } = view.canary ?? {}
  const named = (name: string | undefined): { serviceName?: string } =>
    name === undefined ? {} : { serviceName: name }
  const stableHash = view.stableSet?.hash
  // Traffic that is still flowing to a canary keeps that canary's hash until it has left.
  const isDraining = view.newSet === view.stableSet && traffic.canary > 0
  const canaryHash = isDraining
    ? (draft.canary?.weights?.canary.podTemplateHash ?? view.podHash)
    : view.podHash
  const weights: TrafficWeights = {
    canary: { weight: traffic.canary, ...named(canaryService), podTemplateHash: canaryHash },
    stable: {
      weight: traffic.stable,
      ...named(stableService),
      ...(stableHash === undefined ? {} : { podTemplateHash: stableHash }),
    },
    ...(traffic.verified === undefined ? {} : { verified: traffic.verified }),
  }
  setCanary(draft, { weights })
}

/** The weight aimed at, and whether traffic really flows so. */
interface Routed {
  readonly weight: number
  readonly isSettled: boolean
}

/** Proposes the weight. Without a router traffic follows the pods, and there is nothing to settle. */
function routeTraffic(turn: Turn): Routed {
  const { view, draft } = turn
  if (!hasTrafficRouting(view)) return { weight: view.weightMax, isSettled: true }
  recordWeights(turn)
  const { weight, isHeld } = trafficTarget(view, draft)
  const shown = view.observed.traffic
  const isShown = shown?.canary === weight
  if (shown?.verified === false) turn.wakes.push(epochMs(view.now + verifyAgainMs))
  if (!isHeld && !isShown && mayMove(turn)) {
    turn.actions.push({
      type: "SetWeight",
      key: `${view.name}/${view.podHash}/weight/${weight}`,
      canary: weight,
      stable: view.weightMax - weight,
      weightMax: view.weightMax,
    })
  }
  return { weight, isSettled: isShown && shown?.verified !== false }
}

/** After promotion traffic leaves the canary Service only once the stable one selects the promoted pods. */
function mayMove(turn: Turn): boolean {
  const { view } = turn
  if (view.newSet === undefined || view.newSet !== view.stableSet) return true
  const service = serviceOf(view, view.canary?.stableService)
  return (
    service === undefined ||
    selectedHash(service) === view.podHash ||
    view.observed.traffic === undefined
  )
}

function isPauseOver(turn: Turn, step: CanaryStep): boolean {
  const { draft, view } = turn
  if (step.pause === undefined) return false
  if (pauseOf(draft, "CanaryPauseStep") === undefined) return draft.controllerPause === true
  const since = pausedSince(draft, "CanaryPauseStep")
  const durationMs = pauseDurationMs(step.pause)
  if (since === undefined || durationMs === undefined) return false
  const end = epochMs(since + durationMs) as EpochMs
  if (view.now >= end) return true
  turn.wakes.push(end)
  return false
}

function isStepComplete(turn: Turn, step: CanaryStep, isRouted: boolean): boolean {
  const { view, draft } = turn
  if (step.pause !== undefined) return isPauseOver(turn, step)
  if (step.setCanaryScale !== undefined) return hasWantedReplicas(view, draft)
  if (step.setWeight !== undefined) return isRouted && hasWantedReplicas(view, draft)
  if (step.analysis !== undefined) {
    return draft.canary?.currentStepAnalysisRunStatus?.status === "Successful"
  }
  return true
}

/** Completes at most one step; otherwise starts the pause the step asks for (spec/rollouts §2.6.2). */
function walkSteps(turn: Turn, isRouted: boolean): boolean {
  const { view, draft } = turn
  const step = currentStep(view.steps, draft.currentStepIndex)
  if (step === undefined || view.spec.paused === true || draft.abort === true) return false
  if (!isStepComplete(turn, step, isRouted)) {
    if (step.pause !== undefined && draft.controllerPause !== true) startPause(turn, step)
    return false
  }
  draft.currentStepIndex = (draft.currentStepIndex ?? 0) + 1
  setCanary(draft, { currentStepAnalysisRunStatus: undefined })
  removePause(draft, "CanaryPauseStep")
  return true
}

function startPause(turn: Turn, step: CanaryStep): void {
  addPause(turn.draft, "CanaryPauseStep", turn.view.now)
  isPauseOver(turn, step)
}

/** Why the new version becomes the stable one now, if it does (spec/rollouts §2.7). */
function promotionReason(turn: Turn, traffic: Routed): string | undefined {
  const { view, draft } = turn
  if (view.stableSet === undefined) return "initial deploy"
  if (draft.abort === true || view.spec.paused === true || hasPauses(turn)) return undefined
  const isFull = (view.newSet?.available ?? 0) >= view.replicas
  const hasThreshold = view.canary?.replicaProgressThreshold !== undefined
  if (!isFull && !(hasThreshold && meetsThreshold(view, view.replicas))) return undefined
  if (draft.promoteFull === true) return traffic.isSettled ? "full promotion requested" : undefined
  if (isFastRollback(view)) return "rollback"
  const isDone = (draft.currentStepIndex ?? 0) >= view.steps.length
  // Without any pods there is nobody to send traffic to, and nothing to wait for.
  const isAll = traffic.weight === view.weightMax || view.replicas === 0
  const hasAllTraffic = traffic.isSettled && isAll
  return isDone && hasAllTraffic ? "completed all steps" : undefined
}

function promote(turn: Turn): void {
  const { view, draft } = turn
  const wasStable = draft.stableRS === view.podHash
  draft.stableRS = view.podHash
  draft.promoteFull = undefined
  if (view.steps.length > 0) draft.currentStepIndex = view.steps.length
  if (wasStable) return
  clearPauses(draft)
  draft.abort = undefined
  draft.abortedAt = undefined
  setCanary(draft, {
    currentBackgroundAnalysisRunStatus: undefined,
    currentStepAnalysisRunStatus: undefined,
  })
}

/** Settles what a human or an earlier decision asked for: abort, retry, full promotion. */
function settleRequests(turn: Turn): void {
  const { view, draft } = turn
  if (draft.promoteFull === true || isWithinRollbackWindow(view)) {
    clearPauses(draft)
    draft.abort = undefined
    draft.abortedAt = undefined
    if (view.steps.length > 0) draft.currentStepIndex = view.steps.length
    return
  }
  if (draft.abort === true) {
    abortUpdate(turn, "")
    return
  }
  draft.abort = undefined
  if (draft.abortedAt === undefined) return
  draft.abortedAt = undefined
  setCanary(draft, {
    currentBackgroundAnalysisRunStatus: undefined,
    currentStepAnalysisRunStatus: undefined,
  })
}

/** One decision about a canary (spec/rollouts §2.4). */
export function decideCanary(turn: Turn): void {
  const { view, draft } = turn
  settleRequests(turn)
  const background = backgroundSlot(turn)
  const step = stepSlot(turn)
  judgeRuns(
    turn,
    [background, step].filter((slot) => slot !== undefined),
  )
  if (draft.abort === true && view.steps.length > 0) {
    draft.currentStepIndex = view.newSet === view.stableSet ? view.steps.length : 0
  }
  pointCanaryServices(turn)
  const traffic = routeTraffic(turn)
  proposeRuns(turn, background, draft.abort === true ? undefined : step)
  if (!isHalted(turn)) {
    const scaling = scaleCanary(view, draft)
    turn.actions.push(...scaling.actions)
    turn.wakes.push(scaling.wakeAt)
  }
  if (walkSteps(turn, traffic.isSettled)) turn.wakes.push(view.now)
  else if (promotionReason(turn, traffic) !== undefined) promote(turn)
}
