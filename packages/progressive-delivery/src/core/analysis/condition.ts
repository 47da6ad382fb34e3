import { compileRolloutsCondition } from "@argo-ts/expr"
import { compilePattern as compileRegExp } from "@argo-ts/expr/regexp"
import { failed, ok, type Result } from "@argo-ts/kernel"
import type { Metric } from "../../api/analysis.js"
import type { AnalysisPhase } from "../../api/analysis-status.js"
import { type MeasuredResult, type ResultValue, resultValue } from "./measured.js"
import type { CompilePattern } from "./metric-settings.js"

/** RE2, in linear time; undefined for a pattern that RE2 refuses. */
export const compilePattern: CompilePattern = (pattern) => {
  try {
    return compileRegExp(pattern).test
  } catch {
    return undefined
  }
}

/** What a measurement is worth. */
export interface Judgement {
  readonly phase: AnalysisPhase
  readonly message?: string
}

function isEmptyResult(value: ResultValue): boolean {
  return value === null || (Array.isArray(value) && value.length === 0)
}

type Compiled = ReturnType<typeof compileRolloutsCondition>

/** Compiled conditions by their text: the same text always means the same, so remembering it changes no answer. */
const known = new Map<string, Compiled>()
const knownMax = 200

function compile(source: string): Compiled {
  const before = known.get(source)
  if (before !== undefined) return before
  const compiled = compileRolloutsCondition(source)
  if (known.size >= knownMax) known.delete(known.keys().next().value as string)
  known.set(source, compiled)
  return compiled
}

function evaluate(source: string, value: ResultValue): Result<boolean> {
  const compiled = compile(source)
  const outcome = compiled.ok ? compiled.value.evaluate(value) : compiled
  if (outcome.ok) return ok(outcome.value)
  const [issue] = outcome.issues
  const why = issue?.message ?? "cannot be evaluated"
  const about = isEmptyResult(value) ? ` (the result is ${value === null ? "nil" : "empty"})` : ""
  return failed([{ code: "InvalidValue", path: [], message: `${why}${about}` }])
}

function errorOf(result: { readonly issues: readonly { readonly message: string }[] }): Judgement {
  return { phase: "Error", message: result.issues.map(({ message }) => message).join("; ") }
}

/**
 * Holds a result against the conditions of its metric (spec/rollouts §2.15.2): no condition is success; with both,
 * failure is asked first, and neither being true is Inconclusive.
 */
export function judgeMeasurement(metric: Metric, result: MeasuredResult): Judgement {
  if (result.type === "Failure") return { phase: "Error", message: result.message }
  const { successCondition, failureCondition } = metric
  const value = resultValue(result)
  const success = successCondition === undefined ? undefined : evaluate(successCondition, value)
  if (success !== undefined && !success.ok) return errorOf(success)
  const failure = failureCondition === undefined ? undefined : evaluate(failureCondition, value)
  if (failure !== undefined && !failure.ok) return errorOf(failure)
  if (failure?.value === true) return { phase: "Failed" }
  if (success === undefined || success.value) return { phase: "Successful" }
  return { phase: failure === undefined ? "Failed" : "Inconclusive" }
}
