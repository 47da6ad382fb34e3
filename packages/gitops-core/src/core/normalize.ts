import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  own,
  type UntypedObject,
} from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import type { ResourceIgnoreDifferences } from "../api/application.js"
import { names } from "./annotations.js"
import { encodeBase64 } from "./base64.js"
import { rulesFor, without, withoutIgnored } from "./ignored-fields.js"
import { withCanonicalQuantities } from "./quantities.js"

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

/** Null values of a Secret are empty ones. */
function filled(data: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, value ?? ""]))
}

/** Secrets are compared by what they hold: `stringData` is `data` in another spelling, and wins. */
function normalSecret(object: JsonObject): JsonObject {
  const data = own(object, "data")
  const stringData = own(object, "stringData")
  if (!isJsonObject(stringData))
    return isJsonObject(data) ? { ...object, data: filled(data) } : object
  const encoded = Object.entries(stringData).map(
    ([key, value]) => [key, encodeBase64(String(value))] as const,
  )
  const merged = { ...(isJsonObject(data) ? filled(data) : {}), ...Object.fromEntries(encoded) }
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
 * An object as comparisons see it: without what the server owns, without `status`, Secrets and quantities in one
 * spelling, and without what `ignoreDifferences` names. `live` tells who owns which field.
 */
export function normalize(
  object: UntypedObject,
  live: UntypedObject,
  rules: readonly ResourceIgnoreDifferences[],
): JsonObject {
  let normal = without(object as unknown as JsonObject, ["status"])
  if (object.kind === "Secret" && object.apiVersion === "v1") normal = normalSecret(normal)
  const metadata = own(normal, "metadata")
  if (isJsonObject(metadata)) normal = { ...normal, metadata: normalMetadata(metadata) }
  if (isRole(object)) normal = { ...normal, rules: own(normal, "rules") ?? [] }
  const known = builtInKind(object.apiVersion, object.kind) !== undefined
  const canonical = known ? (withCanonicalQuantities(withoutNulls(normal)) as JsonObject) : normal
  return withoutIgnored(canonical, live, rulesFor(rules, object))
}

function isRole({ apiVersion, kind }: UntypedObject): boolean {
  const isRbac = apiVersion === "rbac.authorization.k8s.io/v1"
  return isRbac && (kind === "Role" || kind === "ClusterRole")
}

/** Without fields that are null: a typed decoder does not tell them from absent ones. */
function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isJsonObject(value)) return value
  const kept = Object.entries(value).filter(([, inner]) => inner !== null)
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutNulls(inner)]))
}
