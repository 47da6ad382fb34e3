import type { DeleteOptions } from "@argo-ts/k8s"
import {
  epochMs,
  formatInstant,
  type ObjectMeta,
  parseInstant,
  type UntypedObject,
} from "@argo-ts/kernel"
import { reviewOf } from "../hooks/review.js"
import type { KindRules, Propagation } from "../kinds/rules.js"
import { adoptDraft } from "../store/adopt.js"
import { part, type StoredObject } from "../store/stored-object.js"
import { conflict, forbidden, invalidOptions, unsupported } from "./errors.js"
import { isReleased } from "./replace.js"
import type { Server } from "./server.js"
import type { WriteRequest } from "./write.js"

const lastingNamespaces = ["default", "kube-system", "kube-public"]
const policyFinalizers = ["orphan", "foregroundDeletion"]
const gracePeriodDefault = 30
const orphansPods =
  "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning"

function checkPreconditions(rules: KindRules, object: StoredObject, options: DeleteOptions): void {
  const { preconditions = {} } = options
  const { uid, resourceVersion, name } = object.metadata
  const kind = { ...rules, resource: rules.kind.kind }
  if (preconditions.uid !== undefined && preconditions.uid !== uid) {
    const tail = `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`
    throw conflict(kind, name, tail)
  }
  const version = preconditions.resourceVersion
  if (version !== undefined && version !== resourceVersion) {
    const tail = `the ResourceVersion in the precondition (${version}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`
    throw conflict(kind, name, tail)
  }
}

function graceOf(rules: KindRules, object: StoredObject, asked: number | undefined): number {
  if (!rules.isGraceful) return 0
  const spec = part(object, "spec")
  const phase = part(object, "status")["phase"]
  const isIdle = typeof spec["nodeName"] !== "string" || spec["nodeName"] === ""
  if (isIdle || phase === "Succeeded" || phase === "Failed") return 0
  if (asked !== undefined) return asked < 0 ? 1 : asked
  const own = spec["terminationGracePeriodSeconds"]
  return typeof own === "number" ? own : gracePeriodDefault
}

function finalizersFor(
  rules: KindRules,
  object: StoredObject,
  policy: Propagation | undefined,
): string[] {
  const { deletionFinalizer } = rules
  const given = object.metadata.finalizers ?? []
  const isAdded = deletionFinalizer !== undefined && !given.includes(deletionFinalizer)
  const own = isAdded ? [...given, deletionFinalizer] : given
  const others = own.filter((name) => !policyFinalizers.includes(name))
  const isAsked = own.some((name) => policyFinalizers.includes(name))
  if (policy === undefined && isAsked) return [...own]
  const chosen = policy ?? rules.defaultPropagation
  if (rules.kind.kind === "Event" && rules.isBuiltIn) return others
  if (chosen === "Orphan") return [...others, "orphan"]
  return chosen === "Foreground" ? [...others, "foregroundDeletion"] : others
}

function terminating(
  server: Server,
  object: StoredObject,
  wanted: { readonly grace: number; readonly finalizers: readonly string[] },
): UntypedObject {
  const { finalizers: _old, generation, ...metadata } = object.metadata
  const isFirst = metadata.deletionTimestamp === undefined
  const bumped = isFirst && generation !== undefined && generation > 0
  const next: ObjectMeta = {
    ...metadata,
    ...(generation === undefined ? {} : { generation: bumped ? generation + 1 : generation }),
    deletionTimestamp: formatInstant(epochMs(server.now() + wanted.grace * 1000)),
    deletionGracePeriodSeconds: wanted.grace,
    ...(wanted.finalizers.length > 0 ? { finalizers: wanted.finalizers } : {}),
  }
  const status =
    object.kind === "Namespace"
      ? { status: { ...part(object, "status"), phase: "Terminating" } }
      : {}
  return { ...object, metadata: next, ...status } as UntypedObject
}

/** A pod that is going may be told to go sooner, never later. */
function hasten(
  server: Server,
  rules: KindRules,
  object: StoredObject,
  asked: number | undefined,
): number | undefined {
  if (!rules.isGraceful || asked === undefined) return undefined
  const { deletionTimestamp = "", deletionGracePeriodSeconds = 0 } = object.metadata
  const parsed = parseInstant(deletionTimestamp)
  const grace = graceOf(rules, object, asked)
  const isSooner = parsed.ok && server.now() + grace * 1000 < parsed.value
  return isSooner || (grace === 0 && deletionGracePeriodSeconds > 0) ? grace : undefined
}

/** What has become of an object that was deleted. */
export interface Deletion {
  /** As it goes on, or as it went. */
  readonly object: StoredObject
  readonly isGone: boolean
}

/**
 * Deletes an object, or marks it as going where something holds it back. A dry run answers what would have become of it,
 * and changes nothing.
 */
export function deleteObject(
  server: Server,
  rules: KindRules,
  object: StoredObject,
  request: WriteRequest & { readonly options: DeleteOptions },
): Deletion {
  const { options } = request
  const policy = options.propagationPolicy
  const { name } = object.metadata
  if (policy !== undefined && !["Background", "Foreground", "Orphan"].includes(policy)) {
    const supported = ["Foreground", "Background", "Orphan", "nil"]
    throw invalidOptions("DeleteOptions", [unsupported("propagationPolicy", policy, supported)])
  }
  if (rules.id === "/namespaces" && lastingNamespaces.includes(name)) {
    throw forbidden(rules, name, "this namespace may not be deleted")
  }
  checkPreconditions(rules, object, options)
  const isGoing = object.metadata.deletionTimestamp !== undefined
  const sooner = isGoing ? hasten(server, rules, object, options.gracePeriodSeconds) : undefined
  if (isGoing && sooner === undefined) return { object, isGone: false }
  const grace = sooner ?? graceOf(rules, object, options.gracePeriodSeconds)
  const finalizers = isGoing
    ? (object.metadata.finalizers ?? [])
    : finalizersFor(rules, object, policy)
  server.admission.validate(reviewOf("DELETE", rules, request, { before: object }))
  if (policy === undefined && rules.defaultPropagation === "Orphan") request.warn(orphansPods)
  const going = terminating(server, object, { grace, finalizers })
  const isGone = isReleased(going)
  if (isGone) {
    const gone = request.isDryRun
      ? object
      : server.commit({ request, rules, before: object, after: undefined })
    return { object: rules.isGraceful ? ended(going, gone) : gone, isGone }
  }
  const after = adoptDraft(going, object)
  return {
    object: request.isDryRun ? after : server.commit({ request, rules, before: object, after }),
    isGone,
  }
}

/** What had no time left to end says so, in the version in which it went. */
function ended(going: UntypedObject, { metadata }: StoredObject): StoredObject {
  const { resourceVersion } = metadata
  return { ...going, metadata: { ...going.metadata, resourceVersion } } as StoredObject
}
