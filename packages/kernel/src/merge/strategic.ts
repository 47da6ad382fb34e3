import { failed, type Issue, ok, type Result } from "../issue.js"
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue, own } from "../json.js"
import { goText } from "./go-text.js"
import { mergeOrder } from "./ordering.js"
import { type MutableRecord, put } from "./record.js"
import { fieldSchema, itemSchema, type MergeSchema } from "./schema.js"

const patchDirective = "$patch"
const retainKeysDirective = "$retainKeys"
const orderPrefix = "$setElementOrder/"
const deletePrefix = "$deleteFromPrimitiveList/"

function isDirective(key: string): boolean {
  return (
    key === patchDirective ||
    key === retainKeysDirective ||
    key.startsWith(orderPrefix) ||
    key.startsWith(deletePrefix)
  )
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}

/**
 * Applies a strategic merge patch with the directives `$patch`, `$retainKeys`, `$setElementOrder/…` and
 * `$deleteFromPrimitiveList/…`. The target is not changed. Fails where a list element lacks its merge key, a `$patch`
 * is unknown or a list is in another order than its `$setElementOrder`, naming it, with code `PatchFailed`; and where a
 * patch sets what its `$retainKeys` does not keep, with code `BadPatchFormat`.
 */
export function applyStrategicPatch(
  schema: MergeSchema,
  target: JsonObject,
  patch: JsonObject,
): Result<JsonObject> {
  const issues: Issue[] = []
  const merged = mergeObject(schema, target, patch, issues)
  return issues.length > 0 ? failed(issues) : ok(merged ?? {})
}

/** The merged object, or `undefined` where the patch deletes it. */
function mergeObject(
  schema: MergeSchema,
  target: JsonObject,
  patch: JsonObject,
  issues: Issue[],
): JsonObject | undefined {
  const directive = own(patch, patchDirective)
  if (directive === "delete") return undefined
  if (directive !== undefined && directive !== "replace" && directive !== "merge") {
    const message = `unknown patch type: ${String(directive)} in map: ${goText(patch)}`
    issues.push({ code: "PatchFailed", path: [], message })
    return target
  }
  const isReplaced = directive === "replace" || schema.isReplaced === true
  const merged: MutableRecord = isReplaced ? {} : retained(target, patch, issues)
  for (const key of patchedKeys(patch)) {
    const live = Object.hasOwn(merged, key) ? merged[key] : undefined
    const value = mergeField(fieldSchema(schema, key), { key, live, patch }, issues)
    if (value === undefined) delete merged[key]
    else put(merged, key, value)
  }
  return merged
}

/** Fields that the patch speaks of, directly or through a list directive. */
function patchedKeys(patch: JsonObject): Set<string> {
  const keys = new Set<string>()
  for (const key of Object.keys(patch)) {
    if (key.startsWith(orderPrefix)) keys.add(key.slice(orderPrefix.length))
    else if (key.startsWith(deletePrefix)) keys.add(key.slice(deletePrefix.length))
    else if (!isDirective(key)) keys.add(key)
  }
  return keys
}

function retained(target: JsonObject, patch: JsonObject, issues: Issue[]): MutableRecord {
  const keep = own(patch, retainKeysDirective)
  if (!isList(keep)) return { ...target }
  const isSet = (key: string): boolean => !isDirective(key) && own(patch, key) !== null
  if (Object.keys(patch).some((key) => isSet(key) && !keep.includes(key))) {
    const message = "invalid patch format of retain keys"
    issues.push({ code: "BadPatchFormat", path: [], message })
  }
  const merged: MutableRecord = {}
  for (const [key, value] of Object.entries(target)) if (keep.includes(key)) put(merged, key, value)
  return merged
}

interface FieldMerge {
  readonly key: string
  readonly live: JsonValue | undefined
  readonly patch: JsonObject
}

function mergeField(
  schema: MergeSchema,
  { key, live, patch }: FieldMerge,
  issues: Issue[],
): JsonValue | undefined {
  const value = own(patch, key)
  if (value === null) return undefined
  const order = own(patch, `${orderPrefix}${key}`)
  const removed = own(patch, `${deletePrefix}${key}`)
  if (isList(value) || (value === undefined && (isList(order) || isList(removed)))) {
    const lists = {
      live: isList(live) ? live : [],
      patch: isList(value) ? value : undefined,
      order: isList(order) ? order : undefined,
      removed: isList(removed) ? removed : [],
    }
    checkOrder(schema.mergeKey, lists, issues)
    if (schema.mergesValues === true) return mergeValues(lists)
    if (schema.mergeKey !== undefined) return mergeItems(schema, schema.mergeKey, lists, issues)
    return lists.patch ?? live
  }
  if (value === undefined) return live
  if (!isJsonObject(value)) return value
  return mergeObject(schema, isJsonObject(live) ? live : {}, value, issues)
}

