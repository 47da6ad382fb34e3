import { parseTime } from "../go/date.js"
import { parseGoFloat } from "../go/number.js"
import { utc } from "../go/time.js"
import { Fault } from "../issue.js"

/** Kinds of tokens; upstream's names appear in messages. */
export type TokenKind =
  | "UNKNOWN"
  | "PREFIX"
  | "NUMERIC"
  | "BOOLEAN"
  | "STRING"
  | "TIME"
  | "VARIABLE"
  | "ACCESSOR"
  | "SEPARATOR"
  | "COMPARATOR"
  | "LOGICALOP"
  | "MODIFIER"
  | "CLAUSE"
  | "CLAUSE_CLOSE"
  | "TERNARY"

/** One token. */
export interface Token {
  readonly kind: TokenKind
  readonly value: string | number | boolean
  readonly at: number
}

const values: readonly TokenKind[] = [
  "PREFIX",
  "NUMERIC",
  "BOOLEAN",
  "VARIABLE",
  "ACCESSOR",
  "STRING",
  "TIME",
  "CLAUSE",
]
const after: readonly TokenKind[] = [
  "MODIFIER",
  "COMPARATOR",
  "LOGICALOP",
  "CLAUSE_CLOSE",
  "TERNARY",
  "SEPARATOR",
]

/** Which kinds may follow which. */
const transitions: ReadonlyMap<TokenKind, readonly TokenKind[]> = new Map([
  ["UNKNOWN", values],
  ["CLAUSE", [...values, "CLAUSE_CLOSE"]],
  ["CLAUSE_CLOSE", [...after, "NUMERIC", "BOOLEAN", "VARIABLE", "STRING", "TIME", "CLAUSE"]],
  ["NUMERIC", after],
  ["BOOLEAN", after],
  ["STRING", after],
  ["VARIABLE", after],
  ["ACCESSOR", after],
  ["TIME", ["MODIFIER", "COMPARATOR", "LOGICALOP", "CLAUSE_CLOSE", "SEPARATOR"]],
  [
    "MODIFIER",
    ["PREFIX", "NUMERIC", "VARIABLE", "ACCESSOR", "STRING", "BOOLEAN", "CLAUSE", "CLAUSE_CLOSE"],
  ],
  ["COMPARATOR", [...values, "CLAUSE_CLOSE"]],
  ["LOGICALOP", [...values, "CLAUSE_CLOSE"]],
  ["PREFIX", ["NUMERIC", "BOOLEAN", "VARIABLE", "ACCESSOR", "CLAUSE", "CLAUSE_CLOSE"]],
  ["TERNARY", [...values, "SEPARATOR"]],
  ["SEPARATOR", values],
] as const)

const mayEnd = new Set<TokenKind>([
  "NUMERIC",
  "BOOLEAN",
  "VARIABLE",
  "ACCESSOR",
  "STRING",
  "TIME",
  "CLAUSE_CLOSE",
])

const operators: ReadonlyMap<string, TokenKind> = new Map<string, TokenKind>([
  ...["+", "-", "*", "/", "%", "**", "&", "|", "^", "<<", ">>"].map(
    (text) => [text, "MODIFIER"] as const,
  ),
  ...["==", "!=", ">", "<", ">=", "<=", "=~", "!~"].map((text) => [text, "COMPARATOR"] as const),
  ...["&&", "||"].map((text) => [text, "LOGICALOP"] as const),
  ...["?", ":", "??"].map((text) => [text, "TERNARY"] as const),
])
const prefixes = new Set(["-", "!", "~"])

const layouts = [
  "Mon Jan _2 15:04:05 2006",
  "Mon Jan _2 15:04:05 MST 2006",
  "Mon Jan 02 15:04:05 -0700 2006",
  "3:04PM",
  "2006-01-02T15:04:05Z07:00",
  "2006-01-02T15:04:05.999999999Z07:00",
  "2006-01-02",
  "2006-01-02 15:04",
  "2006-01-02 15:04:05",
  "2006-01-02 15:04:05-07:00",
  "2006-01-02T15Z0700",
  "2006-01-02T15:04Z0700",
  "2006-01-02T15:04:05Z0700",
  "2006-01-02T15:04:05.999999999Z0700",
]

const space = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/
const letter = /\p{L}/u
const wordPart = /[\p{L}\p{Nd}_.]/u

interface Lexer {
  readonly points: readonly string[]
  readonly tokens: Token[]
  at: number
}

/** Splits a source into tokens whose order is legal. Throws a `Fault`. */
export function tokenize(source: string): readonly Token[] {
  const lexer: Lexer = { points: [...source], tokens: [], at: 0 }
  let state: TokenKind = "UNKNOWN"
  let shown = "<nil>"
  while (lexer.at < lexer.points.length) {
    if (space.test(lexer.points[lexer.at] as string)) {
      lexer.at++
      continue
    }
    const token = read(lexer, state)
    const allowed: readonly TokenKind[] = transitions.get(state) ?? []
    if (!allowed.includes(token.kind)) {
      const to = `${token.kind} [${String(token.value)}]`
      throw new Fault(
        `Cannot transition token types from ${state} [${shown}] to ${to}`,
        token.at,
        "parse",
      )
    }
    lexer.tokens.push(token)
    state = token.kind
    shown = String(token.value)
  }
  if (!mayEnd.has(state)) throw new Fault("Unexpected end of expression", source.length, "parse")
  balance(lexer.tokens)
  return lexer.tokens
}

