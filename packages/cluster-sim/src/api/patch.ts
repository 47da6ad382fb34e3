import { ClusterError, type Patch } from "@argo-ts/k8s"
import { isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import { applyJsonPatch, applyMergePatch, applyStrategicPatch } from "@argo-ts/kernel/merge"
import type { KindRules } from "../kinds/rules.js"
import { badRequest, unfit } from "./errors.js"

const operationsMax = 10_000

function refused(): ClusterError {
  const message = "the server rejected our request due to an error in our request"
  return new ClusterError("Invalid", message)
}

function checkObject(patch: JsonValue): void {
  if (!isJsonObject(patch)) throw badRequest("error decoding patch: expected an object")
}

function merged(rules: KindRules, document: JsonObject, patch: Patch): JsonValue {
  switch (patch.type) {
    case "json": {
      if (!Array.isArray(patch.operations) || patch.operations.length > operationsMax) {
        throw badRequest("error decoding patch: expected a list of at most 10000 operations")
      }
      const result = applyJsonPatch(document, patch.operations, { replaceMayAdd: true })
      if (!result.ok) throw refused()
      return result.value
    }
    case "merge":
      checkObject(patch.patch)
      return applyMergePatch(document, patch.patch)
    case "strategic": {
      if (!rules.isBuiltIn) {
        const message =
          "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
        throw new ClusterError("UnsupportedMediaType", message)
      }
      checkObject(patch.patch)
      const result = applyStrategicPatch(rules.schema, document, patch.patch)
      if (result.ok) return result.value
      // The server tells of the first mistake only.
      const [first] = result.issues
      if (first?.code === "BadPatchFormat") throw badRequest(first.message)
      throw new ClusterError("InternalError", first?.message ?? "")
    }
    default:
      throw badRequest(`unknown patch type ${JSON.stringify((patch as { type: unknown }).type)}`)
  }
}

/** The document after a patch; refuses one that is no longer an object of its kind. */
export function patched(rules: KindRules, document: JsonObject, patch: Patch): JsonObject {
  const result = merged(rules, document, patch)
  if (!isJsonObject(result) || !isJsonObject(result["metadata"] ?? null)) {
    throw unfit(result, "expected an object with metadata")
  }
  const isSame =
    result["kind"] === document["kind"] && result["apiVersion"] === document["apiVersion"]
  if (!isSame) {
    const found = `${JSON.stringify(result["apiVersion"])}, kind ${JSON.stringify(result["kind"])}`
    const why = `the patch changes apiVersion or kind to ${found}`
    throw unfit(result, why)
  }
  return result
}