interface ListMerge {
  readonly live: readonly JsonValue[]
  readonly patch: readonly JsonValue[] | undefined
  readonly order: readonly JsonValue[] | undefined
  readonly removed: readonly JsonValue[]
}

/** Complains of a list whose items are not all in its order, one after the other. What it deletes has no place. */
function checkOrder(mergeKey: string | undefined, lists: ListMerge, issues: Issue[]): void {
  const { patch, order } = lists
  if (patch === undefined || order === undefined) return
  const text = mergeKey === undefined ? (item: JsonValue) => canonicalJson(item) : keyText(mergeKey)
  const places = order.map(text)
  let next = 0
  const isInOrder = patch
    .filter((item) => directiveOf(item) === undefined)
    .every((item) => {
      next = places.indexOf(text(item), next) + 1
      return next > 0
    })
  if (isInOrder) return
  const message = `The order in patch list:\n${goText(patch)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`
  issues.push({ code: "PatchFailed", path: [], message })
}

function mergeValues({ live, patch = [], order, removed }: ListMerge): readonly JsonValue[] {
  const kept = live.filter((value) => !removed.includes(value))
  const all = new Set([...kept, ...patch])
  const wanted = [...new Set((order ?? patch).filter((value) => all.has(value)))]
  const others = [...all].filter((value) => !wanted.includes(value))
  const position = new Map(kept.map((value, index) => [value, index]))
  return mergeOrder(wanted, others, (value) => position.get(value))
}

interface Entry {
  readonly value: JsonValue
  readonly position: number | undefined
}

function mergeItems(
  schema: MergeSchema,
  mergeKey: string,
  lists: ListMerge,
  issues: Issue[],
): readonly JsonValue[] {
  const parts = (lists.patch ?? []).filter((item) => hasKey(item, mergeKey, issues))
  const isReplaced = (lists.patch ?? []).some((item) => directiveOf(item) === "replace")
  const live = isReplaced ? [] : lists.live
  const gone = new Set(
    parts.filter((item) => directiveOf(item) === "delete").map(keyText(mergeKey)),
  )
  const entries = new Map<string, Entry>()
  const others: Entry[] = []
  for (const [position, value] of live.entries()) {
    const key = keyText(mergeKey)(value)
    if (gone.has(key)) continue
    if (entries.has(key)) others.push({ value, position })
    else entries.set(key, { value, position })
  }
  const named: string[] = []
  for (const part of parts) {
    const key = keyText(mergeKey)(part)
    const directive = directiveOf(part)
    // What stands here with a key is deleted above, or makes the list anew; anything else is a part of the list.
    if (directive === "delete" || directive === "replace") continue
    const entry = entries.get(key)
    const base = entry !== undefined && isJsonObject(entry.value) ? entry.value : {}
    const value = mergeObject(itemSchema(schema), base, part as JsonObject, issues)
    named.push(key)
    if (value !== undefined) entries.set(key, { value, position: entry?.position })
  }
  const keys = [...new Set(lists.order?.map(keyText(mergeKey)) ?? named)]
  const wanted = keys.flatMap((key) => entries.get(key) ?? [])
  for (const [key, entry] of entries) if (!keys.includes(key)) others.push(entry)
  const inOrder = others.toSorted(
    (left, right) => (left.position ?? live.length) - (right.position ?? live.length),
  )
  return mergeOrder(wanted, inOrder, (entry) => entry.position).map((entry) => entry.value)
}

function directiveOf(item: JsonValue): JsonValue | undefined {
  return isJsonObject(item) ? own(item, patchDirective) : undefined
}

function keyText(mergeKey: string): (item: JsonValue) => string {
  return (item) => canonicalJson(isJsonObject(item) ? (own(item, mergeKey) ?? null) : item)
}

/** False for `{ "$patch": "replace" }`, which speaks of the whole list, and for items without their key. */
function hasKey(item: JsonValue, mergeKey: string, issues: Issue[]): boolean {
  if (isJsonObject(item) && Object.hasOwn(item, mergeKey)) return true
  if (directiveOf(item) !== "replace") {
    const message = `map: ${goText(item)} does not contain declared merge key: ${mergeKey}`
    issues.push({ code: "PatchFailed", path: [], message })
  }
  return false
}