function balance(tokens: readonly Token[]): void {
  let depth = 0
  for (const { kind } of tokens) depth += kind === "CLAUSE" ? 1 : kind === "CLAUSE_CLOSE" ? -1 : 0
  if (depth !== 0) throw new Fault("Unbalanced parenthesis", -1, "parse")
}

function read(lexer: Lexer, state: TokenKind): Token {
  const { points, at } = lexer
  const char = points[at] as string
  if (/[0-9.]/.test(char)) return readNumber(lexer)
  if (char === ",") return take(lexer, "SEPARATOR", ",")
  if (char === "[") {
    const name = readUntil(lexer, at + 1, (point) => point === "]")
    if (name === undefined) throw new Fault("Unclosed parameter bracket", at, "parse")
    return { kind: "VARIABLE", value: name, at }
  }
  if (letter.test(char)) return readWord(lexer)
  if (char === '"' || char === "'") return readString(lexer)
  if (char === "(") return take(lexer, "CLAUSE", "(")
  if (char === ")") return take(lexer, "CLAUSE_CLOSE", ")")
  return readOperator(lexer, state)
}

function take(lexer: Lexer, kind: TokenKind, value: string): Token {
  const { at } = lexer
  lexer.at++
  return { kind, value, at }
}

function readNumber(lexer: Lexer): Token {
  const { points, at } = lexer
  if (points[at] === "0" && points[at + 1] === "x") {
    let end = at + 2
    while (/^[0-9A-Fa-f]$/.test(points[end] ?? "")) end++
    const digits = points.slice(at + 2, end).join("")
    if (digits === "") throw new Fault(`Unable to parse hex value '0x' to uint64`, at, "parse")
    lexer.at = end
    return { kind: "NUMERIC", value: Number(`0x${digits}`), at }
  }
  let end = at
  while (/^[0-9.]$/.test(points[end] ?? "")) end++
  const text = points.slice(at, end).join("")
  const value = parseGoFloat(text)
  if (value === undefined)
    throw new Fault(`Unable to parse numeric value '${text}' to float64`, at, "parse")
  lexer.at = end
  return { kind: "NUMERIC", value, at }
}

/** Reads up to an end that satisfies `isEnd` and past it; `\` takes the next point as it is. */
function readUntil(
  lexer: Lexer,
  from: number,
  isEnd: (point: string) => boolean,
): string | undefined {
  let text = ""
  for (let at = from; at < lexer.points.length; at++) {
    const point = lexer.points[at] as string
    if (point === "\\") {
      at++
      text += lexer.points[at] ?? ""
    } else if (isEnd(point)) {
      lexer.at = at + 1
      return text
    } else text += point
  }
  return undefined
}

/** Reads points while `isPart` holds; `\` takes the next point as it is. */
function readRun(lexer: Lexer, isPart: (point: string) => boolean): string {
  let text = ""
  while (lexer.at < lexer.points.length) {
    const point = lexer.points[lexer.at] as string
    if (point === "\\") {
      const next = lexer.points[lexer.at + 1]
      if (next === undefined) throw new Fault("Unexpected end of expression", lexer.at, "parse")
      text += next
      lexer.at += 2
      continue
    }
    if (!isPart(point)) break
    text += point
    lexer.at++
  }
  return text
}

function readWord(lexer: Lexer): Token {
  const { at } = lexer
  const word = readRun(lexer, (point) => wordPart.test(point))
  if (word === "true" || word === "false") return { kind: "BOOLEAN", value: word === "true", at }
  if (word === "in" || word === "IN") return { kind: "COMPARATOR", value: "in", at }
  if (word.includes(".")) {
    if (word.endsWith(".")) throw new Fault(`Hanging accessor on token '${word}'`, at, "parse")
    for (const name of word.split(".").slice(1)) {
      if (!/^\p{Lu}/u.test(name))
        throw new Fault(
          `Unable to access unexported field '${name}' in token '${word}'`,
          at,
          "parse",
        )
    }
    return { kind: "ACCESSOR", value: word, at }
  }
  let next = lexer.at
  while (space.test(lexer.points[next] ?? "")) next++
  if (lexer.points[next] === "(") throw new Fault(`Undefined function ${word}`, at, "parse")
  return { kind: "VARIABLE", value: word, at }
}

function readString(lexer: Lexer): Token {
  const { at } = lexer
  const text = readUntil(lexer, at + 1, (point) => point === '"' || point === "'")
  if (text === undefined) throw new Fault("Unclosed string literal", at, "parse")
  for (const layout of layouts) {
    const parsed = parseTime(text, layout, utc)
    if (typeof parsed === "string") continue
    const seconds =
      (parsed.ns - (((parsed.ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n)) /
      1_000_000_000n
    return { kind: "TIME", value: Number(seconds), at }
  }
  return { kind: "STRING", value: text, at }
}

function readOperator(lexer: Lexer, state: TokenKind): Token {
  const { at } = lexer
  const isPart = (point: string): boolean =>
    !(/[\p{L}\p{Nd}()[\],'"]/u.test(point) || space.test(point) || point === ".")
  const text = readRun(lexer, isPart)
  if (prefixes.has(text) && (transitions.get(state) ?? []).includes("PREFIX")) {
    return { kind: "PREFIX", value: text, at }
  }
  const kind = operators.get(text)
  if (kind !== undefined) return { kind, value: text, at }
  throw new Fault(`Invalid token: '${text}'`, at, "parse")
}
