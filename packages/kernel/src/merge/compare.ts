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
    return compareChildren(objectChildren(schema, before), objectChildren(schema, after))
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const left = listChildren(schema, before)
    const right = listChildren(schema, after)
    if (left !== undefined && right !== undefined) return compareChildren(left, right)
  }
  return equalJson(before, after) ? nothing : changed
}

interface Child {
  readonly schema: MergeSchema
  readonly value: JsonValue
}

type Children = ReadonlyMap<string, Child>

function objectChildren(schema: MergeSchema, object: JsonObject): Children {
  return new Map(
    Object.entries(object).map(([name, value]) => [
      `f:${name}`,
      { schema: fieldSchema(schema, name), value },
    ]),
  )
}

/** The items of a set or keyed list by path element; `undefined` where the list is compared whole. */
function listChildren(schema: MergeSchema, list: readonly JsonValue[]): Children | undefined {
  if (schema.list !== "set" && schema.list !== "map") return undefined
  const children = new Map<string, Child>()
  for (const value of list) {
    const element = schema.list === "set" ? valueElement(value) : keyElement(schema, value)
    if (element === undefined) return undefined
    if (!children.has(element)) children.set(element, { schema: itemSchema(schema), value })
  }
  return children
}

function compareChildren(before: Children, after: Children): FieldChanges {
  const added = new Map<string, FieldSet>()
  const modified = new Map<string, FieldSet>()
  const removed = new Map<string, FieldSet>()
  const note = (element: string, left: Child | undefined, right: Child | undefined): void => {
    const { schema } = (left ?? right) as Child
    const changes = compareFields(schema, left?.value, right?.value)
    if (!isEmptySet(changes.added)) added.set(element, changes.added)
    if (!isEmptySet(changes.modified)) modified.set(element, changes.modified)
    if (!isEmptySet(changes.removed)) removed.set(element, changes.removed)
  }
  for (const [element, right] of after) note(element, before.get(element), right)
  for (const [element, left] of before) if (!after.has(element)) note(element, left, undefined)
  return { added: setOf(added), modified: setOf(modified), removed: setOf(removed) }
}

function setOf(children: ReadonlyMap<string, FieldSet>): FieldSet {
  return children.size === 0 ? noFields : { isMember: false, children }
}

/** Added or modified leaves. */
export function writtenFields(changes: FieldChanges): FieldSet {
  return uniteFields(changes.added, changes.modified)
}
