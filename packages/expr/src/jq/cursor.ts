import { Fault } from "../issue.js"
import type { Node } from "./ast.js"
import { describeToken, readToken, type Token } from "./lexer.js"

const levelsMax = 400
const nodesMax = 10_000

/** Where a parser stands. */
export interface Cursor {
  readonly source: string
  /** Parses a whole query at the cursor. */
  readonly query: (cursor: Cursor) => Node
  token: Token
  levels: number
  nodes: number
}

/** A cursor at the first token of a source. */
export function createCursor(source: string, query: (cursor: Cursor) => Node): Cursor {
  return { source, query, token: readToken(source, 0), levels: 0, nodes: 0 }
}

/** Goes to the next token; gives the one that was current. */
export function advance(cursor: Cursor): Token {
  const { token } = cursor
  cursor.token = readToken(cursor.source, token.end)
  return token
}

/** True where the current token is this symbol or keyword. */
export function isAt(cursor: Cursor, text: string): boolean {
  const { kind } = cursor.token
  return (kind === "symbol" || kind === "keyword") && cursor.token.text === text
}

/** Takes a symbol or keyword where it is there. */
export function accept(cursor: Cursor, text: string): boolean {
  if (!isAt(cursor, text)) return false
  advance(cursor)
  return true
}

/** Takes a symbol or keyword that must be there. */
export function expect(cursor: Cursor, text: string): void {
  if (!accept(cursor, text)) throw unexpected(cursor)
}

/** Takes a variable's name with its `$`. */
export function takeVariable(cursor: Cursor): string {
  if (cursor.token.kind !== "variable") throw unexpected(cursor)
  return advance(cursor).text
}

/** The current token has no business here. */
export function unexpected(cursor: Cursor): Fault {
  return new Fault(describeToken(cursor.token, cursor.source), cursor.token.offset, "parse")
}

/** Counts a node of the tree. */
export function made(cursor: Cursor, node: Node): Node {
  cursor.nodes++
  if (cursor.nodes > nodesMax) {
    throw new Fault(`the query has more than ${nodesMax} nodes`, node.offset, "budget")
  }
  return node
}

/** Parses something nested, so many levels deep at most. */
export function nested<Parsed>(cursor: Cursor, parse: (cursor: Cursor) => Parsed): Parsed {
  if (cursor.levels >= levelsMax) {
    throw new Fault("the query is nested too deeply", cursor.token.offset, "budget")
  }
  cursor.levels++
  const parsed = parse(cursor)
  cursor.levels--
  return parsed
}
