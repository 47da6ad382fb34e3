import { Fault } from "../issue.js"
import type { Bound, PathNode, TemplatePart } from "./node.js"
import { unquoted } from "./quoted.js"

/** Where a piece of the source is read, and where it stands in the whole. */
interface Cursor {
  readonly text: string
  /** Offset of `text` in the template; -1 once pieces were rewritten. */
  readonly base: number
  at: number
}

/** What ends a name. */
const terminators = /[\s.,[\]$@{}]/
const lettersAndDigits = /[\p{L}\p{Nd}_]/u
const nestingMax = 200

function fail(cursor: Cursor, message: string): never {
  throw new Fault(message, cursor.base < 0 ? -1 : cursor.base + cursor.at, "parse")
}

/** Splits a template into its texts and actions. Throws a `Fault`. */
export function parseTemplate(source: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = []
  let at = 0
  while (at < source.length) {
    const open = source.indexOf("{", at)
    const end = open < 0 ? source.length : open
    if (end > at) parts.push({ kind: "text", text: source.slice(at, end) })
    if (open < 0) break
    const cursor: Cursor = { text: source, base: 0, at: open + 1 }
    parts.push({ kind: "action", nodes: parseAction(cursor, 0) })
    at = cursor.at
  }
  return parts
}

/** A path without braces of its own: a side of a filter, a member of a union. */
function parsePath(text: string, depth: number): readonly PathNode[] {
  if (depth > nestingMax) throw new Fault("the path is nested too deeply", -1, "budget")
  return parseAction({ text: `${text}}`, base: -1, at: 0 }, depth)
}

/** Reads up to and past the closing brace. */
function parseAction(cursor: Cursor, depth: number): readonly PathNode[] {
  const nodes: PathNode[] = []
  const { text } = cursor
  for (;;) {
    const char = text[cursor.at]
    if (char === "}") {
      cursor.at++
      return nodes
    }
    if (char === undefined || char === "\n" || char === "\r") fail(cursor, "unclosed action")
    if (text.startsWith("[?(", cursor.at)) nodes.push(parseFilter(cursor, depth))
    else if (text.startsWith("..", cursor.at)) nodes.push(...parseDescent(cursor, nodes.at(-1)))
    else if (char === " " || char === "@" || char === "$") cursor.at++
    else if (char === "[") nodes.push(...parseBrackets(cursor, depth))
    else if (char === '"' || char === "'") nodes.push(parseQuoted(cursor, char))
    else if (char === ".") nodes.push(parseField(cursor))
    else if (/[+\-0-9]/.test(char)) nodes.push(parseNumber(cursor))
    else if (lettersAndDigits.test(pointAt(cursor))) nodes.push(parseWord(cursor))
    else fail(cursor, `unrecognized character in action: ${describe(pointAt(cursor))}`)
  }
}

function pointAt({ text, at }: Cursor): string {
  return String.fromCodePoint(text.codePointAt(at) ?? 0)
}

/** As Go prints a character: `U+002A '*'`. */
function describe(char: string): string {
  const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")
  return `U+${code} '${char}'`
}

function parseDescent(cursor: Cursor, last: PathNode | undefined): readonly PathNode[] {
  if (last?.kind === "descent") fail(cursor, "invalid multiple recursive descent")
  cursor.at += 2
  const isNamed = lettersAndDigits.test(pointAt(cursor))
  return isNamed ? [{ kind: "descent" }, nameNode(readName(cursor))] : [{ kind: "descent" }]
}

/** The characters up to one that ends a name; a backslash takes the next one along. */
function readName(cursor: Cursor): string {
  const start = cursor.at
  const { text } = cursor
  while (cursor.at < text.length && !terminators.test(text[cursor.at] as string)) {
    cursor.at += text[cursor.at] === "\\" ? 2 : 1
  }
  cursor.at = Math.min(cursor.at, text.length)
  return text.slice(start, cursor.at)
}

function nameNode(name: string): PathNode {
  if (name === "*") return { kind: "wildcard" }
  return { kind: "field", name: name.replace(/\\(.)/gsu, "$1") }
}

function parseField(cursor: Cursor): PathNode {
  cursor.at++
  return nameNode(readName(cursor))
}

