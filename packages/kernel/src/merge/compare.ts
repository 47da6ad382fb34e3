import { equalJson, isJsonObject, type JsonObject, type JsonValue } from "../json.js"
import {
  everyField,
  type FieldSet,
  isEmptySet,
  keyElement,
  noFields,
  uniteFields,
  valueElement,
} from "./field-set.js"
import { fieldSchema, itemSchema, type MergeSchema } from "./schema.js"

/** Which leaves differ between two versions of a document. */
export interface FieldChanges {
  readonly added: FieldSet
  readonly modified: FieldSet
  readonly removed: FieldSet
}

const nothing: FieldChanges = { added: noFields, modified: noFields, removed: noFields }
const changed: FieldChanges = {
  ...nothing,
  modified: { isMember: true, children: new Map() },
}

/** Compares two documents leaf by leaf; atomic objects and lists compare whole. */
export function compareFields(
  schema: MergeSchema,
  before: JsonValue | undefined,
  after: JsonValue | undefined,
): FieldChanges {
  if (before === after) return nothing
  if (before === undefined) {
    return after === undefined ? nothing : { ...nothing, added: everyField(schema, after) }
  }
  if (after === undefined) return { ...nothing, removed: everyField(schema, before) }
  if (isJsonObject(before) && isJsonObject(after) && schema.isAtomic !== true) {
    return compareChildren(schema, before, after, compareFields)
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const left = listChildren(schema, before)
    const right = listChildren(schema, after)
    if (left !== undefined && right !== undefined)
      return compareItems(itemSchema(schema), left, right)
  }
  return equalJson(before, after) ? nothing : changed
}

type Children = ReadonlyMap<string, JsonValue>

/** Collects the changes of the children of an object or list. */
function createCollector() {
  let added: Map<string, FieldSet> | undefined
  let modified: Map<string, FieldSet> | undefined
  let removed: Map<string, FieldSet> | undefined
  return {
    note(element: string, changes: FieldChanges): void {
      if (!isEmptySet(changes.added)) {
        added ??= new Map()
        added.set(element, changes.added)
      }
      if (!isEmptySet(changes.modified)) {
        modified ??= new Map()
        modified.set(element, changes.modified)
      }
      if (!isEmptySet(changes.removed)) {
        removed ??= new Map()
        removed.set(element, changes.removed)
      }
    },
    changes: (): FieldChanges => ({
      added: setOf(added),
      modified: setOf(modified),
      removed: setOf(removed),
    }),
  }
}

/** Compares the fields of two objects, each as `compare` does. */
export function compareChildren(
  schema: MergeSchema,
  before: JsonObject,
  after: JsonObject,
  compare: typeof compareFields,
): FieldChanges {
  const collector = createCollector()
  for (const name of Object.keys(after)) {
    const left = Object.hasOwn(before, name) ? before[name] : undefined
    const right = after[name]
    if (left === right) continue
    collector.note(`f:${name}`, compare(fieldSchema(schema, name), left, right))
  }
  for (const name of Object.keys(before)) {
    if (Object.hasOwn(after, name)) continue
    collector.note(`f:${name}`, compare(fieldSchema(schema, name), before[name], undefined))
  }
  return collector.changes()
}

/** The items of a set or keyed list by path element; `undefined` where the list is compared whole. */
function listChildren(schema: MergeSchema, list: readonly JsonValue[]): Children | undefined {
  if (schema.list !== "set" && schema.list !== "map") return undefined
  const children = new Map<string, JsonValue>()
  for (const value of list) {
    const element = schema.list === "set" ? valueElement(value) : keyElement(schema, value)
    if (element === undefined) return undefined
    if (!children.has(element)) children.set(element, value)
  }
  return children
}

function compareItems(schema: MergeSchema, before: Children, after: Children): FieldChanges {
  const collector = createCollector()
  for (const [element, right] of after) {
    collector.note(element, compareFields(schema, before.get(element), right))
  }
  for (const [element, left] of before) {
    if (!after.has(element)) collector.note(element, compareFields(schema, left, undefined))
  }
  return collector.changes()
}

function setOf(children: ReadonlyMap<string, FieldSet> | undefined): FieldSet {
  return children === undefined ? noFields : { isMember: false, children }
}

/** Added or modified leaves. */
export function writtenFields(changes: FieldChanges): FieldSet {
  return uniteFields(changes.added, changes.modified)
}
