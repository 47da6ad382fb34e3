import type { Node } from "./ast.js"
import { advance, expect, fail, isAt, made, type Parser } from "./parser-state.js"

/** Members, indexes, slices and calls of members that follow a node. */
export function parsePostfix(parser: Parser, first: Node): Node {
  let node = first
  for (;;) {
    const { token } = parser
    if (token.kind === "operator" && (token.text === "." || token.text === "?.")) {
      advance(parser)
      const isOptional = token.text === "?."
      if (isOptional && parser.options.dialect === "1.17" && isAt(parser, "[")) {
        node = parseBracket(parser, node, true)
      } else node = parseDot(parser, node, isOptional)
    } else if (isAt(parser, "[")) node = parseBracket(parser, node, false)
    else return node
  }
}

function parseDot(parser: Parser, base: Node, isOptional: boolean): Node {
  const property = advance(parser)
  const isName =
    property.kind === "ident" || (property.kind === "operator" && /^[A-Za-z]+$/.test(property.text))
  if (!isName) {
    if (property.kind === "end") fail("unexpected end of expression", property.at)
    fail("expected name", property.at)
  }
  const { at } = property
  const isChain = base.kind === "chain"
  const inner = base.kind === "chain" ? base.node : base
  const name = made(parser, { kind: "string", value: property.text, at })
  const member = made(parser, {
    kind: "member",
    node: inner,
    property: name,
    optional: isOptional,
    dotted: true,
    at,
  })
  let node: Node = member
  if (isAt(parser, "(")) {
    node = made(parser, { kind: "call", callee: member, args: parser.rules.args(parser, []), at })
  }
  return isChain || isOptional ? made(parser, { kind: "chain", node, at }) : node
}

function parseBracket(parser: Parser, node: Node, isOptional: boolean): Node {
  const { at } = expect(parser, "[")
  if (isAt(parser, ":")) {
    advance(parser)
    return finishSlice(parser, node, undefined, at)
  }
  const from = parser.rules.expression(parser, 0)
  if (isAt(parser, ":")) {
    advance(parser)
    return finishSlice(parser, node, from, at)
  }
  expect(parser, "]")
  const member = made(parser, {
    kind: "member",
    node,
    property: from,
    optional: isOptional,
    dotted: false,
    at,
  })
  return isOptional ? made(parser, { kind: "chain", node: member, at }) : member
}

function finishSlice(parser: Parser, node: Node, from: Node | undefined, at: number): Node {
  const to = isAt(parser, "]") ? undefined : parser.rules.expression(parser, 0)
  expect(parser, "]")
  return made(parser, { kind: "slice", node, from, to, at })
}
