import { formatInstant, type ObjectMeta, type UntypedObject } from "@argo-ts/kernel"
import { trackUpdate } from "@argo-ts/kernel/merge"
import type { KindRules } from "../kinds/rules.js"
import { asJson, type StoredObject } from "../store/stored-object.js"
import type { Server } from "./server.js"
import type { WriteRequest } from "./write.js"

/** A write whose `managedFields` are still to be computed. */
interface Untracked {
  readonly before: StoredObject | undefined
  readonly after: UntypedObject
  readonly request: WriteRequest & { readonly managed?: ObjectMeta["managedFields"] }
}

function isTracked(server: Server, before: StoredObject | undefined): boolean {
  if (server.managedFields === "on") return true
  return server.managedFields === "apply-only" && before?.metadata.managedFields !== undefined
}

/** The object with its `managedFields`: those an apply computed, or those that follow from the change. */
export function tracked(server: Server, rules: KindRules, write: Untracked): UntypedObject {
  const { before, after, request } = write
  if (request.managed !== undefined) return withManaged(after, request.managed)
  if (!isTracked(server, before)) return after
  const { subresource, manager } = request
  const managed = trackUpdate({
    schema: rules.schema,
    before: before === undefined ? undefined : asJson(before),
    after: asJson(after),
    manager: {
      manager,
      apiVersion: rules.apiVersion,
      ...(subresource === undefined ? {} : { subresource }),
    },
    now: formatInstant(server.now()),
  })
  return withManaged(after, managed)
}

function withManaged(object: UntypedObject, managed: ObjectMeta["managedFields"]): UntypedObject {
  const { managedFields: _old, ...metadata } = object.metadata
  if (managed === undefined || managed.length === 0) return { ...object, metadata }
  return { ...object, metadata: { ...metadata, managedFields: managed } }
}
