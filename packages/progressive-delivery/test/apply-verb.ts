import type { JsonObject, JsonValue } from "@argo-ts/kernel"
import { applyJsonPatch, applyMergePatch } from "@argo-ts/kernel/merge"
import type { Rollout, VerbPatch } from "../src/index.js"

/** Applies a verb's patches as an API server would. */
export function applyVerb(rollout: Rollout, patches: readonly VerbPatch[]): Rollout {
  let object = rollout as unknown as JsonObject
  for (const each of patches) {
    if (each.type === "merge") object = applyMergePatch(object, each.patch) as JsonObject
    else {
      const patched = applyJsonPatch(object as JsonValue, each.operations)
      if (patched.ok) object = patched.value as JsonObject
    }
  }
  return object as unknown as Rollout
}
