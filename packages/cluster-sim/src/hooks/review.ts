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
  return {
    operation,
    kind: rules.kind,
    ...(namespace !== undefined && { namespace }),
    name,
    ...(subresource !== undefined && { subresource }),
    ...(object !== undefined && { object }),
    ...(before !== undefined && { oldObject: before }),
    user,
    isDryRun,
  }
}
