import {
  failed,
  type Issue,
  isJsonObject,
  type JsonValue,
  ok,
  own,
  type Result,
} from "@argo-ts/kernel"
import type { AnalysisArgument } from "../../api/analysis.js"
import type { RolloutAnalysisArgument } from "../../api/rollout-analysis.js"
import type { RolloutView } from "../view.js"

const metadataPath = /^metadata\.(labels|annotations)\['([^']+)'\]$/

/** Reads a field of an object by a path such as `metadata.labels['env']` or `spec.replicas`; undefined where it is no leaf. */
export function readFieldPath(object: JsonValue, path: string): string | undefined {
  const inMap = metadataPath.exec(path)
  const keys =
    inMap === null
      ? path.split(/[.[\]]+/).filter((key) => key !== "")
      : ["metadata", inMap[1], inMap[2]]
  let value: JsonValue | undefined = object
  for (const key of keys) {
    if (key === undefined) return undefined
    if (Array.isArray(value))
      value = /^\d+$/.test(key) ? (value as readonly JsonValue[])[Number(key)] : undefined
    else value = isJsonObject(value) ? own(value, key) : undefined
  }
  if (typeof value === "string") return value
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined
}

function invalid(name: string, message: string): { ok: false; issues: readonly Issue[] } {
  return failed([
    { code: "InvalidValue", path: ["args"], message: `argument "${name}" ${message}` },
  ])
}

/** The value of one argument as the rollout gives it. */
function resolveArgument(
  view: RolloutView,
  argument: RolloutAnalysisArgument,
): Result<AnalysisArgument> {
  const { name, value, valueFrom } = argument
  if (value !== undefined) return ok({ name, value })
  if (valueFrom?.podTemplateHashValue === "Latest") return ok({ name, value: view.podHash })
  if (valueFrom?.podTemplateHashValue === "Stable") {
    return ok({ name, value: view.stableSet?.hash ?? view.status.stableRS ?? "" })
  }
  if (valueFrom?.secretKeyRef !== undefined) {
    return ok({ name, valueFrom: { secretKeyRef: valueFrom.secretKeyRef } })
  }
  if (valueFrom?.fieldRef === undefined) return ok({ name })
  const { fieldPath } = valueFrom.fieldRef
  const found = readFieldPath(view.rollout as unknown as JsonValue, fieldPath)
  if (found !== undefined) return ok({ name, value: found })
  // Labels and annotations that are not set read as empty, as the downward API has it.
  if (metadataPath.test(fieldPath)) return ok({ name, value: "" })
  return invalid(name, `is to come from the field ${fieldPath}, which the rollout does not have`)
}

/** True where an argument has a value or knows where to get one. */
export function hasValue(argument: AnalysisArgument): boolean {
  return argument.value !== undefined || argument.valueFrom !== undefined
}

/** Joins arguments of several templates: one with a value wins over one without; two different values contradict. */
export function mergeArguments(
  lists: readonly (readonly AnalysisArgument[])[],
): Result<readonly AnalysisArgument[]> {
  const merged = new Map<string, AnalysisArgument>()
  for (const argument of lists.flat()) {
    const before = merged.get(argument.name)
    if (before === undefined || !hasValue(before)) {
      merged.set(argument.name, argument)
      continue
    }
    if (hasValue(argument) && JSON.stringify(before) !== JSON.stringify(argument)) {
      return invalid(argument.name, "has two different values in the templates")
    }
  }
  return ok([...merged.values()])
}

/**
 * The arguments of a run: those of the templates, overridden by the rollout's. Every one needs a value or a Secret.
 */
export function resolveArguments(
  view: RolloutView,
  templateArguments: readonly AnalysisArgument[],
  given: readonly RolloutAnalysisArgument[],
): Result<readonly AnalysisArgument[]> {
  const issues: Issue[] = []
  const overrides = new Map<string, AnalysisArgument>()
  for (const argument of given) {
    const resolved = resolveArgument(view, argument)
    if (resolved.ok) overrides.set(argument.name, resolved.value)
    else issues.push(...resolved.issues)
  }
  const resolved = templateArguments.map((argument) => {
    const override = overrides.get(argument.name)
    return override !== undefined && hasValue(override) ? override : argument
  })
  for (const argument of resolved) {
    if (!hasValue(argument))
      issues.push(...invalid(argument.name, "was not resolved: nobody gives it a value").issues)
  }
  return issues.length > 0 ? failed(issues) : ok(resolved)
}
