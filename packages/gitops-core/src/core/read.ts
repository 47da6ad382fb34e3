import { isJsonObject, type JsonObject, type JsonValue, own } from "@argo-ts/kernel"

/** The value under a chain of field names, or `undefined` where the chain breaks. */
export function at(value: unknown, ...path: readonly string[]): JsonValue | undefined {
  let found = value as JsonValue | undefined
  for (const field of path) {
    if (!isJsonObject(found)) return undefined
    found = own(found, field)
  }
  return found
}

/** The text there, if it is one. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path)
  return typeof found === "string" ? found : undefined
}

/** The number there, if it is one. */
export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path)
  return typeof found === "number" ? found : undefined
}

/** The objects of the list there; nothing where there is no list. */
export function objectsAt(value: unknown, ...path: readonly string[]): readonly JsonObject[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found.filter(isJsonObject) : []
}

/** The condition of that type in `status.conditions`. */
export function conditionOf(object: unknown, type: string): JsonObject | undefined {
  return objectsAt(object, "status", "conditions").find((one) => textAt(one, "type") === type)
}
