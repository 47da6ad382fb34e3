import { isJsonObject, type JsonObject, type JsonValue } from "../json.js"
import type { ManagedFieldsEntry } from "../object.js"
import { byEach, compareText } from "../ordering.js"
import { type FieldSet, isEmptySet, readFields, uniteFields, writeFields } from "./field-set.js"
import { type MutableRecord, put } from "./record.js"

/** Who writes: entries of `managedFields` are told apart by these four. */
export interface FieldManager {
  readonly manager: string
  readonly operation: "Apply" | "Update"
  readonly apiVersion: string
  readonly subresource?: string
}

/** One entry of `managedFields`, opened. */
export interface ManagedSet extends FieldManager {
  readonly time?: string
  readonly fields: FieldSet
}

const updatesMax = 10

/** `metadata.managedFields` of a document. */
export function managedFieldsOf(object: JsonObject | undefined): readonly ManagedFieldsEntry[] {
  const metadata = object?.["metadata"] as { managedFields?: ManagedFieldsEntry[] } | undefined
  return metadata?.managedFields ?? []
}

/** Who wrote an entry, what it leaves open filled in. */
export function managerOf(entry: ManagedFieldsEntry): FieldManager & { readonly time?: string } {
  return {
    manager: entry.manager ?? "unknown",
    operation: entry.operation ?? "Update",
    apiVersion: entry.apiVersion ?? "v1",
    ...(entry.subresource === undefined ? {} : { subresource: entry.subresource }),
    ...(entry.time === undefined ? {} : { time: entry.time }),
  }
}

/** Opens `metadata.managedFields`. */
export function readManagers(entries: readonly ManagedFieldsEntry[] | undefined): ManagedSet[] {
  return (entries ?? []).map((entry) => ({
    ...managerOf(entry),
    fields: readFields(entry.fieldsV1 ?? {}),
  }))
}

const inOrder = byEach<FieldManager & { readonly time?: string }>(
  (left, right) => compareText(left.operation, right.operation),
  (left, right) => compareText(left.time ?? "", right.time ?? ""),
  (left, right) => compareText(left.manager, right.manager),
  (left, right) => compareText(left.apiVersion, right.apiVersion),
  (left, right) => compareText(left.subresource ?? "", right.subresource ?? ""),
)

/** Writes `metadata.managedFields`: empty sets dropped, sorted, the oldest of too many updates merged into one. */
export function writeManagers(sets: readonly ManagedSet[]): ManagedFieldsEntry[] {
  const sorted = capUpdates(sets.filter((set) => !isEmptySet(set.fields)).toSorted(inOrder))
  return sorted.map((set) => ({
    manager: set.manager,
    operation: set.operation,
    apiVersion: set.apiVersion,
    ...(set.time === undefined ? {} : { time: set.time }),
    fieldsType: "FieldsV1",
    fieldsV1: writeFields(set.fields),
    ...(set.subresource === undefined ? {} : { subresource: set.subresource }),
  }))
}

/** The entries sorted; the oldest of too many updates merged into one. */
export function capManagers(entries: readonly ManagedFieldsEntry[]): readonly ManagedFieldsEntry[] {
  if (entries.length < 2) return entries
  const updates = entries.filter((entry) => managerOf(entry).operation === "Update")
  if (updates.length > updatesMax) return writeManagers(readManagers(entries))
  return entries
    .map((entry) => ({ entry, by: managerOf(entry) }))
    .sort((left, right) => inOrder(left.by, right.by))
    .map(({ entry }) => entry)
}

const ancientName = "ancient-changes"

/** Too many updates: the oldest of each version become one, until there are few enough. */
function capUpdates(sorted: readonly ManagedSet[]): readonly ManagedSet[] {
  const updates = sorted.filter((set) => set.operation === "Update")
  let surplus = updates.length - updatesMax
  if (surplus <= 0) return sorted
  const buckets = new Map<string, ManagedSet>()
  const merged = new Set<ManagedSet>()
  const firsts = new Map<string, ManagedSet>()
  for (const set of updates) {
    if (surplus <= 0) break
    const { apiVersion, time } = set
    const first = firsts.get(apiVersion)
    if (first === undefined) {
      firsts.set(apiVersion, set)
      continue
    }
    const older = buckets.get(apiVersion) ?? first
    buckets.set(apiVersion, {
      manager: ancientName,
      operation: "Update",
      apiVersion,
      ...(time === undefined ? {} : { time }),
      fields: uniteFields(older.fields, set.fields),
    })
    merged.add(first).add(set)
    surplus--
  }
  const kept = sorted.filter((set) => !merged.has(set))
  return [...kept, ...buckets.values()].toSorted(inOrder)
}

/** True for entries that a server can read; others it does not take from a client. */
export function areReadable(entries: readonly ManagedFieldsEntry[]): boolean {
  return entries.every(
    ({ operation, fieldsType }) =>
      (operation === "Apply" || operation === "Update") && fieldsType === "FieldsV1",
  )
}

/** True for the entry of that writer. */
export function isSameManager(left: FieldManager, right: FieldManager): boolean {
  return (
    left.manager === right.manager &&
    left.operation === right.operation &&
    left.apiVersion === right.apiVersion &&
    left.subresource === right.subresource
  )
}

const untrackedMetadata: ReadonlySet<string> = new Set([
  "name",
  "namespace",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "generateName",
  "selfLink",
  "managedFields",
])

function ownMetadata(metadata: JsonObject): JsonObject | undefined {
  let own: MutableRecord | undefined
  for (const name of Object.keys(metadata)) {
    if (untrackedMetadata.has(name)) continue
    own ??= {}
    put(own, name, metadata[name] as JsonValue)
  }
  return own
}

/** A document without what is never owned: its name, identity and versions. */
export function trackedPart(document: JsonObject): JsonObject {
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = document
  if (metadata === undefined || !isJsonObject(metadata)) return rest
  const own = ownMetadata(metadata)
  return own === undefined ? rest : { metadata: own, ...rest }
}
