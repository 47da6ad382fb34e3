import {
  equalJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  own,
  type UntypedObject,
} from "@argo-ts/kernel"
import { mergeThreeWay } from "@argo-ts/kernel/merge"
import { applyDefaults, builtInKind, mergeSchemaOf } from "@argo-ts/kernel/schemas"
import type { ResourceIgnoreDifferences } from "../api/application.js"
import { annotation, names } from "./annotations.js"
import { normalize } from "./normalize.js"

/** What applying the desired object would lead to, and whether that is a change. */
export interface Difference {
  readonly isModified: boolean
  /** The live object as it would be; both are normalised. */
  readonly predicted: JsonObject
  readonly live: JsonObject
}

/** What was applied last, from the annotation that client-side apply leaves; absent where it cannot be read. */
function lastApplied(live: UntypedObject): UntypedObject | undefined {
  const text = annotation(live, names.lastApplied)
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) && isJsonObject(own(value, "metadata"))
      ? (value as unknown as UntypedObject)
      : undefined
  } catch {
    return undefined
  }
}

function withDefaults(object: JsonObject): JsonObject {
  return applyDefaults(String(object["apiVersion"]), String(object["kind"]), object)
}

/**
 * Compares a desired object with the live one the way client-side apply would change it: live-only fields do not
 * count, fields that were applied last time and are gone from Git do, and what the server defaults is no change.
 */
export function diffObject(
  target: UntypedObject,
  live: UntypedObject,
  rules: readonly ResourceIgnoreDifferences[],
): Difference {
  const config = normalize(target, live, rules)
  const applied = lastApplied(live)
  const original = applied === undefined ? config : normalize(applied, live, rules)
  const isKnown = builtInKind(target.apiVersion, target.kind) !== undefined
  const normal = normalize(live, live, rules)
  const current = isKnown
    ? withTrimmedClaims(normal, original)
    : (trimmed(normal, original) as JsonObject)
  const predicted = mergeThreeWay(mergeSchemaOf(target.apiVersion, target.kind), {
    original,
    modified: config,
    live: current,
  })
  const [after, before] = [withDefaults(predicted), withDefaults(current)]
  return { isModified: !equalJson(after, before), predicted: after, live: before }
}

/**
 * What of a live custom resource was ever wanted: fields that `original` has, lists item by item. Servers and
 * webhooks fill in others, inside lists too, which a JSON merge would take for a change.
 */
function trimmed(live: JsonValue, original: JsonValue): JsonValue {
  if (isJsonObject(live) && isJsonObject(original)) {
    const kept = Object.entries(live).filter(([key]) => Object.hasOwn(original, key))
    return Object.fromEntries(
      kept.map(([key, value]) => [key, trimmed(value, original[key] as JsonValue)]),
    )
  }
  if (!Array.isArray(live) || !Array.isArray(original)) return live
  return live.map((item: JsonValue, index) => {
    const other: JsonValue | undefined = original[index]
    return other === undefined ? item : trimmed(item, other)
  })
}

/** The claims of a StatefulSet are filled in by the server and cannot change: only wanted fields count. */
function withTrimmedClaims(live: JsonObject, original: JsonObject): JsonObject {
  const [spec, wanted] = [own(live, "spec"), own(original, "spec")]
  if (live["kind"] !== "StatefulSet" || !isJsonObject(spec) || !isJsonObject(wanted)) return live
  const [claims, templates] = [
    own(spec, "volumeClaimTemplates"),
    own(wanted, "volumeClaimTemplates"),
  ]
  if (claims === undefined || templates === undefined) return live
  return { ...live, spec: { ...spec, volumeClaimTemplates: trimmed(claims, templates) } }
}
