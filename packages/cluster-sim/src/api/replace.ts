import type { ObjectMeta, UntypedObject } from "@argo-ts/kernel"
import { checkQuotas } from "../admission/quota.js"
import { withApproval } from "../admission/signing-request.js"
import { reviewOf } from "../hooks/review.js"
import type { KindRules } from "../kinds/rules.js"
import { adoptObject } from "../store/adopt.js"
import { part, type StoredObject } from "../store/stored-object.js"
import { admit } from "./admission.js"
import { checkKind, checkObject, chosenMetadata } from "./create.js"
import { decodedObject } from "./decoding.js"
import { badRequest, conflict, invalid, wrong } from "./errors.js"
import { entriesOf, tracked } from "./managed.js"
import { metadataChangeErrors } from "./metadata.js"
import type { Server } from "./server.js"
import type { WriteRequest } from "./write.js"

/** A request to replace a stored object. */
export interface ReplaceRequest extends WriteRequest {
  /** Entries that an apply has computed. */
  readonly managed?: ObjectMeta["managedFields"]
}

function checkIdentity(
  rules: KindRules,
  before: StoredObject,
  wanted: ObjectMeta,
  verb: string,
): void {
  const { name, namespace, uid } = before.metadata
  if (wanted.name !== name) {
    const found = wanted.name ?? ""
    throw badRequest(
      `the name of the object (${found}) does not match the name on the URL (${name})`,
    )
  }
  if ((wanted.namespace ?? namespace) !== namespace) {
    throw badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    )
  }
  if (wanted.uid !== undefined && wanted.uid !== "" && wanted.uid !== uid) {
    if (verb === "patch") {
      throw invalid(rules, name, [wrong("metadata.uid", wanted.uid, "field is immutable")])
    }
    const tail = `Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${uid}`
    throw conflict(rules, name, tail)
  }
  const version = wanted.resourceVersion ?? ""
  if (version === "" && rules.needsVersionOnUpdate && verb === "update") {
    const why = "must be specified for an update"
    const message = `Invalid value: 0x0: ${why}`
    const field = "metadata.resourceVersion"
    throw invalid(rules, name, [{ field, reason: "FieldValueInvalid", message }])
  }
  if (version !== "" && version !== before.metadata.resourceVersion) throw conflict(rules, name)
}

/** What the server keeps of the stored metadata, and what the writer may choose. */
function nextMetadata(
  before: StoredObject,
  chosen: ObjectMeta,
  entries: ObjectMeta["managedFields"],
): ObjectMeta {
  const {
    labels: _l,
    annotations: _a,
    ownerReferences: _o,
    finalizers: _f,
    managedFields: _m,
    ...identity
  } = before.metadata
  const managed = entries === undefined ? {} : { managedFields: entries }
  return { ...identity, ...chosenMetadata(chosen), ...managed }
}

/** Metadata that a write to `/status` may change: by kind, as built-in servers have it. */
function statusMetadata(rules: KindRules, before: StoredObject, wanted: ObjectMeta): ObjectMeta {
  if (!rules.isBuiltIn) return before.metadata
  const old = before.metadata
  const ownerReferences = old.ownerReferences
  if (rules.kind.kind === "Deployment") return { ...wanted, labels: old.labels } as ObjectMeta
  if (rules.kind.kind === "Pod") return { ...wanted, ownerReferences } as ObjectMeta
  return wanted
}

/** A request with the object, decoded, and the entries of `managedFields` that it goes on from. */
interface Chosen extends ReplaceRequest {
  readonly wanted: UntypedObject
  readonly entries: ObjectMeta["managedFields"]
}

