import type { Condition } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import type { StageStatus } from "../api/stage.js"
import { readyCondition } from "./stage-ready.js"

const condition = (type: string, status: Condition["status"]): Condition => ({
  type,
  status,
  reason: `${type}Reason`,
  message: `${type} message`,
})
const [promoting, healthy, verified] = ["Promoting", "Healthy", "Verified"].map((type) =>
  condition(type, "True"),
) as [Condition, Condition, Condition]
const good = { name: "p", status: { phase: "Succeeded" } }

const rows: readonly (readonly [string, StageStatus, readonly string[]])[] = [
  [
    "a promotion is under way",
    {
      conditions: [promoting, healthy, verified],
      lastPromotion: { name: "p", status: { phase: "Failed" } },
    },
    ["False", "PromotingReason", "Promoting message"],
  ],
  [
    "the last promotion failed",
    {
      conditions: [healthy, verified],
      lastPromotion: { name: "p", status: { phase: "Failed", message: "no" } },
    },
    ["False", "LastPromotionFailed", "no"],
  ],
  [
    "it does not say why",
    { conditions: [healthy, verified], lastPromotion: { name: "p", status: { phase: "Aborted" } } },
    ["False", "LastPromotionAborted", "the last promotion ended as Aborted"],
  ],
  [
    "it is not healthy",
    { conditions: [condition("Healthy", "Unknown"), verified], lastPromotion: good },
    ["False", "HealthyReason", "Healthy message"],
  ],
  ["nothing is known yet", {}, ["False", "", ""]],
  [
    "it is not verified",
    { conditions: [healthy, condition("Verified", "False")], lastPromotion: good },
    ["False", "PendingVerification", "Verified message"],
  ],
  ["verification is not known", { conditions: [healthy] }, ["False", "PendingVerification", ""]],
  [
    "all is well",
    { conditions: [healthy, verified], lastPromotion: good },
    ["True", "VerifiedReason", "Verified message"],
  ],
]
test.each(rows)("%s", (_title, status, expected) => {
  expect(readyCondition(status)).toEqual(["Ready", ...expected])
})
