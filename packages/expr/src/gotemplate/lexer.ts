import { Fault } from "../issue.js"

/** What a token of an action is. */
export type TokenKind =
  | "field"
  | "variable"
  | "identifier"
  | "number"
  | "char"
  | "string"
  | "raw"
  | "symbol"
  | "space"
  | "end"

/** A token of an action. */
export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly offset: number
}

/** A piece of a source: text, or the tokens between two delimiters. */
export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly tokens: readonly Token[]; readonly offset: number }

const open = "{{"
const close = "}}"
const blanks = /[ \t\r\n]/

function fail(message: string, offset: number): never {
  throw new Fault(message, offset, "parse")
}

/** Splits a template into texts and actions; `{{- ` and ` -}}` take the blanks beside them away. Throws a `Fault`. */
export function split(source: string): readonly Piece[] {
  const pieces: Piece[] = []
  let trimsNext = false
  let at = 0
  while (at <= source.length) {
    const start = source.indexOf(open, at)
    const end = start < 0 ? source.length : start
    const trimsLeft =
      start >= 0 && source[start + 2] === "-" && blanks.test(source[start + 3] ?? "")
    const text = trimmed(source.slice(at, end), trimsNext, trimsLeft)
    if (text !== "") pieces.push({ kind: "text", text })
    if (start < 0) break
    const inside = start + (trimsLeft ? 3 : 2)
    const [tokens, next] = readInside(source, inside, trimsLeft)
    if (tokens !== undefined) pieces.push({ kind: "action", tokens, offset: start })
    at = next.at
    trimsNext = next.trims
  }
  return pieces
}

function trimmed(text: string, left: boolean, right: boolean): string {
  const begun = left ? text.replace(/^[ \t\r\n]+/, "") : text
  return right ? begun.replace(/[ \t\r\n]+$/, "") : begun
}

interface Next {
  readonly at: number
  readonly trims: boolean
}

function readInside(
  source: string,
  start: number,
  isTrimmed: boolean,
): readonly [readonly Token[] | undefined, Next] {
  const comment = source.startsWith("/*", isTrimmed ? start + 1 : start)
  if (comment) return [undefined, endOfComment(source, start)]
  const tokens: Token[] = []
  let depth = 0
  for (let at = start; ; ) {
    const trims = /^[ \t\r\n]-\}\}/.test(source.slice(at, at + 4))
    if (trims || source.startsWith(close, at)) {
      if (depth > 0) fail("unclosed left paren", at)
      tokens.push({ kind: "end", text: "", offset: at })
      return [tokens, { at: at + (trims ? 4 : 2), trims }]
    }
    if (at >= source.length) fail("unclosed action", start)
    const token = readToken(source, at)
    if (token.text === "(") depth++
    if (token.text === ")" && token.kind === "symbol" && --depth < 0)
      fail("unexpected right paren", at)
    tokens.push(token)
    at += token.text.length
  }
}

function endOfComment(source: string, start: number): Next {
  const end = source.indexOf("*/", start)
  if (end < 0) fail("unclosed comment", start)
  const trims = /^[ \t\r\n]-\}\}/.test(source.slice(end + 2, end + 6))
  if (!trims && !source.startsWith(close, end + 2)) {
    fail("comment ends before closing delimiter", start)
  }
  return { at: end + 2 + (trims ? 4 : 2), trims }
}

const patterns: readonly (readonly [TokenKind, RegExp])[] = [
  // Blanks stop before a ` -}}`.
  ["space", /(?:[ \t\r\n](?!-\}\})|[ \t\r\n](?=[ \t\r\n]+-\}\}))+/y],
  ["string", /"(?:[^"\\\n]|\\.)*"/y],
  ["raw", /`[^`]*`/y],
  ["char", /'(?:[^'\\\n]|\\.)+'/y],
  [
    "number",
    /[+-]?(?:0[xX][0-9A-Fa-f_]*|0[bB][01_]*|0[oO][0-7_]*|[0-9][0-9_]*)?(?:\.[0-9A-Fa-f_]*)?(?:[eEpP][+-]?[0-9_]+)?i?/y,
  ],
  ["field", /\.[\p{L}\p{Nd}_]+/uy],
  ["variable", /\$[\p{L}\p{Nd}_]*/uy],
  ["identifier", /[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ["symbol", /:=|[().|,=]/y],
]

function readToken(source: string, at: number): Token {
  const first = source[at] ?? ""
  for (const [kind, pattern] of patterns) {
    if (kind === "number" && !isNumberStart(source, at)) continue
    pattern.lastIndex = at
    const text = pattern.exec(source)?.[0]
    if (text === undefined || text === "") continue
    const token = { kind, text, offset: at }
    if (kind === "space" || kind === "string" || kind === "raw" || kind === "symbol") return token
    return ended(source, token)
  }
  if (first === '"') return fail("unterminated quoted string", at)
  if (first === "`") return fail("unterminated raw quoted string", at)
  if (first === "'") return fail("unterminated character constant", at)
  const char = String.fromCodePoint(source.codePointAt(at) ?? 0)
  const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")
  return fail(`unrecognized character in action: U+${code} '${char}'`, at)
}

function isNumberStart(source: string, at: number): boolean {
  const first = source[at] ?? ""
  if (/[0-9]/.test(first)) return true
  const second = source[at + 1] ?? ""
  if (/[+-]/.test(first)) return /[0-9.]/.test(second)
  return first === "." && /[0-9]/.test(second)
}

/** A word ends where something other than a word begins. */
function ended(source: string, token: Token): Token {
  const after = token.offset + token.text.length
  const next = source.slice(after, after + 2)
  const isEnd = next === "" || /^[ \t\r\n.,|:()=]/.test(next) || next === close
  if (token.kind === "number" && !isEnd)
    fail(`bad number syntax: "${token.text}${next[0] ?? ""}"`, token.offset)
  if (!isEnd && token.kind !== "char") fail(`bad character ${JSON.stringify(next[0] ?? "")}`, after)
  return token
}
