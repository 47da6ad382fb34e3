import { failed, ok, type Result } from "@argo-ts/kernel"
import { compileExpr } from "../expr/compile.js"
import { numeric, truncate } from "../expr/operators.js"
import { parseGoFloat, parseGoInt } from "../go/number.js"
import { type EvaluateOptions, type ExprIssue, Fault, issueOf, type Reference } from "../issue.js"
import { anyType, boolType, float64Type, funcOf, int64Type } from "../values/types.js"
import {
  GoFunc,
  isNil,
  mapValue,
  Pointer,
  SizedNumber,
  typeOf,
  type Value,
} from "../values/value.js"

/** The environment of a Rollouts success or failure condition: `result` and its functions (spec/languages §1.13). */
export function rolloutsEnvironment(result: Value): { readonly [name: string]: Value } {
  const test = (call: (value: number) => boolean): GoFunc =>
    new GoFunc(funcOf({ params: [float64Type], results: [boolType] }), ([value]) =>
      call(Number(value)),
    )
  return mapValue([
    ["result", unwrapped(result)],
    [
      "asInt",
      new GoFunc(funcOf({ params: [anyType], results: [int64Type] }), ([value = null]) =>
        asInt(value),
      ),
    ],
    [
      "asFloat",
      new GoFunc(funcOf({ params: [anyType], results: [float64Type] }), ([value = null]) =>
        asFloat(value),
      ),
    ],
    ["isNaN", test((value) => Number.isNaN(value))],
    ["isInf", test((value) => value === Infinity || value === -Infinity)],
    ["isNil", new GoFunc(funcOf({ params: [anyType], results: [boolType] }), () => isNil(result))],
    [
      "default",
      new GoFunc(
        funcOf({ params: [anyType, anyType], results: [anyType] }),
        ([, fallback = null]) => (isNil(result) ? fallback : result),
      ),
    ],
  ])
}

/** Pointers are followed, as upstream does before it evaluates. */
function unwrapped(value: Value): Value {
  return value instanceof Pointer ? value.target : isNil(value) ? null : value
}

function asInt(value: Value): Value {
  const number = numeric(value)
  if (number !== undefined)
    return new SizedNumber(int64Type, typeof number === "bigint" ? number : truncate(number))
  if (typeof value !== "string") throw new Fault(`asInt() not supported on ${typeOf(value).name}`)
  const parsed = parseGoInt(value)
  if (parsed === undefined)
    throw new Fault(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`)
  return new SizedNumber(int64Type, parsed)
}

function asFloat(value: Value): Value {
  const number = numeric(value)
  if (number !== undefined) return Number(number)
  if (typeof value !== "string") throw new Fault(`asFloat() not supported on ${typeOf(value).name}`)
  const parsed = parseGoFloat(value)
  if (parsed === undefined)
    throw new Fault(`strconv.ParseFloat: parsing ${JSON.stringify(value)}: invalid syntax`)
  return parsed
}

/** A compiled analysis condition. */
export interface RolloutsCondition {
  readonly source: string
  readonly references: readonly Reference[]
  readonly issues: readonly ExprIssue[]
  /** Evaluates over a measurement's result. */
  readonly evaluate: (result: Value, options?: EvaluateOptions) => Result<boolean, ExprIssue>
}

/** Compiles a `successCondition` or `failureCondition` of an AnalysisTemplate. */
export function compileRolloutsCondition(source: string): Result<RolloutsCondition, ExprIssue> {
  // The types of a result are known when one comes; the names a condition may use are known now.
  const names = Object.keys(rolloutsEnvironment(null) ?? {})
  const checked = compileExpr(source, { mode: "env", names })
  if (!checked.ok) return checked
  const compiled = compileExpr(source, { mode: "env" })
  if (!compiled.ok) return compiled
  const { references, issues, evaluate } = compiled.value
  return ok({
    source,
    references,
    issues,
    evaluate: (result, options) => {
      const evaluated = evaluate(rolloutsEnvironment(result), options)
      if (!evaluated.ok) return evaluated
      if (typeof evaluated.value === "boolean") return ok(evaluated.value)
      const message = `expected bool, but got ${typeOf(evaluated.value).name}`
      return failed([issueOf(new Fault(message, 0), source)])
    },
  })
}

/** When a measurement counts as good or bad; an empty condition is none. */
export interface RolloutsConditions {
  readonly success: string
  readonly failure: string
}

/** What a measurement is worth. */
export interface RolloutsJudgement {
  readonly phase: "Successful" | "Failed" | "Inconclusive" | "Error"
  /** Why it is an error, in upstream's words. */
  readonly message?: string
}

const noData = "metric result is nil or empty: no data returned from the metric provider"

function hasNoData(result: Value): boolean {
  return isNil(result) || (Array.isArray(result) && result.length === 0)
}

/**
 * Holds a result against the conditions of its metric: no condition is success; with both, failure is asked first, and
 * neither being true is Inconclusive. `compile` may remember what it has compiled.
 */
export function judgeRolloutsResult(
  { success, failure }: RolloutsConditions,
  result: Value,
  compile: typeof compileRolloutsCondition = compileRolloutsCondition,
): RolloutsJudgement {
  const found: { success?: boolean; failure?: boolean } = {}
  for (const [name, source] of [["success", success] as const, ["failure", failure] as const]) {
    if (source === "") continue
    const compiled = compile(source)
    const outcome = compiled.ok ? compiled.value.evaluate(result) : compiled
    if (!outcome.ok) {
      const reason = hasNoData(result) ? noData : (outcome.issues[0]?.message ?? "")
      const message = `could not evaluate ${name}Condition ${JSON.stringify(source)}: ${reason}`
      return { phase: "Error", message }
    }
    found[name] = outcome.value
  }
  if (found.failure === true) return { phase: "Failed" }
  if (found.success !== false) return { phase: "Successful" }
  return { phase: found.failure === undefined ? "Failed" : "Inconclusive" }
}
