import { Fault } from "../issue.js"
import type { Node } from "./ast.js"
import { binaryOperators, builtinKind, predicateBuiltins, unaryOperators } from "./dialect.js"
import { isNegatable, type Token, tokenize } from "./lexer.js"
import { parseLiteral } from "./parser-literal.js"
import { parsePostfix } from "./parser-postfix.js"
import {
  advance,
  expect,
  fail,
  isAt,
  made,
  type ParseOptions,
  type Parser,
  type Rules,
  unexpected,
} from "./parser-state.js"

const rules: Rules = {
  expression: (parser, precedence) => parseExpression(parser, precedence),
  call: (parser, name, given) => parseCall(parser, name, given),
  args: (parser, given) => parseArguments(parser, given),
}

/** Reads a whole source as a tree. Throws a `Fault`. */
export function parseTree(source: string, options: ParseOptions): { node: Node; nodes: number } {
  if (source.length > options.maxLength) {
    throw new Fault(`the source exceeds ${options.maxLength} characters`, -1, "budget")
  }
  const tokens = tokenize(source, options.dialect)
  const token = tokens[0] as Token
  const parser: Parser = {
    options,
    tokens,
    index: 0,
    token,
    predicates: 0,
    depth: 0,
    nodes: 0,
    rules,
  }
  const node = options.dialect === "1.15" ? parseExpression(parser, 0) : parseSequence(parser)
  if (parser.token.kind !== "end") unexpected(parser)
  return { node, nodes: parser.nodes }
}

/** Expressions separated by `;`. */
export function parseSequence(parser: Parser): Node {
  const at = parser.token.at
  const nodes = [parseExpression(parser, 0)]
  while (isAt(parser, ";")) {
    advance(parser)
    if (parser.token.kind === "end" || isAt(parser, ")") || isAt(parser, "}")) break
    nodes.push(parseExpression(parser, 0))
  }
  if (nodes.length === 1) return nodes[0] as Node
  return made(parser, { kind: "sequence", at, nodes })
}

/** An expression whose operators bind at least as tightly as `precedence`. */
export function parseExpression(parser: Parser, precedence: number): Node {
  if (++parser.depth > parser.options.maxDepth) {
    throw new Fault("the expression is nested too deeply", parser.token.at, "budget")
  }
  const node = parseNested(parser, precedence)
  parser.depth--
  return node
}

function parseNested(parser: Parser, precedence: number): Node {
  if (precedence === 0) {
    if (isAt(parser, "let")) return parseLet(parser)
    if (isAt(parser, "if")) return parseIf(parser)
  }
  let left = parsePrimary(parser)
  let previous = ""
  while (parser.token.kind === "operator") {
    const start = parser.index
    const isNegated = isAt(parser, "not")
    if (isNegated) advance(parser)
    const token = parser.token
    const known = token.kind === "operator" ? binaryOperators.get(token.text) : undefined
    const allowed = known !== undefined && known[0] >= precedence
    if (!allowed || (isNegated && !isNegatable(token.text))) {
      if (isNegated && !allowed) rewind(parser, start)
      if (isNegated && allowed) unexpected(parser)
      break
    }
    advance(parser)
    if (previous === "??" && token.text !== "??" && token.text !== "|") {
      const what = `Operator (${token.text}) and coalesce expressions (??) cannot be mixed.`
      fail(`${what} Wrap either by parentheses.`, token.at)
    }
    left = parseRight(parser, left, token, known)
    if (isNegated) left = made(parser, { kind: "unary", op: "not", node: left, at: token.at })
    previous = token.text
  }
  return precedence === 0 ? parseConditional(parser, left) : left
}

function rewind(parser: Parser, index: number): void {
  parser.index = index
  parser.token = parser.tokens[index] as Token
}

const chained = new Set(["<", ">", "<=", ">="])

function parseRight(
  parser: Parser,
  left: Node,
  token: Token,
  [precedence, isRight]: readonly [number, boolean],
): Node {
  if (token.text === "|") {
    if (parser.token.kind !== "ident") unexpected(parser)
    const name = advance(parser)
    return parsePostfix(parser, parseCall(parser, name, [left]))
  }
  if (parser.options.dialect === "1.17" && chained.has(token.text)) {
    return parseComparisons(parser, left, token, precedence)
  }
  const right = parseExpression(parser, isRight ? precedence : precedence + 1)
  return made(parser, { kind: "binary", op: token.text, left, right, at: token.at })
}

function parseComparisons(parser: Parser, first: Node, token: Token, precedence: number): Node {
  let left = first
  let operator = token
  let whole: Node | undefined
  for (;;) {
    const right = parseExpression(parser, precedence + 1)
    const one: Node = made(parser, {
      kind: "binary",
      op: operator.text,
      left,
      right,
      at: operator.at,
    })
    whole =
      whole === undefined
        ? one
        : made(parser, { kind: "binary", op: "&&", left: whole, right: one, at: operator.at })
    if (parser.token.kind !== "operator" || !chained.has(parser.token.text)) return whole
    left = right
    operator = advance(parser)
  }
}

function parseConditional(parser: Parser, first: Node): Node {
  let node = first
  while (isAt(parser, "?")) {
    const { at } = advance(parser)
    if (isAt(parser, ":")) {
      advance(parser)
      const otherwise = parseExpression(parser, 0)
      node = made(parser, {
        kind: "conditional",
        condition: node,
        then: node,
        otherwise,
        style: "elvis",
        at,
      })
      continue
    }
    const then = parseExpression(parser, 0)
    expect(parser, ":")
    const otherwise = parseExpression(parser, 0)
    node = made(parser, {
      kind: "conditional",
      condition: node,
      then,
      otherwise,
      style: "ternary",
      at,
    })
  }
  return node
}

