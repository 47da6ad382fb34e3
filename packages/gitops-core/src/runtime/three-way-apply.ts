import { isJsonObject, type JsonObject, type Stored, type UntypedObject } from "@argo-ts/kernel"
import { mergeThreeWay } from "@argo-ts/kernel/merge"
import { mergeSchemaOf } from "@argo-ts/kernel/schemas"
import { annotation, names } from "../core/annotations.js"

/** The live object as a client-side apply of `object` leaves it: what was applied before and is gone now goes. */
export function mergeForApply(object: UntypedObject, live: Stored<UntypedObject>): UntypedObject {
  const schema = mergeSchemaOf(object.apiVersion, object.kind)
  const merged = mergeThreeWay(schema, {
    original: originalOf(live),
    modified: object as unknown as JsonObject,
    live: live as unknown as JsonObject,
  })
  return merged as unknown as UntypedObject
}

function originalOf(live: UntypedObject): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(annotation(live, names.lastApplied) ?? "null")
    return isJsonObject(value) ? value : undefined
  } catch {
    // Somebody wrote text there that is no JSON: as if nothing had been applied before.
    return undefined
  }
}
