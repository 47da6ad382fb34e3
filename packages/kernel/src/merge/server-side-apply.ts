import type { Issue } from "../issue.js"
import { equalJson, type JsonObject } from "../json.js"
import type { ManagedFieldsEntry } from "../object.js"
import { compareFields, writtenFields } from "./compare.js"
import {
  equalFields,
  everyField,
  type FieldSet,
  fieldSetOf,
  formatFields,
  intersectFields,
  isEmptySet,
  noFields,
  subtractFields,
  uniteFields,
} from "./field-set.js"
import {
  type FieldManager,
  isSameManager,
  type ManagedSet,
  managedFieldsOf,
  readManagers,
  trackedPart,
  writeManagers,
} from "./managed-fields.js"
import type { MergeSchema } from "./schema.js"
import { applyIssues, mergeStructured, pruneFields, withoutNulls } from "./structured.js"

/** One server-side apply. */
export interface ApplyRequest {
  readonly schema: MergeSchema
  /** What the cluster has; absent where it has nothing. */
  readonly live: JsonObject | undefined
  /** The fields the manager has an opinion on. */
  readonly config: JsonObject
  readonly manager: Omit<FieldManager, "operation">
  /** Take fields from other managers instead of answering with conflicts. */
  readonly force: boolean
  /** RFC 3339, whole seconds. */
  readonly now: string
  /** A document whose fields are no conflict where all that conflict are among them: what client-side apply wrote. */
  readonly forgiven?: JsonObject
}

/** A field that another manager set to something else. */
export interface ApplyConflict {
  readonly manager: FieldManager
  /** `.spec.replicas` */
  readonly path: string
}

/** What became of an apply. */
export type ApplyOutcome =
  | {
      readonly type: "Applied"
      readonly object: JsonObject
      readonly managedFields: readonly ManagedFieldsEntry[]
    }
  | { readonly type: "Conflicted"; readonly conflicts: readonly ApplyConflict[] }
  | { readonly type: "Invalid"; readonly issues: readonly Issue[] }

function withoutManagedFields(object: JsonObject): JsonObject {
  const metadata = object["metadata"] as JsonObject | undefined
  if (metadata === undefined || !Object.hasOwn(metadata, "managedFields")) return object
  const { managedFields: _managed, ...rest } = metadata
  return { ...object, metadata: rest }
}

/** Managers of an object; one that was written before anybody applied belongs to `before-first-apply`. */
function openManagers(request: ApplyRequest): readonly ManagedSet[] {
  const { live, schema, manager } = request
  const known = readManagers(managedFieldsOf(live))
  if (live === undefined || known.length > 0) return known
  const fields = fieldSetOf(schema, trackedPart(withoutManagedFields(live)))
  const operation = "Update"
  const { apiVersion } = manager
  return [{ manager: "before-first-apply", operation, apiVersion, time: request.now, fields }]
}

/**
 * Server-side apply as a pure function: merges, removes what this manager alone had applied before and no longer
 * does, and finds conflicts. Setting the value a field already has makes co-owners, never a conflict.
 */
export function serverSideApply(request: ApplyRequest): ApplyOutcome {
  const { schema, live, now, force } = request
  const config = withoutNulls(withoutManagedFields(request.config))
  const issues = applyIssues(schema, config)
  if (issues.length > 0) return { type: "Invalid", issues }
  const manager: FieldManager = { ...request.manager, operation: "Apply" }
  const managers = openManagers(request)
  const mine = managers.find((set) => isSameManager(set, manager))
  const others = managers.filter((set) => set !== mine)
  const fields = fieldSetOf(schema, trackedPart(config))

  const base = live === undefined ? undefined : withoutManagedFields(live)
  const merged = mergeStructured(schema, base, config)
  const owned = others.reduce((all, set) => uniteFields(all, set.fields), fields)
  const dropped = subtractFields(mine?.fields ?? noFields, fields)
  const object = (pruneFields(schema, merged, { dropped, owned }) ?? {}) as JsonObject

  const changes = compareFields(schema, trackedPart(base ?? {}), trackedPart(object))
  const conflicts = conflictsOf(others, writtenFields(changes))
  const isForced = force || isForgiven(request, others, writtenFields(changes))
  if (conflicts.length > 0 && !isForced) return { type: "Conflicted", conflicts }
  const isChanged = base === undefined || !equalJson(base, object)
  if (!isChanged && mine !== undefined && equalFields(mine.fields, fields)) {
    return { type: "Applied", object, managedFields: managedFieldsOf(live) }
  }
  const lost = uniteFields(isForced ? writtenFields(changes) : noFields, changes.removed)
  const rest = others.map((set) => ({ ...set, fields: subtractFields(set.fields, lost) }))
  const next: ManagedSet = { ...manager, ...(isChanged ? { time: now } : {}), fields }
  return { type: "Applied", object, managedFields: writeManagers([...rest, next]) }
}

/** True where everything that conflicts is among the fields that are forgiven. */
function isForgiven(
  { schema, forgiven }: ApplyRequest,
  others: readonly ManagedSet[],
  written: FieldSet,
): boolean {
  if (forgiven === undefined) return false
  const allowed = everyField(schema, trackedPart(forgiven))
  return others.every((set) =>
    isEmptySet(subtractFields(intersectFields(set.fields, written), allowed)),
  )
}

function conflictsOf(others: readonly ManagedSet[], written: FieldSet): ApplyConflict[] {
  return others.flatMap((set) =>
    formatFields(intersectFields(set.fields, written)).map((path) => ({ manager: set, path })),
  )
}

function describeManager(manager: FieldManager): string {
  const { operation, apiVersion, subresource } = manager
  const part = subresource === undefined ? "" : ` with subresource "${subresource}"`
  return `"${manager.manager}"${part}${operation === "Update" ? ` using ${apiVersion}` : ""}`
}

/** The server's sentence about conflicts of an apply. */
export function formatConflicts(conflicts: readonly ApplyConflict[]): string {
  const count = conflicts.length
  const [first] = conflicts
  if (first !== undefined && count === 1) {
    return `Apply failed with 1 conflict: conflict with ${describeManager(first.manager)}: ${first.path}`
  }
  const byManager = new Map<string, string[]>()
  for (const { manager, path } of conflicts) {
    const name = describeManager(manager)
    byManager.set(name, [...(byManager.get(name) ?? []), path])
  }
  const parts = [...byManager].map(
    ([name, paths]) => `conflicts with ${name}:\n${paths.map((path) => `- ${path}`).join("\n")}`,
  )
  return `Apply failed with ${count} conflicts: ${parts.join("\n")}`
}

/** One cause per conflict: `conflict with "A" using v1`. */
export function describeConflict(conflict: ApplyConflict): string {
  return `conflict with ${describeManager(conflict.manager)}`
}
