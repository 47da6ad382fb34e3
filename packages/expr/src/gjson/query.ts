import { wildcard } from "./path.js"
import { type GjsonResult, resultOf } from "./result.js"
import { unquote } from "./scan.js"

/** A `#(path op value)` query. */
export interface Query {
  readonly path: string
  readonly operator: string
  readonly value: string
}

const operators = ["==", "!=", "<=", ">=", "!%", "=", "<", ">", "%"]

/** Reads the inside of a query. */
export function parseQuery(body: string): Query {
  let depth = 0
  for (let at = 0; at < body.length; at++) {
    const char = body[at] as string
    if (char === "\\") at++
    else if (char === '"')
      at = body.indexOf('"', at + 1) < 0 ? body.length : body.indexOf('"', at + 1)
    else if ("([{".includes(char)) depth++
    else if (")]}".includes(char)) depth--
    else if (depth === 0) {
      const operator = operators.find((candidate) => body.startsWith(candidate, at))
      if (operator === undefined) continue
      const value = body.slice(at + operator.length).trim()
      return { path: body.slice(0, at).trim(), operator: operator === "==" ? "=" : operator, value }
    }
  }
  return { path: body.trim(), operator: "", value: "" }
}

/** True where an item satisfies a query. */
export function queryHolds(
  item: string,
  query: Query,
  get: (raw: string, path: string) => GjsonResult,
): boolean {
  const found = query.path === "" ? resultOf(item) : get(item, query.path)
  const { value, operator } = query
  if (operator === "") return found.exists
  if (value.startsWith("~")) {
    const holds = holdsLoosely(found, value.slice(1))
    return holds !== undefined && compareTruth(holds, "true", operator)
  }
  if (!found.exists) return false
  return compare(found, value.startsWith('"') ? unquote(value) : value, operator)
}

const truths: ReadonlySet<string> = new Set(["1", "t", "true"])
const untruths: ReadonlySet<string> = new Set(["0", "f", "false"])

/** What `~name` asks of a value; undefined for a name that nobody knows. */
function holdsLoosely(
  { exists, type, string, number }: GjsonResult,
  name: string,
): boolean | undefined {
  switch (name) {
    case "*":
      return exists
    case "null":
      return type === "Null"
    case "true":
      if (type === "String") return truths.has(string.toLowerCase())
      return type === "True" || (type === "Number" && number !== 0)
    case "false":
      if (type === "String") return untruths.has(string.toLowerCase())
      return type === "False" || type === "Null" || (type === "Number" && number === 0)
    default:
      return undefined
  }
}

/** A bool beside the text of a query: only `true` and `false` compare, false being the lesser. */
function compareTruth(truth: boolean, text: string, operator: string): boolean {
  switch (operator) {
    case "=":
      return text === String(truth)
    case "!=":
      return text !== String(truth)
    case ">":
      return truth && text === "false"
    case "<":
      return !truth && text === "true"
    case ">=":
      return truth
    case "<=":
      return !truth
    default:
      return false
  }
}

function ordered<T extends string | number>(left: T, right: T, operator: string): boolean {
  switch (operator) {
    case "=":
      return left === right
    case "!=":
      return left !== right
    case "<":
      return left < right
    case "<=":
      return left <= right
    case ">":
      return left > right
    case ">=":
      return left >= right
    case "%":
      return wildcard(String(left), String(right))
    default:
      return !wildcard(String(left), String(right))
  }
}

function compare(found: GjsonResult, text: string, operator: string): boolean {
  switch (found.type) {
    case "String":
      return ordered(found.string, text, operator)
    case "Number": {
      const number = Number(text)
      if (operator === "%" || operator === "!%") return false
      return ordered(found.number, Number.isNaN(number) ? 0 : number, operator)
    }
    case "True":
    case "False":
      return compareTruth(found.type === "True", text, operator)
    default:
      return false
  }
}
