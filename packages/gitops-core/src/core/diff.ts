import { equalJson, isJsonObject, type JsonObject, own, type UntypedObject } from "@argo-ts/kernel"
import { mergeThreeWay } from "@argo-ts/kernel/merge"
import { applyDefaults, mergeSchemaOf } from "@argo-ts/kernel/schemas"
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
  const config = normalize(target, rules)
  const current = normalize(live, rules)
  const applied = lastApplied(live)
  const predicted = mergeThreeWay(mergeSchemaOf(target.apiVersion, target.kind), {
    original: applied === undefined ? config : normalize(applied, rules),
    modified: config,
    live: current,
  })
  const [after, before] = [withDefaults(predicted), withDefaults(current)]
  return { isModified: !equalJson(after, before), predicted: after, live: before }
}
