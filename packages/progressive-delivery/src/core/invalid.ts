import {
  type EpochMs,
  epochMs,
  formatInstant,
  formatIssue,
  type Issue,
  setCondition,
} from "@argo-ts/kernel"
import type { Rollout } from "../api/rollout.js"
import type { RolloutDecision } from "./decide-rollout.js"

/** The decision about a rollout that cannot be read: it is Degraded and says why, and nothing is done. */
export function refuseRollout(
  rollout: Rollout,
  issues: readonly Issue[],
  now: EpochMs,
): RolloutDecision {
  const message = issues.map(formatIssue).join("; ")
  const { status = {}, metadata } = rollout
  const known = status.conditions?.find(({ type }) => type === "InvalidSpec")
  if (known?.status === "True" && known.message === message && status.phase === "Degraded")
    return { status, actions: [] }
  const at = formatInstant(epochMs(now))
  const conditions = setCondition(status.conditions, {
    type: "InvalidSpec",
    status: "True",
    reason: "InvalidSpec",
    message,
    lastUpdateTime: at,
    lastTransitionTime: at,
  })
  const { generation } = metadata
  return {
    status: {
      ...status,
      phase: "Degraded",
      message: `InvalidSpec: ${message}`,
      conditions,
      ...(generation === undefined ? {} : { observedGeneration: String(generation) }),
    },
    actions: [],
  }
}
