import type { Issue } from "../issue.js"
import { isJsonObject, type JsonObject } from "../json.js"
import { depthMax, type Extent, isBounded, valuesMax, whyBoundless } from "./bounded.js"
import { nearestName } from "./nearest.js"
import { bit, type Rule, ruleOf } from "./rule.js"
import type { SchemaBundle } from "./schema.js"

const issuesMax = 200

interface Walk extends Extent {
  issues: Issue[]
  /** True once something has no end: nothing more is looked at. */
  isBoundless: boolean
  /** The place being looked at: grows and shrinks as the walk goes, and is copied where something is wrong. */
  readonly path: (string | number)[]
}

function describe(value: unknown): string {
  if (value === null) return "null"
  if (Array.isArray(value)) return "a list"
  if (typeof value === "object") return "a mapping"
  const text = JSON.stringify(value) ?? String(value)
  const shown = text.length > 60 ? `${text.slice(0, 57)}…` : text
  return typeof value === "string" ? `the text ${shown}` : `the ${typeof value} ${shown}`
}

const typeWords: { readonly [type: string]: string } = {
  string: "a text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  object: "a mapping",
  array: "a list",
  null: "null",
}

function bitsOf(value: unknown): number {
  switch (typeof value) {
    case "string":
      return bit.string
    case "boolean":
      return bit.boolean
    case "number":
      // Kubernetes counts in 64 bits: 2^53 and beyond are whole numbers too.
      if (Number.isInteger(value)) return bit.number | bit.integer
      return Number.isFinite(value) ? bit.number : 0
    case "object":
      return Array.isArray(value) ? bit.array : bit.object
    default:
      return 0
  }
}

function report(walk: Walk, issue: Omit<Issue, "path">, field?: string): void {
  if (walk.issues.length >= issuesMax) return
  const path = field === undefined ? walk.path.slice() : [...walk.path, field]
  walk.issues.push({ ...issue, path })
}

function didYouMean(near: string | undefined): { readonly hint?: string } {
  return near === undefined ? {} : { hint: `did you mean "${near}"?` }
}

/** What YAML made of a text without quotes. */
function quoteHint(value: unknown): string | undefined {
  if (typeof value === "number") return `write it in quotes: "${value}"`
  if (typeof value !== "boolean") return undefined
  return "write it in quotes: YAML reads a plain y, n, yes, no, on or off as true or false"
}

function checkScalar(walk: Walk, rule: Rule, value: unknown): void {
  const { node } = rule
  const invalid = (expected: string, near?: string): void => {
    const message = `expected ${expected}, found ${describe(value)}`
    report(walk, { code: "InvalidValue", message, ...didYouMean(near) })
  }
  if (node.const !== undefined && value !== node.const) invalid(JSON.stringify(node.const))
  if (node.enum !== undefined && !node.enum.includes(value)) {
    const words = node.enum.map((each) => JSON.stringify(each)).join(", ")
    const near = typeof value === "string" ? nearestName(value, node.enum.map(String)) : undefined
    invalid(`one of ${words}`, near)
  }
  if (typeof value === "number") {
    if (node.minimum !== undefined && value < node.minimum) invalid(`at least ${node.minimum}`)
    if (node.maximum !== undefined && value > node.maximum) invalid(`at most ${node.maximum}`)
  }
  if (typeof value === "string") {
    const tooShort = node.minLength !== undefined && value.length < node.minLength
    if (tooShort) invalid(`at least ${node.minLength} characters`)
    if (rule.pattern?.test(value) === false) invalid(`a text that matches ${node.pattern}`)
  }
}

