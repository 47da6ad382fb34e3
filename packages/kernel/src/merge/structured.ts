import type { Issue } from "../issue.js"
import { isJsonObject, type JsonObject, type JsonValue, own } from "../json.js"
import { type FieldSet, formatElement, keyElement, noFields, valueElement } from "./field-set.js"
import { applyOrder } from "./ordering.js"
import { type MutableRecord, put } from "./record.js"
import { fieldSchema, itemSchema, type MergeSchema } from "./schema.js"

function elementOf(schema: MergeSchema, item: JsonValue): string {
  return (schema.list === "set" ? valueElement(item) : keyElement(schema, item)) ?? ""
}

function isMergedList(schema: MergeSchema): boolean {
  return schema.list === "set" || schema.list === "map"
}

/** The live document with every leaf of `config`: keyed lists and sets merge, atomic values are replaced. */
export function mergeStructured(
  schema: MergeSchema,
  live: JsonValue | undefined,
  config: JsonValue,
): JsonValue {
  if (isJsonObject(config)) {
    if (schema.isAtomic === true || live === undefined || !isJsonObject(live)) return config
    const merged: MutableRecord = { ...live }
    for (const [name, value] of Object.entries(config)) {
      const before = Object.hasOwn(live, name) ? live[name] : undefined
      put(merged, name, mergeStructured(fieldSchema(schema, name), before, value))
    }
    return merged
  }
  if (!Array.isArray(config) || !Array.isArray(live) || !isMergedList(schema)) return config
  return mergeList(schema, live, config)
}

function mergeList(
  schema: MergeSchema,
  live: readonly JsonValue[],
  config: readonly JsonValue[],
): JsonValue {
  const items = new Map<string, JsonValue>()
  for (const item of live) {
    const element = elementOf(schema, item)
    if (!items.has(element)) items.set(element, item)
  }
  const known = [...items.keys()]
  const wanted = config.map((item) => elementOf(schema, item))
  for (const item of config) {
    const element = elementOf(schema, item)
    items.set(element, mergeStructured(itemSchema(schema), items.get(element), item))
  }
  return applyOrder(known, wanted).map((element) => items.get(element) as JsonValue)
}

/**
 * Deletes what a manager no longer wants and nobody else owns. Objects and lists that become empty by it go too, unless
 * somebody owns them as they are.
 * `undefined` where nothing is left.
 */
export function pruneFields(
  schema: MergeSchema,
  value: JsonValue,
  sets: { readonly dropped: FieldSet; readonly owned: FieldSet },
): JsonValue | undefined {
  const { dropped, owned } = sets
  const isOwned = owned.isMember || owned.children.size > 0
  if (dropped.isMember && !isOwned) return undefined
  if (dropped.children.size === 0) return value
  const inner = (element: string): { dropped: FieldSet; owned: FieldSet } => ({
    dropped: dropped.children.get(element) ?? noFields,
    owned: owned.children.get(element) ?? noFields,
  })
  if (isJsonObject(value)) {
    const kept: MutableRecord = {}
    for (const [name, field] of Object.entries(value)) {
      const rest = pruneFields(fieldSchema(schema, name), field, inner(`f:${name}`))
      if (rest !== undefined) put(kept, name, rest)
    }
    const isEmptied = Object.keys(kept).length === 0 && Object.keys(value).length > 0
    return isEmptied && !owned.isMember ? undefined : kept
  }
  if (!Array.isArray(value) || !isMergedList(schema)) return value
  const list = value as readonly JsonValue[]
  const kept = list.flatMap((item) => {
    const rest = pruneFields(itemSchema(schema), item, inner(elementOf(schema, item)))
    return rest === undefined ? [] : [rest]
  })
  return kept.length === 0 && list.length > 0 && !owned.isMember ? undefined : kept
}

/** Where a value is: as a path, and as the server prints it, `.spec.containers[name="a"]`. */
interface Place {
  readonly path: readonly (string | number)[]
  readonly text: string
}

const root: Place = { path: [], text: "" }

/** Why an item has no place in its list. */
function unplaced(schema: MergeSchema, item: JsonValue): string {
  const name = (schema.keys ?? []).find(
    (key) => !isJsonObject(item) || (own(item, key) ?? schema.keyDefaults?.[key] ?? null) === null,
  )
  return `associative list with keys has an element that omits key field ${JSON.stringify(name)} (and doesn't have default value)`
}

/** What makes a document unfit for an apply: items of keyed lists without their keys, or twice the same. */
export function applyIssues(schema: MergeSchema, value: JsonValue, place: Place = root): Issue[] {
  const { path, text } = place
  if (isJsonObject(value)) {
    return Object.entries(value).flatMap(([name, field]) =>
      applyIssues(fieldSchema(schema, name), field, {
        path: [...path, name],
        text: `${text}.${name}`,
      }),
    )
  }
  if (!Array.isArray(value) || !isMergedList(schema)) return []
  const seen = new Set<string>()
  return (value as readonly JsonValue[]).flatMap((item, index) => {
    const at = [...path, index]
    const element = elementOf(schema, item)
    if (element === "") {
      const message = `${text}: element ${index}: ${unplaced(schema, item)}`
      return [{ code: "InvalidValue", path: at, message }]
    }
    if (seen.has(element)) {
      const message = `${text}: duplicate entries for key ${formatElement(element)}`
      return [{ code: "InvalidValue", path: at, message }]
    }
    seen.add(element)
    return applyIssues(itemSchema(schema), item, { path: at, text: text + formatElement(element) })
  })
}

/** The object without fields that are null: an apply has no opinion on them. */
export function withoutNulls(value: JsonObject): JsonObject {
  const kept: MutableRecord = {}
  for (const [name, field] of Object.entries(value)) {
    if (field !== null) put(kept, name, isJsonObject(field) ? withoutNulls(field) : field)
  }
  return kept
}
