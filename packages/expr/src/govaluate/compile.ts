import { failed, ok, type Result } from "@argo-ts/kernel"
import { equal } from "../expr/equality.js"
import { sprint } from "../go/sprint.js"
import {
  type ExprIssue,
  Fault,
  issueOf,
  issueOfThrown,
  type Program,
  type Reference,
} from "../issue.js"
import { compilePattern } from "../regexp/index.js"
import { isList, SizedNumber, type Value } from "../values/value.js"
import { type Token, type TokenKind, tokenize } from "./lexer.js"

/** Parameters of a condition. */
export type Parameters = { readonly [name: string]: Value }

/** How a condition is compiled. */
export interface ConditionOptions {
  /** What a bare word is: a parameter (Events, cron `when`), or a text (Workflows `when`). Default: a parameter. */
  readonly barewords?: "parameter" | "string"
}

type Stage = (parameters: Parameters) => Value

interface Parser {
  readonly tokens: readonly Token[]
  readonly barewords: "parameter" | "string"
  readonly references: Reference[]
  index: number
}

const levels: readonly (readonly string[])[] = [
  [","],
  ["?", ":", "??"],
  ["||"],
  ["&&"],
  ["==", "!=", ">", "<", ">=", "<=", "=~", "!~", "in"],
  ["&", "|", "^"],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "%"],
  ["**"],
]

const operatorKinds = new Set<TokenKind>([
  "MODIFIER",
  "COMPARATOR",
  "LOGICALOP",
  "TERNARY",
  "SEPARATOR",
])

/** Compiles a govaluate expression. */
export function compileGovaluate(
  source: string,
  options: ConditionOptions = {},
): Result<Program<Parameters, Value>, ExprIssue> {
  try {
    const parser: Parser = {
      tokens: tokenize(source),
      barewords: options.barewords ?? "parameter",
      references: [],
      index: 0,
    }
    const stage = parseLevel(parser, 0)
    return ok({
      source,
      references: parser.references,
      issues: [],
      evaluate: (parameters) => {
        try {
          return ok(stage(parameters))
        } catch (thrown) {
          return failed([issueOfThrown(thrown, source)])
        }
      },
    })
  } catch (thrown) {
    return failed([issueOfThrown(thrown, source)])
  }
}

const noParameters: Parameters = Object.freeze(Object.create(null) as Parameters)

/**
 * Compiles a Workflows `when`: bare words are texts, the empty source is true, and the result must be a bool. Substitute
 * template tags before.
 */
export function compileWhen(source: string): Result<Program<Parameters, boolean>, ExprIssue> {
  if (source === "") return ok({ source, references: [], issues: [], evaluate: () => ok(true) })
  const compiled = compileGovaluate(source, { barewords: "string" })
  if (!compiled.ok) {
    return failed(
      compiled.issues.map((issue) => ({
        ...issue,
        message: `Invalid 'when' expression '${source}': ${issue.message}`,
        ...(issue.message.startsWith("Invalid token") && {
          hint: 'try wrapping the affected expression in quotes (")',
        }),
      })),
    )
  }
  const program = compiled.value
  return ok({
    source,
    references: [],
    issues: [],
    evaluate: (parameters = noParameters) => {
      const result = program.evaluate(parameters)
      if (!result.ok) {
        const message = (text: string): string =>
          `Failed to evaluate 'when' expresion '${source}': ${text}`
        return failed(result.issues.map((issue) => ({ ...issue, message: message(issue.message) })))
      }
      if (typeof result.value === "boolean") return ok(result.value)
      const message = `Expected boolean evaluation for '${source}'. Got ${sprint(result.value)}`
      return failed([issueOf(new Fault(message, 0), source)])
    },
  })
}

function parseLevel(parser: Parser, level: number): Stage {
  const operators = levels[level]
  if (operators === undefined) return parsePrefix(parser)
  let left = parseLevel(parser, level + 1)
  for (;;) {
    const token = parser.tokens[parser.index]
    if (
      token === undefined ||
      !operatorKinds.has(token.kind) ||
      !operators.includes(String(token.value))
    )
      return left
    parser.index++
    const right = parseLevel(parser, level + 1)
    left = combine(String(token.value), left, right, token.at)
  }
}

function parsePrefix(parser: Parser): Stage {
  const token = parser.tokens[parser.index]
  if (token?.kind !== "PREFIX") return parseValue(parser)
  parser.index++
  const operand = parseValue(parser)
  const { value: sign, at } = token
  return (parameters) => {
    const value = operand(parameters)
    if (sign === "!") {
      if (typeof value === "boolean") return !value
    } else if (typeof value === "number") return sign === "-" ? -value : Number(~toInt64(value))
    throw new Fault(`Value '${sprint(value)}' cannot be used with the prefix '${String(sign)}'`, at)
  }
}

function parseValue(parser: Parser): Stage {
  const token = parser.tokens[parser.index]
  if (token === undefined) throw new Fault("Unexpected end of expression", -1, "parse")
  parser.index++
  switch (token.kind) {
    case "CLAUSE": {
      const stage = parseLevel(parser, 0)
      while (
        parser.tokens[parser.index] !== undefined &&
        parser.tokens[parser.index]?.kind !== "CLAUSE_CLOSE"
      )
        parser.index++
      parser.index++
      return stage
    }
    case "CLAUSE_CLOSE":
      parser.index--
      return () => null
    case "VARIABLE":
      return parser.barewords === "string" ? constant(token.value) : variable(parser, token)
    case "ACCESSOR": {
      const [name = "", field = ""] = String(token.value).split(".")
      const { at } = token
      return () => {
        throw new Fault(`Unable to access '${field}', '${name}' is not a struct`, at)
      }
    }
    case "NUMERIC":
    case "BOOLEAN":
    case "STRING":
    case "TIME":
      return constant(token.value)
    default:
      throw new Fault(
        `Unable to plan token kind: '${token.kind}', value: '${String(token.value)}'`,
        token.at,
        "parse",
      )
  }
}

