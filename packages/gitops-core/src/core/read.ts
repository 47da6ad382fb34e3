import { isJsonObject, type JsonObject, valueAt } from "@argo-ts/kernel"

export { valueAt as at }

/** The text there, if it is one. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = valueAt(value, ...path)
  return typeof found === "string" ? found : undefined
}

/** The number there, if it is one. */
export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = valueAt(value, ...path)
  return typeof found === "number" ? found : undefined
}

/** The objects of the list there; nothing where there is no list. */
export function objectsAt(value: unknown, ...path: readonly string[]): readonly JsonObject[] {
  const found = valueAt(value, ...path)
  return Array.isArray(found) ? found.filter(isJsonObject) : []
}

/** The condition of that type in `status.conditions`. */
export function conditionOf(object: unknown, type: string): JsonObject | undefined {
  return objectsAt(object, "status", "conditions").find((one) => textAt(one, "type") === type)
}