function parseLet(parser: Parser): Node {
  advance(parser)
  if (parser.token.kind !== "ident") unexpected(parser)
  const name = advance(parser)
  expect(parser, "=")
  const value = parseExpression(parser, 0)
  expect(parser, ";")
  const body =
    parser.options.dialect === "1.15" ? parseExpression(parser, 0) : parseSequence(parser)
  return made(parser, { kind: "let", name: name.text, value, body, at: name.at })
}

function parseIf(parser: Parser): Node {
  const { at } = advance(parser)
  const condition = parseExpression(parser, 0)
  const then = parseBlock(parser)
  expect(parser, "else")
  const otherwise = isAt(parser, "if") ? nestedIf(parser) : parseBlock(parser)
  return made(parser, { kind: "conditional", condition, then, otherwise, style: "if", at })
}

function nestedIf(parser: Parser): Node {
  if (++parser.depth > parser.options.maxDepth)
    fail("the expression is nested too deeply", parser.token.at)
  const node = parseIf(parser)
  parser.depth--
  return node
}

function parseBlock(parser: Parser): Node {
  expect(parser, "{")
  const node = parseSequence(parser)
  expect(parser, "}")
  return node
}

function parsePrimary(parser: Parser): Node {
  const { token } = parser
  if (token.kind === "operator") {
    const precedence = unaryOperators.get(token.text)
    if (precedence !== undefined) {
      advance(parser)
      const node = parseExpression(parser, precedence)
      const op = token.text as "!" | "not" | "+" | "-"
      return parsePostfix(parser, made(parser, { kind: "unary", op, node, at: token.at }))
    }
    if (parser.predicates > 0 && (token.text === "#" || token.text === "."))
      return parsePointer(parser)
    if (token.text === "::") {
      advance(parser)
      if (parser.token.kind !== "ident") unexpected(parser)
      return parsePostfix(parser, parseCall(parser, advance(parser), [], true))
    }
  }
  if (isAt(parser, "(")) {
    advance(parser)
    const node =
      parser.options.dialect === "1.15" ? parseExpression(parser, 0) : parseSequence(parser)
    expect(parser, ")")
    return parsePostfix(parser, node)
  }
  return parseLiteral(parser)
}

function parsePointer(parser: Parser): Node {
  const { at, text } = parser.token
  let name = ""
  if (text === "#") {
    advance(parser)
    if (parser.token.kind === "ident") name = advance(parser).text
  }
  return parsePostfix(parser, made(parser, { kind: "pointer", name, at }))
}

/** A call of a built-in or of a variable; `given` are arguments that a pipe brings. */
export function parseCall(
  parser: Parser,
  name: Token,
  given: readonly Node[],
  builtinOnly = false,
): Node {
  const { dialect, isOverridden } = parser.options
  const known = builtinKind(name.text, dialect)
  // In 1.15 nothing overrides a built-in.
  const isFixed = builtinOnly || dialect === "1.15"
  const kind = isFixed || !isOverridden(name.text) ? known : undefined
  const at = name.at
  if (kind === "predicate") return parsePredicateCall(parser, name, given)
  const args = parseArguments(parser, given)
  if (kind === "plain")
    return made(parser, { kind: "builtin", name: name.text, args, predicates: [], at })
  const callee = made(parser, { kind: "ident", name: name.text, at })
  return made(parser, { kind: "call", callee, args, at })
}

function parsePredicateCall(parser: Parser, name: Token, given: readonly Node[]): Node {
  const { predicates, required: least } = predicateBuiltins.get(name.text) as {
    predicates: readonly boolean[]
    required: number
  }
  const isOlder = parser.options.dialect === "1.15"
  const required = isOlder && name.text === "count" ? 2 : least
  const args = [...given]
  expect(parser, "(")
  for (let index = args.length; index < predicates.length; index++) {
    if (isAt(parser, ")") && index >= required) break
    if (isAt(parser, ")") && index === 0)
      fail(`expected at least ${required} arguments`, parser.token.at)
    if (index > given.length) expect(parser, ",")
    if (isAt(parser, ")") && index >= required && !isOlder) break
    args.push(predicates[index] === true ? parsePredicate(parser) : parseExpression(parser, 0))
  }
  if (isAt(parser, ",") && !isOlder) advance(parser)
  expect(parser, ")")
  return made(parser, { kind: "builtin", name: name.text, args, predicates, at: name.at })
}

function parsePredicate(parser: Parser): Node {
  const isBraced = isAt(parser, "{")
  if (isBraced) advance(parser)
  parser.predicates++
  const inSequence = isBraced && parser.options.dialect === "1.17"
  const node = inSequence ? parseSequence(parser) : parseExpression(parser, 0)
  if (!isBraced && parser.options.dialect === "1.17" && isAt(parser, ";")) {
    fail("wrap predicate with brackets { and }", parser.token.at)
  }
  parser.predicates--
  if (isBraced) expect(parser, "}")
  return node
}

/** Arguments in parentheses, after those a pipe brings. */
export function parseArguments(parser: Parser, given: readonly Node[]): readonly Node[] {
  const args = [...given]
  expect(parser, "(")
  let isFirst = true
  while (!isAt(parser, ")")) {
    if (!isFirst) {
      expect(parser, ",")
      // A comma may be last, but not in 1.15.
      if (isAt(parser, ")") && parser.options.dialect === "1.17") break
    }
    isFirst = false
    args.push(parseExpression(parser, 0))
  }
  expect(parser, ")")
  return args
}
