import { canonicalJson, isJsonObject, type JsonObject, type JsonValue, own } from "../json.js"
import { mergeOrder } from "./ordering.js"
import { type MutableRecord, put } from "./record.js"
import { fieldSchema, itemSchema, type MergeSchema } from "./schema.js"

/** The three documents of a client-side apply. */
export interface ThreeWay<Value> {
  /** What was applied last; absent where nothing was. */
  readonly original: Value | undefined
  /** What is applied now. */
  readonly modified: Value
  /** What the cluster has; absent where it has nothing. */
  readonly live: Value | undefined
}

/**
 * What a client-side apply leads to: `live`, without what was in `original` and no longer is in `modified`, and
 * with all of `modified`. Lists follow the schema's strategic merge keys. The documents are not changed.
 */
export function mergeThreeWay(schema: MergeSchema, documents: ThreeWay<JsonObject>): JsonObject {
  const { original, modified, live } = documents
  const merged: MutableRecord = {}
  for (const [key, value] of Object.entries(live ?? {})) {
    const wasOurs = original !== undefined && Object.hasOwn(original, key)
    const isDropped = schema.isReplaced === true || (wasOurs && !Object.hasOwn(modified, key))
    if (!isDropped) put(merged, key, value)
  }
  for (const [key, value] of Object.entries(modified)) {
    if (value === null) {
      delete merged[key]
      continue
    }
    const field = { original: own(original, key), modified: value, live: own(merged, key) }
    put(merged, key, mergeValue(fieldSchema(schema, key), field))
  }
  return merged
}

function mergeValue(schema: MergeSchema, documents: ThreeWay<JsonValue>): JsonValue {
  const { original, modified, live } = documents
  if (isJsonObject(modified)) {
    return mergeThreeWay(schema, {
      original: original !== undefined && isJsonObject(original) ? original : undefined,
      modified,
      live: live !== undefined && isJsonObject(live) ? live : undefined,
    })
  }
  const isKeyed = schema.mergeKey !== undefined || schema.mergesValues === true
  if (!Array.isArray(modified) || !Array.isArray(live) || !isKeyed) return modified
  return mergeList(schema, {
    original: Array.isArray(original) ? (original as readonly JsonValue[]) : [],
    modified: modified as readonly JsonValue[],
    live: live as readonly JsonValue[],
  })
}

function mergeList(
  schema: MergeSchema,
  { original = [], modified, live = [] }: ThreeWay<readonly JsonValue[]>,
): JsonValue {
  const keyOf = (item: JsonValue): string =>
    canonicalJson(
      schema.mergeKey !== undefined && isJsonObject(item)
        ? (own(item, schema.mergeKey) ?? null)
        : item,
    )
  const before = new Map(original.map((item) => [keyOf(item), item]))
  const wanted = new Map(modified.map((item) => [keyOf(item), item]))
  const positions = new Map<string, number>()
  for (const [index, item] of live.entries()) {
    if (!positions.has(keyOf(item))) positions.set(keyOf(item), index)
  }
  const others = [...positions.keys()].filter((key) => !wanted.has(key) && !before.has(key))
  const order = mergeOrder([...wanted.keys()], others, (key) => positions.get(key))
  return order.map((key) => {
    const position = positions.get(key)
    const liveItem = position === undefined ? undefined : live[position]
    const item = wanted.get(key)
    if (item === undefined) return liveItem as JsonValue
    const documents = { original: before.get(key), modified: item, live: liveItem }
    return mergeValue(itemSchema(schema), documents)
  })
}
