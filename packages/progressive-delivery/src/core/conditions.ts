import {
  type Condition,
  type EpochMs,
  epochMs,
  findCondition,
  formatInstant,
  parseInstant,
  setCondition,
} from "@argo-ts/kernel"
import { hasWantedReplicas } from "./canary-replicas.js"
import type { Draft } from "./draft.js"
import { abortUpdate, type Turn } from "./turn.js"
import { isSaturated, type RolloutView } from "./view.js"

const deadlineDefaultSeconds = 600

interface NewCondition {
  readonly type: string
  readonly status: Condition["status"]
  readonly reason: string
  readonly message: string
}

/** Writes a condition unless status and reason are as before; `isFresh` moves `lastUpdateTime` all the same. */
function writeCondition(turn: Turn, next: NewCondition, isFresh = false): void {
  const { draft, view } = turn
  const old = findCondition(draft.conditions, next.type)
  const isSame = old?.status === next.status && old.reason === next.reason
  if (isSame && !isFresh && (old.message === next.message || next.type !== "InvalidSpec")) return
  const at = formatInstant(view.now)
  draft.conditions = setCondition(draft.conditions, {
    ...next,
    lastUpdateTime: at,
    lastTransitionTime: at,
  })
}

/** Takes a condition away. */
function dropCondition(draft: Draft, type: string): void {
  if (findCondition(draft.conditions, type) === undefined) return
  draft.conditions = (draft.conditions ?? []).filter((condition) => condition.type !== type)
}

/** True where the update is over: all pods are new and available, and everything points at them (spec/rollouts §2.12). */
export function isRolloutHealthy(view: RolloutView, draft: Draft): boolean {
  const { replicas, newSet } = view
  if (draft.updatedReplicas !== replicas || newSet?.available !== replicas) return false
  if (draft.stableRS !== view.podHash) return false
  if (view.blueGreen === undefined) {
    const isAtEnd = view.steps.length === 0 || draft.currentStepIndex === view.steps.length
    return (
      isAtEnd &&
      (view.others.length === 0 ||
        draft.replicas === replicas ||
        view.canary?.trafficRouting !== undefined)
    )
  }
  const { activeSelector, previewSelector } = draft.blueGreen ?? {}
  const isPreviewRight =
    view.blueGreen.previewService === undefined || previewSelector === view.podHash
  return activeSelector === view.podHash && isPreviewRight
}

