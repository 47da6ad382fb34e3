import { findCondition } from "@argo-ts/kernel"
import type { Rollout } from "../api/rollout.js"
import type { RolloutStatus } from "../api/rollout-status.js"
import type { RolloutAction } from "./actions.js"
import { describeStep } from "./steps.js"

/** An event as `kubectl describe` shows it; reasons are upstream's (spec/rollouts §2.12). */
export interface RolloutEvent {
  readonly type: "Normal" | "Warning"
  readonly reason: string
  readonly message: string
}

const normal = (reason: string, message: string): RolloutEvent => ({
  type: "Normal",
  reason,
  message,
})
const warning = (reason: string, message: string): RolloutEvent => ({
  type: "Warning",
  reason,
  message,
})

function stepEvents(
  rollout: Rollout,
  before: RolloutStatus,
  after: RolloutStatus,
): readonly RolloutEvent[] {
  const steps = rollout.spec.strategy?.canary?.steps ?? []
  const from = before.currentStepIndex ?? 0
  const to = after.currentStepIndex ?? 0
  const isSame =
    before.currentPodHash === after.currentPodHash &&
    before.currentStepHash === after.currentStepHash
  if (steps.length === 0 || to <= from) return []
  if (!isSame || to > from + 1) {
    return before.currentPodHash === undefined
      ? []
      : [normal("SkipSteps", `Skipped to the end of ${steps.length} steps`)]
  }
  const step = steps[from]
  const what = step === undefined ? "" : ` (${describeStep(step)})`
  return [normal("RolloutStepCompleted", `Rollout step ${to}/${steps.length} completed${what}`)]
}

function runEvents(before: RolloutStatus, after: RolloutStatus): readonly RolloutEvent[] {
  const pairs = [
    [
      before.canary?.currentStepAnalysisRunStatus,
      after.canary?.currentStepAnalysisRunStatus,
      "Step",
    ],
    [
      before.canary?.currentBackgroundAnalysisRunStatus,
      after.canary?.currentBackgroundAnalysisRunStatus,
      "Background",
    ],
    [
      before.blueGreen?.prePromotionAnalysisRunStatus,
      after.blueGreen?.prePromotionAnalysisRunStatus,
      "Pre-promotion",
    ],
    [
      before.blueGreen?.postPromotionAnalysisRunStatus,
      after.blueGreen?.postPromotionAnalysisRunStatus,
      "Post-promotion",
    ],
  ] as const
  return pairs.flatMap(([old, next, kind]) => {
    if (next === undefined || (old?.name === next.name && old.status === next.status)) return []
    const isBad = next.status === "Failed" || next.status === "Error"
    const message = `${kind} Analysis Run '${next.name}' Status New: '${next.status}' Previous: '${old?.name === next.name ? old.status : ""}'`
    return [(isBad ? warning : normal)(`AnalysisRun${next.status}`, message)]
  })
}

function actionEvent(rollout: Rollout, action: RolloutAction): readonly RolloutEvent[] {
  switch (action.type) {
    case "CreateReplicaSet":
      return [
        normal(
          "NewReplicaSetCreated",
          `Created ReplicaSet ${action.replicaSet.metadata.name ?? ""}`,
        ),
      ]
    case "ScaleReplicaSet": {
      const way = action.replicas > action.from ? "up" : "down"
      return [
        normal(
          "ScalingReplicaSet",
          `Scaled ${way} ReplicaSet ${action.name} from ${action.from} to ${action.replicas}`,
        ),
      ]
    }
    case "PointService":
      return [
        normal(
          "SwitchService",
          `Switched selector for service '${action.service}' to value '${action.hash}'`,
        ),
      ]
    case "SetWeight":
      return [
        normal(
          "TrafficWeightUpdated",
          `Traffic weight of ${rollout.metadata.name ?? ""} set to ${action.canary}`,
        ),
      ]
    case "TerminateAnalysisRun":
      return [normal("AnalysisRunTerminating", `Terminating AnalysisRun '${action.name}'`)]
    default:
      return []
  }
}

/** What happened between two statuses, and what the actions are about to do, as events. */
export function rolloutEvents(
  rollout: Rollout,
  after: RolloutStatus,
  actions: readonly RolloutAction[],
): readonly RolloutEvent[] {
  const before = rollout.status ?? {}
  const events: RolloutEvent[] = []
  if (before.currentPodHash !== after.currentPodHash && after.currentPodHash !== undefined) {
    events.push(normal("RolloutUpdated", "Rollout updated to a new template"))
  }
  events.push(...stepEvents(rollout, before, after), ...runEvents(before, after))
  const wasPaused = (before.pauseConditions ?? []).length > 0
  const isPaused = (after.pauseConditions ?? []).length > 0
  if (isPaused && !wasPaused) {
    events.push(
      normal("RolloutPaused", `Rollout is paused (${after.pauseConditions?.[0]?.reason ?? ""})`),
    )
  }
  const isAborted = after.abort === true && before.abortedAt === undefined
  if (isAborted) {
    const { message } = findCondition(after.conditions, "Progressing") ?? {}
    events.push(warning("RolloutAborted", message ?? "Rollout aborted"))
  }
  if (!isAborted && wasPaused && !isPaused && after.abort !== true)
    events.push(normal("RolloutResumed", "Rollout is resumed"))
  if (after.stableRS !== undefined && before.stableRS !== after.stableRS) {
    events.push(normal("RolloutCompleted", `Rollout completed update to ${after.stableRS}`))
  }
  return [...events, ...actions.flatMap((action) => actionEvent(rollout, action))]
}
