import { parseGoFloat } from "../go/number.js"
import type { Node } from "./ast.js"
import type { Token } from "./lexer.js"
import { parsePostfix } from "./parser-postfix.js"
import {
  advance,
  describeToken,
  expect,
  fail,
  isAt,
  made,
  type Parser,
  unexpected,
} from "./parser-state.js"

/** A name, a call, a literal, an array or a map, with what follows it. */
export function parseLiteral(parser: Parser): Node {
  const { token } = parser
  const { at } = token
  switch (token.kind) {
    case "ident":
      return parseName(parser)
    case "number":
      advance(parser)
      return parseNumber(parser, token)
    case "string": {
      advance(parser)
      const node = made(parser, { kind: "string", value: token.text, at })
      return parser.options.dialect === "1.15" ? node : parsePostfix(parser, node)
    }
    case "bytes":
      advance(parser)
      return parsePostfix(
        parser,
        made(parser, { kind: "bytes", value: token.bytes as Uint8Array, at }),
      )
    default:
      if (isAt(parser, "[")) return parsePostfix(parser, parseArray(parser))
      if (isAt(parser, "{")) return parsePostfix(parser, parseMap(parser))
      return unexpected(parser)
  }
}

function parseName(parser: Parser): Node {
  const token = advance(parser)
  const { text, at } = token
  if (text === "true" || text === "false")
    return made(parser, { kind: "bool", value: text === "true", at })
  if (text === "nil") return made(parser, { kind: "nil", at })
  if (isAt(parser, "(")) return parsePostfix(parser, parser.rules.call(parser, token, []))
  return parsePostfix(parser, made(parser, { kind: "ident", name: text, at }))
}

const bases = [
  { prefix: /^0[xX]/, name: "hex", base: "0x", parse: "0x" },
  { prefix: /^0[oO]/, name: "octal", base: "0o", parse: "0o" },
  { prefix: /^0[bB]/, name: "binary", base: "0b", parse: "0b" },
]
const maxInt = 9_223_372_036_854_775_807n

function parseNumber(parser: Parser, { text, at }: Token): Node {
  const digits = text.replaceAll("_", "")
  for (const { prefix, name, base } of bases) {
    if (!prefix.test(digits)) continue
    const tail = digits.slice(2)
    const value = tail === "" ? undefined : BigInt(`${base}${tail}`)
    if (value === undefined || value > maxInt) failNumber(name, digits, at, value !== undefined)
    return made(parser, { kind: "int", value, at })
  }
  if (/[.eE]/.test(digits)) {
    const value = parseGoFloat(digits)
    if (value === undefined)
      fail(`invalid float literal: strconv.ParseFloat: parsing "${digits}": invalid syntax`, at)
    if (!Number.isFinite(value)) {
      fail(`invalid float literal: strconv.ParseFloat: parsing "${digits}": value out of range`, at)
    }
    return made(parser, { kind: "float", value, at })
  }
  const value = BigInt(digits)
  if (value > maxInt) failNumber("integer", digits, at, true)
  return made(parser, { kind: "int", value, at })
}

function failNumber(name: string, digits: string, at: number, isRange: boolean): never {
  const reason = isRange ? "value out of range" : "invalid syntax"
  return fail(`invalid ${name} literal: strconv.ParseInt: parsing "${digits}": ${reason}`, at)
}

function parseArray(parser: Parser): Node {
  const { at } = expect(parser, "[")
  const items: Node[] = []
  while (!isAt(parser, "]")) {
    if (items.length > 0) {
      expect(parser, ",")
      if (isAt(parser, "]")) break
    }
    items.push(parser.rules.expression(parser, 0))
  }
  expect(parser, "]")
  return made(parser, { kind: "array", items, at })
}

function parseMap(parser: Parser): Node {
  const { at } = expect(parser, "{")
  const pairs: { key: Node; value: Node }[] = []
  while (!isAt(parser, "}")) {
    if (pairs.length > 0) {
      expect(parser, ",")
      if (isAt(parser, "}")) break
      if (isAt(parser, ",")) unexpected(parser)
    }
    const key = parseKey(parser)
    expect(parser, ":")
    pairs.push({ key, value: parser.rules.expression(parser, 0) })
    parser.nodes++
  }
  expect(parser, "}")
  return made(parser, { kind: "map", pairs, at })
}

function parseKey(parser: Parser): Node {
  const { token } = parser
  if (token.kind === "number" || token.kind === "string" || token.kind === "ident") {
    advance(parser)
    return made(parser, { kind: "string", value: token.text, at: token.at })
  }
  if (isAt(parser, "(")) return parser.rules.expression(parser, 0)
  const expected =
    "a map key must be a quoted string, a number, a identifier, or an expression enclosed in parentheses"
  return fail(`${expected} (unexpected token ${describeToken(token)})`, token.at)
}
