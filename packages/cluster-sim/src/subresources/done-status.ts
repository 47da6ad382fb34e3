import type { UntypedObject } from "@argo-ts/kernel"

/** What subresources answer that do something and show nothing. */
export const doneStatus: UntypedObject = Object.freeze({
  apiVersion: "v1",
  kind: "Status",
  metadata: Object.freeze({}),
  status: "Success",
})
