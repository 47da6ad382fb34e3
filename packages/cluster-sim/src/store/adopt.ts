import { ClusterError } from "@argo-ts/k8s"
import type { JsonValue, UntypedObject } from "@argo-ts/kernel"
import { formatPath } from "@argo-ts/kernel"
import type { StoredObject } from "./stored-object.js"

const depthMax = 500

type Fields = { [key: string]: JsonValue }

/**
 * A frozen copy of JSON that shares every part with `known` that says the same, down to `known` itself: a caller's
 * later mutation never reaches the store, and comparing two versions is comparing references. Absent fields are
 * dropped; what is no JSON is refused with its place.
 */
export function adopt(value: unknown, known: unknown): JsonValue {
  return adoptValue(value, known, [])
}

/** {@link adopt} of a whole object. */
export function adoptObject(object: UntypedObject, known: StoredObject | undefined): StoredObject {
  return adoptValue(object, known, []) as unknown as StoredObject
}

function adoptValue(value: unknown, known: unknown, path: (string | number)[]): JsonValue {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value
    case "number":
      if (Number.isFinite(value)) return value
      return refuse(value, path)
    case "object":
      if (value === null || value === known) return value as JsonValue
      if (path.length > depthMax) return refuse("more than 500 levels", path)
      return Array.isArray(value) ? adoptList(value, known, path) : adoptFields(value, known, path)
    default:
      return refuse(value, path)
  }
}

function refuse(found: unknown, path: readonly (string | number)[]): never {
  const place = path.length > 20 ? [...path.slice(0, 20), "…"] : path
  const text = typeof found === "string" ? found : String(found)
  throw new ClusterError("BadRequest", `${formatPath(place)}: expected JSON, found ${text}`)
}

function adoptList(list: readonly unknown[], known: unknown, path: (string | number)[]): JsonValue {
  const before = Array.isArray(known) ? (known as readonly JsonValue[]) : undefined
  let copy: JsonValue[] | undefined = before === undefined ? [] : undefined
  for (let index = 0; index < list.length; index++) {
    path.push(index)
    const item = adoptValue(list[index] ?? null, before?.[index], path)
    path.pop()
    if (copy === undefined && (index >= (before?.length ?? 0) || item !== before?.[index])) {
      copy = before?.slice(0, index) ?? []
    }
    copy?.push(item)
  }
  if (copy !== undefined) return Object.freeze(copy)
  if (before !== undefined && before.length === list.length) return before
  return Object.freeze((before ?? []).slice(0, list.length))
}

function put(copy: Fields, key: string, value: JsonValue): void {
  if (key !== "__proto__") copy[key] = value
  else Object.defineProperty(copy, key, { value, enumerable: true, configurable: true })
}

/** The first fields, up to that of `end`: `before` has them too, and they say the same. */
function copyStart(before: Fields, fields: Fields, end: string | undefined): Fields {
  const copy: Fields = {}
  for (const key of Object.keys(fields)) {
    if (key === end) break
    if (fields[key] !== undefined) put(copy, key, before[key] as JsonValue)
  }
  return copy
}

function fieldsOf(value: object, path: readonly (string | number)[]): Fields {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return value as Fields
  return refuse(`a ${value.constructor?.name ?? "strange object"}`, path)
}

function adoptFields(value: object, known: unknown, path: (string | number)[]): JsonValue {
  const fields = fieldsOf(value, path)
  const isComparable = typeof known === "object" && known !== null && !Array.isArray(known)
  const before = isComparable ? (known as Fields) : undefined
  // A copy comes with the first difference: what says the same is not built to be thrown away.
  let copy: Fields | undefined = before === undefined ? {} : undefined
  let count = 0
  for (const key of Object.keys(fields)) {
    const field: unknown = fields[key]
    if (field === undefined) continue
    const former = before !== undefined && Object.hasOwn(before, key) ? before[key] : undefined
    path.push(key)
    const adopted = adoptValue(field, former, path)
    path.pop()
    count++
    if (before !== undefined && copy === undefined && adopted !== former) {
      copy = copyStart(before, fields, key)
    }
    if (copy !== undefined) put(copy, key, adopted)
  }
  if (copy !== undefined || before === undefined) return Object.freeze(copy ?? {})
  if (Object.keys(before).length === count) return before
  return Object.freeze(copyStart(before, fields, undefined))
}
