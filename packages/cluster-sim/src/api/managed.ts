import {
  equalJson,
  formatInstant,
  type JsonObject,
  type ManagedFieldsEntry,
  type ObjectMeta,
} from "@argo-ts/kernel"
import { areReadable, trackUpdate } from "@argo-ts/kernel/merge"
import { withSkeleton } from "../decode/skeleton.js"
import type { KindRules } from "../kinds/rules.js"
import { asJson, type StoredObject } from "../store/stored-object.js"
import { fieldsOf } from "./decoding.js"
import type { Server } from "./server.js"
import type { WriteRequest } from "./write.js"

type Entries = readonly ManagedFieldsEntry[]

/** A write whose `managedFields` are still to be computed; both objects are adopted. */
interface Untracked {
  readonly before: StoredObject | undefined
  readonly after: StoredObject
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

const nobodys: JsonObject = Object.freeze({ metadata: Object.freeze({}) })
const firsts = new WeakMap<KindRules, JsonObject>()

/** What there was before anybody wrote, as far as a field of it is nobody's. Of a kind's new objects always the same. */
function start(rules: KindRules, before: StoredObject | undefined): JsonObject {
  const fields = fieldsOf(rules)
  if (before !== undefined) {
    return fields === undefined ? asJson(before) : withSkeleton(fields, asJson(before))
  }
  const known = firsts.get(rules)
  if (known !== undefined) return known
  const first = fields === undefined ? nobodys : withSkeleton(fields, nobodys)
  firsts.set(rules, first)
  return first
}

/** A new object as far as its author made it: the status that every new one has is nobody's. */
function authored({ kind }: KindRules, created: StoredObject): StoredObject {
  if (!kind.hasStatus || created["status"] === undefined) return created
  const { status: _status, ...rest } = created
  return rest as StoredObject
}

/** The object with its `managedFields`: those an apply computed, or those that follow from the change. */
export function tracked(server: Server, rules: KindRules, write: Untracked): StoredObject {
  const { before, after, request } = write
  if (request.managed !== undefined) return withManaged(after, request.managed)
  const entries = after.metadata.managedFields ?? none
  // What nobody is known to have written stays untracked until somebody applies.
  const isTracked = before === undefined ? server.managedFields === "on" : entries.length > 0
  if (server.managedFields === "off" || !isTracked) return after
  const { subresource, manager } = request
  const managed = trackUpdate({
    schema: rules.schema,
    before: start(rules, before),
    after: asJson(before === undefined ? authored(rules, after) : after),
    entries,
    manager: {
      manager,
      apiVersion: rules.apiVersion,
      ...(subresource === undefined ? {} : { subresource }),
    },
    now: formatInstant(server.now()),
    memory: server.fields,
  })
  return managed === entries ? after : withManaged(after, managed)
}

const none: Entries = []

/** The object with these entries, whose fields are frozen already: they may be those of many objects. */
function withManaged(object: StoredObject, managed: Entries): StoredObject {
  const { managedFields: known } = object.metadata
  if (equalJson(known ?? none, managed)) return object
  const entries = Object.freeze(managed.map((entry) => Object.freeze(entry)))
  const metadata = { ...object.metadata }
  // They come last, and there are none where nobody owns anything.
  if (known !== undefined) delete (metadata as { managedFields?: unknown }).managedFields
  if (managed.length > 0) (metadata as { managedFields?: Entries }).managedFields = entries
  return { ...object, metadata } as StoredObject
}
