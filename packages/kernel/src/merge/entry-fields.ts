import { isJsonObject, type JsonObject, type JsonValue } from "../json.js"
import { compareText } from "../ordering.js"
import { type FieldSet, writeFields } from "./field-set.js"
import { type MutableRecord, put } from "./record.js"

/*
 * `fieldsV1` worked on as it is written, along the paths of a change: an entry that a write does not touch stays the
 * same object, however large it is.
 */

const member: JsonObject = Object.freeze({})

function isMember(fields: JsonObject): boolean {
  for (const element in fields) if (element !== ".") return Object.hasOwn(fields, ".")
  return true
}

function childOf(fields: JsonObject, element: string): JsonObject | undefined {
  const child = Object.hasOwn(fields, element) ? fields[element] : undefined
  return child !== undefined && isJsonObject(child) ? child : undefined
}

/** The fields, elements sorted, as `writeFields` leaves them. */
function sealed(isOwn: boolean, children: ReadonlyMap<string, JsonValue>): JsonObject {
  if (children.size === 0) return member
  const fields: MutableRecord = {}
  if (isOwn) put(fields, ".", member)
  for (const element of [...children.keys()].sort(compareText)) {
    put(fields, element, children.get(element) as JsonValue)
  }
  return Object.freeze(fields)
}

function childrenOf(fields: JsonObject): Map<string, JsonValue> {
  const children = new Map<string, JsonValue>()
  for (const element of Object.keys(fields)) {
    if (element !== ".") children.set(element, fields[element] as JsonValue)
  }
  return children
}

/** `fieldsV1` without the paths of a set: itself where it has none of them, absent where nothing is left. */
export function withoutFields(fields: JsonObject, gone: FieldSet): JsonObject | undefined {
  const rest = subtract(fields, gone)
  return rest === undefined || Object.keys(rest).length === 0 ? undefined : rest
}

function subtract(fields: JsonObject, gone: FieldSet): JsonObject | undefined {
  const wasMember = isMember(fields)
  const isOwn = wasMember && !gone.isMember
  let children: Map<string, JsonValue> | undefined
  for (const [element, inner] of gone.children) {
    const child = childOf(fields, element)
    if (child === undefined) continue
    const rest = subtract(child, inner)
    if (rest === child) continue
    children ??= childrenOf(fields)
    if (rest === undefined) children.delete(element)
    else children.set(element, rest)
  }
  if (children === undefined && isOwn === wasMember) return fields
  children ??= childrenOf(fields)
  return children.size === 0 && !isOwn ? undefined : sealed(isOwn, children)
}

/** `fieldsV1` with the paths of a set added: itself where it has them all. */
export function withFields(fields: JsonObject | undefined, set: FieldSet): JsonObject {
  if (fields === undefined || Object.keys(fields).length === 0) return writeFields(set)
  return unite(fields, set, false)
}

function unite(fields: JsonObject, set: FieldSet, wasMember: boolean): JsonObject {
  const isOwn = wasMember || set.isMember
  let children: Map<string, JsonValue> | undefined
  for (const [element, inner] of set.children) {
    const child = childOf(fields, element)
    const next = child === undefined ? writeFields(inner) : unite(child, inner, isMember(child))
    if (next === child) continue
    children ??= childrenOf(fields)
    children.set(element, next)
  }
  return children === undefined && isOwn === wasMember
    ? fields
    : sealed(isOwn, children ?? childrenOf(fields))
}
