import { Fault } from "../issue.js"
import { closing, endOfQuoted } from "./brackets.js"
import { parseFormula } from "./selector-formula.js"
import type { Formula, SelectorToken } from "./selector-token.js"

function refuse(source: string, why: string, offset = -1): never {
  throw new Fault(`invalid JSONPath selector '${source}' ${why}`, offset, "parse")
}

/** Reads a selector that begins with `$` or `@`. Throws a `Fault`. */
export function parseSelector(source: string): readonly SelectorToken[] {
  const [token, length] = readSelector(source, 0)
  if (length < source.length) {
    refuse(source, `unexpected token '${source[length] ?? ""}' at index ${length}`, length)
  }
  return token
}

/** Reads as much of a selector as there is from `start`, and where it ends. */
function readSelector(source: string, start: number): readonly [readonly SelectorToken[], number] {
  const first = source[start]
  if (first !== "$" && first !== "@") {
    refuse(source, `unexpected token '${first ?? ""}' at index ${start}`, start)
  }
  const tokens: SelectorToken[] = []
  let at = start + 1
  while (at < source.length) {
    if (source.startsWith("..", at)) {
      tokens.push({ kind: "recursive" })
      at += 2
      if (at < source.length && source[at] !== "[") at = readKey(source, at, tokens)
    } else if (source[at] === ".") at = readKey(source, at + 1, tokens)
    else if (source[at] === "[") at = readBrackets(source, at, tokens)
    else break
  }
  return [tokens, at]
}

/** A key runs up to the next dot or bracket; blanks around it are not part of it. */
function readKey(source: string, start: number, tokens: SelectorToken[]): number {
  const length = source.slice(start).search(/[.[]/)
  const end = length < 0 ? source.length : start + length
  const key = source.slice(start, end).trim()
  if (key === "") refuse(source, "invalid token. token string is empty", start)
  tokens.push(key === "*" ? { kind: "wildcard" } : { kind: "key", key })
  return end
}

function readBrackets(source: string, start: number, tokens: SelectorToken[]): number {
  const end = closing(source, start)
  const text = source.slice(start, end < 0 ? source.length : end + 1)
  const token = end < 0 ? undefined : tokenOf(source, text.slice(1, -1).trim())
  if (token === undefined) {
    refuse(source, `invalid token. '${text}' does not match any token format`, start)
  }
  tokens.push(token)
  return end + 1
}

const rangePattern = /^(-?\d+)?\s*:\s*(-?\d+)?(?:\s*:\s*(-?\d+)?)?$/

function tokenOf(source: string, body: string): SelectorToken | undefined {
  if (body === "*") return { kind: "wildcard" }
  if (/^-?\d+$/.test(body)) return { kind: "index", index: Number(body) }
  const range = rangePattern.exec(body)
  if (range !== null) {
    const [from, to, step] = [range[1], range[2], range[3]].map(boundOf)
    return { kind: "range", from, to, step }
  }
  if (body.startsWith("?(") && body.endsWith(")")) {
    return { kind: "filter", formula: formulaOf(body.slice(2, -1)) }
  }
  if (body.startsWith("(") && body.endsWith(")")) return scriptOf(source, body)
  const members = membersOf(body)
  const [only] = members ?? []
  if (members === undefined || only === undefined) return undefined
  if (members.length > 1) return { kind: "union", members }
  return typeof only === "string" ? { kind: "key", key: only } : { kind: "index", index: only }
}

function boundOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text)
}

function formulaOf(text: string): Formula | undefined {
  return text.trim() === "" ? undefined : parseFormula(text, readSelector)
}

function scriptOf(source: string, body: string): SelectorToken {
  const formula = formulaOf(body.slice(1, -1))
  if (formula === undefined) refuse(source, `invalid expression. invalid format '${body}'`)
  return { kind: "script", formula }
}

/** Comma-separated keys and indexes; `undefined` where one of them is neither. */
function membersOf(body: string): readonly (string | number)[] | undefined {
  const members: (string | number)[] = []
  for (let at = 0; at <= body.length; at++) {
    while (body[at] === " ") at++
    const isQuoted = body[at] === "'" || body[at] === '"'
    const close = isQuoted ? endOfQuoted(body, at) : at
    if (close < 0) return undefined
    const comma = body.indexOf(",", close)
    const end = comma < 0 ? body.length : comma
    const text = body.slice(at, end).trim()
    if (isQuoted ? text.length !== close - at + 1 : !/^-?\d+$/.test(text)) return undefined
    members.push(isQuoted ? text.slice(1, -1).replace(/\\(.)/gsu, "$1") : Number(text))
    at = end
  }
  return members
}
