import { compareText } from "./ordering.js"

/** Anything that survives `JSON.parse(JSON.stringify(x))`. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

/** A JSON object: pass-through parts of manifests (pod templates, raw trigger payloads). */
export type JsonObject = { readonly [key: string]: JsonValue }

/**
 * True where two JSON values say the same; the order of keys does not matter. Our own because the npm ones compare
 * `constructor`, which tells a null-prototype record from a literal and trusts a key that users may choose.
 */
export function equalJson(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) {
    return left !== left && right !== right
  }
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false
    return left.every((item, index) => equalJson(item, right[index]))
  }
  const keys = Object.keys(left)
  if (keys.length !== Object.keys(right).length) return false
  return keys.every(
    (key) =>
      Object.hasOwn(right, key) &&
      equalJson((left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key]),
  )
}

/** True for a JSON object: not null, not a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** JSON text with sorted keys: equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (!isJsonObject(inner)) return inner
    const sorted = Object.create(null) as Record<string, unknown>
    for (const key of Object.keys(inner).toSorted(compareText)) sorted[key] = inner[key]
    return sorted
  })
}

/**
 * The own value under a key that a user chose. Reads never reach a prototype: `own(x, "constructor")` is data or
 * `undefined`.
 */
export function own<Value>(
  record: { readonly [key: string]: Value } | undefined,
  key: string,
): Value | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined
}

/** A null-prototype record of entries whose keys users chose; `__proto__` is just a key. */
export function recordOf<Value>(entries: Iterable<readonly [string, Value]>): {
  [key: string]: Value
} {
  const record = Object.create(null) as { [key: string]: Value }
  for (const [key, value] of entries) record[key] = value
  return record
}
