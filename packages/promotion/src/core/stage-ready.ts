import { type Condition, findCondition } from "@argo-ts/kernel"
import type { StageStatus } from "../api/stage.js"
import type { ConditionParts } from "./conditions.js"

function told(status: Condition["status"], condition: Condition | undefined): ConditionParts {
  const { reason = "", message = "" } = condition ?? {}
  return ["Ready", status, reason, message]
}

/** The Ready condition: the first thing that is not as it should be (spec/promotion §2.15). */
export function readyCondition({ conditions, lastPromotion }: StageStatus): ConditionParts {
  const promoting = findCondition(conditions, "Promoting")
  if (promoting !== undefined) return told("False", promoting)
  const last = lastPromotion?.status
  if (last !== undefined && last.phase !== "Succeeded") {
    const message = last.message ?? `the last promotion ended as ${last.phase}`
    return ["Ready", "False", `LastPromotion${last.phase}`, message]
  }
  const healthy = findCondition(conditions, "Healthy")
  if (healthy?.status !== "True") return told("False", healthy)
  const verified = findCondition(conditions, "Verified")
  if (verified?.status === "True") return told("True", verified)
  return ["Ready", "False", "PendingVerification", verified?.message ?? ""]
}
