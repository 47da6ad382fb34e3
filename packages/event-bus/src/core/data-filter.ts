import { failed, type JsonValue, ok, type Result } from "@argo-ts/kernel"
import type { DataFilter } from "../api/filters.js"
import { textOf } from "./found.js"
import { compilePath, compilePattern } from "./languages.js"
import { type Judge, passed, refused, unasked } from "./verdict.js"

/** Tells whether one of the filter's values fits what was found; text is why it cannot be told. */
type Matcher = (found: JsonValue) => boolean | string

const trueTexts: ReadonlySet<string> = new Set(["1", "t", "T", "TRUE", "true", "True"])
const falseTexts: ReadonlySet<string> = new Set(["0", "f", "F", "FALSE", "false", "False"])

function readBool(text: string): boolean | undefined {
  if (trueTexts.has(text)) return true
  return falseTexts.has(text) ? false : undefined
}

function boolOf(found: JsonValue): boolean {
  if (typeof found === "boolean") return found
  if (typeof found === "number") return found !== 0
  return typeof found === "string" && readBool(found) === true
}

const numberText = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

function readNumber(text: string): number | undefined {
  return numberText.test(text) ? Number(text) : undefined
}

/** Numbers count as such, numeric text as its number, `true` as 1, everything else as 0 (spec/events §2.8). */
function numberOf(found: JsonValue): number {
  if (typeof found === "number") return found
  if (typeof found === "string") return readNumber(found) ?? 0
  return found === true ? 1 : 0
}

const comparisons: {
  readonly [comparator: string]: (left: number, right: number) => boolean
} = {
  "=": (left, right) => left === right,
  "!=": (left, right) => left !== right,
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  ">": (left, right) => left > right,
  ">=": (left, right) => left >= right,
}

function matchBool(value: string): Matcher {
  const wanted = readBool(value)
  return (found) => {
    if (wanted === undefined) return `"${value}" is not a bool`
    return boolOf(found) === wanted
  }
}

function matchNumber(value: string, comparator: string): Matcher {
  const wanted = readNumber(value)
  const compare = comparisons[comparator] ?? (() => false)
  return (found) => {
    if (wanted === undefined) return `"${value}" is not a number`
    return compare(numberOf(found), wanted)
  }
}

/** Unanchored patterns; only `=` and `!=` ever match. A pattern without operators is plain text. */
function matchString(value: string, comparator: string): Result<Matcher> {
  const pattern = compilePattern(value)
  if (!pattern.ok) return pattern
  const test = pattern.value
  if (comparator === "=") return ok((found) => test(textOf(found)))
  if (comparator === "!=") return ok((found) => !test(textOf(found)))
  return ok(() => false)
}

function compileMatcher(filter: DataFilter, value: string): Result<Matcher> {
  const comparator =
    filter.comparator === undefined || filter.comparator === "" ? "=" : filter.comparator
  switch (filter.type) {
    case "bool":
      return ok(matchBool(value))
    case "number":
      return ok(matchNumber(value, comparator))
    case "string":
      return matchString(value, comparator)
    default: {
      const message = `type of a data filter is "${String(filter.type)}"; expected bool, number or string`
      return failed([{ code: "InvalidValue", path: ["type"], message }])
    }
  }
}

const shownMax = 60

function shown(found: JsonValue): string {
  const text = JSON.stringify(found)
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text
}

function refusalOf(filter: DataFilter, found: JsonValue): string {
  const { path, type, comparator, value } = filter
  const wanted = value.map((each) => JSON.stringify(each)).join(" or ")
  return `data "${path}" is ${shown(found)}; expected ${type} ${comparator || "="} ${wanted}`
}

/** A comparison of the value at a path with several; the first that fits, or cannot be told, decides. */
export function compileDataFilter(filter: DataFilter): Result<Judge> {
  const read = compilePath(filter.path)
  if (!read.ok) return failed(read.issues.map((issue) => ({ ...issue, path: ["path"] })))
  const matchers: Matcher[] = []
  for (const [index, value] of filter.value.entries()) {
    const matcher = compileMatcher(filter, value)
    if (!matcher.ok) return failed(matcher.issues.map((i) => ({ ...i, path: ["value", index] })))
    matchers.push(matcher.value)
  }
  const find = read.value
  return ok((event) => {
    if (event.data === null) return passed
    const found = find(event.data)
    if (found === undefined) return unasked(() => `the event's data has no "${filter.path}"`)
    for (const match of matchers) {
      const result = match(found)
      if (result === true) return passed
      if (typeof result === "string") return unasked(() => result)
    }
    return refused(() => refusalOf(filter, found))
  })
}
