import type { JsonObject, JsonValue, ObjectMeta, UntypedObject } from "@argo-ts/kernel"
import { checkLimits } from "../admission/limit-ranges.js"
import { checkQuotas } from "../admission/quota.js"
import { withApproval } from "../admission/signing-request.js"
import { reviewOf } from "../hooks/review.js"
import type { KindRules } from "../kinds/rules.js"
import { adoptDraft, type Fields, putField } from "../store/adopt.js"
import { asJson, asObject, part, type StoredObject, shown } from "../store/stored-object.js"
import { admit } from "./admission.js"
import {
  type ChosenMetadata,
  checkKind,
  checkObject,
  choose,
  firstFields,
  type OpenMetadata,
} from "./create.js"
import { decodedObject } from "./decoding.js"
import { badRequest, checkVersion, conflict, invalid, wrong } from "./errors.js"
import { entriesOf, tracked } from "./managed.js"
import { metadataChangeErrors } from "./metadata.js"
import type { Server } from "./server.js"
import type { WriteRequest } from "./write.js"

/** A request to replace a stored object. */
export interface ReplaceRequest extends WriteRequest {
  /** Entries that an apply has computed. */
  readonly managed?: ObjectMeta["managedFields"]
  /** The stored status of another object, of which the new one has parts: they need not be read and copied again. */
  readonly kin?: object | undefined
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
  checkVersion(rules, before.metadata, version)
}

const notIdentity: ReadonlySet<string> = new Set([
  "labels",
  "annotations",
  "ownerReferences",
  "finalizers",
  "managedFields",
])

/** What the server keeps of the stored metadata, and what the writer may choose; what is stored where that is the same. */
function nextMetadata(
  before: StoredObject,
  chosen: ChosenMetadata,
  entries: ObjectMeta["managedFields"],
): ObjectMeta {
  const old = before.metadata
  const isSame =
    chosen.labels === old.labels &&
    chosen.annotations === old.annotations &&
    chosen.ownerReferences === old.ownerReferences &&
    chosen.finalizers === old.finalizers
  if (isSame && entries === old.managedFields) return old
  const kept: Fields = {}
  const fields = old as unknown as JsonObject
  for (const name of Object.keys(fields)) {
    if (!notIdentity.has(name)) putField(kept, name, fields[name] as JsonValue)
  }
  const next = kept as OpenMetadata
  choose(next, chosen)
  if (entries !== undefined) next.managedFields = entries
  return next
}

/** Metadata that a write to `/status` may change: by kind, as built-in servers have it. */
function statusMetadata(
  rules: KindRules,
  before: StoredObject,
  wanted: ObjectMeta,
): ChosenMetadata {
  const old = before.metadata
  if (!rules.isBuiltIn) return old
  const { labels, annotations, ownerReferences, finalizers } = wanted as ChosenMetadata
  const { kind } = rules.kind
  const chosen = {
    labels: kind === "Deployment" ? old.labels : labels,
    annotations,
    ownerReferences: kind === "Pod" ? old.ownerReferences : ownerReferences,
    finalizers,
  }
  return chosen as ChosenMetadata
}

/** The stored object with another status, which comes last. */
function withStatus(before: StoredObject, metadata: ObjectMeta, status: unknown): UntypedObject {
  const next: Fields = {}
  const fields = asJson(before)
  for (const name of Object.keys(fields)) {
    if (name === "metadata") next["metadata"] = metadata as unknown as JsonValue
    else if (name !== "status") putField(next, name, fields[name] as JsonValue)
  }
  if (status !== undefined) next["status"] = status as JsonValue
  return asObject(next)
}

/** What a writer wants of the object itself: its status stays as it is stored. */
function withBody(
  rules: KindRules,
  before: StoredObject,
  metadata: ObjectMeta,
  wanted: UntypedObject,
): UntypedObject {
  const { apiVersion = rules.apiVersion, kind = rules.kind.kind } = wanted as Partial<UntypedObject>
  const next = { apiVersion, kind, metadata } as unknown as Fields
  const { hasStatus } = rules.kind
  const status = hasStatus ? before["status"] : undefined
  const fields = asJson(wanted)
  for (const name of Object.keys(fields)) {
    if (firstFields.has(name)) continue
    if (!hasStatus || name !== "status") putField(next, name, fields[name] as JsonValue)
    else if (status !== undefined) next["status"] = status as JsonValue
  }
  if (status !== undefined) next["status"] = status as JsonValue
  return asObject(next)
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
    const metadata = nextMetadata(before, statusMetadata(rules, before, given), entries)
    const next = withStatus(before, metadata, wanted["status"])
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
  const candidate = withBody(rules, before, nextMetadata(before, given, entries), wanted)
  return admit({ server, rules, request, object: candidate, before })
}

/** What parts of a write may be: those of the stored object, or of its kin. */
function knownTo(before: StoredObject, { kin }: ReplaceRequest): StoredObject {
  return kin === undefined ? before : ({ ...before, status: kin } as StoredObject)
}

/** The candidate as hooks leave it; one that changes nothing is none of their business. */
function mutated(
  server: Server,
  rules: KindRules,
  before: StoredObject,
  request: Chosen,
): StoredObject {
  const candidate = candidateOf(server, rules, before, request)
  const object = adoptDraft(candidate, knownTo(before, request))
  if (object === before || server.admission.isPlain) return object
  const isWhole = request.subresource === undefined
  const fill = (changed: UntypedObject): UntypedObject =>
    isWhole ? admit({ server, rules, request, object: changed, before }) : changed
  const review = reviewOf("UPDATE", rules, request, { object, before })
  const changed = server.admission.mutate(review, fill)
  return changed === object ? object : adoptDraft(changed, before)
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
  return { ...object, metadata: { ...object.metadata, generation } } as StoredObject
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
  const wanted = decodedObject(rules, request.wanted, request, knownTo(before, request))
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
  if (isMain) checkLimits(server, rules, adopted, before)
  if (isMain && !request.isDryRun) checkQuotas(server, rules, adopted, before)
  const generation = isMain ? nextGeneration(rules, before, adopted) : before.metadata.generation
  const counted = withGeneration(adopted, generation)
  const after = tracked(server, rules, { before, after: counted, request })
  if (after === before) return before
  if (request.isDryRun) return shown(after)
  if (isReleased(after)) {
    server.commit({ request, rules, before, after: undefined })
    return shown(after)
  }
  return server.commit({ request, rules, before, after })
}
