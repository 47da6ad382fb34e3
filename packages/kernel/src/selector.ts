import { failed, type Issue, ok, type Result } from "./issue.js"
import { own } from "./json.js"

/**
 * One line of `matchExpressions`. `Gt` and `Lt` compare whole numbers; queries know them, selectors in objects do not.
 */
export interface LabelSelectorRequirement {
  readonly key: string
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt"
  readonly values?: readonly string[]
}

/** A label selector as objects carry it: every line must hold; an empty one matches everything. */
export interface LabelSelector {
  readonly matchLabels?: { readonly [key: string]: string }
  readonly matchExpressions?: readonly LabelSelectorRequirement[]
}

/** Labels of an object; absent means none. */
export type Labels = { readonly [key: string]: string } | undefined

/** True where the labels satisfy every line of the selector. `NotIn` and `DoesNotExist` hold for absent keys. */
export function matchesLabels(selector: LabelSelector, labels: Labels): boolean {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (own(labels, key) !== value) return false
  }
  return (selector.matchExpressions ?? []).every((line) => holds(line, own(labels, line.key)))
}

function holds(line: LabelSelectorRequirement, value: string | undefined): boolean {
  switch (line.operator) {
    case "In":
      return value !== undefined && (line.values ?? []).includes(value)
    case "NotIn":
      return value === undefined || !(line.values ?? []).includes(value)
    case "Exists":
      return value !== undefined
    case "DoesNotExist":
      return value === undefined
    case "Gt":
      return compares(line, value, (left, right) => left > right)
    case "Lt":
      return compares(line, value, (left, right) => left < right)
    default:
      return false
  }
}

const wholeNumber = /^[+-]?\d+$/

function compares(
  { values = [] }: LabelSelectorRequirement,
  value: string | undefined,
  isInOrder: (left: bigint, right: bigint) => boolean,
): boolean {
  const [limit = ""] = values
  if (value === undefined || !wholeNumber.test(value) || !wholeNumber.test(limit)) return false
  return isInOrder(BigInt(value.replace(/^\+/, "")), BigInt(limit.replace(/^\+/, "")))
}

/** Splits at commas that stand outside parentheses. */
function splitLines(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let index = 0; index < text.length; index++) {
    if (text[index] === "(") depth++
    else if (text[index] === ")") depth--
    else if (text[index] === "," && depth === 0) {
      parts.push(text.slice(start, index))
      start = index + 1
    }
  }
  parts.push(text.slice(start))
  return parts.map((part) => part.trim()).filter((part) => part !== "")
}

const keyPattern = "([A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?)"
const setLine = new RegExp(`^${keyPattern}\\s+(in|notin)\\s*\\(([^()]*)\\)$`)
const equalLine = new RegExp(`^${keyPattern}\\s*(==|=|!=)\\s*([-A-Za-z0-9_.]*)$`)
const orderLine = new RegExp(`^${keyPattern}\\s*([<>])\\s*([+-]?\\d+)$`)
const existsLine = new RegExp(`^(!?)\\s*${keyPattern}$`)

/** Reads a selector as query strings carry it: `app=shop,tier in (a,b),!canary`. Empty text matches everything. */
export function parseLabelSelector(text: string): Result<LabelSelector> {
  const lines: LabelSelectorRequirement[] = []
  const issues: Issue[] = []
  for (const part of splitLines(text)) {
    const line = parseLine(part)
    if (line !== undefined) lines.push(line)
    else {
      const message = `expected a label requirement like app=shop or tier in (a,b), found ${JSON.stringify(part)}`
      issues.push({ code: "InvalidValue", path: [], message })
    }
  }
  return issues.length > 0 ? failed(issues) : ok({ matchExpressions: lines })
}

function parseLine(part: string): LabelSelectorRequirement | undefined {
  const set = setLine.exec(part)
  if (set !== null) {
    const values = (set[3] as string).split(",").map((value) => value.trim())
    return { key: set[1] as string, operator: set[2] === "in" ? "In" : "NotIn", values }
  }
  const equal = equalLine.exec(part)
  if (equal !== null) {
    const operator = equal[2] === "!=" ? "NotIn" : "In"
    return { key: equal[1] as string, operator, values: [equal[3] as string] }
  }
  const order = orderLine.exec(part)
  if (order !== null) {
    const operator = order[2] === ">" ? "Gt" : "Lt"
    return { key: order[1] as string, operator, values: [order[3] as string] }
  }
  const exists = existsLine.exec(part)
  if (exists === null) return undefined
  return { key: exists[2] as string, operator: exists[1] === "!" ? "DoesNotExist" : "Exists" }
}
