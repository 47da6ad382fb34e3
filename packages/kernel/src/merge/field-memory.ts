import type { JsonObject, JsonValue } from "../json.js"
import { compareFields, type FieldChanges } from "./compare.js"
import { type FieldSet, writeFields } from "./field-set.js"
import type { MergeSchema } from "./schema.js"

/**
 * What was found of parts that many objects share, such as the spec of the pods of one template: it is looked at once,
 * and its fields are written once. Parts are known by their identity, so only frozen ones are; those must be frozen through
 * and through.
 */
export interface FieldMemory {
  compare(
    schema: MergeSchema,
    before: JsonValue | undefined,
    after: JsonValue | undefined,
  ): FieldChanges
  write(set: FieldSet): JsonObject
}

interface Compared {
  readonly schema: MergeSchema
  readonly before: JsonValue | undefined
  readonly changes: FieldChanges
}

/** An empty memory of at most `sizeMax` parts, the latest. */
export function createFieldMemory(sizeMax = 256): FieldMemory {
  const compared = new Map<JsonValue, Compared>()
  /** The sets of those parts, as they are written once somebody has. */
  const texts = new WeakMap<FieldSet, { fields: JsonObject | undefined }>()
  const remember = (part: JsonValue, found: Compared): void => {
    compared.set(part, found)
    texts.set(found.changes.added, { fields: undefined })
    if (compared.size <= sizeMax) return
    const [oldest] = compared.keys()
    if (oldest !== undefined) compared.delete(oldest)
  }
  return {
    compare(schema, before, after) {
      if (typeof after !== "object" || !Object.isFrozen(after)) {
        return compareFields(schema, before, after)
      }
      const known = compared.get(after)
      if (known?.schema === schema && known.before === before) return known.changes
      const changes = compareFields(schema, before, after)
      remember(after, { schema, before, changes })
      return changes
    },
    write(set) {
      const known = texts.get(set)
      if (known === undefined) return writeFields(set)
      known.fields ??= writeFields(set)
      return known.fields
    },
  }
}
