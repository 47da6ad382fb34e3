import { compileRolloutsCondition, judgeRolloutsResult } from "@argo-ts/expr"
import { compilePattern as compileRegExp } from "@argo-ts/expr/regexp"
import type { Metric } from "../../api/analysis.js"
import type { AnalysisPhase } from "../../api/analysis-status.js"
import { type MeasuredResult, resultValue } from "./measured.js"
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

/** Holds a result against the conditions of its metric (spec/rollouts §2.15.2). */
export function judgeMeasurement(metric: Metric, result: MeasuredResult): Judgement {
  if (result.type === "Failure") return { phase: "Error", message: result.message }
  const { successCondition = "", failureCondition = "" } = metric
  const conditions = { success: successCondition, failure: failureCondition }
  return judgeRolloutsResult(conditions, resultValue(result), compile)
}
