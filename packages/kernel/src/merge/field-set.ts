import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from "../json.js"
import { compareText } from "../ordering.js"
import { type MutableRecord, put } from "./record.js"
import { fieldSchema, itemSchema, type MergeSchema } from "./schema.js"

/**
 * A set of paths into a document, as a tree. Path elements are written as `managedFields` writes them: `f:name` for
 * a field, `k:{"name":"a"}` for a list item with keys, `v:1` for a set's value.
 */
export interface FieldSet {
  /** True where the path itself belongs to the set. */
  readonly isMember: boolean
  readonly children: ReadonlyMap<string, FieldSet>
}

/** The set without paths. */
export const noFields: FieldSet = { isMember: false, children: new Map() }
const leaf: FieldSet = { isMember: true, children: new Map() }

/** True for a set without paths. */
export function isEmptySet(set: FieldSet): boolean {
  return !set.isMember && set.children.size === 0
}

function node(isMember: boolean, children: ReadonlyMap<string, FieldSet>): FieldSet {
  return !isMember && children.size === 0 ? noFields : { isMember, children }
}

/** Paths of either set. */
export function uniteFields(left: FieldSet, right: FieldSet): FieldSet {
  if (isEmptySet(left)) return right
  if (isEmptySet(right)) return left
  const children = new Map(left.children)
  for (const [element, child] of right.children) {
    children.set(element, uniteFields(children.get(element) ?? noFields, child))
  }
  return node(left.isMember || right.isMember, children)
}

/** Paths of the left set that the right one does not hold. */
export function subtractFields(left: FieldSet, right: FieldSet): FieldSet {
  if (isEmptySet(left) || isEmptySet(right)) return left
  const children = new Map<string, FieldSet>()
  for (const [element, child] of left.children) {
    const rest = subtractFields(child, right.children.get(element) ?? noFields)
    if (!isEmptySet(rest)) children.set(element, rest)
  }
  return node(left.isMember && !right.isMember, children)
}

/** Paths that both sets hold. */
export function intersectFields(left: FieldSet, right: FieldSet): FieldSet {
  const children = new Map<string, FieldSet>()
  for (const [element, child] of left.children) {
    const both = intersectFields(child, right.children.get(element) ?? noFields)
    if (!isEmptySet(both)) children.set(element, both)
  }
  return node(left.isMember && right.isMember, children)
}

/** True where both sets hold the same paths. */
export function equalFields(left: FieldSet, right: FieldSet): boolean {
  return isEmptySet(subtractFields(left, right)) && isEmptySet(subtractFields(right, left))
}

/** The path element of an item of a `map` list, or `undefined` where a key field is missing. */
export function keyElement(schema: MergeSchema, item: JsonValue): string | undefined {
  if (!isJsonObject(item)) return undefined
  const keys: MutableRecord = {}
  for (const name of schema.keys ?? []) {
    const value = Object.hasOwn(item, name) ? item[name] : schema.keyDefaults?.[name]
    if (value === undefined || value === null) return undefined
    put(keys, name, value)
  }
  return `k:${canonicalJson(keys)}`
}

/** The path element of a value of a `set` list. */
export function valueElement(value: JsonValue): string {
  return `v:${canonicalJson(value)}`
}

/** The paths a document has an opinion on: its leaves, and the items of its keyed lists. */
export function fieldSetOf(schema: MergeSchema, value: JsonValue): FieldSet {
  return fieldsOf(schema, value, false)
}

/** Every path of a document, those of objects and lists that are more than their parts included. */
export function everyField(schema: MergeSchema, value: JsonValue): FieldSet {
  return fieldsOf(schema, value, true)
}

function fieldsOf(schema: MergeSchema, value: JsonValue, isEvery: boolean): FieldSet {
  if (typeof value !== "object" || value === null) return leaf
  if (Array.isArray(value)) return listFields(schema, value as readonly JsonValue[], isEvery)
  if (schema.isAtomic === true) return leaf
  const children = objectFields(schema, value as JsonObject, isEvery)
  return children.size === 0 ? leaf : node(isEvery, children)
}

function objectFields(
  schema: MergeSchema,
  object: JsonObject,
  isEvery: boolean,
): Map<string, FieldSet> {
  const children = new Map<string, FieldSet>()
  for (const name of Object.keys(object)) {
    const value = object[name] as JsonValue
    children.set(`f:${name}`, fieldsOf(fieldSchema(schema, name), value, isEvery))
  }
  return children
}

function listFields(schema: MergeSchema, list: readonly JsonValue[], isEvery: boolean): FieldSet {
  if (list.length === 0 || schema.list === undefined || schema.list === "atomic") return leaf
  const children = new Map<string, FieldSet>()
  for (const item of list) {
    if (schema.list === "set") children.set(valueElement(item), leaf)
    else {
      const element = keyElement(schema, item)
      if (element === undefined) return leaf
      const inner = itemSchema(schema)
      // The item itself is a member, whatever is in it.
      children.set(element, node(true, fieldsOf(inner, item, isEvery).children))
    }
  }
  return node(isEvery, children)
}

/** Reads `fieldsV1`. */
export function readFields(json: JsonObject): FieldSet {
  const children = new Map<string, FieldSet>()
  let isMember = false
  for (const [element, inner] of Object.entries(json)) {
    if (element === ".") isMember = true
    else if (isJsonObject(inner)) {
      children.set(element, Object.keys(inner).length === 0 ? leaf : readFields(inner))
    }
  }
  return node(isMember, children)
}

const memberFields: JsonObject = Object.freeze({})

/** Writes `fieldsV1`, elements sorted, frozen through and through. `write` writes the parts right below. */
export function writeFields(
  set: FieldSet,
  write: (part: FieldSet) => JsonObject = writeFields,
): JsonObject {
  if (set.children.size === 0) return memberFields
  const json: MutableRecord = {}
  if (set.isMember) put(json, ".", memberFields)
  for (const element of [...set.children.keys()].sort(compareText)) {
    put(json, element, write(set.children.get(element) ?? leaf))
  }
  return Object.freeze(json)
}

/** Every path of a set as people read it, sorted: `.spec.containers[name="c1"].args`. */
export function formatFields(set: FieldSet): string[] {
  const paths: string[] = []
  const visit = (current: FieldSet, path: string): void => {
    if (current.isMember) paths.push(path)
    for (const [element, child] of current.children) visit(child, path + formatElement(element))
  }
  visit(set, "")
  return paths.toSorted(compareText)
}

/** An element of a path as people read it: `.spec`, `[name="c1"]`. */
export function formatElement(element: string): string {
  const text = element.slice(2)
  if (element.startsWith("f:")) return `.${text}`
  if (element.startsWith("v:")) return `[=${text}]`
  if (!element.startsWith("k:")) return `[${text}]`
  const keys = JSON.parse(text) as JsonObject
  const parts = Object.entries(keys).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return `[${parts.join(",")}]`
}
