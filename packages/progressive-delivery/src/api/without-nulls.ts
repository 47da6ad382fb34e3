import { isJsonObject, type JsonValue } from "@argo-ts/kernel"

/**
 * The value without fields that are null, as a Go decoder reads it. Answers the very same object where there are
 * none. Nesting is bounded by validation, which comes first.
 */
export function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    const list = value as readonly JsonValue[]
    const items = list.map(withoutNulls)
    return items.every((item, index) => item === list[index]) ? value : items
  }
  if (!isJsonObject(value)) return value
  let hasChanged = false
  const kept: [string, JsonValue][] = []
  for (const [key, inner] of Object.entries(value)) {
    if (inner === null) {
      hasChanged = true
      continue
    }
    const next = withoutNulls(inner)
    if (next !== inner) hasChanged = true
    kept.push([key, next])
  }
  if (!hasChanged) return value
  const copy = Object.create(null) as { [key: string]: JsonValue }
  for (const [key, inner] of kept) copy[key] = inner
  return copy
}
