import { findCondition } from "@argo-ts/kernel"
import type { StageStatus } from "../api/stage.js"
import type { ConditionParts } from "./conditions.js"

/** The Ready condition: the first thing that is not as it should be (spec/promotion §2.15). */
export function readyCondition(status: StageStatus): ConditionParts {
  const promoting = findCondition(status.conditions, "Promoting")
  if (promoting !== undefined)
    return ["Ready", "False", promoting.reason ?? "", promoting.message ?? ""]
  const phase = status.lastPromotion?.status?.phase ?? "Succeeded"
  if (phase !== "Succeeded")
    return [
      "Ready",
      "False",
      `LastPromotion${phase}`,
      status.lastPromotion?.status?.message ?? `the last promotion ended as ${phase}`,
    ]
  const healthy = findCondition(status.conditions, "Healthy")
  if (healthy?.status !== "True")
    return [
      "Ready",
      "False",
      healthy?.reason ?? "Unhealthy",
      healthy?.message ?? "health is not known yet",
    ]
  const verified = findCondition(status.conditions, "Verified")
  if (verified?.status !== "True")
    return [
      "Ready",
      "False",
      "PendingVerification",
      verified?.message ?? "the current Freight is not verified yet",
    ]
  return [
    "Ready",
    "True",
    verified.reason ?? "Verified",
    verified.message ?? "the current Freight is verified",
  ]
}