function constant(value: Value): Stage {
  return () => value
}

function variable(parser: Parser, { value, at }: Token): Stage {
  const name = String(value)
  parser.references.push({
    path: [name],
    guarded: false,
    dynamic: false,
    offset: at,
    length: name.length,
  })
  return (parameters) => {
    if (!Object.hasOwn(parameters, name)) throw new Fault(`No parameter '${name}' found.`, at)
    const found = parameters[name] ?? null
    if (typeof found === "bigint") return Number(found)
    return found instanceof SizedNumber ? Number(found.value) : found
  }
}

function toInt64(value: number): bigint {
  return Number.isFinite(value) ? BigInt.asIntN(64, BigInt(Math.trunc(value))) : -(2n ** 63n)
}

const numeric: ReadonlyMap<string, (a: number, b: number) => number> = new Map([
  ["-", (a: number, b: number) => a - b],
  ["*", (a: number, b: number) => a * b],
  ["/", (a: number, b: number) => a / b],
  ["%", (a: number, b: number) => a % b],
  ["**", (a: number, b: number) => (a === 1 ? 1 : a ** b)],
  ["&", (a: number, b: number) => Number(toInt64(a) & toInt64(b))],
  ["|", (a: number, b: number) => Number(toInt64(a) | toInt64(b))],
  ["^", (a: number, b: number) => Number(toInt64(a) ^ toInt64(b))],
  ["<<", (a: number, b: number) => Number(shifted(toInt64(a), toInt64(b)))],
  [">>", (a: number, b: number) => Number(toInt64(a) >> BigInt.asUintN(6, limited(toInt64(b))))],
])

function limited(count: bigint): bigint {
  return count < 0n || count > 63n ? 63n : count
}

function shifted(value: bigint, count: bigint): bigint {
  return count < 0n || count > 63n ? 0n : BigInt.asIntN(64, value << count)
}

function refuse(value: Value, use: string, kind: string, at: number): never {
  throw new Fault(
    `Value '${sprint(value)}' cannot be used with the ${use}, it is not a ${kind}`,
    at,
  )
}

function combine(symbol: string, left: Stage, right: Stage, at: number): Stage {
  const compute = numeric.get(symbol)
  if (compute !== undefined) {
    return (parameters) => {
      const a = left(parameters)
      const b = right(parameters)
      if (typeof a !== "number") return refuse(a, `modifier '${symbol}'`, "number", at)
      if (typeof b !== "number") return refuse(b, `modifier '${symbol}'`, "number", at)
      return compute(a, b)
    }
  }
  switch (symbol) {
    case "+":
      return (parameters) => plus(left(parameters), right(parameters), at)
    case ",":
      return (parameters) => {
        const a = left(parameters)
        return isList(a) ? [...a, right(parameters)] : [a, right(parameters)]
      }
    case "&&":
    case "||":
      return logic(symbol, left, right, at)
    case "?":
      return (parameters) => {
        const a = left(parameters)
        if (typeof a !== "boolean") return refuse(a, "ternary operator '?'", "bool", at)
        return a ? right(parameters) : null
      }
    case ":":
    case "??":
      return (parameters) => left(parameters) ?? right(parameters)
    default:
      return (parameters) => compare(symbol, left(parameters), right(parameters), at)
  }
}

function plus(a: Value, b: Value, at: number): Value {
  if (typeof a === "number" && typeof b === "number") return a + b
  if (typeof a === "string" || typeof b === "string") return sprint(a) + sprint(b)
  return refuse(typeof a === "number" ? b : a, "modifier '+'", "number", at)
}

function logic(symbol: string, left: Stage, right: Stage, at: number): Stage {
  const isAnd = symbol === "&&"
  return (parameters) => {
    const a = left(parameters)
    if (a === !isAnd) return a
    const b = right(parameters)
    if (typeof a !== "boolean") return refuse(a, `logical operator '${symbol}'`, "bool", at)
    if (typeof b !== "boolean") return refuse(b, `logical operator '${symbol}'`, "bool", at)
    return b
  }
}

function compare(symbol: string, a: Value, b: Value, at: number): Value {
  switch (symbol) {
    case "==":
      return equal(a, b)
    case "!=":
      return !equal(a, b)
    case "in":
      if (!isList(b)) return refuse(a, "comparator 'in'", "number", at)
      return b.some((item) => equal(item, a))
    case "=~":
    case "!~": {
      if (typeof a !== "string") return refuse(a, `comparator '${symbol}'`, "string", at)
      if (typeof b !== "string") return refuse(b, `comparator '${symbol}'`, "string", at)
      return compilePattern(b).test(a) === (symbol === "=~")
    }
    default:
      return ordered(symbol, a, b, at)
  }
}

function ordered(symbol: string, a: Value, b: Value, at: number): boolean {
  const isPair =
    (typeof a === "number" && typeof b === "number") ||
    (typeof a === "string" && typeof b === "string")
  if (!isPair) return refuse(typeof a === "number" ? b : a, `comparator '${symbol}'`, "number", at)
  const x = a as number
  const y = b as number
  if (symbol === ">") return x > y
  if (symbol === "<") return x < y
  return symbol === ">=" ? x >= y : x <= y
}