function checkObject(walk: Walk, rule: Rule, value: { readonly [key: string]: unknown }): void {
  const { node } = rule
  if (node.required !== undefined) {
    for (const name of node.required) {
      const isMissing = !Object.hasOwn(value, name) || value[name] === null
      if (isMissing)
        report(walk, { code: "InvalidValue", message: "is required, and missing" }, name)
    }
  }
  for (const name of Object.keys(value)) {
    const inner = rule.property(name)
    if (inner !== undefined) {
      walk.path.push(name)
      check(walk, inner, value[name])
      walk.path.pop()
      continue
    }
    leave(walk, value[name], 1)
    if (node.additionalProperties === false) {
      const near = nearestName(name, Object.keys(node.properties ?? {}))
      report(walk, { code: "UnknownField", message: "no such field", ...didYouMean(near) }, name)
    }
  }
}

/** Of several shapes the one that fits best speaks: no issues wins, else the fewest, else the first. */
function checkAnyOf(walk: Walk, shapes: readonly Rule[], value: unknown): void {
  const { issues } = walk
  let best: readonly Issue[] | undefined
  for (const shape of shapes) {
    walk.issues = []
    check(walk, shape, value)
    if (best === undefined || walk.issues.length < best.length) best = walk.issues
    if (best.length === 0) break
  }
  walk.issues = issues
  for (const issue of best ?? []) if (issues.length < issuesMax) issues.push(issue)
}

/** No rule says what is below: it only has to have an end. */
function leave(walk: Walk, value: unknown, depth: number): void {
  if (typeof value !== "object" || value === null || walk.isBoundless) return
  walk.isBoundless = !isBounded(walk, value, walk.path.length + depth)
}

function check(walk: Walk, rule: Rule, value: unknown): void {
  // As a Go decoder reads it: null is the same as absent.
  if (value === null || value === undefined || walk.isBoundless) return
  if (--walk.left < 0 || walk.path.length > depthMax) {
    walk.isBoundless = true
    return
  }
  if (rule.refusal !== undefined) {
    const message = `is not supported: ${rule.refusal}`
    leave(walk, value, 0)
    return report(walk, { code: "UnsupportedField", message })
  }
  const { shapes } = rule
  if (shapes !== undefined) return checkAnyOf(walk, shapes, value)
  if (rule.types !== 0 && (rule.types & bitsOf(value)) === 0) {
    const { type = [] } = rule.node
    const types = typeof type === "string" ? [type] : type
    const expected = types.map((each) => typeWords[each] ?? each).join(" or ")
    const message = `expected ${expected}, found ${describe(value)}`
    const hint = (rule.types & bit.string) === 0 ? undefined : quoteHint(value)
    leave(walk, value, 0)
    return report(walk, { code: "InvalidValue", message, ...(hint === undefined ? {} : { hint }) })
  }
  if (rule.isConstrained) checkScalar(walk, rule, value)
  if (typeof value !== "object") return
  if (Array.isArray(value)) checkItems(walk, rule, value)
  else checkObject(walk, rule, value as JsonObject)
}

function checkItems(walk: Walk, rule: Rule, value: readonly unknown[]): void {
  const { items } = rule
  if (items === undefined) return leave(walk, value, 0)
  const { path } = walk
  const last = path.push(0) - 1
  for (let index = 0; index < value.length; index++) {
    path[last] = index
    check(walk, items, value[index])
  }
  path.pop()
}

/**
 * Every way in which `value` is not what the definition `name` of the bundle describes, in the order of the
 * document: `UnknownField` (with the nearest name), `UnsupportedField` (with the reason) and `InvalidValue`. Never
 * throws; reports at most 200 issues. Null counts as absent. What
 * contains itself, or is nested without reason, is one issue alone: `EndlessValue`.
 */
export function validate(bundle: SchemaBundle, name: string, value: unknown): readonly Issue[] {
  if (!isJsonObject(value)) {
    return [
      { code: "InvalidValue", path: [], message: `expected a mapping, found ${describe(value)}` },
    ]
  }
  const walk: Walk = { issues: [], path: [], left: valuesMax, isBoundless: false }
  check(walk, ruleOf(bundle, name), value)
  return walk.isBoundless ? [whyBoundless(value, walk)] : walk.issues
}
