import { equalJson, isJsonObject, type JsonObject, type JsonValue } from "../json.js"
import { type MutableRecord, put } from "./record.js"

/**
 * Applies a JSON merge patch (RFC 7386): objects merge, `null` deletes, everything else replaces. The target is not
 * changed.
 */
export function applyMergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch
  const merged: MutableRecord = isJsonObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else
      put(merged, key, applyMergePatch(Object.hasOwn(merged, key) ? merged[key] : undefined, value))
  }
  return merged
}

/** The merge patch that leads from one object to another; `{}` where they say the same. */
export function createMergePatch(from: JsonObject, to: JsonObject): JsonObject {
  const patch: MutableRecord = {}
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) put(patch, key, null)
  for (const [key, value] of Object.entries(to)) {
    const before = Object.hasOwn(from, key) ? from[key] : undefined
    if (equalJson(before, value)) continue
    const isNested = before !== undefined && isJsonObject(before) && isJsonObject(value)
    put(patch, key, isNested ? createMergePatch(before, value) : value)
  }
  return patch
}
