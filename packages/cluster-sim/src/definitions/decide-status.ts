import { equalJson, type JsonObject, type UntypedObject } from "@argo-ts/kernel"
import { asJson } from "../store/stored-object.js"
import {
  conditionsOf,
  type DefinitionCondition,
  isEstablished,
  withCondition,
} from "./conditions.js"
import { type Definition, partOf, readDefinition, textOf } from "./definition.js"

/** Names of a group that others have. */
export interface TakenNames {
  /** Plurals, singulars and short names. */
  readonly resources: ReadonlySet<string>
  /** Kinds and kinds of lists. */
  readonly kinds: ReadonlySet<string>
}

function conflictOf(definition: Definition, taken: TakenNames): DefinitionCondition | undefined {
  const conflict = (reason: string, name: string): DefinitionCondition => ({
    type: "NamesAccepted",
    status: "False",
    reason,
    message: `${JSON.stringify(name)} is already in use`,
  })
  const { plural, singular, shortNames, kind, listKind } = definition
  if (taken.resources.has(plural)) return conflict("PluralConflict", plural)
  if (taken.resources.has(singular)) return conflict("SingularConflict", singular)
  const short = shortNames.find((each) => taken.resources.has(each))
  if (short !== undefined) return conflict("ShortNamesConflict", short)
  if (taken.kinds.has(kind)) return conflict("KindConflict", kind)
  return taken.kinds.has(listKind) ? conflict("ListKindConflict", listKind) : undefined
}

const accepted: DefinitionCondition = {
  type: "NamesAccepted",
  status: "True",
  reason: "NoConflicts",
  message: "no conflicts found",
}
const established: DefinitionCondition = {
  type: "Established",
  status: "True",
  reason: "InitialNamesAccepted",
  message: "the initial names have been accepted",
}
const notEstablished: DefinitionCondition = {
  type: "Established",
  status: "False",
  reason: "NotAccepted",
  message: "not all names are accepted",
}

function acceptedNames(definition: Definition): JsonObject {
  const { plural, singular, kind, listKind, shortNames, categories } = definition
  return {
    plural,
    singular,
    kind,
    listKind,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
  }
}

function storedVersions(object: UntypedObject, definition: Definition): readonly string[] {
  const known = partOf(asJson(object), "status")["storedVersions"]
  const list = Array.isArray(known) ? (known as readonly string[]) : []
  const storage = definition.versions.find(({ isStorage }) => isStorage)?.name ?? ""
  return list.includes(storage) ? list : [...list, storage]
}

/** The status of a definition that is there to stay; undefined where it says all of that already. */
export function decideDefinitionStatus(
  object: UntypedObject,
  taken: TakenNames,
  now: string,
): JsonObject | undefined {
  const definition = readDefinition(object)
  const status = partOf(asJson(object), "status")
  const conflict = conflictOf(definition, taken)
  const wasEstablished = isEstablished(object)
  let conditions = withCondition(conditionsOf(object), conflict ?? accepted, now)
  if (!wasEstablished) {
    const next = conflict === undefined ? established : notEstablished
    conditions = withCondition(conditions, next, now)
  }
  const next: JsonObject = {
    ...status,
    conditions,
    acceptedNames:
      conflict === undefined
        ? acceptedNames(definition)
        : {
            plural: textOf(partOf(status, "acceptedNames"), "plural"),
            kind: textOf(partOf(status, "acceptedNames"), "kind"),
            ...partOf(status, "acceptedNames"),
          },
    storedVersions: storedVersions(object, definition),
  }
  return equalJson(next, status) ? undefined : next
}

/** The status of a definition whose objects are being deleted. */
export function decideTerminatingStatus(
  object: UntypedObject,
  isStarted: boolean,
  now: string,
): JsonObject | undefined {
  const status = partOf(asJson(object), "status")
  const condition: DefinitionCondition = isStarted
    ? {
        type: "Terminating",
        status: "True",
        reason: "InstanceDeletionInProgress",
        message: "CustomResource deletion is in progress",
      }
    : {
        type: "Terminating",
        status: "True",
        reason: "InstanceDeletionPending",
        message:
          "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
      }
  const conditions = withCondition(conditionsOf(object), condition, now)
  const next: JsonObject = { ...status, conditions }
  return equalJson(next, status) ? undefined : next
}
