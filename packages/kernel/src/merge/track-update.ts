import type { JsonObject, JsonValue } from "../json.js"
import type { ManagedFieldsEntry } from "../object.js"
import { compareChildren, compareFields, type FieldChanges, writtenFields } from "./compare.js"
import { withFields, withoutFields } from "./entry-fields.js"
import type { FieldMemory } from "./field-memory.js"
import { type FieldSet, isEmptySet, uniteFields, writeFields } from "./field-set.js"
import {
  capManagers,
  type FieldManager,
  isSameManager,
  managedFieldsOf,
  managerOf,
  trackedPart,
} from "./managed-fields.js"
import type { MergeSchema } from "./schema.js"

/** A write that is no apply. */
export interface TrackedUpdate {
  readonly schema: MergeSchema
  readonly before: JsonObject | undefined
  readonly after: JsonObject
  /** The entries to start from. Default: those of `before`. */
  readonly entries?: readonly ManagedFieldsEntry[]
  readonly manager: Omit<FieldManager, "operation">
  /** RFC 3339, whole seconds. */
  readonly now: string
  /** For documents that never change. Default: everything is looked at. */
  readonly memory?: FieldMemory
}

/** What is compared of a document: there is metadata, though perhaps nothing in it that anybody owns. */
function comparable(document: JsonObject): JsonObject {
  return { metadata: {}, ...trackedPart(document) }
}

function changesOf({ schema, before, after, memory }: TrackedUpdate): FieldChanges {
  const old = comparable(before ?? {})
  const next = comparable(after)
  if (memory === undefined) return compareFields(schema, old, next)
  return compareChildren(schema, old, next, (inner, left, right) =>
    memory.compare(inner, left, right),
  )
}

/** The fields of an object nobody wrote before: what a memory knows of its parts is taken from there. */
function written(fields: FieldSet, memory: FieldMemory | undefined): JsonObject {
  if (memory === undefined) return writeFields(fields)
  return writeFields(fields, (part) => memory.write(part))
}

/**
 * The `managedFields` after a write that is no apply: the writer takes every field that it changed from whoever
 * had it. Answers the entries it starts from where nothing owned changed, and keeps those it takes nothing from.
 */
export function trackUpdate(update: TrackedUpdate): readonly ManagedFieldsEntry[] {
  const entries = update.entries ?? managedFieldsOf(update.before)
  const changes = changesOf(update)
  const fields = writtenFields(changes)
  if (isEmptySet(fields) && isEmptySet(changes.removed)) return entries
  const manager: FieldManager = { ...update.manager, operation: "Update" }
  const gone = uniteFields(fields, changes.removed)
  let mine: JsonObject | undefined
  const next: ManagedFieldsEntry[] = []
  for (const entry of entries) {
    const { fieldsV1 = {} } = entry
    if (isSameManager(managerOf(entry), manager)) mine = withoutFields(fieldsV1, changes.removed)
    else {
      const rest = withoutFields(fieldsV1, gone)
      if (rest === fieldsV1) next.push(entry)
      else if (rest !== undefined) next.push({ ...entry, fieldsV1: rest })
    }
  }
  const own = mine === undefined ? written(fields, update.memory) : withFields(mine, fields)
  if (Object.keys(own).length > 0) next.push(entryOf(manager, update.now, own))
  return capManagers(next)
}

function entryOf(manager: FieldManager, time: string, fieldsV1: JsonObject): ManagedFieldsEntry {
  const { subresource } = manager
  return {
    manager: manager.manager,
    operation: manager.operation,
    apiVersion: manager.apiVersion,
    time,
    fieldsType: "FieldsV1",
    fieldsV1: fieldsV1 as { readonly [key: string]: JsonValue },
    ...(subresource === undefined ? {} : { subresource }),
  }
}
