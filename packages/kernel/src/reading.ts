import { isJsonObject, type JsonObject, type JsonValue, own } from "./json.js"

/** Fields and list indexes from a value down. */
export type JsonSteps = readonly (string | number)[]

/** The value at a path of fields and list indexes; `undefined` where it leads nowhere. Only own fields are seen. */
export function valueAt(value: unknown, ...path: JsonSteps): JsonValue | undefined {
  let current = value as JsonValue | undefined
  for (const step of path) {
    if (typeof step === "number") current = Array.isArray(current) ? current.at(step) : undefined
    else current = isJsonObject(current) ? own(current, step) : undefined
  }
  return current
}

/** The text at a path (a number as text), or "". */
export function textAt(value: unknown, ...path: JsonSteps): string {
  const found = valueAt(value, ...path)
  return typeof found === "string" || typeof found === "number" ? String(found) : ""
}

/** The object at a path, or an empty one. */
export function objectAt(value: unknown, ...path: JsonSteps): JsonObject {
  const found = valueAt(value, ...path)
  return isJsonObject(found) ? found : {}
}

/** The list at a path, or an empty one. */
export function listAt(value: unknown, ...path: JsonSteps): readonly JsonValue[] {
  const found = valueAt(value, ...path)
  return Array.isArray(found) ? found : []
}
