import type { Depends, Rendered, TaskResults } from "./languages.js"

type Value = string | number | boolean
type Words = (word: string) => Value

/** A parsed condition, or why it is none. */
export type Condition =
  | { readonly ok: true; readonly evaluate: (words: Words) => Value }
  | { readonly ok: false; readonly message: string }

type Node = (words: Words) => Value

interface Token {
  readonly kind: "number" | "string" | "word" | "operator" | "end"
  readonly text: string
}

const tokenPattern =
  /\s*(?:(\d+(?:\.\d+)?)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([\p{L}_][\p{L}\p{N}_.-]*)|(&&|\|\||==|!=|<=|>=|=~|!~|[<>!()+\-*/%]))/uy

function tokenize(source: string): readonly Token[] | string {
  const tokens: Token[] = []
  tokenPattern.lastIndex = 0
  let from = 0
  while (source.slice(from).trim() !== "") {
    tokenPattern.lastIndex = from
    const match = tokenPattern.exec(source)
    if (match === null) return `Invalid token: '${source.slice(from).trim().split(/\s/)[0]}'`
    from = tokenPattern.lastIndex
    if (match[1] !== undefined) tokens.push({ kind: "number", text: match[1] })
    else if (match[2] !== undefined) tokens.push({ kind: "string", text: match[2] })
    else if (match[3] !== undefined) tokens.push({ kind: "string", text: match[3] })
    else if (match[4] !== undefined) tokens.push({ kind: "word", text: match[4] })
    else tokens.push({ kind: "operator", text: match[5] as string })
  }
  tokens.push({ kind: "end", text: "" })
  return tokens
}

const levels: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["==", "!=", "<", "<=", ">", ">=", "=~", "!~"],
  ["+", "-"],
  ["*", "/", "%"],
]

function apply(operator: string, left: Value, right: Value): Value {
  switch (operator) {
    case "==":
      return left === right
    case "!=":
      return left !== right
    case "<":
      return left < right
    case "<=":
      return left <= right
    case ">":
      return left > right
    case ">=":
      return left >= right
    case "=~":
      return String(left).includes(String(right))
    case "!~":
      return !String(left).includes(String(right))
    case "+":
      return typeof left === "number" && typeof right === "number"
        ? left + right
        : `${left}${right}`
    case "-":
      return Number(left) - Number(right)
    case "*":
      return Number(left) * Number(right)
    case "/":
      return Number(left) / Number(right)
    default:
      return Number(left) % Number(right)
  }
}

interface Cursor {
  readonly tokens: readonly Token[]
  at: number
  depth: number
}

class SyntaxFault extends Error {}

function peek(cursor: Cursor): Token {
  return cursor.tokens[cursor.at] as Token
}

function parseLevel(cursor: Cursor, level: number): Node {
  const operators = levels[level]
  if (operators === undefined) return parsePrefix(cursor)
  let left = parseLevel(cursor, level + 1)
  for (;;) {
    const { kind, text } = peek(cursor)
    if (kind !== "operator" || !operators.includes(text)) return left
    cursor.at++
    const first = left
    const second = parseLevel(cursor, level + 1)
    if (text === "&&") left = (words) => first(words) === true && second(words) === true
    else if (text === "||") left = (words) => first(words) === true || second(words) === true
    else left = (words) => apply(text, first(words), second(words))
  }
}

function parsePrefix(cursor: Cursor): Node {
  const token = peek(cursor)
  cursor.at++
  if (token.kind === "operator" && token.text === "!") {
    const inner = parsePrefix(cursor)
    return (words) => inner(words) !== true
  }
  if (token.kind === "operator" && token.text === "-") {
    const inner = parsePrefix(cursor)
    return (words) => -Number(inner(words))
  }
  if (token.kind === "operator" && token.text === "(") {
    if (++cursor.depth > 200) throw new SyntaxFault("nested too deeply")
    const inner = parseLevel(cursor, 0)
    if (peek(cursor).text !== ")") throw new SyntaxFault("Unbalanced parenthesis")
    cursor.at++
    cursor.depth--
    return inner
  }
  return parseValue(token)
}

function parseValue(token: Token): Node {
  if (token.kind === "number") {
    const value = Number(token.text)
    return () => value
  }
  if (token.kind === "string") {
    const value = token.text.replace(/\\(.)/g, "$1")
    return () => value
  }
  if (token.kind === "word") {
    const { text } = token
    if (text === "true" || text === "false") return () => text === "true"
    return (words) => words(text)
  }
  throw new SyntaxFault(
    token.kind === "end" ? "Unexpected end of expression" : `Invalid token: '${token.text}'`,
  )
}

/** Parses a condition of words, numbers, strings and operators. */
export function parseCondition(source: string): Condition {
  const tokens = tokenize(source)
  if (typeof tokens === "string") return { ok: false, message: tokens }
  const cursor: Cursor = { tokens, at: 0, depth: 0 }
  try {
    const evaluate = parseLevel(cursor, 0)
    if (peek(cursor).kind !== "end") {
      return { ok: false, message: `Invalid token: '${peek(cursor).text}'` }
    }
    return { ok: true, evaluate }
  } catch (error) {
    if (error instanceof SyntaxFault) return { ok: false, message: error.message }
    throw error
  }
}

const results: ReadonlySet<string> = new Set([
  "Succeeded",
  "Failed",
  "Errored",
  "Skipped",
  "Omitted",
  "Daemoned",
  "AnySucceeded",
  "AllFailed",
])

/** Parses a `depends`; `continueOn` tells what a bare name also accepts. */
export function compileDepends(
  source: string,
  continueOn: (task: string) => { readonly failed: boolean; readonly error: boolean },
): Depends | { readonly message: string } {
  const parsed = parseCondition(source)
  if (!parsed.ok) return { message: parsed.message }
  const tasks = new Set<string>()
  const loops = new Set<string>()
  for (const [word] of source.matchAll(/[a-zA-Z0-9][-a-zA-Z0-9_]*(?:\.[A-Za-z]+)?/g)) {
    const [task = "", result] = word.split(".")
    if (result !== undefined && !results.has(result)) {
      return { message: `task result '${result}' for task '${task}' is invalid` }
    }
    tasks.add(task)
    if (result === "AnySucceeded" || result === "AllFailed") loops.add(task)
  }
  const isPlain = !/[.|!()]/.test(source)
  return {
    tasks: [...tasks],
    loops: [...loops],
    isPlain,
    evaluate(resultsOf): Rendered<boolean> {
      const value = parsed.evaluate((word) => {
        const [task = "", result] = word.split(".")
        const found = resultsOf(task)
        if (result !== undefined) return found[result as keyof TaskResults]
        const accepted = continueOn(task)
        return (
          found.Succeeded ||
          found.Skipped ||
          found.Daemoned ||
          (accepted.failed && found.Failed) ||
          (accepted.error && found.Errored)
        )
      })
      return { ok: true, value: value === true }
    },
  }
}
