import { Fault } from "../issue.js"
import { jsonEscapes } from "./decode.js"

/** What a token is. Operators and punctuation are tokens of their own text. */
export type TokenKind =
  | "end"
  | "name"
  | "keyword"
  | "field"
  | "variable"
  | "number"
  | "format"
  | "string"
  | "symbol"

/** One token. */
export interface Token {
  readonly kind: TokenKind
  /** A field without its dot, a variable and a format with their sign, a string undecoded with its quotes. */
  readonly text: string
  readonly offset: number
  readonly end: number
}

const keywords: ReadonlySet<string> = new Set(
  "and or module import include def as label break if then elif else end try catch reduce foreach".split(
    " ",
  ),
)

const blank = /(?:[ \t\r\n]|#(?:[^\n\\]|\\[^]?)*)*/y
const word = /[A-Za-z_][A-Za-z0-9_]*(?:::[A-Za-z_][A-Za-z0-9_]*)*/y
const field = /\.([A-Za-z_][A-Za-z0-9_]*)/y
const variable = /\$[A-Za-z_][A-Za-z0-9_]*(?:::[A-Za-z_][A-Za-z0-9_]*)*/y
const format = /@[A-Za-z0-9_]+/y
const number = /(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y
const badNumber = /(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?)?[A-Za-z_.]?/y
const symbol = /\?\/\/=?|\/\/=|\|=|\+=|-=|\*=|\/=|%=|==|!=|<=|>=|\/\/|\.\.|[^]/uy

function match(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0]
}

/** Offset of the first character that is neither blank nor comment. */
function skipBlank(source: string, at: number): number {
  return at + (match(blank, source, at) ?? "").length
}

function numberToken(source: string, at: number): Token | undefined {
  const text = match(number, source, at)
  if (text === undefined) return undefined
  const end = at + text.length
  if (/[A-Za-z_.]/.test(source[end] ?? "")) {
    throw new Fault(`invalid token ${JSON.stringify(match(badNumber, source, at))}`, at, "parse")
  }
  return { kind: "number", text, offset: at, end }
}

/** The token at or after an offset. */
export function readToken(source: string, from: number): Token {
  const at = skipBlank(source, from)
  if (at >= source.length)
    return { kind: "end", text: "", offset: source.length, end: source.length }
  if (source[at] === '"') return { kind: "string", text: '"', offset: at, end: at + 1 }
  const digits = numberToken(source, at)
  if (digits !== undefined) return digits
  const name = match(word, source, at)
  if (name !== undefined) {
    return {
      kind: keywords.has(name) ? "keyword" : "name",
      text: name,
      offset: at,
      end: at + name.length,
    }
  }
  for (const [kind, pattern] of [
    ["field", field],
    ["variable", variable],
    ["format", format],
  ] as const) {
    const text = match(pattern, source, at)
    if (text !== undefined) {
      return {
        kind,
        text: kind === "field" ? text.slice(1) : text,
        offset: at,
        end: at + text.length,
      }
    }
  }
  const text = match(symbol, source, at) ?? ""
  return { kind: "symbol", text, offset: at, end: at + text.length }
}

/** A token as messages show it. */
export function describeToken(token: Token, source: string): string {
  return token.kind === "end" ? "unexpected EOF" : `unexpected token ${quoted(token, source)}`
}

function quoted(token: Token, source: string): string {
  return JSON.stringify(
    token.kind === "string"
      ? stringAround(source, token.offset)
      : source.slice(token.offset, token.end),
  )
}

function stringAround(source: string, at: number): string {
  const end = /^"(?:[^"\\]|\\[^])*"/.exec(source.slice(at))
  return end === null ? '"' : end[0]
}

/** One piece of a string literal: text up to `\(`, or up to the closing quote. */
export interface StringPiece {
  readonly text: string
  readonly end: number
  /** True where a `\(` follows. */
  readonly isOpen: boolean
}

/** Reads a string literal from an offset behind its quote, or behind the `)` of an interpolation. */
export function readString(source: string, from: number, start: number): StringPiece {
  let text = ""
  for (let at = from; at < source.length; ) {
    const character = source[at] ?? ""
    if (character === '"') return { text, end: at + 1, isOpen: false }
    if (character !== "\\") {
      text += character
      at++
      continue
    }
    const next = source[at + 1] ?? ""
    if (next === "(") return { text, end: at + 2, isOpen: true }
    const hex = next === "u" ? /^[0-9A-Fa-f]{4}/.exec(source.slice(at + 2, at + 6)) : null
    const known = jsonEscapes.get(next)
    if (known === undefined && hex === null) throw badEscape(source, at)
    text += hex === null ? (known ?? "") : String.fromCharCode(Number.parseInt(hex[0], 16))
    at += hex === null ? 2 : 6
  }
  const isInterpolated = from !== start + 1
  throw new Fault(
    isInterpolated ? "unexpected EOF" : "unterminated string literal",
    isInterpolated ? source.length : start,
    "parse",
  )
}

function badEscape(source: string, at: number): Fault {
  if (at + 1 >= source.length) return new Fault("unterminated string literal", at, "parse")
  const text = /^\\u[0-9A-Fa-f]{0,4}|^\\[^]/u.exec(source.slice(at))?.[0] ?? "\\"
  return new Fault(`invalid escape sequence "${text}" in string literal`, at, "parse")
}
