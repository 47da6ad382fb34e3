import { compileExpr } from "@argo-ts/expr/expr"
import {
  type Issue,
  type IssuePath,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  own,
  parseDuration,
} from "@argo-ts/kernel"
import { nearestName } from "@argo-ts/kernel/validation"
import type { PromotionStep } from "./common.js"
import { invalid } from "./rules.js"
import { type Field, knownUpstream, type Shape, stepShapes } from "./step-schemas.js"

/** Steps that run here, sorted. */
export const supportedSteps: readonly string[] = Object.keys(stepShapes).toSorted()

function isTemplate(value: unknown): boolean {
  return typeof value === "string" && /\$\{\{|\$\{%/.test(value)
}

/** True for a path that stays inside the work directory by its text. */
export function isInnerPath(value: string): boolean {
  return !value.startsWith("/") && !value.split(/[/\\]/).includes("..") && !value.includes("\0")
}

const words: { readonly [type in Field["type"]]: string } = {
  text: "a text",
  path: "a path inside the work directory",
  duration: "a duration like 30s or 5m",
  expression: "an expression",
  count: "a whole number from 1 on",
  boolean: "true or false",
  list: "a list with at least one entry",
  mapping: "a mapping",
  any: "a value",
}

function isOfType(value: JsonValue, type: Field["type"]): boolean {
  switch (type) {
    case "text":
    case "expression":
      return typeof value === "string"
    case "path":
      return typeof value === "string" && isInnerPath(value)
    case "duration":
      return typeof value === "string" && parseDuration(value).ok
    case "count":
      return typeof value === "number" && Number.isInteger(value) && value >= 1
    case "boolean":
      return typeof value === "boolean"
    case "list":
      return Array.isArray(value) && value.length > 0
    case "mapping":
      return isJsonObject(value)
    default:
      return true
  }
}

function shown(value: JsonValue): string {
  return JSON.stringify(value).slice(0, 60)
}

function expressionIssues(at: IssuePath, source: string): readonly Issue[] {
  const compiled = compileExpr(source, { mode: "noenv" })
  return compiled.ok ? [] : compiled.issues.map(({ message }) => invalid(at, message))
}

function valueIssues(at: IssuePath, value: JsonValue, field: Field): readonly Issue[] {
  if (field.unsupported !== undefined) {
    const message = `is known upstream, but not supported: ${field.unsupported}`
    return value === false ? [] : [{ code: "UnsupportedField", path: at, message }]
  }
  // What a template gives is checked once it is evaluated; a path out of the directory shows before.
  if (isTemplate(value) && !(field.type === "path" && !isInnerPath(value as string))) return []
  if (!isOfType(value, field.type))
    return [invalid(at, `expected ${words[field.type]}, found ${shown(value)}`)]
  if (field.oneOf !== undefined && !field.oneOf.includes(value as string))
    return [invalid(at, `expected one of ${field.oneOf.join(", ")}, found ${shown(value)}`)]
  if (field.type === "expression") return expressionIssues(at, value as string)
  // Descends along the shapes of steps, which are five levels deep.
  const { shape, items } = field
  const inner = (each: JsonValue, place: IssuePath): readonly Issue[] => [
    ...(shape === undefined ? [] : shapeIssues(place, each, shape)),
    ...(items === undefined ? [] : valueIssues(place, each, items)),
  ]
  return Array.isArray(value)
    ? value.flatMap((each: JsonValue, index) => inner(each, [...at, index]))
    : inner(value, at)
}

function isSet(config: JsonObject, name: string): boolean {
  return Object.hasOwn(config, name) && config[name] !== false
}

function groupIssues(at: IssuePath, config: JsonObject, shape: Shape): readonly Issue[] {
  const issues: Issue[] = []
  const { exactlyOne = [], atMostOne = [], needs = [] } = shape
  const quoted = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ")
  if (exactlyOne.length > 0 && exactlyOne.filter((name) => isSet(config, name)).length !== 1)
    issues.push(invalid(at, `expected exactly one of ${quoted(exactlyOne)}`))
  if (atMostOne.filter((name) => isSet(config, name)).length > 1)
    issues.push(invalid(at, `expected at most one of ${quoted(atMostOne)}`))
  for (const [field, needed] of needs)
    if (isSet(config, field) && !isSet(config, needed))
      issues.push(invalid([...at, field], `needs \`${needed}\``))
  return issues
}

function shapeIssues(at: IssuePath, value: JsonValue, shape: Shape): readonly Issue[] {
  if (isTemplate(value)) return []
  if (!isJsonObject(value)) return [invalid(at, `expected a mapping, found ${shown(value)}`)]
  const issues: Issue[] = []
  for (const [name, inner] of Object.entries(value)) {
    const field = own(shape.fields, name)
    if (field !== undefined) issues.push(...valueIssues([...at, name], inner, field))
    else {
      const near = nearestName(name, Object.keys(shape.fields))
      const hint = near === undefined ? {} : { hint: `did you mean ${near}?` }
      const message = "is not a field of this step"
      issues.push({ code: "UnknownField", path: [...at, name], message, ...hint })
    }
  }
  for (const [name, field] of Object.entries(shape.fields))
    if (field.isRequired === true && !Object.hasOwn(value, name))
      issues.push(invalid([...at, name], "is required, and missing"))
  return [...issues, ...groupIssues(at, value, shape)]
}

/** What is wrong with the configuration of a step; templates that are not evaluated yet pass. */
export function configIssues(
  uses: string,
  config: JsonValue,
  at: IssuePath = [],
): readonly Issue[] {
  const shape = own(stepShapes, uses)
  return shape === undefined || shape === "open" ? [] : shapeIssues(at, config, shape)
}

/** What is wrong with a step: which step it is, and its configuration. Steps in `others` judge theirs themselves. */
export function stepIssues(
  at: IssuePath,
  step: PromotionStep,
  others: readonly string[] = [],
): readonly Issue[] {
  const { uses } = step
  const path = [...at, "uses"]
  if (uses === undefined || uses === "") return [invalid(path, "is required, and missing")]
  if (Object.hasOwn(stepShapes, uses))
    return configIssues(uses, step.config ?? {}, [...at, "config"])
  if (others.includes(uses)) return []
  if (knownUpstream.has(uses)) {
    const message = `the step ${uses} is known upstream, but not supported yet`
    return [{ code: "UnsupportedField", path, message }]
  }
  const near = nearestName(uses, supportedSteps)
  const hint = near === undefined ? {} : { hint: `did you mean ${near}?` }
  const message = `expected one of ${supportedSteps.join(", ")}, found ${JSON.stringify(uses)}`
  return [{ ...invalid(path, message), ...hint }]
}
