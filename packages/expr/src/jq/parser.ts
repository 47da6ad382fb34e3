import { Fault } from "../issue.js"
import type {
  AssignOperator,
  ChoiceOperator,
  Definition,
  Node,
  Pattern,
  ValueOperator,
} from "./ast.js"
import {
  accept,
  advance,
  type Cursor,
  createCursor,
  expect,
  isAt,
  made,
  nested,
  takeVariable,
  unexpected,
} from "./cursor.js"
import { parsePatterns } from "./parser-pattern.js"
import { parsePostfix } from "./parser-term.js"

type Operator = ValueOperator | ChoiceOperator | AssignOperator | "," | "|"
type Associativity = "left" | "right" | "none"

const levels: readonly (readonly [Associativity, readonly Operator[]])[] = [
  ["right", ["|"]],
  ["left", [","]],
  ["right", ["//"]],
  ["none", ["=", "|=", "+=", "-=", "*=", "/=", "%=", "//="]],
  ["left", ["or"]],
  ["left", ["and"]],
  ["none", ["==", "!=", "<", "<=", ">", ">="]],
  ["left", ["+", "-"]],
  ["left", ["*", "/", "%"]],
]

interface Binding {
  readonly operator: Operator
  readonly level: number
  readonly associativity: Associativity
}

const bindings: ReadonlyMap<string, Binding> = new Map(
  levels.flatMap(([associativity, operators], level) =>
    operators.map((operator): [string, Binding] => [operator, { operator, level, associativity }]),
  ),
)

/** Parses a query. Throws a `Fault` with gojq's words for what is not one. */
export function parseJq(source: string): Node {
  const cursor = createCursor(source, parseQuery)
  refuseModules(cursor)
  if (isAtEnd(cursor)) throw new Fault('missing query (try ".")', 0, "check")
  const parsed = parseProgram(cursor)
  if (!isAtEnd(cursor)) throw unexpected(cursor)
  return parsed
}

function isAtEnd(cursor: Cursor): boolean {
  return cursor.token.kind === "end"
}

function refuseModules(cursor: Cursor): void {
  for (const word of ["module", "import", "include"]) {
    if (isAt(cursor, word)) {
      throw new Fault(
        `modules are not supported: ${word}`,
        cursor.token.offset,
        "check",
        "UnsupportedModule",
      )
    }
  }
}

/** Definitions alone are a query too: they leave the input as it is. */
function parseProgram(cursor: Cursor): Node {
  const definitions: Definition[] = []
  while (isAt(cursor, "def")) definitions.push(parseDefinition(cursor))
  const { offset } = cursor.token
  const isOnlyDefinitions = definitions.length > 0 && isAtEnd(cursor)
  const body = isOnlyDefinitions ? made(cursor, { kind: "identity", offset }) : parseQuery(cursor)
  return definitions.reduceRight<Node>(
    (inner, definition) => ({ kind: "define", definition, body: inner, offset: definition.offset }),
    body,
  )
}

/** Parses a query with all that belongs to it, down to the loosest operator. */
function parseQuery(cursor: Cursor): Node {
  return nested(cursor, (inner) => parseOperators(inner, 0))
}

function parseOperators(cursor: Cursor, least: number): Node {
  let left = parseOperand(cursor)
  // The level above which an operator without associativity was just used.
  let barred = -1
  for (;;) {
    const binding = bindingAt(cursor)
    if (binding === undefined || binding.level < least || binding.level === barred) return left
    const { offset } = advance(cursor)
    const isRight = binding.associativity === "right"
    const right = nested(cursor, (inner) =>
      parseOperators(inner, binding.level + (isRight ? 0 : 1)),
    )
    left = made(cursor, combine(binding.operator, left, right, offset))
    barred = binding.associativity === "none" ? binding.level : -1
  }
}

function bindingAt(cursor: Cursor): Binding | undefined {
  const { kind, text } = cursor.token
  return kind === "symbol" || kind === "keyword" ? bindings.get(text) : undefined
}

function combine(operator: Operator, left: Node, right: Node, offset: number): Node {
  switch (operator) {
    case "|":
      return { kind: "pipe", left, right, offset }
    case ",":
      return { kind: "comma", left, right, offset }
    case "and":
    case "or":
    case "//":
      return { kind: "choice", operator, left, right, offset }
    case "=":
    case "|=":
    case "+=":
    case "-=":
    case "*=":
    case "/=":
    case "%=":
    case "//=":
      return { kind: "assign", operator, left, right, offset }
    default:
      return { kind: "binary", operator, left, right, offset }
  }
}

function parseOperand(cursor: Cursor): Node {
  const { offset } = cursor.token
  if (isAt(cursor, "def")) {
    const definition = parseDefinition(cursor)
    return made(cursor, { kind: "define", definition, body: parseQuery(cursor), offset })
  }
  if (accept(cursor, "label")) {
    const name = takeVariable(cursor)
    expect(cursor, "|")
    return made(cursor, { kind: "label", name, body: parseQuery(cursor), offset })
  }
  const term = parsePostfix(cursor)
  if (!accept(cursor, "as")) return term
  const patterns: readonly Pattern[] = parsePatterns(cursor)
  expect(cursor, "|")
  return made(cursor, { kind: "bind", source: term, patterns, body: parseQuery(cursor), offset })
}

function parseDefinition(cursor: Cursor): Definition {
  const { offset } = cursor.token
  expect(cursor, "def")
  if (cursor.token.kind !== "name" && cursor.token.kind !== "keyword") throw unexpected(cursor)
  const name = advance(cursor).text
  const params: string[] = []
  if (accept(cursor, "(")) {
    do params.push(takeParameter(cursor))
    while (accept(cursor, ";"))
    expect(cursor, ")")
  }
  expect(cursor, ":")
  const body = parseQuery(cursor)
  expect(cursor, ";")
  return { name, params, body, offset }
}

function takeParameter(cursor: Cursor): string {
  const { kind } = cursor.token
  if (kind !== "name" && kind !== "keyword" && kind !== "variable") throw unexpected(cursor)
  return advance(cursor).text
}
