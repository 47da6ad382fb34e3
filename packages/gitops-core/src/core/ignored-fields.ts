import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  own,
  type UntypedObject,
} from "@argo-ts/kernel"
import { parsePointer } from "@argo-ts/kernel/merge"
import type { ResourceIgnoreDifferences } from "../api/application.js"
import { matchesGlob } from "./glob.js"
import { refOf } from "./resource.js"

/** The rules that concern an object: group and kind are globs, an empty name or namespace means any. */
export function rulesFor(
  rules: readonly ResourceIgnoreDifferences[],
  object: UntypedObject,
): readonly ResourceIgnoreDifferences[] {
  const ref = refOf(object)
  return rules.filter(
    (rule) =>
      matchesGlob(rule.group ?? "", ref.group) &&
      matchesGlob(rule.kind, ref.kind) &&
      (rule.name === undefined || rule.name === "" || rule.name === ref.name) &&
      (rule.namespace === undefined || rule.namespace === "" || rule.namespace === ref.namespace),
  )
}

/** The record without some of its fields; the same record where it has none of them. */
export function without(record: JsonObject, fields: readonly string[]): JsonObject {
  if (!fields.some((field) => Object.hasOwn(record, field))) return record
  return Object.fromEntries(Object.entries(record).filter(([field]) => !fields.includes(field)))
}

/** The value with what a path names replaced, or removed for `undefined`; a path that leads nowhere changes nothing. */
function withPath(
  value: JsonValue,
  tokens: readonly string[],
  next: JsonValue | undefined,
): JsonValue {
  const [token, ...rest] = tokens
  if (token === undefined) return value
  if (Array.isArray(value)) {
    const index = /^\d+$/.test(token) ? Number(token) : -1
    if (index < 0 || index >= value.length) return value
    if (rest.length > 0) return value.with(index, withPath(value[index] as JsonValue, rest, next))
    return next === undefined ? value.toSpliced(index, 1) : value.with(index, next)
  }
  if (!isJsonObject(value)) return value
  if (rest.length === 0) {
    return next === undefined
      ? without(value, [token])
      : Object.fromEntries([
          ...Object.entries(value).filter(([key]) => key !== token),
          [token, next],
        ])
  }
  const inner = own(value, token)
  return inner === undefined ? value : { ...value, [token]: withPath(inner, rest, next) }
}

function valueAt(value: JsonValue | undefined, tokens: readonly string[]): JsonValue | undefined {
  let found = value
  for (const token of tokens) {
    if (Array.isArray(found)) found = /^\d+$/.test(token) ? found[Number(token)] : undefined
    else found = isJsonObject(found) ? own(found, token) : undefined
  }
  return found
}

function pointersOf(rules: readonly ResourceIgnoreDifferences[]): readonly (readonly string[])[] {
  return rules.flatMap((rule) =>
    (rule.jsonPointers ?? []).flatMap((text) => {
      const tokens = parsePointer(text)
      return tokens.ok ? [tokens.value] : []
    }),
  )
}

/** True where an item of a list is the one that `k:{"name":"main"}` means. */
function isKeyed(item: JsonValue, key: string): boolean {
  try {
    const fields: unknown = JSON.parse(key)
    return (
      isJsonObject(item) &&
      isJsonObject(fields) &&
      Object.entries(fields).every(([name, value]) => own(item, name) === value)
    )
  } catch {
    return false
  }
}

/** The value without the leaves that a field set (`managedFields[].fieldsV1`) names. Depth is bounded by the set's. */
function withoutOwned(value: JsonValue, fields: JsonObject): JsonValue | undefined {
  const entries = Object.entries(fields).filter(([name]) => name !== ".")
  if (entries.length === 0) return undefined
  if (Array.isArray(value)) {
    const keyed = entries.filter(([name]) => name.startsWith("k:"))
    return value.map((item: JsonValue) => {
      const inner = keyed.find(([name]) => isKeyed(item, name.slice(2)))?.[1]
      return isJsonObject(inner) ? (withoutOwned(item, inner) ?? null) : item
    })
  }
  if (!isJsonObject(value)) return value
  let kept: JsonObject = value
  for (const [name, inner] of entries) {
    const field = name.slice(2)
    const child = name.startsWith("f:") ? own(kept, field) : undefined
    if (child === undefined || !isJsonObject(inner)) continue
    const rest = withoutOwned(child, inner)
    kept = rest === undefined ? without(kept, [field]) : { ...kept, [field]: rest }
  }
  return kept
}

/**
 * An object without what `ignoreDifferences` names: pointers, and fields that the named managers own. Owners are
 * read from `live`, for both sides of a comparison.
 */
export function withoutIgnored(
  object: JsonObject,
  live: UntypedObject,
  rules: readonly ResourceIgnoreDifferences[],
): JsonObject {
  let kept: JsonValue = object
  for (const tokens of pointersOf(rules)) kept = withPath(kept, tokens, undefined)
  const managers = new Set(rules.flatMap((rule) => rule.managedFieldsManagers ?? []))
  const entries = managers.size === 0 ? [] : (live.metadata.managedFields ?? [])
  for (const { manager = "", fieldsV1 } of entries) {
    if (!managers.has(manager) || !isJsonObject(fieldsV1)) continue
    kept = withoutOwned(kept, fieldsV1) ?? {}
  }
  return kept as JsonObject
}

/** The desired object with the live values of ignored pointers: what `RespectIgnoreDifferences=true` applies. */
export function keepIgnored(
  target: UntypedObject,
  live: UntypedObject,
  rules: readonly ResourceIgnoreDifferences[],
): UntypedObject {
  let kept = target as unknown as JsonValue
  const current = live as unknown as JsonValue
  for (const tokens of pointersOf(rulesFor(rules, target))) {
    kept = withPath(kept, tokens, valueAt(current, tokens))
  }
  return kept as unknown as UntypedObject
}
