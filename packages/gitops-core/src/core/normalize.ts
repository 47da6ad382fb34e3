import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  own,
  type UntypedObject,
} from "@argo-ts/kernel"
import { parsePointer } from "@argo-ts/kernel/merge"
import type { ResourceIgnoreDifferences } from "../api/application.js"
import { names } from "./annotations.js"
import { encodeBase64 } from "./base64.js"
import { matchesGlob } from "./glob.js"
import { refOf } from "./resource.js"

/** Fields the server owns: never part of a comparison. */
const serverFields = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "selfLink",
  "uid",
]

/** The record without some of its fields; the same record where it has none of them. */
export function without(record: JsonObject, fields: readonly string[]): JsonObject {
  if (!fields.some((field) => Object.hasOwn(record, field))) return record
  return Object.fromEntries(Object.entries(record).filter(([field]) => !fields.includes(field)))
}

/** Removes what a pointer names; a path that is not there is ignored. */
function withoutPointer(value: JsonValue, tokens: readonly string[]): JsonValue {
  const [token, ...rest] = tokens
  if (token === undefined) return value
  if (Array.isArray(value)) {
    const index = Number(token)
    if (!Number.isInteger(index) || index < 0 || index >= value.length) return value
    if (rest.length === 0) return value.filter((_item, at) => at !== index)
    return value.map((item: JsonValue, at) => (at === index ? withoutPointer(item, rest) : item))
  }
  if (!isJsonObject(value) || !Object.hasOwn(value, token)) return value
  if (rest.length === 0) return without(value, [token])
  return { ...value, [token]: withoutPointer(value[token] as JsonValue, rest) }
}

function appliesTo(rule: ResourceIgnoreDifferences, object: UntypedObject): boolean {
  const ref = refOf(object)
  return (
    matchesGlob(rule.group ?? "", ref.group) &&
    matchesGlob(rule.kind, ref.kind) &&
    (rule.name === undefined || rule.name === "" || rule.name === ref.name) &&
    (rule.namespace === undefined || rule.namespace === "" || rule.namespace === ref.namespace)
  )
}

/** Secrets are compared by what they hold: `stringData` is `data` in another spelling, and wins. */
function normalSecret(object: JsonObject): JsonObject {
  const data = own(object, "data")
  const stringData = own(object, "stringData")
  if (!isJsonObject(stringData)) return object
  const encoded = Object.entries(stringData).map(
    ([key, value]) => [key, encodeBase64(String(value))] as const,
  )
  const merged = { ...(isJsonObject(data) ? data : {}), ...Object.fromEntries(encoded) }
  return { ...without(object, ["stringData"]), data: merged }
}

function normalMetadata(metadata: JsonObject): JsonObject {
  const kept = without(metadata, serverFields)
  const annotations = own(kept, "annotations")
  if (!isJsonObject(annotations)) return kept
  const others = without(annotations, [names.lastApplied])
  return Object.keys(others).length === 0
    ? without(kept, ["annotations"])
    : { ...kept, annotations: others }
}

/**
 * An object as comparisons see it: without what the server owns, without `status`, Secrets in one spelling, and
 * without the fields that `ignoreDifferences` names.
 */
export function normalize(
  object: UntypedObject,
  rules: readonly ResourceIgnoreDifferences[],
): JsonObject {
  let normal = without(object as unknown as JsonObject, ["status"])
  if (object.kind === "Secret" && object.apiVersion === "v1") normal = normalSecret(normal)
  const metadata = own(normal, "metadata")
  if (isJsonObject(metadata)) normal = { ...normal, metadata: normalMetadata(metadata) }
  for (const rule of rules.filter((each) => appliesTo(each, object))) {
    for (const text of rule.jsonPointers ?? []) {
      const tokens = parsePointer(text)
      if (tokens.ok) normal = withoutPointer(normal, tokens.value) as JsonObject
    }
  }
  return normal
}
