import type { JsonObject, JsonValue } from "../json.js"

/** A record being filled. */
export type MutableRecord = { [key: string]: JsonValue }

/** Sets an own field whatever its name is: `__proto__` is a field like any other. */
export function put(record: MutableRecord, key: string, value: JsonValue): void {
  if (key !== "__proto__") record[key] = value
  else {
    const descriptor = { value, enumerable: true, configurable: true, writable: true }
    Object.defineProperty(record, key, descriptor)
  }
}

/** The object without one field. */
export function withoutField(object: JsonObject, key: string): JsonObject {
  const copy: MutableRecord = { ...object }
  delete copy[key]
  return copy
}
