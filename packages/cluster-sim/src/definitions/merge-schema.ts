import type { JsonValue } from "@argo-ts/kernel"
import type { MergeSchema } from "@argo-ts/kernel/merge"
import type { StructuralSchema } from "./schema.js"

function keyDefaults(schema: StructuralSchema): { readonly [name: string]: JsonValue } {
  const entries = schema.listKeys.flatMap((key) => {
    const value = schema.items?.properties.get(key)?.default
    return value === undefined ? [] : [[key, value] as const]
  })
  return Object.fromEntries(entries)
}

function listSchema(schema: StructuralSchema): MergeSchema {
  const { list, listKeys, items } = schema
  const inner = items === undefined ? {} : { items: toMergeSchema(items) }
  if (list !== "map") return { list, ...inner }
  return { list, keys: listKeys, keyDefaults: keyDefaults(schema), ...inner }
}

/** How values of a structural schema merge under server-side apply. */
export function toMergeSchema(schema: StructuralSchema): MergeSchema {
  if (schema.isAtomicMap) return { isAtomic: true }
  if (schema.items !== undefined || schema.type === "array") return listSchema(schema)
  const fields = [...schema.properties].map(([name, each]) => [name, toMergeSchema(each)] as const)
  return {
    ...(fields.length > 0 && { fields: Object.fromEntries(fields) }),
    ...(typeof schema.additional !== "boolean" && { items: toMergeSchema(schema.additional) }),
  }
}
