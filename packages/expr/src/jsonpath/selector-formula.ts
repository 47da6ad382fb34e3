import { Fault } from "../issue.js"
import { closing, endOfQuoted } from "./brackets.js"
import type { Formula, SelectorToken } from "./selector-token.js"

/** Loosest first. Operators are found by their text alone: `kind` holds an `in` (spec/languages §6.4). */
const levels: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["==", "!=", "=~"],
  ["<=", ">=", "<", ">", "not in", "in"],
  ["+", "-"],
  ["*", "/", "%"],
]

const nestingMax = 100

type ReadPath = (text: string, start: number) => readonly [readonly SelectorToken[], number]

/** Reads an expression. Throws a `Fault` only for a spent budget: what makes no sense passes nothing. */
export function parseFormula(text: string, readPath: ReadPath): Formula {
  return parse({ readPath }, text.trim(), 0)
}

function parse(context: { readonly readPath: ReadPath }, text: string, depth: number): Formula {
  if (depth > nestingMax) throw new Fault("the path is nested too deeply", -1, "budget")
  const inner = (part: string): Formula => parse(context, part.trim(), depth + 1)
  for (const operators of levels) {
    const found = lastOperator(text, operators)
    if (found === undefined) continue
    const [operator, at] = found
    const [left, right] = [text.slice(0, at), text.slice(at + operator.length)]
    return { kind: "binary", operator, left: inner(left), right: inner(right) }
  }
  if (text.startsWith("!")) return { kind: "not", operand: inner(text.slice(1)) }
  const isGroup = text.startsWith("(") && closing(text, 0) === text.length - 1
  return isGroup ? inner(text.slice(1, -1)) : operand(context.readPath, text, inner)
}

/** The last operator of a level outside quotes and brackets: what stands left of it belongs together. */
function lastOperator(
  text: string,
  operators: readonly string[],
): readonly [string, number] | undefined {
  let found: readonly [string, number] | undefined
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string
    if (char === "'" || char === '"') at = endOfQuoted(text, at)
    else if (char === "[" || char === "(") at = closing(text, at)
    if (at < 0) return found
    const operator = operators.find((each) => text.startsWith(each, at))
    if (operator === undefined || !isBinary(text, at, operator)) continue
    found = [operator, at]
    at += operator.length - 1
  }
  return found
}

/** Neither the sign of a number nor a wildcard, nor a piece of a longer operator. */
function isBinary(text: string, at: number, operator: string): boolean {
  const before = text.slice(0, at).trimEnd()
  if (operator === "-" || operator === "+")
    return before !== "" && !/[-+*/%<>=!&|(,~]$/.test(before)
  if (operator === "*") return !before.endsWith(".")
  return true
}

const numberPattern = /^-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/
const words: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ["true", true],
  ["false", false],
  ["null", null],
  ["nil", null],
])

function operand(readPath: ReadPath, text: string, inner: (part: string) => Formula): Formula {
  const word = words.get(text)
  if (word !== undefined) return { kind: "value", value: word }
  if (numberPattern.test(text)) return { kind: "value", value: Number(text) }
  if (text.startsWith("-")) return { kind: "minus", operand: inner(text.slice(1)) }
  const isQuoted = (text.startsWith("'") || text.startsWith('"')) && text.length > 1
  if (isQuoted && endOfQuoted(text, 0) === text.length - 1) {
    return { kind: "value", value: text.slice(1, -1).replace(/\\(.)/gsu, "$1") }
  }
  if (text.startsWith("[") && closing(text, 0) === text.length - 1) {
    return { kind: "list", items: splitList(text.slice(1, -1)).map(inner) }
  }
  return text.startsWith("@") || text.startsWith("$")
    ? pathOf(readPath, text)
    : { kind: "meaningless" }
}

function pathOf(readPath: ReadPath, text: string): Formula {
  try {
    const [tokens, end] = readPath(text, 0)
    const isWhole = end === text.length
    return isWhole ? { kind: "path", ofRoot: text[0] === "$", tokens } : { kind: "meaningless" }
  } catch (fault) {
    if (fault instanceof Fault && fault.phase === "parse") return { kind: "meaningless" }
    throw fault
  }
}

function splitList(text: string): readonly string[] {
  const items: string[] = []
  let start = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string
    if (char === "'" || char === '"') at = endOfQuoted(text, at)
    else if (char === "[" || char === "(") at = closing(text, at)
    if (at < 0) break
    if (char !== ",") continue
    items.push(text.slice(start, at))
    start = at + 1
  }
  const last = text.slice(start)
  return last.trim() === "" ? items : [...items, last]
}
