import type { Node, ObjectEntry } from "./ast.js"
import {
  accept,
  advance,
  type Cursor,
  expect,
  isAt,
  made,
  nested,
  takeVariable,
  unexpected,
} from "./cursor.js"
import { parseNumber } from "./numbers.js"
import { parsePatterns } from "./parser-pattern.js"
import { parseText } from "./parser-text.js"

/** Parses a term and what follows it: fields, indexes, `?`. */
export function parsePostfix(cursor: Cursor): Node {
  let term = nested(cursor, parseTerm)
  let isAccess = false
  for (;;) {
    const isOptional = isAt(cursor, "?")
    const next = isOptional ? optional(cursor, term, isAccess) : parseSuffix(cursor, term)
    if (next === undefined) return term
    term = made(cursor, next)
    isAccess = !isOptional
  }
}

/**
 * `term?`. Behind an access as in `.a.b[key]?` it is about the access alone: what that is applied to may still fail — and
 * is, as in gojq, what the key is computed from.
 */
function optional(cursor: Cursor, body: Node, isNarrow: boolean): Node {
  const { offset } = advance(cursor)
  const attempt = (inner: Node): Node => ({ kind: "try", body: inner, handler: undefined, offset })
  if (!isNarrow || !("target" in body)) return attempt(body)
  const { target } = body
  const access: Node = { ...body, target: { kind: "identity", offset } }
  return { kind: "pipe", left: target, right: attempt(access), offset }
}

function parseSuffix(cursor: Cursor, target: Node): Node | undefined {
  const { kind, offset, text } = cursor.token
  if (kind === "field") {
    advance(cursor)
    return { kind: "index", target, key: literal(text, offset), offset }
  }
  if (isAt(cursor, "[")) return parseBracket(cursor, target)
  if (!accept(cursor, ".")) return undefined
  if (isAt(cursor, "[")) return parseBracket(cursor, target)
  if (cursor.token.kind !== "string") throw unexpected(cursor)
  return { kind: "index", target, key: parseText(cursor, ""), offset }
}

function parseBracket(cursor: Cursor, target: Node): Node {
  const { offset } = advance(cursor)
  if (accept(cursor, "]")) return { kind: "iterate", target, offset }
  if (accept(cursor, ":")) {
    const to = cursor.query(cursor)
    expect(cursor, "]")
    return { kind: "slice", target, from: undefined, to, offset }
  }
  const key = cursor.query(cursor)
  if (accept(cursor, "]")) return { kind: "index", target, key, offset }
  expect(cursor, ":")
  const to = isAt(cursor, "]") ? undefined : cursor.query(cursor)
  expect(cursor, "]")
  return { kind: "slice", target, from: key, to, offset }
}

function literal(value: string, offset: number): Node {
  return { kind: "literal", value, offset }
}

function parseTerm(cursor: Cursor): Node {
  return made(cursor, parseSimple(cursor) ?? parseSymbol(cursor))
}

function parseSimple(cursor: Cursor): Node | undefined {
  const { kind, offset, text } = cursor.token
  switch (kind) {
    case "number":
      advance(cursor)
      return { kind: "literal", value: parseNumber(text), offset }
    case "string":
      return parseText(cursor, "")
    case "format":
      advance(cursor)
      return cursor.token.kind === "string"
        ? parseText(cursor, text)
        : { kind: "format", name: text, offset }
    case "variable":
      advance(cursor)
      return { kind: "variable", name: text, offset }
    case "field": {
      advance(cursor)
      return {
        kind: "index",
        target: { kind: "identity", offset },
        key: literal(text, offset),
        offset,
      }
    }
    case "name":
      return parseCall(cursor)
    case "keyword":
      return parseKeyword(cursor)
    default:
      return undefined
  }
}

const constants: ReadonlyMap<string, null | boolean> = new Map([
  ["null", null],
  ["true", true],
  ["false", false],
])

function parseCall(cursor: Cursor): Node {
  const { offset, text } = advance(cursor)
  const args: Node[] = []
  if (accept(cursor, "(")) {
    do args.push(cursor.query(cursor))
    while (accept(cursor, ";"))
    expect(cursor, ")")
  }
  const constant = args.length === 0 ? constants.get(text) : undefined
  if (constant !== undefined) return { kind: "literal", value: constant, offset }
  return { kind: "call", name: text, args, offset }
}

