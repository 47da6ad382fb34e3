import type { Environment } from "@argo-ts/expr"
import { compileExpr } from "@argo-ts/expr/expr"
import { compileKargo, renderKargo } from "@argo-ts/expr/kargo"
import { fromValue, type Value } from "@argo-ts/expr/values"
import {
  type EpochMs,
  failed,
  formatInstant,
  type Issue,
  invariant,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ok,
  type Result,
  recordOf,
} from "@argo-ts/kernel"
import type { ExpressionVariable } from "../api/common.js"

/** What an expression sees, and the instant that its `now()` gives. */
export interface Evaluation {
  readonly environment: { readonly [name: string]: Value }
  readonly now: EpochMs
}

/** Thrown by a function of an expression: the evaluation ends with these words. */
export class LookupError extends Error {
  override readonly name = "LookupError"
}

function refused(message: string): Result<never> {
  return failed([{ code: "FailedExpression", path: [], message }])
}

function guarded<T>(evaluate: () => Result<T, Issue>): Result<T, Issue> {
  try {
    return evaluate()
  } catch (error) {
    if (error instanceof LookupError) return refused(error.message)
    throw error
  }
}

/** The first thing that is wrong, in words. */
export function firstMessage(issues: readonly Issue[]): string {
  return issues[0]?.message ?? "the expression failed"
}

/** One text as JSON: a string, a number, a boolean or whatever the rendered text reads as. */
export function evaluateText(source: string, { environment, now }: Evaluation): Result<JsonValue> {
  return guarded(() => {
    const compiled = compileKargo(source)
    if (!compiled.ok) return failed(compiled.issues)
    const result = compiled.value.evaluate(environment, { now })
    return result.ok ? ok(fromValue(result.value)) : failed(result.issues)
  })
}

/** A whole configuration; every text value in it is a template. */
export function evaluateConfig(
  config: JsonValue,
  { environment, now }: Evaluation,
): Result<JsonObject> {
  if (!isJsonObject(config)) return refused("expected the configuration to be a mapping")
  return guarded(() => renderKargo(config, environment, { now }))
}

const words: ReadonlyMap<string, boolean> = new Map([
  ...["1", "t", "T", "TRUE", "true", "True"].map((word) => [word, true] as const),
  ...["0", "f", "F", "FALSE", "false", "False"].map((word) => [word, false] as const),
])

/** An expression without `${{ }}`. */
export function evaluateExpression(
  source: string,
  environment: Environment,
  now: EpochMs,
): Result<JsonValue> {
  return guarded(() => {
    const compiled = compileExpr(source, { mode: "noenv" })
    if (!compiled.ok) return failed(compiled.issues)
    const result = compiled.value.evaluate(environment, { now })
    return result.ok ? ok(fromValue(result.value)) : failed(result.issues)
  })
}

function readBoolean(value: JsonValue): Result<boolean> {
  if (typeof value === "boolean") return ok(value)
  const read = words.get(typeof value === "string" ? value : JSON.stringify(value))
  if (read !== undefined) return ok(read)
  return refused(`expected true or false, found ${JSON.stringify(value)}`)
}

/** A condition without `${{ }}`, compiled once; what it gives besides true and false is read as Go reads a boolean. */
export type Condition = (environment: Environment, now: EpochMs) => Result<boolean>

/** Compiles a condition. */
export function compileCondition(source: string): Result<Condition> {
  const compiled = compileExpr(source, { mode: "noenv" })
  if (!compiled.ok) return failed(compiled.issues)
  return ok((environment, now) =>
    guarded(() => {
      const result = compiled.value.evaluate(environment, { now })
      return result.ok ? readBoolean(fromValue(result.value)) : failed(result.issues)
    }),
  )
}

/** A condition over one environment. */
export function evaluateBoolean(
  source: string,
  environment: Environment,
  now: EpochMs,
): Result<boolean> {
  const compiled = compileCondition(source)
  return compiled.ok ? compiled.value(environment, now) : compiled
}

const date = compileExpr("date(at)", { mode: "noenv" })

/** An instant as expressions have it: with `Year()`, `Sub()` and the rest. */
export function instantValue(at: EpochMs): Value {
  const result = date.ok ? date.value.evaluate({ at: formatInstant(at) }) : undefined
  invariant(result?.ok === true, "an instant that was formatted is a date")
  return result.value
}

/** The evaluation with variables in it, each of which may use the ones before it. The first that fails ends it. */
export function evaluateVariables(
  variables: readonly ExpressionVariable[],
  { environment, now }: Evaluation,
): Result<Evaluation> {
  const before = environment["vars"]
  const entries = new Map(isJsonObject(before) ? Object.entries(before) : [])
  const all = (): { readonly [name: string]: Value } => ({
    ...environment,
    vars: recordOf(entries),
  })
  for (const { name, value = "" } of variables) {
    const result = evaluateText(value, { environment: all(), now })
    if (!result.ok) return refused(`variable ${name}: ${firstMessage(result.issues)}`)
    entries.set(name, result.value)
  }
  return ok({ environment: all(), now })
}
