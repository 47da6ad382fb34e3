import type { Node } from "./ast.js"
import { type Cursor, isAt, made, unexpected } from "./cursor.js"
import { readString, readToken } from "./lexer.js"

/** Parses a string literal; `format` is applied to what is interpolated, `@text` where it is empty. */
export function parseText(cursor: Cursor, format: string): Node {
  const start = cursor.token.offset
  const parts: (string | Node)[] = []
  let piece = readString(cursor.source, cursor.token.end, start)
  while (piece.isOpen) {
    if (piece.text !== "") parts.push(piece.text)
    cursor.token = readToken(cursor.source, piece.end)
    parts.push(cursor.query(cursor))
    if (!isAt(cursor, ")")) throw unexpected(cursor)
    piece = readString(cursor.source, cursor.token.end, start)
  }
  if (piece.text !== "") parts.push(piece.text)
  cursor.token = readToken(cursor.source, piece.end)
  const isPlain = parts.every((part) => typeof part === "string")
  return made(
    cursor,
    isPlain
      ? { kind: "literal", value: parts.join(""), offset: start }
      : { kind: "text", parts, format, offset: start },
  )
}
