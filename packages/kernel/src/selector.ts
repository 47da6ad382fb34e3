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
