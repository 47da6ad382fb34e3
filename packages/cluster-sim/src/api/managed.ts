import {
  formatInstant,
  type JsonObject,
  type ManagedFieldsEntry,
  type ObjectMeta,
  type UntypedObject,
} from "@argo-ts/kernel"
import { areReadable, trackUpdate } from "@argo-ts/kernel/merge"
import { withSkeleton } from "../decode/skeleton.js"
import type { KindRules } from "../kinds/rules.js"
import { asJson, type StoredObject } from "../store/stored-object.js"
import { fieldsOf } from "./decoding.js"
import type { Server } from "./server.js"
import type { WriteRequest } from "./write.js"

type Entries = readonly ManagedFieldsEntry[]

/** A write whose `managedFields` are still to be computed. */
interface Untracked {
  readonly before: StoredObject | undefined
  readonly after: UntypedObject
  readonly request: WriteRequest & { readonly managed?: ObjectMeta["managedFields"] }
}

/**
 * The entries from which a write goes on (spec/cluster §3.5, §3.6): those its author wrote where they can be read, none
 * where he cleared them, else the stored ones. A subresource takes none.
 */
export function entriesOf(
  stored: Entries | undefined,
  given: Entries | undefined,
  subresource: string | undefined,
): Entries | undefined {
  if (subresource !== undefined || given === undefined || given === null) return stored
  if (given.every((entry) => Object.keys(entry).length === 0)) return undefined
  return areReadable(given) ? given : stored
}

/** What there was before anybody wrote, as far as a field of it is nobody's. */
function start(rules: KindRules, before: StoredObject | undefined): JsonObject {
  const document = before === undefined ? { metadata: {} } : asJson(before)
  const fields = fieldsOf(rules)
  return fields === undefined ? document : withSkeleton(fields, document)
}

/** The object with its `managedFields`: those an apply computed, or those that follow from the change. */
export function tracked(server: Server, rules: KindRules, write: Untracked): UntypedObject {
  const { before, after, request } = write
  if (request.managed !== undefined) return withManaged(after, request.managed)
  const entries = after.metadata.managedFields ?? []
  // What nobody is known to have written stays untracked until somebody applies.
  const isTracked = before === undefined ? server.managedFields === "on" : entries.length > 0
  if (server.managedFields === "off" || !isTracked) return after
  const { subresource, manager } = request
  const managed = trackUpdate({
    schema: rules.schema,
    before: start(rules, before),
    after: asJson(after),
    entries,
    manager: {
      manager,
      apiVersion: rules.apiVersion,
      ...(subresource === undefined ? {} : { subresource }),
    },
    now: formatInstant(server.now()),
  })
  return withManaged(after, managed)
}

function withManaged(object: UntypedObject, managed: Entries | undefined): UntypedObject {
  const { managedFields: _old, ...metadata } = object.metadata
  if (managed === undefined || managed.length === 0) return { ...object, metadata }
  return { ...object, metadata: { ...metadata, managedFields: managed } } as UntypedObject
}