function parseKeyword(cursor: Cursor): Node {
  const { offset, text } = cursor.token
  switch (text) {
    case "if":
      advance(cursor)
      return parseIf(cursor, offset)
    case "try": {
      advance(cursor)
      const body = nested(cursor, parsePostfix)
      const handler = accept(cursor, "catch") ? nested(cursor, parsePostfix) : undefined
      return { kind: "try", body, handler, offset }
    }
    case "reduce":
    case "foreach":
      advance(cursor)
      return parseFold(cursor, text, offset)
    case "break":
      advance(cursor)
      return { kind: "break", name: takeVariable(cursor), offset }
    default:
      throw unexpected(cursor)
  }
}

function parseIf(cursor: Cursor, offset: number): Node {
  const condition = cursor.query(cursor)
  expect(cursor, "then")
  const then = cursor.query(cursor)
  const at = cursor.token.offset
  if (accept(cursor, "elif")) {
    const otherwise = nested(cursor, (inner) => parseIf(inner, at))
    return { kind: "if", condition, then, otherwise, offset }
  }
  const otherwise = accept(cursor, "else") ? cursor.query(cursor) : undefined
  expect(cursor, "end")
  return { kind: "if", condition, then, otherwise, offset }
}

function parseFold(cursor: Cursor, kind: "reduce" | "foreach", offset: number): Node {
  const source = nested(cursor, parsePostfix)
  expect(cursor, "as")
  const patterns = parsePatterns(cursor)
  expect(cursor, "(")
  const start = cursor.query(cursor)
  expect(cursor, ";")
  const update = cursor.query(cursor)
  const extract = kind === "foreach" && accept(cursor, ";") ? cursor.query(cursor) : undefined
  expect(cursor, ")")
  const parts = { source, patterns, start, update, offset }
  return kind === "reduce" ? { kind, ...parts } : { kind, ...parts, extract }
}

function parseSymbol(cursor: Cursor): Node {
  const { offset } = cursor.token
  if (accept(cursor, "..")) return { kind: "recurse", offset }
  if (accept(cursor, ".")) return parseAfterDot(cursor, offset)
  if (accept(cursor, "-")) {
    return { kind: "negate", operand: nested(cursor, parsePostfix), isPlus: false, offset }
  }
  if (accept(cursor, "+")) {
    return { kind: "negate", operand: nested(cursor, parsePostfix), isPlus: true, offset }
  }
  if (accept(cursor, "(")) {
    const inner = cursor.query(cursor)
    expect(cursor, ")")
    return inner
  }
  if (accept(cursor, "[")) {
    if (accept(cursor, "]")) return { kind: "array", body: undefined, offset }
    const body = cursor.query(cursor)
    expect(cursor, "]")
    return { kind: "array", body, offset }
  }
  if (accept(cursor, "{")) return { kind: "object", entries: parseEntries(cursor), offset }
  throw unexpected(cursor)
}

function parseAfterDot(cursor: Cursor, offset: number): Node {
  const target: Node = { kind: "identity", offset }
  if (cursor.token.kind === "string") {
    return { kind: "index", target, key: parseText(cursor, ""), offset }
  }
  return isAt(cursor, "[") ? parseBracket(cursor, target) : target
}

function parseEntries(cursor: Cursor): ObjectEntry[] {
  const entries: ObjectEntry[] = []
  while (!accept(cursor, "}")) {
    entries.push(parseEntry(cursor))
    if (!isAt(cursor, "}")) expect(cursor, ",")
  }
  return entries
}

function parseEntry(cursor: Cursor): ObjectEntry {
  const { kind, offset, text } = cursor.token
  if (kind === "variable") {
    advance(cursor)
    const value: Node = { kind: "variable", name: text, offset }
    // Alone a variable gives its name as the key, with a value it is the key.
    return accept(cursor, ":")
      ? { key: value, value: parseEntryValue(cursor) }
      : { key: literal(text.slice(1), offset), value }
  }
  if (accept(cursor, "(")) {
    const key = cursor.query(cursor)
    expect(cursor, ")")
    expect(cursor, ":")
    return { key, value: parseEntryValue(cursor) }
  }
  const key = parseEntryKey(cursor)
  if (accept(cursor, ":")) return { key, value: parseEntryValue(cursor) }
  return { key, value: { kind: "index", target: { kind: "identity", offset }, key, offset } }
}

function parseEntryKey(cursor: Cursor): Node {
  const { kind, offset, text } = cursor.token
  if (kind === "string") return parseText(cursor, "")
  if (kind !== "name" && kind !== "keyword") throw unexpected(cursor)
  advance(cursor)
  return literal(text, offset)
}

/** The value of an entry: terms joined by `|`, since a comma ends it. */
function parseEntryValue(cursor: Cursor): Node {
  const left = nested(cursor, parsePostfix)
  const { offset } = cursor.token
  if (!accept(cursor, "|")) return left
  return made(cursor, { kind: "pipe", left, right: parseEntryValue(cursor), offset })
}
