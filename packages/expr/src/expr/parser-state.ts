import { Fault } from "../issue.js"
import type { Node } from "./ast.js"
import type { Dialect } from "./dialect.js"
import type { Token } from "./lexer.js"

/** How a source is read. */
export interface ParseOptions {
  readonly dialect: Dialect
  /** True for names that the environment has: they hide built-ins. */
  readonly isOverridden: (name: string) => boolean
  /** Most UTF-16 units of a source. */
  readonly maxLength: number
  /** Most nodes of a tree. */
  readonly maxNodes: number
  /** Deepest nesting. */
  readonly maxDepth: number
}

/** The reading of one source: a position among its tokens. */
export interface Parser {
  readonly options: ParseOptions
  readonly tokens: readonly Token[]
  index: number
  token: Token
  /** How many predicates surround the position. */
  predicates: number
  depth: number
  nodes: number
  /** The rules of the grammar that refer to each other across files. */
  readonly rules: Rules
}

/** Rules that other files of the grammar need. */
export interface Rules {
  readonly expression: (parser: Parser, precedence: number) => Node
  readonly call: (parser: Parser, name: Token, given: readonly Node[]) => Node
  readonly args: (parser: Parser, given: readonly Node[]) => readonly Node[]
}

/** Goes to the next token and gives the one left behind. */
export function advance(parser: Parser): Token {
  const token = parser.token
  if (token.kind !== "end") parser.index++
  parser.token = parser.tokens[parser.index] as Token
  return token
}

/** True where the next token is this operator or bracket. */
export function isAt(parser: Parser, text: string): boolean {
  const { kind, text: found } = parser.token
  return found === text && (kind === "operator" || kind === "bracket")
}

/** Takes this operator or bracket, or fails. */
export function expect(parser: Parser, text: string): Token {
  if (!isAt(parser, text)) unexpected(parser)
  return advance(parser)
}

const kindNames = {
  ident: "Identifier",
  number: "Number",
  string: "String",
  bytes: "Bytes",
  operator: "Operator",
  bracket: "Bracket",
}

/** How a token is named in messages. */
export function describeToken(token: Token): string {
  if (token.kind === "end") return "EOF"
  return `${kindNames[token.kind]}(${JSON.stringify(token.text)})`
}

/** Fails at the next token. */
export function unexpected(parser: Parser): never {
  return fail(`unexpected token ${describeToken(parser.token)}`, parser.token.at)
}

/** Fails while parsing. */
export function fail(message: string, at: number): never {
  throw new Fault(message, at, "parse")
}

/** Counts a node against the budget and gives it. */
export function made<N extends Node>(parser: Parser, node: N): N {
  parser.nodes++
  if (parser.nodes > parser.options.maxNodes) {
    throw new Fault("compilation failed: expression exceeds maximum allowed nodes", -1, "budget")
  }
  return node
}
