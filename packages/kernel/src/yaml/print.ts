import { dump } from "js-yaml"
import type { JsonValue } from "../json.js"

/**
 * Writes values as YAML documents that Go's and JavaScript's readers take for the same values: texts that any of
 * them could mistake for something else are quoted; no anchors; keys keep their order.
 */
export function formatManifests(values: readonly JsonValue[]): string {
  return values.map((value) => dump(value, { noRefs: true, lineWidth: -1 })).join("---\n")
}
