import { type EpochMs, earliest, epochMs } from "@argo-ts/kernel"
import type { BlueGreenStrategy } from "../api/blue-green.js"
import { isCompleted } from "./analysis/phases.js"
import { addPause, clearPauses, pausedSince, pauseOf, setBlueGreen } from "./draft.js"
import { isFastRollback } from "./rollback.js"
import { judgeRun, proposeRun, type RunSlot, retireRuns } from "./runs.js"
import { delayAborted, delayOld, referencedHashes, type Scaling, scaleTo } from "./scaling.js"
import { pointService } from "./services.js"
import { abortUpdate, isHalted, type Turn } from "./turn.js"
import { isSaturated, selectedHash, serviceOf } from "./view.js"

/** What one blue-green decision knows at its start. */
interface Scene {
  readonly strategy: BlueGreenStrategy
  /** Hash the active Service selects, if it selects one. */
  readonly activeHash: string | undefined
  readonly isSaturated: boolean
  /** True while the preview has the smaller size it was given. */
  readonly isPreviewReady: boolean
  /** No pause and no analysis stand in the way of the switch. */
  readonly isFastTracked: boolean
  readonly pre: RunSlot | undefined
  readonly post: RunSlot | undefined
}

function slotOf(
  strategy: BlueGreenStrategy,
  type: "PrePromotion" | "PostPromotion",
): RunSlot | undefined {
  const isPre = type === "PrePromotion"
  const analysis = isPre ? strategy.prePromotionAnalysis : strategy.postPromotionAnalysis
  if (analysis === undefined || (analysis.templates ?? []).length === 0) return undefined
  const field = isPre ? "prePromotionAnalysisRunStatus" : "postPromotionAnalysisRunStatus"
  return {
    type,
    analysis,
    suffix: isPre ? "-pre" : "-post",
    read: (draft) => draft.blueGreen?.[field],
    write: (draft, run) => setBlueGreen(draft, { [field]: run }),
  }
}

function openScene(turn: Turn, strategy: BlueGreenStrategy): Scene {
  const { view, draft } = turn
  const activeHash = selectedHash(serviceOf(view, strategy.activeService))
  const { newSet } = view
  const { previewReplicaCount } = strategy
  return {
    strategy,
    activeHash,
    isSaturated: isSaturated(view, newSet),
    isPreviewReady:
      previewReplicaCount !== undefined &&
      draft.blueGreen?.scaleUpPreviewCheckPoint !== true &&
      newSet?.available === previewReplicaCount,
    isFastTracked:
      draft.promoteFull === true ||
      activeHash === undefined ||
      activeHash === view.podHash ||
      isFastRollback(view),
    pre: slotOf(strategy, "PrePromotion"),
    post: slotOf(strategy, "PostPromotion"),
  }
}

function settleRequests(turn: Turn): void {
  const { draft } = turn
  if (draft.promoteFull === true) {
    clearPauses(draft)
    draft.abort = undefined
    draft.abortedAt = undefined
  } else if (draft.abort === true) {
    abortUpdate(turn, "")
  } else {
    draft.abort = undefined
    if (draft.abortedAt !== undefined) {
      draft.abortedAt = undefined
      setBlueGreen(draft, {
        prePromotionAnalysisRunStatus: undefined,
        postPromotionAnalysisRunStatus: undefined,
      })
    }
  }
}

function isSuccessful(turn: Turn, slot: RunSlot | undefined): boolean {
  return slot === undefined || slot.read(turn.draft)?.status === "Successful"
}

/** Size of the new set: small as a preview, whole once it is about to carry traffic (spec/rollouts §2.11). */
function previewSize(turn: Turn, scene: Scene): number {
  const { view, draft } = turn
  const { previewReplicaCount } = scene.strategy
  const isWhole =
    previewReplicaCount === undefined ||
    view.stableSet === undefined ||
    scene.activeHash === view.podHash ||
    draft.promoteFull === true ||
    draft.blueGreen?.scaleUpPreviewCheckPoint === true ||
    view.stableSet === view.newSet
  return isWhole ? view.replicas : previewReplicaCount
}