function hasProgressed(turn: Turn): boolean {
  const { draft, view } = turn
  const before = view.status
  const old = (status: Draft): number => (status.replicas ?? 0) - (status.updatedReplicas ?? 0)
  return (
    (draft.updatedReplicas ?? 0) !== (before.updatedReplicas ?? 0) ||
    old(draft) < old(before) ||
    (draft.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (draft.availableReplicas ?? 0) > (before.availableReplicas ?? 0) ||
    draft.currentStepIndex !== before.currentStepIndex ||
    draft.stableRS !== before.stableRS ||
    draft.currentStepHash !== before.currentStepHash ||
    draft.blueGreen?.activeSelector !== before.blueGreen?.activeSelector ||
    draft.blueGreen?.previewSelector !== before.blueGreen?.previewSelector
  )
}

/** When the update counts as stuck; undefined while the deadline does not run (spec/rollouts §2.12). */
function deadlineOf(turn: Turn): EpochMs | undefined {
  const { view, draft } = turn
  const condition = findCondition(draft.conditions, "Progressing")
  if (condition === undefined || draft.abort === true || isPaused(turn)) return undefined
  if (condition.reason === "RolloutAborted" || condition.reason === "RolloutPaused")
    return undefined
  if (condition.reason === "NewReplicaSetAvailable") return undefined
  const step = view.steps[draft.currentStepIndex ?? 0]
  if (step?.analysis !== undefined || step?.pause !== undefined || step?.experiment !== undefined)
    return undefined
  if (view.others.some((set) => set.deadline !== undefined && set.spec > 0)) return undefined
  const updated = parseInstant(condition.lastUpdateTime ?? "")
  if (!updated.ok) return undefined
  return epochMs(
    updated.value + (view.spec.progressDeadlineSeconds ?? deadlineDefaultSeconds) * 1000,
  )
}

function isPaused(turn: Turn): boolean {
  return turn.view.spec.paused === true || (turn.draft.pauseConditions ?? []).length > 0
}

function abortMessage(turn: Turn): string {
  const revision = turn.view.newSet?.revision ?? 0
  const why = turn.abortReason
  return `Rollout aborted update to revision ${revision}${why === undefined || why === "" ? "" : `: ${why}`}`
}

/** The Progressing condition, first match. */
function writeProgressing(turn: Turn, isHealthy: boolean): void {
  const { view, draft } = turn
  const name = view.newSet?.name ?? view.name
  const write = (
    status: Condition["status"],
    reason: string,
    message: string,
    isFresh = false,
  ): void => writeCondition(turn, { type: "Progressing", status, reason, message }, isFresh)
  const before = findCondition(draft.conditions, "Progressing")
  if (draft.abort === true) return write("False", "RolloutAborted", abortMessage(turn))
  if (isPaused(turn)) return write("Unknown", "RolloutPaused", "Rollout is paused")
  if (isHealthy) {
    return write(
      "True",
      "NewReplicaSetAvailable",
      `ReplicaSet "${name}" has successfully progressed.`,
    )
  }
  if (turn.wasReset) {
    const isOld = view.newSet !== undefined && view.newSet.spec > 0
    const [reason, verb] = isOld
      ? ["FoundNewReplicaSet", "Found"]
      : ["NewReplicaSetCreated", "Created"]
    return write("True", reason as string, `${verb} new replica set "${name}"`, true)
  }
  if (before?.reason === "RolloutPaused")
    return write("Unknown", "RolloutResumed", "Rollout is resumed")
  if (before?.reason === "RolloutAborted")
    return write("Unknown", "RolloutRetry", "Retrying the update")
  const isComplete = draft.stableRS === view.podHash
  if (isComplete && before?.reason === "NewReplicaSetAvailable") {
    return write("True", "ReplicaSetNotAvailable", `ReplicaSet "${name}" is not available`)
  }
  const isMoving = hasProgressed(turn)
  if (isMoving || before === undefined) {
    return write("True", "ReplicaSetUpdated", `ReplicaSet "${name}" is progressing.`, true)
  }
  judgeDeadline(turn, name)
}

function judgeDeadline(turn: Turn, name: string): void {
  const deadline = deadlineOf(turn)
  if (deadline === undefined) return
  const { view, draft } = turn
  if (view.now <= deadline) {
    turn.wakes.push(epochMs(deadline + 1000))
    return
  }
  const message = `ReplicaSet "${name}" has timed out progressing.`
  const isUpdating = draft.stableRS !== view.podHash
  if (view.spec.progressDeadlineAbort === true && isUpdating) {
    abortUpdate(turn, message)
    if (view.steps.length > 0) draft.currentStepIndex = 0
    turn.wakes.push(view.now)
    writeCondition(turn, {
      type: "Progressing",
      status: "False",
      reason: "RolloutAborted",
      message: abortMessage(turn),
    })
    return
  }
  writeCondition(turn, {
    type: "Progressing",
    status: "False",
    reason: "ProgressDeadlineExceeded",
    message,
  })
}

function writeReplicaFailure(turn: Turn): void {
  const { view, draft } = turn
  for (const set of view.newSet === undefined ? view.all : [view.newSet, ...view.all]) {
    const failure = set.object.status?.conditions?.find(({ type }) => type === "ReplicaFailure")
    if (failure?.status !== "True") continue
    const { reason = "FailedCreate", message = "" } = failure
    return writeCondition(turn, { type: "ReplicaFailure", status: "True", reason, message })
  }
  dropCondition(draft, "ReplicaFailure")
}

function writeFlag(
  turn: Turn,
  type: string,
  isTrue: boolean,
  words: readonly [string, string],
): void {
  const [reason, message] = words
  writeCondition(turn, { type, status: isTrue ? "True" : "False", reason, message })
}

/** Writes every condition of spec/rollouts §2.12 into the draft; counts have to be there already. */
export function writeConditions(turn: Turn): void {
  const { view, draft } = turn
  const isHealthy = isRolloutHealthy(view, draft) && !isPaused(turn) && draft.abort !== true
  writeProgressing(turn, isHealthy)
  const hasBeenHealthy = findCondition(draft.conditions, "Healthy") !== undefined
  if (isHealthy) writeFlag(turn, "Healthy", true, ["RolloutHealthy", "Rollout is healthy"])
  else if (hasBeenHealthy)
    writeFlag(turn, "Healthy", false, ["RolloutHealthy", "Rollout is not healthy"])
  const isDone = draft.stableRS === view.podHash
  writeFlag(
    turn,
    "Completed",
    isDone,
    isDone ? ["RolloutCompleted", "RolloutCompleted"] : ["RolloutCompleted", "RolloutCompleted"],
  )
  const active = view.all.find((set) => set.hash === draft.blueGreen?.activeSelector)
  const isAvailable =
    view.blueGreen === undefined
      ? (draft.availableReplicas ?? 0) >= view.replicas
      : isSaturated(view, active)
  writeFlag(turn, "Available", isAvailable, [
    "AvailableReason",
    isAvailable ? "Rollout has minimum availability" : "Rollout does not have minimum availability",
  ])
  if (isPaused(turn)) writeFlag(turn, "Paused", true, ["RolloutPaused", "Rollout is paused"])
  else if (findCondition(draft.conditions, "Paused") !== undefined) {
    writeFlag(turn, "Paused", false, ["RolloutPaused", "Rollout is not paused"])
  }
  writeReplicaFailure(turn)
  dropCondition(draft, "InvalidSpec")
}

/** Says that the rollout, or what it refers to, is wrong. */
export function writeInvalidSpec(turn: Turn, message: string): void {
  writeCondition(turn, { type: "InvalidSpec", status: "True", reason: "InvalidSpec", message })
}

/** True where an update waits for pods: for explanations. */
export function waitsForPods(turn: Turn): boolean {
  return turn.view.blueGreen === undefined && !hasWantedReplicas(turn.view, turn.draft)
}
