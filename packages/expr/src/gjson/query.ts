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
  if (query.operator === "") return found.exists
  const { value } = query
  if (value.startsWith("~")) return holdsLoosely(found, query)
  if (!found.exists) return false
  if (value.startsWith('"')) return compareText(found, unquote(value), query.operator)
  return comparePlain(found, value, query.operator)
}

function truthOf(found: GjsonResult): boolean {
  switch (found.type) {
    case "True":
      return true
    case "String":
      return ["1", "t", "T", "true", "TRUE", "True"].includes(found.string)
    case "Number":
      return found.number !== 0
    default:
      return false
  }
}

function holdsLoosely(found: GjsonResult, { value, operator }: Query): boolean {
  const name = value.slice(1)
  const isIt =
    name === "true"
      ? truthOf(found)
      : name === "false"
        ? !truthOf(found) || !found.exists
        : name === "null"
          ? !found.exists || found.type === "Null"
          : name === "*"
            ? found.exists
            : false
  return operator === "!=" ? !isIt : operator === "=" && isIt
}

function compareText(found: GjsonResult, text: string, operator: string): boolean {
  if (found.type !== "String") return operator === "!="
  return ordered(found.string, text, operator)
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

function comparePlain(found: GjsonResult, text: string, operator: string): boolean {
  switch (found.type) {
    case "String":
      return ordered(found.string, text, operator)
    case "Number": {
      const number = Number(text)
      return ordered(found.number, Number.isNaN(number) ? 0 : number, operator)
    }
    case "True":
      return operator === "="
        ? text === "true"
        : operator === "!="
          ? text !== "true"
          : operator === ">"
            ? text === "false"
            : operator === ">="
    case "False":
      return operator === "="
        ? text === "false"
        : operator === "!="
          ? text !== "false"
          : operator === "<"
            ? text === "true"
            : operator === "<="
    case "Null":
      return operator === "=" ? text === "null" : operator === "!=" && text !== "null"
    default:
      return false
  }
}