function scaleOld(turn: Turn, scene: Scene): Scaling {
  const { view, draft } = turn
  const { scaleDownDelaySeconds, scaleDownDelayRevisionLimit } = scene.strategy
  const hasInconclusive = pauseOf(draft, "InconclusiveAnalysisRun") !== undefined
  const post = scene.post?.read(draft)
  const isJudging = scene.post !== undefined && post !== undefined && !isCompleted(post.status)
  if (hasInconclusive || (isJudging && scaleDownDelaySeconds === undefined)) {
    return { actions: [], wakeAt: earliest(...view.others.map((set) => set.deadline)) }
  }
  const referenced = referencedHashes(view, draft)
  const free = view.others.filter((set) => !referenced.has(set.hash))
  return delayOld(view, free, {
    seconds: scaleDownDelaySeconds,
    revisionLimit: scaleDownDelayRevisionLimit,
  })
}

/** A set on its way back keeps its deadline, by which it is recognised, until it is active again. */
function keptDeadline(turn: Turn, scene: Scene): EpochMs | undefined {
  const { view } = turn
  const isBack = scene.activeHash !== view.podHash && isFastRollback(view)
  return isBack ? view.newSet?.deadline : undefined
}

function scaleSets(turn: Turn, scene: Scene): Scaling {
  const { view, draft } = turn
  const { newSet, stableSet } = view
  if (stableSet !== undefined && stableSet !== newSet) {
    const actions = scaleTo(view, stableSet, view.replicas, undefined)
    if (actions.length > 0) return { actions }
  }
  let delayed: Scaling = { actions: [] }
  if (newSet !== undefined) {
    const isRefused =
      draft.abort === true && newSet !== stableSet && scene.activeHash !== view.podHash
    delayed = isRefused
      ? delayAborted(view, newSet, scene.strategy.abortScaleDownDelaySeconds)
      : { actions: scaleTo(view, newSet, previewSize(turn, scene), keptDeadline(turn, scene)) }
    if (delayed.actions.length > 0) return delayed
  }
  const old = scaleOld(turn, scene)
  return { actions: old.actions, wakeAt: earliest(delayed.wakeAt, old.wakeAt) }
}

/** Starts, keeps and ends the pause before the switch; true once nothing has to be waited for. */
function isPauseComplete(turn: Turn, scene: Scene): boolean {
  const { view, draft } = turn
  const { autoPromotionEnabled = true, autoPromotionSeconds = 0 } = scene.strategy
  if (scene.isFastTracked || draft.abort === true) return true
  if (autoPromotionEnabled && autoPromotionSeconds === 0) return true
  if (draft.blueGreen?.scaleUpPreviewCheckPoint === true) return true
  if (pauseOf(draft, "BlueGreenPause") === undefined) {
    if (draft.controllerPause === true && pauseOf(draft, "InconclusiveAnalysisRun") === undefined)
      return true
    const isReady = (scene.isSaturated || scene.isPreviewReady) && isSuccessful(turn, scene.pre)
    if (!isReady || view.spec.paused === true) return false
    addPause(draft, "BlueGreenPause", view.now)
  }
  const since = pausedSince(draft, "BlueGreenPause")
  if (!autoPromotionEnabled || since === undefined) return false
  const end = epochMs(since + autoPromotionSeconds * 1000)
  if (view.now >= end) return true
  turn.wakes.push(end)
  return false
}

/** The hash the active Service should select; undefined leaves it (spec/rollouts §2.11). */
function wantedActive(turn: Turn, scene: Scene, isPauseOver: boolean): string | undefined {
  const { view, draft } = turn
  const { stableSet } = view
  if (draft.abort === true) {
    // Differs from Argo: the Service goes back even where the new pods crash (spec/rollouts §2.18, 11).
    return stableSet !== undefined && stableSet.available > 0 ? stableSet.hash : undefined
  }
  if (!scene.isSaturated) return undefined
  const isReady = isPauseOver && isSuccessful(turn, scene.pre)
  return scene.isFastTracked || isReady ? view.podHash : undefined
}

