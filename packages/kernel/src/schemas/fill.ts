import { isJsonObject, type JsonObject, type JsonValue } from "../json.js"
import { type MutableRecord, put } from "../merge/record.js"

/** Fills in an object; the same object where nothing is missing. */
export type Default = (object: JsonObject) => JsonObject

/** Fields that an object gets where it has none. */
export function withDefaults(object: JsonObject, defaults: JsonObject): JsonObject {
  let filled: MutableRecord | undefined
  for (const key of Object.keys(defaults)) {
    const value = Object.hasOwn(object, key) ? object[key] : undefined
    if (value !== undefined && (value !== null || defaults[key] === null)) continue
    filled ??= { ...object }
    put(filled, key, defaults[key] as JsonValue)
  }
  return filled ?? object
}

/** Replaces a nested object by what `change` makes of it (absent: of `{}` where `make` is set). */
export function withNested(
  object: JsonObject,
  key: string,
  change: Default,
  make = false,
): JsonObject {
  const value = Object.hasOwn(object, key) ? object[key] : make ? {} : undefined
  if (value === undefined || !isJsonObject(value)) return object
  const changed = change(value)
  return changed === value && Object.hasOwn(object, key) ? object : { ...object, [key]: changed }
}

/** Replaces each object of a list by what `change` makes of it. */
export function withItems(object: JsonObject, key: string, change: Default): JsonObject {
  const list: JsonValue | undefined = Object.hasOwn(object, key) ? object[key] : undefined
  if (!Array.isArray(list)) return object
  const items = list as readonly JsonValue[]
  const changed = items.map((item) => (isJsonObject(item) ? change(item) : item))
  return changed.every((item, index) => item === items[index])
    ? object
    : { ...object, [key]: changed }
}

/** Fills in the nested object of that name, where there is one. */
export function nestedDefaults(key: string, defaults: JsonObject): Default {
  const fill: Default = (object) => withDefaults(object, defaults)
  return (object) => withNested(object, key, fill)
}