function parseWord(cursor: Cursor): PathNode {
  const start = cursor.at
  while (cursor.at < cursor.text.length && !terminators.test(cursor.text[cursor.at] as string)) {
    cursor.at++
  }
  const word = cursor.text.slice(start, cursor.at)
  if (word === "true" || word === "false") return { kind: "literal", value: word === "true" }
  return { kind: "word", word }
}

function parseNumber(cursor: Cursor): PathNode {
  const found = /^[+-]?[0-9.]*/.exec(cursor.text.slice(cursor.at))?.[0] ?? ""
  const value = /^[+-]?\d+$/.test(found) ? BigInt(found.replace("+", "")) : Number(found)
  if (typeof value === "number" && !/^[+-]?(?:\d+\.\d*|\.\d+)$/.test(found)) {
    fail(cursor, `cannot parse number ${found}`)
  }
  cursor.at += found.length
  return { kind: "literal", value }
}

function parseQuoted(cursor: Cursor, quote: string): PathNode {
  const start = cursor.at + 1
  const { text } = cursor
  for (let at = start; ; at++) {
    const char = text[at]
    if (char === undefined || char === "\n") fail(cursor, "unterminated quoted string")
    if (char !== quote || text[at - 1] === "\\") continue
    cursor.at = at + 1
    return { kind: "text", text: unquoted(text.slice(start, at), cursor.base < 0 ? -1 : start) }
  }
}

const comparison = /^([^!<>=]+)([!<>=]+)(.+?)$/s

function parseFilter(cursor: Cursor, depth: number): PathNode {
  const start = cursor.at + 3
  const end = endOfFilter(cursor, start)
  cursor.at = end + 2
  const body = cursor.text.slice(start, end)
  const [, left, operator, right] = comparison.exec(body) ?? []
  if (left === undefined || operator === undefined || right === undefined) {
    return { kind: "filter", left: parsePath(body, depth + 1), operator: "exists", right: [] }
  }
  const sides = [parsePath(left, depth + 1), parsePath(right, depth + 1)] as const
  return { kind: "filter", left: sides[0], operator, right: sides[1] }
}

/** The place of the closing parenthesis, outside quotes; a bracket must follow. */
function endOfFilter(cursor: Cursor, start: number): number {
  const { text } = cursor
  let quote = ""
  for (let at = start; ; at++) {
    const char = text[at]
    if (char === undefined || char === "\n") fail(cursor, "unterminated filter")
    const isQuote = (char === '"' || char === "'") && text[at - 1] !== "\\"
    if (quote === "" && isQuote) quote = char
    else if (isQuote && char === quote) quote = ""
    else if (char === ")" && quote === "") {
      if (text[at + 1] !== "]") fail(cursor, "unclosed array expect ]")
      return at
    }
  }
}

function parseBrackets(cursor: Cursor, depth: number): readonly PathNode[] {
  const start = cursor.at + 1
  const end = cursor.text.slice(start).search(/[\]\n]/)
  if (end < 0 || cursor.text[start + end] === "\n") fail(cursor, "unterminated array")
  const body = cursor.text.slice(start, start + end)
  const members = body.split(",")
  const nodes =
    members.length > 1
      ? [{ kind: "union", members: members.map((each) => memberOf(each, depth)) } as const]
      : indexNodes(cursor, body === "*" ? ":" : body, depth)
  cursor.at = start + end + 1
  return nodes
}

function memberOf(text: string, depth: number): readonly PathNode[] {
  return parsePath(`[${text.replace(/^ +| +$/g, "")}]`, depth + 1)
}

const sliceParts = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/

function indexNodes(cursor: Cursor, body: string, depth: number): readonly PathNode[] {
  const key = /^'([^']*)'$/.exec(body)?.[1]
  // The key is read as a path once more: `['a.b']` means two fields.
  if (key !== undefined) return parsePath(`.${key}`, depth + 1)
  const [, from, to, step] = sliceParts.exec(body) ?? []
  if (from === undefined) fail(cursor, `invalid array index ${body}`)
  const first = boundOf(cursor, from)
  const last =
    to === undefined
      ? { value: (first.value ?? 0) + 1, isDerived: true }
      : boundOf(cursor, to.slice(1))
  return [{ kind: "slice", bounds: [first, last, boundOf(cursor, step?.slice(1) ?? "")] }]
}

function boundOf(cursor: Cursor, text: string): Bound {
  if (text === "-") fail(cursor, "array index - is not a number")
  return { value: text === "" ? undefined : Number(text), isDerived: false }
}
