import { instantValue, type Value } from "@argo-ts/expr/values"
import { type EpochMs, parseInstant } from "@argo-ts/kernel"
import type { CronWorkflow } from "../api/cron-workflow.js"
import { compileExpression, type Rendered } from "../core/languages.js"

/** `when` is written like a step's: an expression tag, or the expression itself. */
export function withoutTag(expression: string): string {
  return /^\s*\{\{=(.*)\}\}\s*$/s.exec(expression)?.[1] ?? expression
}

/** Whether an expression over `cronworkflow` holds. */
export function holds(cron: CronWorkflow, expression: string, now: EpochMs): Rendered<boolean> {
  const result = compileExpression(withoutTag(expression)).evaluateOver(
    { cronworkflow: valuesOf(cron) },
    now,
  )
  if (!result.ok) return result
  if (typeof result.value === "boolean") return { ok: true, value: result.value }
  return { ok: false, message: `expected true or false, found ${JSON.stringify(result.value)}` }
}

function valuesOf({ metadata, status }: CronWorkflow): Value {
  const last = parseInstant(status?.lastScheduledTime ?? "")
  return {
    name: metadata.name ?? "",
    namespace: metadata.namespace ?? "default",
    labels: { ...metadata.labels },
    annotations: { ...metadata.annotations },
    failed: BigInt(status?.failed ?? 0),
    succeeded: BigInt(status?.succeeded ?? 0),
    hasLastScheduledTime: last.ok,
    lastScheduledTime: last.ok ? instantValue(last.value) : null,
  }
}
