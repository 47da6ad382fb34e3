import { isJsonObject, type JsonObject, type JsonValue, recordOf } from "@argo-ts/kernel"
import { fieldOf, keepsUnknown, type StructuralSchema } from "./schema.js"

const ownFields = new Set(["apiVersion", "kind", "metadata"])

/** A value without the fields that its schema does not know. */
export interface Pruned {
  readonly value: JsonValue
  /** Where something was dropped: `spec.containers[0].imge`. */
  readonly unknown: readonly string[]
}

/** Drops what the schema does not know. The root, and embedded objects, keep kind, version and metadata. */
export function prune(value: JsonObject, schema: StructuralSchema): Pruned {
  const unknown: string[] = []
  const pruned = pruneValue(value, { ...schema, isEmbedded: true }, { path: "", unknown })
  return { value: pruned, unknown }
}

interface Place {
  readonly path: string
  readonly unknown: string[]
}

function pruneValue(value: JsonValue, schema: StructuralSchema, place: Place): JsonValue {
  if (Array.isArray(value)) {
    const { items } = schema
    if (items === undefined) return value
    return (value as readonly JsonValue[]).map((item, index) =>
      pruneValue(item, items, { ...place, path: `${place.path}[${index}]` }),
    )
  }
  return isJsonObject(value) ? pruneFields(value, schema, place) : value
}

function pruneFields(value: JsonObject, schema: StructuralSchema, place: Place): JsonObject {
  const kept: (readonly [string, JsonValue])[] = []
  for (const [name, field] of Object.entries(value)) {
    const path = place.path === "" ? name : `${place.path}.${name}`
    const known = fieldOf(schema, name)
    if (schema.isEmbedded && ownFields.has(name)) kept.push([name, field])
    else if (known !== undefined) kept.push([name, pruneValue(field, known, { ...place, path })])
    else if (keepsUnknown(schema)) kept.push([name, field])
    else place.unknown.push(path)
  }
  return recordOf(kept)
}

/**
 * Puts defaults in: into objects that exist, never into absent ones. A `null` that the schema does not allow is replaced
 * by the default, or dropped where there is none.
 */
export function fillDefaults(value: JsonValue, schema: StructuralSchema): JsonValue {
  if (Array.isArray(value)) {
    const { items } = schema
    if (items === undefined) return value
    return (value as readonly JsonValue[]).map((item) => {
      const isReplaced = item === null && !items.isNullable && items.default !== undefined
      return fillDefaults(isReplaced ? (items.default as JsonValue) : item, items)
    })
  }
  if (!isJsonObject(value)) return value
  const filled: (readonly [string, JsonValue])[] = []
  for (const [name, field] of Object.entries(value)) {
    const known = fieldOf(schema, name)
    if (known === undefined) filled.push([name, field])
    else if (field !== null || known.isNullable) filled.push([name, fillDefaults(field, known)])
    else if (known.default !== undefined) filled.push([name, fillDefaults(known.default, known)])
    else if (!schema.properties.has(name)) filled.push([name, field])
  }
  for (const [name, known] of schema.properties) {
    if (Object.hasOwn(value, name) || known.default === undefined) continue
    filled.push([name, fillDefaults(known.default, known)])
  }
  return recordOf(filled)
}
