import { Fault } from "../issue.js"
import type { Dialect } from "./dialect.js"
import { unescape } from "./escape.js"

/** What a token is; `operator` includes the words (`in`, `not`, `let`, …). */
export type TokenKind = "ident" | "number" | "string" | "bytes" | "operator" | "bracket" | "end"

/** One token; `at` is the UTF-16 offset of its first character. */
export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly at: number
  readonly end: number
  /** Content of a bytes literal. */
  readonly bytes?: Uint8Array
}

const words = new Set([
  "not",
  "in",
  "or",
  "and",
  "matches",
  "contains",
  "startsWith",
  "endsWith",
  "let",
  "if",
  "else",
])
const negatable = new Set(["in", "matches", "contains", "startsWith", "endsWith"])
const letterPattern = /[\p{L}_$]/u
const letterOrDigitPattern = /[\p{L}\p{Nd}_$]/u
const asciiWord = /[A-Za-z0-9_$]*/y

function isLetter(char: string): boolean {
  const code = char.charCodeAt(0)
  if (code < 128)
    return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code === 36
  return letterPattern.test(char)
}

function isLetterOrDigit(char: string): boolean {
  return (
    isDigit(char) || isLetter(char) || (char.charCodeAt(0) > 127 && letterOrDigitPattern.test(char))
  )
}
const space = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/
const number = /0[xX][0-9A-Fa-f_]*|0[oO][0-7_]*|0[bB][01_]*|[0-9][0-9_]*|\.[0-9_]*/y
const operators3 = /\?\?|\?\.|\|\||::|&&|!=|==|\*\*|<=|>=|\.\.|[?|:,;%+\-^!*<>./=&]/y

interface Lexer {
  readonly source: string
  readonly dialect: Dialect
  readonly tokens: Token[]
  at: number
}

/** Splits a source into tokens; the last one is of kind `end`. Throws a `Fault`. */
export function tokenize(source: string, dialect: Dialect = "1.17"): Token[] {
  const lexer: Lexer = { source, dialect, tokens: [], at: 0 }
  for (;;) {
    skipBlanks(lexer)
    if (lexer.at >= source.length) break
    next(lexer)
  }
  lexer.tokens.push({ kind: "end", text: "", at: source.length, end: source.length })
  return lexer.tokens
}

function fail(message: string, at: number): never {
  throw new Fault(message, at, "parse")
}

function skipBlanks(lexer: Lexer): void {
  const { source } = lexer
  for (;;) {
    const char = source[lexer.at]
    if (char === undefined) return
    const code = char.charCodeAt(0)
    if (code > 32 && code < 128 && char !== "/") return
    if (space.test(char)) lexer.at++
    else if (char === "/" && source[lexer.at + 1] === "/") {
      const end = source.indexOf("\n", lexer.at)
      lexer.at = end < 0 ? source.length : end
    } else if (char === "/" && source[lexer.at + 1] === "*") {
      const end = source.indexOf("*/", lexer.at + 2)
      if (end < 0) fail("unclosed comment", lexer.at)
      lexer.at = end + 2
    } else return
  }
}

function push(lexer: Lexer, kind: TokenKind, text: string, end: number): void {
  lexer.tokens.push({ kind, text, at: lexer.at, end })
  lexer.at = end
}

function pointAt(source: string, at: number): string {
  return at < source.length ? String.fromCodePoint(source.codePointAt(at) as number) : ""
}

function next(lexer: Lexer): void {
  const { source, at } = lexer
  const char = pointAt(source, at)
  if ((char >= "0" && char <= "9") || (char === "." && isDigit(source[at + 1])))
    return lexNumber(lexer)
  if (char === '"' || char === "'") return lexString(lexer, at, "string")
  if (char === "`" && lexer.dialect === "1.17") return lexRaw(lexer)
  const quote = source[at + 1]
  if (
    lexer.dialect === "1.17" &&
    (char === "b" || char === "B") &&
    (quote === '"' || quote === "'")
  ) {
    return lexString(lexer, at + 1, "bytes")
  }
  if ("([{}])".includes(char)) return push(lexer, "bracket", char, at + 1)
  if (char === "#") return lexPointer(lexer)
  if (isLetter(char)) return lexWord(lexer)
  operators3.lastIndex = at
  const operator = operators3.exec(source)
  if (operator === null) fail(`unrecognized character: ${describe(char)}`, at)
  let text = operator[0]
  if (lexer.dialect === "1.15" && text === "::") text = ":"
  push(lexer, "operator", text, at + text.length)
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= "0" && char <= "9"
}

