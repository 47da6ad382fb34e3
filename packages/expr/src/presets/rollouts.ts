import { failed, ok, type Result } from "@argo-ts/kernel"
import { compileExpr } from "../expr/compile.js"
import { parseGoFloat, parseGoInt } from "../go/number.js"
import { type EvaluateOptions, type ExprIssue, Fault, issueOf, type Reference } from "../issue.js"
import { anyType, boolType, float64Type, funcOf, int64Type, stringType } from "../values/types.js"
import { GoFunc, isNil, mapValue, SizedNumber, typeOf, type Value } from "../values/value.js"

/** The environment of a Rollouts success or failure condition: `result` and its functions (spec/languages §1.13). */
export function rolloutsEnvironment(result: Value): { readonly [name: string]: Value } {
  const test = (call: (value: number) => boolean): GoFunc =>
    new GoFunc(funcOf({ params: [float64Type], results: [boolType] }), ([value]) =>
      call(Number(value)),
    )
  return mapValue([
    ["result", result],
    [
      "asInt",
      new GoFunc(funcOf({ params: [stringType], results: [int64Type] }), ([text]) =>
        asInt(String(text)),
      ),
    ],
    [
      "asFloat",
      new GoFunc(funcOf({ params: [stringType], results: [float64Type] }), ([text]) =>
        asFloat(String(text)),
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

function asInt(text: string): Value {
  const value = parseGoInt(text)
  if (value === undefined)
    throw new Fault(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  return new SizedNumber(int64Type, value)
}

function asFloat(text: string): Value {
  const value = parseGoFloat(text)
  if (value === undefined)
    throw new Fault(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`)
  return value
}

/** A compiled analysis condition. */
export interface RolloutsCondition {
  readonly source: string
  readonly references: readonly Reference[]
  readonly issues: readonly ExprIssue[]
  /** Evaluates over a measurement's result. */
  readonly evaluate: (result: Value, options?: EvaluateOptions) => Result<boolean, ExprIssue>
}

const names = ["result", "asInt", "asFloat", "isNaN", "isInf", "isNil", "default"]

/** Compiles a `successCondition` or `failureCondition` of an AnalysisTemplate. */
export function compileRolloutsCondition(source: string): Result<RolloutsCondition, ExprIssue> {
  const compiled = compileExpr(source, { mode: "env", names })
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
