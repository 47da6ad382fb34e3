import type { JsonObject } from "@argo-ts/kernel"
import type { KindRules } from "../kinds/rules.js"
import { asJson } from "../store/stored-object.js"
import type { Deletion } from "./delete.js"

/** Kinds whose deletion answers the object; others answer a Status (spec/cluster §1.7). */
const answeringThemselves: ReadonlySet<string> = new Set([
  "/namespaces",
  "/persistentvolumeclaims",
  "/persistentvolumes",
  "/pods",
  "/podtemplates",
  "/resourcequotas",
  "/serviceaccounts",
  "/services",
  "storage.k8s.io/csidrivers",
  "storage.k8s.io/csinodes",
  "storage.k8s.io/storageclasses",
  "storage.k8s.io/volumeattachments",
])

/** What the server says of a deletion: what goes on for now, what went, or that it went. */
export function deletionAnswer(rules: KindRules, { object, isGone }: Deletion): JsonObject {
  if (!isGone || (rules.isBuiltIn && answeringThemselves.has(rules.id))) return asJson(object)
  const { group, plural } = rules.kind
  const { name, uid } = object.metadata
  const details = { name, ...(group !== "" && { group }), kind: plural, uid }
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details }
}
