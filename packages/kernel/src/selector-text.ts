import { failed, ok, type Result } from "./issue.js"
import type { LabelSelector, LabelSelectorRequirement } from "./selector.js"

/** Signs, words and the empty word that ends the text. */
function wordsOf(text: string): readonly string[] {
  return [...(text.match(/==|!=|[=!<>(),]|[^\s=!<>(),]+/g) ?? []), ""]
}

const signs: ReadonlySet<string> = new Set(["==", "=", "!=", "!", "<", ">", "(", ")", ",", ""])
const operators: ReadonlyMap<string, "In" | "NotIn" | "Gt" | "Lt"> = new Map([
  ["in", "In"],
  ["notin", "NotIn"],
  ["=", "In"],
  ["==", "In"],
  ["!=", "NotIn"],
  [">", "Gt"],
  ["<", "Lt"],
])

/** A text that is no selector, in the words of the API server. */
class Mistake extends Error {}

/** What is left to read of a selector, word by word. */
interface Words {
  peek(): string
  take(): string
}

function reading(text: string): Words {
  const words = wordsOf(text)
  let at = 0
  return { peek: () => words[at] ?? "", take: () => words[at++] ?? "" }
}

/** `(a,b,)`: nothing between two commas is a value, too; nothing at all is none. */
function readSet(words: Words): readonly string[] {
  const first = words.take()
  if (first !== "(") throw new Mistake(`found '${first}' expected: '('`)
  if (words.peek() === ")") {
    throw new Mistake(
      "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty",
    )
  }
  const values = new Set<string>()
  for (;;) {
    values.add(signs.has(words.peek()) ? "" : words.take())
    const next = words.take()
    if (next === ")") return [...values]
    if (next !== ",") throw new Mistake(`found '${next}', expected: ',' or ')'`)
  }
}

/** What stands behind a sign; nothing is the empty value. */
function readValue(words: Words): readonly string[] {
  const next = words.peek()
  if (next === "" || next === ",") return [""]
  if (signs.has(next)) throw new Mistake(`found '${next}', expected: identifier`)
  return [words.take()]
}

function readRequirement(words: Words): LabelSelectorRequirement {
  const isDenied = words.peek() === "!"
  if (isDenied) words.take()
  const key = words.take()
  if (signs.has(key)) throw new Mistake(`found '${key}', expected: identifier`)
  const next = words.peek()
  if (isDenied || next === "" || next === ",") {
    return { key, operator: isDenied ? "DoesNotExist" : "Exists" }
  }
  const sign = words.take()
  const operator = operators.get(sign)
  if (operator === undefined) {
    throw new Mistake(`found '${sign}', expected: in, notin, =, ==, !=, gt, lt`)
  }
  const isSet = sign === "in" || sign === "notin"
  const values = isSet ? readSet(words) : readValue(words)
  if ((operator === "Gt" || operator === "Lt") && !/^[+-]?\d+$/.test(values[0] ?? "")) {
    const why = "for 'Gt', 'Lt' operators, the value must be an integer"
    throw new Mistake(`values[0]: Invalid value: ${JSON.stringify(values[0])}: ${why}`)
  }
  return { key, operator, values }
}

function readSelector(words: Words): readonly LabelSelectorRequirement[] {
  const lines: LabelSelectorRequirement[] = []
  if (words.peek() === "") return lines
  for (;;) {
    const first = words.peek()
    if (first !== "!" && signs.has(first)) {
      const expected =
        lines.length === 0 ? "!, identifier, or 'end of string'" : "identifier after ','"
      throw new Mistake(`found '${first}', expected: ${expected}`)
    }
    lines.push(readRequirement(words))
    const next = words.take()
    if (next === "") return lines
    if (next !== ",") throw new Mistake(`found '${next}', expected: ',' or 'end of string'`)
  }
}

/**
 * Reads a selector as query strings carry it: `app=shop,tier in (a,b),!canary`. Empty text matches everything. The
 * first word that does not fit is the issue: whatever follows it may mean anything.
 */
export function parseLabelSelector(text: string): Result<LabelSelector> {
  try {
    return ok({ matchExpressions: readSelector(reading(text)) })
  } catch (error) {
    if (!(error instanceof Mistake)) throw error
    const message = `unable to parse requirement: ${error.message}`
    return failed([{ code: "InvalidValue", path: [], message }])
  }
}
