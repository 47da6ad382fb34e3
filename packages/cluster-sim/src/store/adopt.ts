import { ClusterError } from "@argo-ts/k8s"
import type { JsonValue, UntypedObject } from "@argo-ts/kernel"
import { formatPath } from "@argo-ts/kernel"
import type { StoredObject } from "./stored-object.js"

const depthMax = 500

/** Fields that are being put together. */
export type Fields = { [key: string]: JsonValue }

/**
 * A frozen copy of JSON that shares every part with `known` that says the same, down to `known` itself: a caller's
 * later mutation never reaches the store, and comparing two versions is comparing references. Absent fields are
 * dropped; what is no JSON is refused with its place.
 */
export function adopt(value: unknown, known: unknown): JsonValue {
  return adopting(value, () => adoptValue(value, known, 0))
}

function adopting<T>(value: unknown, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error !== notJson) throw error
    return refuse(value)
  }
}

/** {@link adopt} of a whole object. */
export function adoptObject(object: UntypedObject, known: StoredObject | undefined): StoredObject {
  return adopt(object, known) as unknown as StoredObject
}

/**
 * {@link adopt} of an object that is about to be stored. Where it is not what is known it is left open, as is its
 * metadata: its version, and what else follows from the write, come in place.
 */
export function adoptDraft(object: UntypedObject, known: StoredObject | undefined): StoredObject {
  return adopting(object, () =>
    object === known ? known : adoptFields(object, known, 0, "object"),
  ) as unknown as StoredObject
}

/** Thrown at what is no JSON. Where that was is looked for then: nobody notes it at every step. */
const notJson = new Error("not JSON")

function adoptValue(value: unknown, known: unknown, depth: number): JsonValue {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value
    case "number":
      if (Number.isFinite(value)) return value
      throw notJson
    case "object":
      if (value === null || value === known) return value as JsonValue
      if (depth > depthMax) throw notJson
      return Array.isArray(value)
        ? adoptList(value, known, depth)
        : adoptFields(value, known, depth, "frozen")
    default:
      throw notJson
  }
}

function refuse(value: unknown): never {
  const path: (string | number)[] = []
  const found = findRefused(value, path)
  const place = path.length > 20 ? [...path.slice(0, 20), "…"] : path
  throw new ClusterError("BadRequest", `${formatPath(place)}: expected JSON, found ${found}`)
}

/** The first part that is no JSON, in words; `path` is left at its place. */
function findRefused(value: unknown, path: (string | number)[]): string | undefined {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return undefined
  if (typeof value === "number" && Number.isFinite(value)) return undefined
  if (typeof value !== "object") return String(value)
  if (path.length > depthMax) return "more than 500 levels"
  const isList = Array.isArray(value)
  if (!isList && !isPlain(value)) return `a ${value.constructor?.name ?? "strange object"}`
  const parts: Iterable<readonly [string | number, unknown]> = isList
    ? value.entries()
    : Object.entries(value)
  for (const [key, inner] of parts) {
    if (inner === undefined) continue
    path.push(key)
    const found = findRefused(inner, path)
    if (found !== undefined) return found
    path.pop()
  }
  return undefined
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function adoptList(list: readonly unknown[], known: unknown, depth: number): JsonValue {
  const before = Array.isArray(known) ? (known as readonly JsonValue[]) : undefined
  let copy: JsonValue[] | undefined = before === undefined ? [] : undefined
  for (let index = 0; index < list.length; index++) {
    const item = adoptValue(list[index] ?? null, before?.[index], depth + 1)
    if (copy === undefined && (index >= (before?.length ?? 0) || item !== before?.[index])) {
      copy = before?.slice(0, index) ?? []
    }
    copy?.push(item)
  }
  if (copy !== undefined) return Object.freeze(copy)
  if (before !== undefined && before.length === list.length) return before
  return Object.freeze((before ?? []).slice(0, list.length))
}

/** Sets a field, whatever it is called. */
export function putField(copy: Fields, key: string, value: JsonValue): void {
  if (key !== "__proto__") copy[key] = value
  else Object.defineProperty(copy, key, { value, enumerable: true, configurable: true })
}

/** The first fields, up to that of `end`: `before` has them too, and they say the same. */
function copyStart(before: Fields, fields: Fields, end: string | undefined): Fields {
  const copy: Fields = {}
  for (const key of Object.keys(fields)) {
    if (key === end) break
    if (fields[key] !== undefined) putField(copy, key, before[key] as JsonValue)
  }
  return copy
}

/** How a copy is left: frozen, or open; of an object that is to be stored, its metadata too. */
type Finish = "frozen" | "open" | "object"

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function adoptFields(value: object, known: unknown, depth: number, finish: Finish): JsonValue {
  if (!isPlain(value)) throw notJson
  const fields = value as Fields
  const before = isRecord(known) ? (known as Fields) : undefined
  // A copy comes with the first difference: what says the same is not built to be thrown away.
  let copy: Fields | undefined = before === undefined ? {} : undefined
  let count = 0
  for (const key of Object.keys(fields)) {
    const field: unknown = fields[key]
    if (field === undefined) continue
    const former = before !== undefined && Object.hasOwn(before, key) ? before[key] : undefined
    const isOpen = finish === "object" && key === "metadata" && field !== former && isRecord(field)
    const adopted = isOpen
      ? adoptFields(field, former, depth + 1, "open")
      : adoptValue(field, former, depth + 1)
    count++
    if (before !== undefined && copy === undefined && adopted !== former) {
      copy = copyStart(before, fields, key)
    }
    if (copy !== undefined) putField(copy, key, adopted)
  }
  if (copy === undefined && before !== undefined) {
    if (Object.keys(before).length === count) return before
    copy = copyStart(before, fields, undefined)
  }
  return finish === "frozen" ? Object.freeze(copy ?? {}) : (copy ?? {})
}
