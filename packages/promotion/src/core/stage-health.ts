import type { Condition } from "@argo-ts/kernel"
import type { StageHealth, StageStatus } from "../api/stage.js"
import { assessHealth } from "./health.js"
import { type StageAction, type StageOutcome, type StagePass, withCondition } from "./stage-pass.js"

/** Health that nobody can tell now: why, by name and in words. */
function unknown(
  pass: StagePass,
  status: StageStatus,
  [reason, message]: readonly [reason: string, message: string],
): StageOutcome {
  const health = { status: "Unknown", issues: [message] } as const
  const parts = ["Healthy", "Unknown", reason, message] as const
  return { status: withCondition({ ...status, health }, pass, parts), actions: [] }
}

function conditionStatus({ status }: StageHealth): Condition["status"] {
  if (status === "Healthy") return "True"
  return status === "Unhealthy" ? "False" : "Unknown"
}

/** How well the Stage is, by the checks that its last promotion registered (spec/promotion §2.11, §2.15). */
export function syncHealth(pass: StagePass, before: StageStatus): StageOutcome {
  const last = before.lastPromotion
  if (before.currentPromotion !== undefined)
    return unknown(pass, before, ["ActivePromotion", "a promotion is under way"])
  if (last === undefined) {
    const message = "nothing has been promoted to this Stage yet"
    const parts = ["Healthy", "Unknown", "NoFreight", message] as const
    return { status: withCondition(before, pass, parts), actions: [] }
  }
  const phase = last.status?.phase ?? "Unknown"
  if (phase !== "Succeeded")
    return unknown(pass, before, [`LastPromotion${phase}`, `the last promotion ended as ${phase}`])
  const checks = last.status?.healthChecks ?? []
  const { health, stale } = assessHealth(checks, pass.observed.applications)
  const message = health.issues?.join("; ") ?? `all ${checks.length} health checks are good`
  const parts = ["Healthy", conditionStatus(health), health.status, message] as const
  const actions = stale.map(({ namespace, name }): StageAction => {
    return { type: "RefreshApplication", key: `${namespace}/${name}/refresh`, namespace, name }
  })
  return { status: withCondition({ ...before, health }, pass, parts), actions }
}
