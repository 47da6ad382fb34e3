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
  let isSame = before !== undefined && before.length === list.length
  const copy: JsonValue[] = []
  for (let index = 0; index < list.length; index++) {
    path.push(index)
    const item = adoptValue(list[index] ?? null, before?.[index], path)
    path.pop()
    copy.push(item)
    if (isSame && item !== before?.[index]) isSame = false
  }
  return isSame && before !== undefined ? before : Object.freeze(copy)
}

function adoptFields(value: object, known: unknown, path: (string | number)[]): JsonValue {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    return refuse(`a ${value.constructor?.name ?? "strange object"}`, path)
  }
  const isComparable = typeof known === "object" && known !== null && !Array.isArray(known)
  const before = isComparable ? (known as Fields) : undefined
  const fields = value as { readonly [key: string]: unknown }
  const copy: Fields = {}
  let isSame = before !== undefined
  let count = 0
  for (const key of Object.keys(fields)) {
    const field = fields[key]
    if (field === undefined) continue
    const former = before !== undefined && Object.hasOwn(before, key) ? before[key] : undefined
    path.push(key)
    const adopted = adoptValue(field, former, path)
    path.pop()
    if (adopted !== former) isSame = false
    count++
    if (key === "__proto__") {
      Object.defineProperty(copy, key, { value: adopted, enumerable: true, configurable: true })
    } else copy[key] = adopted
  }
  if (isSame && before !== undefined && Object.keys(before).length === count) return before
  return Object.freeze(copy)
}
