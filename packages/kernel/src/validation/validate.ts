import type { Issue, IssuePath } from "../issue.js"
import { isJsonObject } from "../json.js"
import { nearestName } from "./nearest.js"
import type { SchemaBundle, SchemaNode } from "./schema.js"

/** Manifests nest a few dozen levels; beyond this they are an attack. */
const depthMax = 256
const issuesMax = 200

interface Walk {
  readonly bundle: SchemaBundle
  readonly issues: Issue[]
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

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case "string":
    case "boolean":
      return typeof value === type
    case "number":
      return typeof value === "number" && Number.isFinite(value)
    case "integer":
      // Kubernetes counts in 64 bits: 2^53 and beyond are whole numbers too.
      return Number.isInteger(value)
    case "array":
      return Array.isArray(value)
    case "object":
      return isJsonObject(value)
    case "null":
      return value === null
    default:
      return false
  }
}

function resolve(walk: Walk, node: SchemaNode): SchemaNode {
  let current = node
  // A chain of references ends: each step of a well-formed bundle goes to a named definition.
  for (let step = 0; current.$ref !== undefined && step < 32; step++) {
    const name = decodeURIComponent(current.$ref.slice(current.$ref.lastIndexOf("/") + 1))
    const target = walk.bundle.definitions[name]
    if (target === undefined) return {}
    current = target
  }
  return current
}

function report(walk: Walk, issue: Issue): void {
  if (walk.issues.length < issuesMax) walk.issues.push(issue)
}

function didYouMean(near: string | undefined): { readonly hint?: string } {
  return near === undefined ? {} : { hint: `did you mean "${near}"?` }
}

function checkScalar(walk: Walk, node: SchemaNode, value: unknown, path: IssuePath): void {
  const invalid = (expected: string, near?: string): void => {
    const message = `expected ${expected}, found ${describe(value)}`
    report(walk, { code: "InvalidValue", path, message, ...didYouMean(near) })
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
    if (node.pattern !== undefined && !new RegExp(node.pattern).test(value)) {
      invalid(`a text that matches ${node.pattern}`)
    }
  }
}

function checkObject(
  walk: Walk,
  node: SchemaNode,
  value: { readonly [key: string]: unknown },
  path: IssuePath,
): void {
  const properties = node.properties ?? {}
  for (const name of node.required ?? []) {
    const isMissing = !Object.hasOwn(value, name) || value[name] === null
    if (isMissing) {
      const message = "is required, and missing"
      report(walk, { code: "InvalidValue", path: [...path, name], message })
    }
  }
  for (const [name, inner] of Object.entries(value)) {
    if (Object.hasOwn(properties, name)) {
      check(walk, properties[name] as SchemaNode, inner, [...path, name])
    } else if (typeof node.additionalProperties === "object") {
      check(walk, node.additionalProperties, inner, [...path, name])
    } else if (node.additionalProperties === false) {
      const near = nearestName(name, Object.keys(properties))
      const place = { code: "UnknownField", path: [...path, name] }
      report(walk, { ...place, message: "no such field", ...didYouMean(near) })
    }
  }
}

/** Of several shapes the one that fits best speaks: no issues wins, else the fewest, else the first. */
function checkAnyOf(
  walk: Walk,
  shapes: readonly SchemaNode[],
  value: unknown,
  path: IssuePath,
): void {
  let best: readonly Issue[] | undefined
  for (const shape of shapes) {
    const trial: Walk = { bundle: walk.bundle, issues: [] }
    check(trial, shape, value, path)
    if (best === undefined || trial.issues.length < best.length) best = trial.issues
    if (best.length === 0) return
  }
  for (const issue of best ?? []) report(walk, issue)
}

function check(walk: Walk, given: SchemaNode, value: unknown, path: IssuePath): void {
  // As a Go decoder reads it: null is the same as absent.
  if (value === null || value === undefined) return
  if (path.length > depthMax) {
    const message = `is nested deeper than ${depthMax} levels`
    report(walk, { code: "InvalidValue", path, message })
    return
  }
  const node = resolve(walk, given)
  const refusal = given.unsupported ?? node.unsupported
  if (refusal !== undefined) {
    report(walk, { code: "UnsupportedField", path, message: `is not supported: ${refusal}` })
    return
  }
  if (node.anyOf !== undefined) {
    checkAnyOf(walk, node.anyOf, value, path)
    return
  }
  const types = typeof node.type === "string" ? [node.type] : (node.type ?? [])
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) {
    const expected = types.map((type) => typeWords[type] ?? type).join(" or ")
    const message = `expected ${expected}, found ${describe(value)}`
    report(walk, { code: "InvalidValue", path, message })
    return
  }
  checkScalar(walk, node, value, path)
  if (Array.isArray(value)) {
    if (node.items === undefined) return
    for (const [index, item] of value.entries()) check(walk, node.items, item, [...path, index])
  } else if (isJsonObject(value)) checkObject(walk, node, value, path)
}

/**
 * Every way in which `value` is not what the definition `name` of the bundle describes, in the order of the
 * document: `UnknownField` (with the nearest name), `UnsupportedField` (with the reason) and `InvalidValue`. Never
 * throws; reports at most 200 issues. Null counts as absent.
 */
export function validate(bundle: SchemaBundle, name: string, value: unknown): readonly Issue[] {
  const walk: Walk = { bundle, issues: [] }
  if (!isJsonObject(value)) {
    return [
      { code: "InvalidValue", path: [], message: `expected a mapping, found ${describe(value)}` },
    ]
  }
  check(walk, { $ref: `#/definitions/${encodeURIComponent(name)}` }, value, [])
  return walk.issues
}
