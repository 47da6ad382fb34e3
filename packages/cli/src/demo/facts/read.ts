import { isJsonObject, type JsonObject, type JsonValue, own } from "@argo-ts/kernel"

/** The value at a path of fields and list indexes; `undefined` where it leads nowhere. */
export function at(value: unknown, ...path: readonly (string | number)[]): JsonValue | undefined {
  let current = value as JsonValue | undefined
  for (const step of path) {
    if (typeof step === "number") current = Array.isArray(current) ? current.at(step) : undefined
    else current = isJsonObject(current) ? own(current, step) : undefined
  }
  return current
}

/** The text at a path, or "". */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path)
  return typeof found === "string" || typeof found === "number" ? String(found) : ""
}

/** The object at a path, or an empty one. */
export function objectAt(value: unknown, ...path: readonly (string | number)[]): JsonObject {
  const found = at(value, ...path)
  return isJsonObject(found) ? found : {}
}

/** The list at a path, or an empty one. */
export function listAt(
  value: unknown,
  ...path: readonly (string | number)[]
): readonly JsonValue[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}
