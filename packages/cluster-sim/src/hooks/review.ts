import type { UntypedObject } from "@argo-ts/kernel"
import type { WriteRequest } from "../api/write.js"
import { administrator } from "../http/auth/user.js"
import type { KindRules } from "../kinds/rules.js"
import type { StoredObject } from "../store/stored-object.js"
import type { AdmissionOperation, AdmissionReview } from "./admission-hook.js"

/** A write as hooks see it. */
export function reviewOf(
  operation: AdmissionOperation,
  rules: KindRules,
  request: WriteRequest,
  objects: { readonly object?: UntypedObject; readonly before?: StoredObject | undefined },
): AdmissionReview {
  const { object, before } = objects
  const { namespace, name = "" } = (object ?? before)?.metadata ?? {}
  const { subresource, isDryRun, user = administrator } = request
  // Filled field by field: every write is reviewed.
  const review: { -readonly [Field in keyof AdmissionReview]: AdmissionReview[Field] } = {
    operation,
    kind: rules.kind,
    name,
    user,
    isDryRun,
  }
  if (namespace !== undefined) review.namespace = namespace
  if (subresource !== undefined) review.subresource = subresource
  if (object !== undefined) review.object = object
  if (before !== undefined) review.oldObject = before
  return review
}
