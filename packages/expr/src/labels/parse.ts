import { compareText } from "@argo-ts/kernel"
import { Fault } from "../issue.js"

/** How a line of a selector compares. `exists` and `!` take no value. */
export type RequirementOperator = "exists" | "!" | "in" | "notin" | "=" | "==" | "!=" | ">" | "<"

/** One line of a selector. */
export interface Requirement {
  readonly key: string
  readonly operator: RequirementOperator
  /** Sorted, each once. */
  readonly values: readonly string[]
}

interface Token {
  readonly text: string
  readonly at: number
  readonly isWord: boolean
}

const part = /[ \t\r\n]*(==|!=|[(),!=<>]|[^ \t\r\n(),!=<>]+)/y

function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  while (/[^ \t\r\n]/.test(source.slice(at))) {
    part.lastIndex = at
    const match = part.exec(source)
    if (match === null) throw new Fault("unable to parse requirement", at, "parse")
    const text = match[1] ?? ""
    at = part.lastIndex
    tokens.push({ text, at: at - text.length, isWord: !/^[(),!=<>]/.test(text) })
  }
  return tokens
}

interface Reader {
  readonly tokens: readonly Token[]
  readonly end: number
  index: number
}

function fail(reader: Reader, expected: string): never {
  const token = reader.tokens[reader.index]
  const message = `unable to parse requirement: found '${token?.text ?? ""}', expected: ${expected}`
  throw new Fault(message, token?.at ?? reader.end, "parse")
}

const operators = new Set(["in", "notin", "=", "==", "!=", ">", "<"])

/** Reads a selector; lines sorted by key. Throws a `Fault`. */
export function parseRequirements(source: string): readonly Requirement[] {
  const reader: Reader = { tokens: tokenize(source), end: source.length, index: 0 }
  const lines: Requirement[] = []
  if (reader.tokens.length === 0) return lines
  for (;;) {
    lines.push(readRequirement(reader))
    const next = reader.tokens[reader.index]
    if (next === undefined) break
    if (next.text !== ",") fail(reader, "',' or 'end of string'")
    reader.index++
    const after = reader.tokens[reader.index]
    if (after === undefined || !(after.isWord || after.text === "!"))
      fail(reader, "identifier after ','")
  }
  return lines.toSorted((a, b) => compareText(a.key, b.key))
}

function readRequirement(reader: Reader): Requirement {
  const isNegated = reader.tokens[reader.index]?.text === "!"
  if (isNegated) reader.index++
  const key = reader.tokens[reader.index]
  if (key === undefined || !key.isWord)
    fail(reader, isNegated ? "identifier" : "!, identifier, or ''")
  reader.index++
  checkKey(key)
  const next = reader.tokens[reader.index]
  const isBare = next === undefined || next.text === ","
  if (isNegated) return { key: key.text, operator: "!", values: [] }
  if (isBare) return { key: key.text, operator: "exists", values: [] }
  if (!operators.has(next.text)) fail(reader, "in, notin, =, ==, !=, gt, lt")
  reader.index++
  const operator = next.text as RequirementOperator
  const values = operator === "in" || operator === "notin" ? readList(reader) : [readValue(reader)]
  for (const value of values) checkValue(value, key.at)
  if ((operator === ">" || operator === "<") && !isInteger(values[0] ?? "")) {
    throw new Fault(`for 'Gt', 'Lt' operators, the value must be an integer`, key.at, "parse")
  }
  return { key: key.text, operator, values: [...new Set(values)].toSorted(compareText) }
}

function isInteger(text: string): boolean {
  if (!/^[+-]?\d+$/.test(text)) return false
  const value = BigInt(text.replace(/^\+/, ""))
  return BigInt.asIntN(64, value) === value
}

function readValue(reader: Reader): string {
  const token = reader.tokens[reader.index]
  if (token === undefined || token.text === ",") return ""
  if (!token.isWord) fail(reader, "identifier")
  reader.index++
  return token.text
}

function readList(reader: Reader): readonly string[] {
  if (reader.tokens[reader.index]?.text !== "(") fail(reader, "'('")
  reader.index++
  const values: string[] = []
  let expectsValue = true
  for (;;) {
    const token = reader.tokens[reader.index]
    if (token === undefined) fail(reader, "',' or ')'")
    reader.index++
    if (token.text === ")" || token.text === ",") {
      if (expectsValue) values.push("")
      if (token.text === ")") return values
      expectsValue = true
    } else if (token.isWord && expectsValue) {
      values.push(token.text)
      expectsValue = false
    } else {
      reader.index--
      fail(reader, "',', ')' or identifier")
    }
  }
}

const name = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/
const prefix = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

function checkKey({ text, at }: Token): void {
  const parts = text.split("/")
  const last = parts.at(-1) ?? ""
  const isPrefixed = parts.length === 2
  const isValid = parts.length <= 2 && name.test(last) && last.length <= 63
  if (isValid && (!isPrefixed || ((parts[0] ?? "").length <= 253 && prefix.test(parts[0] ?? ""))))
    return
  throw new Fault(
    `unable to parse requirement: <nil>: Invalid value: ${JSON.stringify(text)}`,
    at,
    "parse",
  )
}

function checkValue(text: string, at: number): void {
  if (text === "" || (text.length <= 63 && name.test(text))) return
  throw new Fault(
    `unable to parse requirement: values: Invalid value: ${JSON.stringify(text)}`,
    at,
    "parse",
  )
}
