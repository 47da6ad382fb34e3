import { isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"

/** What lies at a path of an object of any kind. */
export function at(
  value: JsonValue | undefined,
  ...path: readonly string[]
): JsonValue | undefined {
  let found = value
  for (const key of path) {
    if (found === undefined || !isJsonObject(found) || !Object.hasOwn(found, key)) return undefined
    found = found[key]
  }
  return found
}

/** A text at a path; anything else is the fallback. */
export function textAt(
  value: JsonValue | undefined,
  path: readonly string[],
  fallback = "",
): string {
  const found = at(value, ...path)
  return typeof found === "string" && found !== "" ? found : fallback
}

/** A number at a path; 0 where there is none. */
export function countAt(value: JsonValue | undefined, ...path: readonly string[]): number {
  const found = at(value, ...path)
  return typeof found === "number" ? found : 0
}

/** The objects of a list at a path. */
export function listAt(
  value: JsonValue | undefined,
  ...path: readonly string[]
): readonly JsonObject[] {
  const found = at(value, ...path)
  return Array.isArray(found)
    ? found.filter((item: JsonValue): item is JsonObject => isJsonObject(item))
    : []
}

/** The texts of a list at a path. */
export function textsAt(
  value: JsonValue | undefined,
  ...path: readonly string[]
): readonly string[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found.filter((item: JsonValue) => typeof item === "string") : []
}
