import { failed, ok, type Result } from "./issue.js"
import type { LabelSelector, LabelSelectorRequirement } from "./selector.js"

/** How a line of a selector compares, as it is written. `exists` and `!` take no value. */
export type LabelOperator = "exists" | "!" | "in" | "notin" | "=" | "==" | "!=" | ">" | "<"

/** One line of a selector as it is written. */
export interface WrittenRequirement {
  readonly key: string
  readonly operator: LabelOperator
  /** In the order of the text, each once. */
  readonly values: readonly string[]
  /** Where it begins: an offset into the text. */
  readonly at: number
}

/** What was read: the lines, or the first thing that does not fit, in the words of Kubernetes. */
export type ReadRequirements =
  | { readonly ok: true; readonly lines: readonly WrittenRequirement[] }
  | { readonly ok: false; readonly message: string; readonly at: number }

/** Refuses a line whose form is right: says why, or nothing. */
export type RequirementCheck = (line: WrittenRequirement) => string | undefined

class Mistake extends Error {
  readonly at: number
  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

interface Word {
  readonly text: string
  readonly at: number
}

/** What is left to read of a selector; behind the last word stand empty ones. */
interface Words {
  peek(): Word
  take(): Word
}

const signs: ReadonlySet<string> = new Set(["==", "=", "!=", "!", "<", ">", "(", ")", ",", ""])
const operators: ReadonlySet<string> = new Set(["in", "notin", "=", "==", "!=", ">", "<"])

function wordsOf(source: string): Words {
  const found = source.matchAll(/==|!=|[=!<>(),]|[^ \t\r\n=!<>(),]+/g)
  const words = [...found].map(({ 0: text, index: at }) => ({ text, at }))
  const end: Word = { text: "", at: source.length }
  let next = 0
  return { peek: () => words[next] ?? end, take: () => words[next++] ?? end }
}

function unexpected({ text, at }: Word, expected: string): Mistake {
  return new Mistake(`found '${text}', expected: ${expected}`, at)
}

/** `(a,b,)`: nothing between two commas, or between the parentheses, is the empty value. */
function readSet(words: Words): readonly string[] {
  const first = words.take()
  // Here alone the server's words have no comma.
  if (first.text !== "(") throw new Mistake(`found '${first.text}' expected: '('`, first.at)
  const values = new Set<string>()
  for (;;) {
    values.add(signs.has(words.peek().text) ? "" : words.take().text)
    const next = words.take()
    if (next.text === ")") return [...values]
    if (next.text !== ",") throw unexpected(next, "',' or ')'")
  }
}

/** What stands behind a sign; nothing is the empty value. */
function readValue(words: Words): readonly string[] {
  const next = words.peek()
  if (next.text === "" || next.text === ",") return [""]
  if (signs.has(next.text)) throw unexpected(next, "identifier")
  return [words.take().text]
}

function isInteger(text: string): boolean {
  if (!/^[+-]?\d+$/.test(text)) return false
  const value = BigInt(text.replace(/^\+/, ""))
  return BigInt.asIntN(64, value) === value
}

function readRequirement(words: Words): WrittenRequirement {
  const { at } = words.peek()
  const isDenied = words.peek().text === "!"
  if (isDenied) words.take()
  const key = words.take()
  if (signs.has(key.text)) throw unexpected(key, "identifier")
  const next = words.peek().text
  if (isDenied || next === "" || next === ",") {
    return { key: key.text, operator: isDenied ? "!" : "exists", values: [], at }
  }
  const sign = words.take()
  if (!operators.has(sign.text)) throw unexpected(sign, "in, notin, =, ==, !=, gt, lt")
  const operator = sign.text as LabelOperator
  const isSet = operator === "in" || operator === "notin"
  const values = isSet ? readSet(words) : readValue(words)
  if ((operator === ">" || operator === "<") && !isInteger(values[0] ?? "")) {
    const why = "for 'Gt', 'Lt' operators, the value must be an integer"
    throw new Mistake(`values[0]: Invalid value: ${JSON.stringify(values[0])}: ${why}`, at)
  }
  return { key: key.text, operator, values, at }
}

function readChecked(words: Words, check: RequirementCheck): WrittenRequirement {
  const { at } = words.peek()
  try {
    const line = readRequirement(words)
    const why = check(line)
    if (why !== undefined) throw new Mistake(why, at)
    return line
  } catch (error) {
    if (!(error instanceof Mistake)) throw error
    throw new Mistake(`unable to parse requirement: ${error.message}`, error.at)
  }
}

function startsLine({ text }: Word): boolean {
  return text === "!" || !signs.has(text)
}

function readLines(words: Words, check: RequirementCheck): readonly WrittenRequirement[] {
  const lines: WrittenRequirement[] = []
  const first = words.peek()
  if (first.text === "") return lines
  if (!startsLine(first)) throw unexpected(first, "!, identifier, or 'end of string'")
  for (;;) {
    lines.push(readChecked(words, check))
    const next = words.take()
    if (next.text === "") return lines
    if (next.text !== ",") throw unexpected(next, "',' or 'end of string'")
    if (!startsLine(words.peek())) throw unexpected(words.peek(), "identifier after ','")
  }
}

/** Reads a selector line by line; `check` is asked about each as it is read. The empty text has none. */
export function readLabelRequirements(
  text: string,
  check: RequirementCheck = () => undefined,
): ReadRequirements {
  try {
    return { ok: true, lines: readLines(wordsOf(text), check) }
  } catch (error) {
    if (!(error instanceof Mistake)) throw error
    return { ok: false, message: error.message, at: error.at }
  }
}

const kinds: { readonly [operator in LabelOperator]: LabelSelectorRequirement["operator"] } = {
  exists: "Exists",
  "!": "DoesNotExist",
  in: "In",
  "=": "In",
  "==": "In",
  notin: "NotIn",
  "!=": "NotIn",
  ">": "Gt",
  "<": "Lt",
}

function requirementOf({ key, operator, values }: WrittenRequirement): LabelSelectorRequirement {
  const kind = kinds[operator]
  const hasValues = kind !== "Exists" && kind !== "DoesNotExist"
  return { key, operator: kind, ...(hasValues && { values }) }
}

/**
 * Reads a selector as query strings carry it: `app=shop,tier in (a,b),!canary`. Empty text matches everything. The first
 * thing that does not fit is the issue: whatever follows it may mean anything.
 */
export function parseLabelSelector(text: string, check?: RequirementCheck): Result<LabelSelector> {
  const read = readLabelRequirements(text, check)
  if (read.ok) return ok({ matchExpressions: read.lines.map(requirementOf) })
  return failed([{ code: "InvalidValue", path: [], message: read.message }])
}
