import { equalJson, isJsonObject, type JsonObject, type JsonValue, own } from "@argo-ts/kernel"

/** Why a value does not match: where inside it, what was expected there and what was found. */
export interface Mismatch {
  readonly path: string
  readonly expected: string
  readonly found: string
}

/** Every operator a pattern may use, with what it means. A mapping whose keys start with `$` holds operators only. */
export const operators = {
  $eq: "exactly this value, nothing more",
  $not: "anything that does not match this pattern",
  $in: "matches one of these patterns",
  $exists: "true: the field is there; false: it is not",
  $gt: "a number greater than this",
  $gte: "a number at least this",
  $lt: "a number less than this",
  $lte: "a number at most this",
  $like: "a text that fits, `*` standing for any characters",
  $contains: "a list with an element that matches, or a text that contains this text",
  $length: "a list, text or mapping whose length matches this pattern",
} as const

/** The name of an operator. */
export type Operator = keyof typeof operators

/** True for a mapping of operators. */
export function isOperators(pattern: JsonValue): pattern is JsonObject {
  return isJsonObject(pattern) && Object.keys(pattern).some((key) => key.startsWith("$"))
}

function show(value: unknown): string {
  if (value === undefined) return "nothing"
  const text = JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 197)}…` : text
}

function differs(path: string, expected: string, found: unknown): readonly Mismatch[] {
  return [{ path, expected, found: show(found) }]
}

/** True where the text fits a pattern in which `*` stands for any characters. Linear in practice, never backtracks over groups. */
export function fitsGlob(glob: string, text: string): boolean {
  const parts = glob.split("*")
  if (parts.length === 1) return glob === text
  const first = parts[0] as string
  const last = parts.at(-1) as string
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

function compares(operator: string, bound: JsonValue, value: unknown): boolean {
  if (typeof value !== "number" || typeof bound !== "number") return false
  if (operator === "$gt") return value > bound
  if (operator === "$gte") return value >= bound
  if (operator === "$lt") return value < bound
  return value <= bound
}

function contains(pattern: JsonValue, value: unknown): boolean {
  if (Array.isArray(value)) return value.some((item) => matchPattern(pattern, item).length === 0)
  return typeof value === "string" && typeof pattern === "string" && value.includes(pattern)
}

function lengthOf(value: unknown): number | undefined {
  if (typeof value === "string" || Array.isArray(value)) return value.length
  return isJsonObject(value) ? Object.keys(value).length : undefined
}

function holds(operator: string, operand: JsonValue, value: unknown): boolean {
  switch (operator as Operator) {
    case "$eq":
      return equalJson(operand, value)
    case "$not":
      return matchPattern(operand, value).length > 0
    case "$in":
      return Array.isArray(operand) && operand.some((one) => matchPattern(one, value).length === 0)
    case "$exists":
      return operand === (value !== undefined)
    case "$like":
      return typeof value === "string" && typeof operand === "string" && fitsGlob(operand, value)
    case "$contains":
      return contains(operand, value)
    case "$length":
      return matchPattern(operand, lengthOf(value)).length === 0
    default:
      return compares(operator, operand, value)
  }
}

/**
 * How a value differs from a pattern; nothing where it matches.
 *
 * A mapping matches a mapping that has at least its keys, each matching; a list matches a list of the same length,
 * element by element; `null` matches `null` and absence; other scalars match themselves only (`"1"` is not `1`). A
 * mapping of `$` operators matches where all of them hold.
 */
export function matchPattern(pattern: JsonValue, value: unknown, path = ""): readonly Mismatch[] {
  if (pattern === null)
    return value === null || value === undefined ? [] : differs(path, "nothing", value)
  if (isOperators(pattern)) {
    return Object.entries(pattern).flatMap(([operator, operand]) =>
      holds(operator, operand, value) ? [] : differs(path, `${operator} ${show(operand)}`, value),
    )
  }
  if (Array.isArray(pattern)) {
    if (!Array.isArray(value)) return differs(path, show(pattern), value)
    if (value.length !== pattern.length) return differs(path, `a list of ${pattern.length}`, value)
    return pattern.flatMap((item, index) => matchPattern(item, value[index], `${path}[${index}]`))
  }
  if (!isJsonObject(pattern)) return pattern === value ? [] : differs(path, show(pattern), value)
  if (!isJsonObject(value)) return differs(path, show(pattern), value)
  return Object.entries(pattern).flatMap(([key, inner]) =>
    matchPattern(inner, own(value, key), path === "" ? key : `${path}.${key}`),
  )
}
