import type { Node, Pattern, PatternEntry } from "./ast.js"
import { accept, advance, type Cursor, expect, nested, unexpected } from "./cursor.js"
import { parseText } from "./parser-text.js"

/** Parses patterns separated by `?//`. */
export function parsePatterns(cursor: Cursor): Pattern[] {
  const patterns: Pattern[] = []
  do patterns.push(nested(cursor, parsePattern))
  while (accept(cursor, "?//"))
  return patterns
}

function parsePattern(cursor: Cursor): Pattern {
  if (cursor.token.kind === "variable") return { kind: "variable", name: advance(cursor).text }
  if (accept(cursor, "[")) {
    const items: Pattern[] = []
    do items.push(nested(cursor, parsePattern))
    while (accept(cursor, ","))
    expect(cursor, "]")
    return { kind: "array", items }
  }
  expect(cursor, "{")
  const entries: PatternEntry[] = []
  do entries.push(parseEntry(cursor))
  while (accept(cursor, ","))
  expect(cursor, "}")
  return { kind: "object", entries }
}

function parseEntry(cursor: Cursor): PatternEntry {
  const { kind, offset } = cursor.token
  if (kind === "variable") {
    const variable = advance(cursor).text
    const key: Node = { kind: "literal", value: variable.slice(1), offset }
    return {
      key,
      variable,
      pattern: accept(cursor, ":") ? nested(cursor, parsePattern) : undefined,
    }
  }
  const key = parseKey(cursor)
  expect(cursor, ":")
  return { key, variable: undefined, pattern: nested(cursor, parsePattern) }
}

function parseKey(cursor: Cursor): Node {
  const { kind, offset } = cursor.token
  if (kind === "string") return parseText(cursor, "")
  if (kind === "name" || kind === "keyword") {
    return { kind: "literal", value: advance(cursor).text, offset }
  }
  if (!accept(cursor, "(")) throw unexpected(cursor)
  const key = cursor.query(cursor)
  expect(cursor, ")")
  return key
}