function proposeRuns(turn: Turn, scene: Scene): void {
  const { view, draft } = turn
  const isUpdating = view.stableSet !== undefined && view.stableSet !== view.newSet
  const isStopped = draft.abort === true || draft.promoteFull === true || !isUpdating
  if (isStopped || (isFastRollback(view) && scene.activeHash !== view.podHash)) {
    retireRuns(turn, [])
    return
  }
  const isActive = scene.activeHash === view.podHash
  const slot = isActive ? scene.post : scene.activeHash === undefined ? undefined : scene.pre
  if (slot === undefined) {
    retireRuns(turn, [])
    return
  }
  const isReady = scene.isSaturated || (!isActive && scene.isPreviewReady)
  if (isReady && !isHalted(turn)) proposeRun(turn, slot)
  retireRuns(turn, [slot])
}

function isPromotable(turn: Turn, scene: Scene): boolean {
  const { view, draft } = turn
  if (view.stableSet === undefined || scene.activeHash === undefined) return true
  if (scene.activeHash !== view.podHash) return false
  if (draft.promoteFull === true || isFastRollback(view)) return true
  return draft.abort !== true && isSuccessful(turn, scene.post)
}

function promote(turn: Turn): void {
  const { view, draft } = turn
  const wasStable = draft.stableRS === view.podHash
  draft.stableRS = view.podHash
  draft.promoteFull = undefined
  if (wasStable) return
  clearPauses(draft)
  draft.abort = undefined
  draft.abortedAt = undefined
  setBlueGreen(draft, {
    scaleUpPreviewCheckPoint: undefined,
    prePromotionAnalysisRunStatus: undefined,
    postPromotionAnalysisRunStatus: undefined,
  })
}

/** Lets the preview grow to its whole size, once (spec/rollouts §2.11). */
function passCheckpoint(turn: Turn, scene: Scene, isPauseOver: boolean): void {
  const { draft } = turn
  if (!scene.isPreviewReady || !isPauseOver || !isSuccessful(turn, scene.pre)) return
  if (draft.abort === true || turn.view.newSet === turn.view.stableSet) return
  setBlueGreen(draft, { scaleUpPreviewCheckPoint: true })
  clearPauses(draft)
  turn.wakes.push(turn.view.now)
}

/** One decision about a blue-green rollout (spec/rollouts §2.4 and §2.11). */
export function decideBlueGreen(turn: Turn, strategy: BlueGreenStrategy): void {
  const { view, draft } = turn
  settleRequests(turn)
  const scene = openScene(turn, strategy)
  setBlueGreen(draft, {
    activeSelector: scene.activeHash,
    previewSelector: selectedHash(serviceOf(view, strategy.previewService)),
  })
  if (draft.promoteFull !== true) {
    for (const slot of [scene.pre, scene.post]) if (slot !== undefined) judgeRun(turn, slot)
  }
  const halted = isHalted(turn)
  if (!halted && draft.abort !== true) pointService(turn, strategy.previewService, view.podHash)
  if (!halted) {
    const scaling = scaleSets(turn, scene)
    turn.actions.push(...scaling.actions)
    turn.wakes.push(scaling.wakeAt)
  }
  const isPauseOver = isPauseComplete(turn, scene)
  if (!isHalted(turn)) {
    pointService(turn, strategy.activeService, wantedActive(turn, scene, isPauseOver))
    passCheckpoint(turn, scene, isPauseOver)
  }
  proposeRuns(turn, scene)
  // The pause is over for good once the switch is seen; until then it stays recorded.
  if (
    scene.activeHash === view.podHash &&
    pauseOf(draft, "InconclusiveAnalysisRun") === undefined
  ) {
    clearPauses(draft)
  }
  if (isPromotable(turn, scene)) promote(turn)
}
