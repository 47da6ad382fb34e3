import { Fault } from "../issue.js"
import { toBytes } from "./bytes.js"
import { readNumber } from "./value.js"

/** Words that name nothing. */
const keywords: ReadonlySet<string> = new Set(
  (
    "and break do else elseif end false for function goto if in local nil not or repeat return then true until " +
    "while"
  ).split(" "),
)

export interface Token {
  readonly kind: "name" | "keyword" | "string" | "number" | "operator" | "end"
  /** As it is written; of a string its bytes. */
  readonly text: string
  readonly value: number
  readonly offset: number
  readonly line: number
}

const operators = ["...", "..", "==", "~=", "<=", ">=", "::", ..."+-*/%^#<>=(){}[];:,."] as const

const escapes: ReadonlyMap<string, string> = new Map([
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
])

interface Lexer {
  readonly source: string
  offset: number
  line: number
}

function refuse(message: string, offset: number): never {
  throw new Fault(message, offset, "parse")
}

/** Splits a source into tokens; the last is `end`. */
export function tokensOf(source: string): readonly Token[] {
  const lexer: Lexer = { source, offset: source.startsWith("#") ? lineEnd(source, 0) : 0, line: 1 }
  const tokens: Token[] = []
  for (;;) {
    skipBlanks(lexer)
    const token = readToken(lexer)
    tokens.push(token)
    if (token.kind === "end") return tokens
  }
}

function lineEnd(source: string, from: number): number {
  const end = source.indexOf("\n", from)
  return end < 0 ? source.length : end
}

function skipBlanks(lexer: Lexer): void {
  const { source } = lexer
  for (;;) {
    const character = source[lexer.offset]
    if (character === "\n") {
      lexer.line++
      lexer.offset++
    } else if (character !== undefined && " \t\r\v\f".includes(character)) {
      lexer.offset++
    } else if (source.startsWith("--", lexer.offset)) {
      lexer.offset += 2
      const equals = bracketAt(source, lexer.offset)
      if (equals < 0) lexer.offset = lineEnd(source, lexer.offset)
      else readLongString(lexer, equals, "comment")
    } else {
      return
    }
  }
}

function readToken(lexer: Lexer): Token {
  const { source, offset, line } = lexer
  const at = { value: 0, offset, line }
  const character = source[offset]
  if (character === undefined) return { ...at, kind: "end", text: "EOF" }
  const name = matchAt(/[A-Za-z_][A-Za-z0-9_]*/y, lexer)
  if (name !== undefined)
    return { ...at, kind: keywords.has(name) ? "keyword" : "name", text: name }
  if (/[0-9]/.test(character) || (character === "." && /[0-9]/.test(source[offset + 1] ?? ""))) {
    return { ...at, ...readNumeral(lexer) }
  }
  if (character === '"' || character === "'") {
    return { ...at, kind: "string", text: readString(lexer, character) }
  }
  const equals = bracketAt(source, offset)
  if (equals >= 0) return { ...at, kind: "string", text: readLongString(lexer, equals, "string") }
  const operator = operators.find((text) => source.startsWith(text, offset))
  if (operator === undefined) return refuse(`Invalid '${character}' token`, offset)
  lexer.offset += operator.length
  return { ...at, kind: "operator", text: operator }
}

function matchAt(pattern: RegExp, lexer: Lexer): string | undefined {
  pattern.lastIndex = lexer.offset
  const match = pattern.exec(lexer.source)
  if (match === null) return undefined
  lexer.offset += match[0].length
  return match[0]
}

function readNumeral(lexer: Lexer): Pick<Token, "kind" | "text" | "value"> {
  const { offset } = lexer
  const text =
    matchAt(/0[xX][0-9A-Fa-f]+/y, lexer) ??
    matchAt(/(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y, lexer) ??
    ""
  const value = readNumber(text)
  if (value === undefined) return refuse(`malformed number near '${text}'`, offset)
  return { kind: "number", text, value }
}

/** The count of `=` in `[==[` at an offset, or -1. */
function bracketAt(source: string, offset: number): number {
  if (source[offset] !== "[") return -1
  let at = offset + 1
  while (source[at] === "=") at++
  return source[at] === "[" ? at - offset - 1 : -1
}

function readLongString(lexer: Lexer, equals: number, what: "string" | "comment"): string {
  const { source, offset } = lexer
  let start = offset + equals + 2
  const close = `]${"=".repeat(equals)}]`
  const end = source.indexOf(close, start)
  if (end < 0) return refuse(`unterminated multiline ${what}`, offset)
  lexer.line += source.slice(offset, end).split("\n").length - 1
  lexer.offset = end + close.length
  if (source.startsWith("\r\n", start)) start += 2
  else if (source[start] === "\n") start++
  return toBytes(source.slice(start, end))
}

function readString(lexer: Lexer, quote: string): string {
  const { source, offset } = lexer
  const parts: string[] = []
  let at = offset + 1
  for (;;) {
    const start = at
    while (at < source.length && source[at] !== quote && source[at] !== "\\" && source[at] !== "\n")
      at++
    parts.push(toBytes(source.slice(start, at)))
    const character = source[at]
    if (character === quote) break
    if (character !== "\\") return refuse("unterminated string", offset)
    const [byte, next] = readEscape(lexer, at + 1)
    parts.push(byte)
    at = next
  }
  lexer.offset = at + 1
  return parts.join("")
}

/** The bytes of an escape that begins at `at`, and where it ends. */
function readEscape(lexer: Lexer, at: number): [string, number] {
  const { source } = lexer
  const character = String.fromCodePoint(source.codePointAt(at) ?? 0)
  if (at >= source.length) return refuse("unterminated string", at)
  const digits = /^[0-9]{1,3}/.exec(source.slice(at, at + 3))?.[0]
  if (digits !== undefined) {
    const code = Number(digits)
    if (code > 255) return refuse("escape sequence too large", at)
    return [String.fromCharCode(code), at + digits.length]
  }
  if (character === "\r") return ["\n", at + (source[at + 1] === "\n" ? 2 : 1)]
  if (character === "\n") lexer.line++
  return [escapes.get(character) ?? toBytes(character), at + character.length]
}