function candidateOf(
  server: Server,
  rules: KindRules,
  before: StoredObject,
  request: Chosen,
): UntypedObject {
  const { wanted, subresource, entries } = request
  const given = wanted.metadata
  if (subresource === "status") {
    const { status: _old, ...main } = before
    const metadata = nextMetadata(before, statusMetadata(rules, before, given), entries)
    const status = wanted["status"]
    const next = { ...main, metadata, ...(status === undefined ? {} : { status }) } as UntypedObject
    return rules.custom?.admit(next).object ?? next
  }
  if (subresource === "finalize") return { ...before, spec: wanted["spec"] ?? {} } as UntypedObject
  if (subresource === "ephemeralcontainers") {
    const { ephemeralContainers: _old, ...rest } = part(before, "spec")
    const { ephemeralContainers: given } = part(wanted, "spec")
    const spec = given === undefined ? rest : { ...rest, ephemeralContainers: given }
    return admit({ server, rules, request, object: { ...before, spec } as UntypedObject, before })
  }
  if (subresource === "approval") return withApproval(before, wanted, server.now())
  const { apiVersion, kind, metadata: _metadata, ...body } = wanted
  const metadata = nextMetadata(before, given, entries)
  const candidate = {
    apiVersion: apiVersion ?? rules.apiVersion,
    kind: kind ?? rules.kind.kind,
    metadata,
    ...body,
  } as UntypedObject
  if (rules.kind.hasStatus) {
    const fields = candidate as unknown as { [name: string]: unknown }
    if (before["status"] === undefined) delete fields["status"]
    else fields["status"] = before["status"]
  }
  return admit({ server, rules, request, object: candidate, before })
}

/** The candidate as hooks leave it; one that changes nothing is none of their business. */
function mutated(
  server: Server,
  rules: KindRules,
  before: StoredObject,
  request: Chosen,
): StoredObject {
  const object = adoptObject(candidateOf(server, rules, before, request), before)
  if (object === before) return object
  const isWhole = request.subresource === undefined
  const fill = (changed: UntypedObject): UntypedObject =>
    isWhole ? admit({ server, rules, request, object: changed, before }) : changed
  const review = reviewOf("UPDATE", rules, request, { object, before })
  const changed = server.admission.mutate(review, fill)
  return changed === object ? object : adoptObject(changed, before)
}

function nextGeneration(
  rules: KindRules,
  before: StoredObject,
  after: StoredObject,
): number | undefined {
  const { generation } = before.metadata
  if (!rules.hasGeneration) return generation
  return (generation ?? 0) + (rules.isNewGeneration(before, after) ? 1 : 0)
}

function withGeneration(object: StoredObject, generation: number | undefined): StoredObject {
  if (object.metadata.generation === generation) return object
  const metadata = Object.freeze({ ...object.metadata, generation })
  return Object.freeze({ ...object, metadata }) as StoredObject
}

/** True for a deleted object that nothing holds back any more. */
export function isReleased(object: UntypedObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata
  if (deletionTimestamp === undefined || (finalizers?.length ?? 0) > 0) return false
  if ((deletionGracePeriodSeconds ?? 0) > 0) return false
  const spec = object["spec"] as { readonly finalizers?: readonly string[] } | undefined
  return object.kind !== "Namespace" || (spec?.finalizers?.length ?? 0) === 0
}

/**
 * Replaces a stored object, or only the part that a subresource stands for. What changes nothing is answered with
 * the stored object and no event; the last finalizer of a deleted object takes the object with it.
 */
export function replaceObject(
  server: Server,
  rules: KindRules,
  before: StoredObject,
  request: ReplaceRequest & { readonly wanted: UntypedObject },
): StoredObject {
  checkKind(rules, request.wanted)
  const wanted = decodedObject(rules, request.wanted, request, before)
  const { name } = before.metadata
  checkIdentity(rules, before, wanted.metadata, request.verb)
  const errors = metadataChangeErrors(before, wanted.metadata)
  if (errors.length > 0) throw invalid(rules, name, errors)
  // As sent: an empty list means something, which decoding drops.
  const given = request.wanted.metadata.managedFields
  const entries = entriesOf(before.metadata.managedFields, given, request.subresource)
  const adopted = mutated(server, rules, before, { ...request, wanted, entries })
  const isChanged = adopted !== before
  if (!isChanged && request.managed === undefined) return before
  if (request.subresource !== "status" || rules.custom !== undefined)
    checkObject(rules, { server, object: adopted, before, subresource: request.subresource })
  server.admission.validate(reviewOf("UPDATE", rules, request, { object: adopted, before }))
  const isMain = request.subresource !== "status"
  if (isMain && !request.isDryRun) checkQuotas(server, rules, adopted, before)
  const generation = isMain ? nextGeneration(rules, before, adopted) : before.metadata.generation
  const counted = withGeneration(adopted, generation)
  const after = tracked(server, rules, { before, after: counted, request })
  if (after === before) return before
  if (request.isDryRun) return after
  if (isReleased(after)) {
    server.commit({ request, rules, before, after: undefined })
    return after
  }
  return server.commit({ request, rules, before, after })
}