function describe(char: string): string {
  const point = char.codePointAt(0) as number
  return `U+${point.toString(16).toUpperCase().padStart(4, "0")} '${char}'`
}

function wordEnd(source: string, at: number): number {
  asciiWord.lastIndex = at
  let end = at + (asciiWord.exec(source)?.[0].length ?? 0)
  for (;;) {
    const char = pointAt(source, end)
    if (char === "" || !isLetterOrDigit(char)) return end
    end += char.length
  }
}

function lexPointer(lexer: Lexer): void {
  const { source, at } = lexer
  push(lexer, "operator", "#", at + 1)
  const first = pointAt(source, lexer.at)
  if (first !== "" && isLetter(first)) {
    push(
      lexer,
      "ident",
      source.slice(lexer.at, wordEnd(source, lexer.at)),
      wordEnd(source, lexer.at),
    )
  }
}

function lexWord(lexer: Lexer): void {
  const { source, at, dialect } = lexer
  const end = wordEnd(source, at)
  const word = source.slice(at, end)
  const previous = lexer.tokens.at(-1)
  const afterDot =
    previous?.kind === "operator" && (previous.text === "." || previous.text === "?.")
  const isWord = words.has(word) && !(dialect === "1.15" && (word === "if" || word === "else"))
  if (!isWord || (afterDot && word !== "not"))
    return push(lexer, isWord ? "operator" : "ident", word, end)
  push(lexer, "operator", word, end)
}

function lexNumber(lexer: Lexer): void {
  const { source, at, dialect } = lexer
  number.lastIndex = at
  let end = at + (number.exec(source) as RegExpExecArray)[0].length
  const prefix = source.slice(at, at + 2)
  const isPrefixed = /^0[xXoObB]$/.test(prefix)
  if (dialect === "1.15" && isPrefixed && prefix !== "0x") end = at + 1
  if (!isPrefixed || (dialect === "1.15" && prefix !== "0x")) {
    if (source[at] !== "." && source[end] === "." && source[end + 1] !== ".") {
      end++
      while (/[0-9_]/.test(source[end] ?? "")) end++
    }
    if (/[eE]/.test(source[end] ?? "")) {
      end++
      if (/[+-]/.test(source[end] ?? "")) end++
      while (/[0-9_]/.test(source[end] ?? "")) end++
    }
  }
  const after = pointAt(source, end)
  if (after !== "" && isLetterOrDigit(after)) {
    fail(`bad number syntax: "${source.slice(at, end + after.length)}"`, at)
  }
  push(lexer, "number", source.slice(at, end), end)
}

function lexString(lexer: Lexer, open: number, kind: "string" | "bytes"): void {
  const { source } = lexer
  const quote = source[open] as string
  let end = open + 1
  for (;;) {
    const char = source[end]
    if (char === undefined || char === "\n") fail("literal not terminated", open)
    if (char === "\\") end += 2
    else if (char === quote) break
    else end++
  }
  const content = unescape(source.slice(open + 1, end), {
    quote,
    kind,
    at: open,
    dialect: lexer.dialect,
  })
  const token = { kind, at: lexer.at, end: end + 1 }
  lexer.tokens.push(
    typeof content === "string"
      ? { ...token, text: content }
      : { ...token, text: "", bytes: content },
  )
  lexer.at = end + 1
}

function lexRaw(lexer: Lexer): void {
  const { source, at } = lexer
  let text = ""
  let end = at + 1
  for (;;) {
    const close = source.indexOf("`", end)
    if (close < 0) fail("literal not terminated", at)
    text += source.slice(end, close)
    if (source[close + 1] !== "`") return push(lexer, "string", text, close + 1)
    text += "`"
    end = close + 2
  }
}

/** True for words that negate with a preceding `not`: `a not in b`. */
export function isNegatable(word: string): boolean {
  return negatable.has(word)
}
