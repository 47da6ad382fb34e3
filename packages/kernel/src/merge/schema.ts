import type { JsonValue } from "../json.js"

/**
 * How a value merges, as far as it differs from the default: objects merge field by field, lists are replaced
 * whole. Sparse: a field nobody names follows the default.
 */
export interface MergeSchema {
  /** Of an object: its fields that need saying something about. */
  readonly fields?: { readonly [name: string]: MergeSchema }
  /** Of a list: its items. Of a map with user-chosen keys: its values. */
  readonly items?: MergeSchema
  /** Of a list, for server-side apply: owned whole, a set of values, or items told apart by `keys`. Default atomic. */
  readonly list?: "atomic" | "set" | "map"
  /** Of a `map` list: the fields that tell items apart, in the order of the key's text. */
  readonly keys?: readonly string[]
  /** Of a `map` list: what an absent key field counts as. */
  readonly keyDefaults?: { readonly [name: string]: JsonValue }
  /** Of a list, for strategic merge: the field that tells items apart. Default: the list is replaced. */
  readonly mergeKey?: string
  /** Of a list of texts or numbers, for strategic merge: values are united. Default false. */
  readonly mergesValues?: boolean
  /** Of an object, for strategic merge: replaced whole. Default false. */
  readonly isReplaced?: boolean
  /** Of an object, for server-side apply: owned and replaced whole. Default false. */
  readonly isAtomic?: boolean
}

const nothing: MergeSchema = {}

/** The schema of a field of an object: named, or that of a map's values. */
export function fieldSchema(schema: MergeSchema, name: string): MergeSchema {
  const { fields, items } = schema
  if (fields !== undefined && Object.hasOwn(fields, name)) return fields[name] ?? nothing
  return items ?? nothing
}

/** The schema of a list's items. */
export function itemSchema(schema: MergeSchema): MergeSchema {
  return schema.items ?? nothing
}
