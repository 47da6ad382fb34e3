/**
 * expr-lang as each project runs it: its functions, its names, and what an unknown name is.
 *
 * @packageDocumentation
 */
import { isJsonObject, type JsonObject, type JsonValue, type Result } from "@argo-ts/kernel"
import { compileExpr, type Environment, type ExprProgram } from "../expr/compile.js"
import type { Dialect } from "../expr/dialect.js"
import type { EvaluateOptions, ExprIssue, Program } from "../issue.js"
import { kargoFunctions } from "../kargo/index.js"
import { nestedScope, type TagScope } from "../tags/environment.js"
import { mapValue, type Value } from "../values/value.js"
import { notificationFunctions, rolloutNotificationFunctions } from "./notifications.js"
import { rolloutsEnvironment } from "./rollouts.js"
import { workflowFunctions } from "./workflows.js"

/** A place in the projects where expressions stand. */
export type ExprPresetName =
  | "workflows"
  | "rollouts"
  | "events"
  | "kargo"
  | "notifications"
  | "rollouts-notifications"
  | "deeplinks"

/** How a project runs its expressions. */
export interface ExprPreset {
  /** What an unknown name is: `env` a compile error, `noenv` and `eval` nil. */
  readonly mode: "env" | "noenv" | "eval"
  readonly dialect: Dialect
  /** The environment that the given values make: names nested or renamed as the project does, its functions added. */
  readonly environment: (values: JsonObject) => Environment
}

function withFunctions(functions: { readonly [name: string]: Value }) {
  return (values: JsonObject): Environment =>
    mapValue([...Object.entries(values as { [name: string]: Value }), ...Object.entries(functions)])
}

/** Events: `-` in keys is `_`; keys with dots are nested. */
function underscored(value: JsonValue): JsonValue {
  if (!isJsonObject(value)) return value
  const entries = Object.entries(value).map(
    ([key, item]) => [key.replaceAll("-", "_"), item ?? null] as const,
  )
  return nestedScope(mapValue(entries as [string, Value][]) as TagScope) as unknown as JsonValue
}

/** Every preset by its name. */
export const exprPresets: { readonly [name in ExprPresetName]: ExprPreset } = {
  workflows: {
    mode: "env",
    dialect: "1.17",
    environment: (values) =>
      mapValue([
        ...Object.entries(nestedScope(values as unknown as TagScope)),
        ...Object.entries(workflowFunctions),
      ]),
  },
  rollouts: {
    mode: "env",
    dialect: "1.17",
    environment: ({ result = null }) => rolloutsEnvironment(result as Value),
  },
  events: {
    mode: "eval",
    dialect: "1.15",
    environment: (values) => withFunctions(workflowFunctions)(underscored(values) as JsonObject),
  },
  kargo: { mode: "noenv", dialect: "1.17", environment: withFunctions(kargoFunctions) },
  notifications: {
    mode: "noenv",
    dialect: "1.17",
    environment: withFunctions(notificationFunctions),
  },
  "rollouts-notifications": {
    mode: "noenv",
    dialect: "1.17",
    environment: withFunctions(rolloutNotificationFunctions),
  },
  deeplinks: { mode: "eval", dialect: "1.17", environment: withFunctions({}) },
}

/**
 * Compiles an expression as a project does; it is evaluated over the values that the project gives it.
 *
 * @example
 * ```ts
 * const rule = compilePreset("rollouts", "result[0] < 0.95 && !isNaN(result[0])")
 * if (rule.ok) rule.value.evaluate({ result: [0.9] }) // { ok: true, value: true }
 * ```
 */
export function compilePreset(
  name: ExprPresetName,
  source: string,
): Result<Program<JsonObject, Value>, ExprIssue> {
  const { mode, dialect, environment } = exprPresets[name]
  const compiled: Result<ExprProgram, ExprIssue> = compileExpr(source, { mode, dialect })
  if (!compiled.ok) return compiled
  const { references, issues, evaluate } = compiled.value
  return {
    ok: true,
    value: {
      source,
      references,
      issues,
      evaluate: (values: JsonObject, options?: EvaluateOptions) =>
        evaluate(environment(values), options),
    },
  }
}
