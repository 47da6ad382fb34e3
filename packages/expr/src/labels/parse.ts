import {
  compareText,
  type LabelOperator,
  readLabelRequirements,
  type WrittenRequirement,
} from "@argo-ts/kernel"
import { Fault } from "../issue.js"

/** How a line of a selector compares. `exists` and `!` take no value. */
export type RequirementOperator = LabelOperator

/** One line of a selector. */
export interface Requirement {
  readonly key: string
  readonly operator: RequirementOperator
  /** Sorted, each once. */
  readonly values: readonly string[]
}

/** Reads a selector; lines sorted by key. Throws a `Fault`. */
export function parseRequirements(source: string): readonly Requirement[] {
  const read = readLabelRequirements(source, complaint)
  if (!read.ok) throw new Fault(read.message, read.at, "parse")
  return read.lines
    .map(({ key, operator, values }) => ({ key, operator, values: values.toSorted(compareText) }))
    .toSorted((a, b) => compareText(a.key, b.key))
}

const name = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/
const prefix = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** Why a line can be that of no label: its key is none, or one of its values. */
function complaint({ key, values }: WrittenRequirement): string | undefined {
  if (!isKey(key)) return `<nil>: Invalid value: ${JSON.stringify(key)}`
  const index = values.findIndex((text) => text !== "" && (text.length > 63 || !name.test(text)))
  if (index < 0) return undefined
  return `values[${index}][${key}]: Invalid value: ${JSON.stringify(values[index])}`
}

function isKey(text: string): boolean {
  const [last = "", before, ...more] = text.split("/").toReversed()
  const isPrefix = before === undefined || (before.length <= 253 && prefix.test(before))
  return more.length === 0 && isPrefix && name.test(last) && last.length <= 63
}
