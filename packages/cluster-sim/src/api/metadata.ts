import type { JsonObject, ObjectMeta, OwnerReference, UntypedObject } from "@argo-ts/kernel"
import { equalJson } from "@argo-ts/kernel"
import type { KindRules } from "../kinds/rules.js"
import type { StoredObject } from "../store/stored-object.js"
import {
  labelComplaints,
  oldLabelComplaints,
  qualifiedComplaints,
  subdomainComplaints,
} from "../validation/names.js"
import { checkLabels } from "../validation/selector.js"
import { type FieldError, forbiddenField, required, wrong } from "./errors.js"

const standardFinalizers = new Set(["orphan", "foregroundDeletion", "kubernetes"])
const annotationsBytesMax = 262_144
const pathSegmentKinds = new Set(["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"])

function nameComplaints(rules: KindRules, name: string): readonly string[] {
  const { kind } = rules.kind
  if (!rules.isBuiltIn) return subdomainComplaints(name)
  if (pathSegmentKinds.has(kind)) {
    if (name === "." || name === "..") return [`may not be '${name}'`]
    return ["/", "%"]
      .filter((each) => name.includes(each))
      .map((each) => `may not contain '${each}'`)
  }
  if (kind === "Service") return oldLabelComplaints(name)
  return kind === "Namespace" ? labelComplaints(name) : subdomainComplaints(name)
}

function nameErrors(rules: KindRules, name: string): FieldError[] {
  return nameComplaints(rules, name).map((why) => wrong("metadata.name", name, why))
}

/** What is wrong with the beginning of names that are made up; a dash at its end is followed by more. */
function prefixErrors(rules: KindRules, prefix: string): FieldError[] {
  const begun = prefix.length > 1 && prefix.endsWith("-") ? `${prefix.slice(0, -2)}a` : prefix
  const complaints = begun === "" ? [] : nameComplaints(rules, begun)
  return complaints.map((why) => wrong("metadata.generateName", prefix, why))
}

function isQualified(key: string): boolean {
  return qualifiedComplaints(key).length === 0
}

function labelErrors(metadata: ObjectMeta): FieldError[] {
  const errors: FieldError[] = []
  checkLabels((metadata.labels ?? {}) as JsonObject, "metadata.labels", errors)
  return errors
}

function annotationErrors(metadata: ObjectMeta): FieldError[] {
  const errors: FieldError[] = []
  let total = 0
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    for (const why of qualifiedComplaints(key.toLowerCase())) {
      errors.push(wrong("metadata.annotations", key, why))
    }
    if (typeof value !== "string") {
      errors.push(wrong(`metadata.annotations[${key}]`, value, "expected a text"))
    } else total += key.length + value.length
  }
  if (total > annotationsBytesMax) {
    const message = `Too long: may not be more than ${annotationsBytesMax} bytes`
    errors.push({ field: "metadata.annotations", reason: "FieldValueTooLong", message })
  }
  return errors
}

function ownerErrors(references: readonly OwnerReference[]): FieldError[] {
  const errors = references.flatMap((reference, index) => {
    const at = `metadata.ownerReferences[${index}]`
    const missing = (["apiVersion", "kind", "name", "uid"] as const).filter(
      (name) => typeof reference[name] !== "string" || reference[name] === "",
    )
    const errors = missing.map((name) => wrong(`${at}.${name}`, "", `${name} must not be empty`))
    if (reference.apiVersion !== "v1" || reference.kind !== "Event") return errors
    const why = "/v1, Kind=Event is disallowed from being an owner"
    return [...errors, wrong(at, reference as unknown as JsonObject, why)]
  })
  const controllers = references.filter((reference) => reference.controller === true)
  if (controllers.length > 1) {
    const [first, second] = controllers.map(({ name }) => name)
    const why = `Only one reference can have Controller set to true. Found "true" in references for ${first} and ${second}`
    errors.push(wrong("metadata.ownerReferences", references, why))
  }
  return errors
}

/**
 * Built-in kinds want `domain/name`; custom resources merely a qualified name, which is why Argo CD's own
 * `resources-finalizer.argocd.argoproj.io` is stored everywhere.
 */
function finalizerErrors(rules: KindRules, finalizers: readonly string[]): FieldError[] {
  return finalizers.flatMap((name, index) => {
    const isLong = name.includes("/") || !rules.isBuiltIn
    const isKnown = standardFinalizers.has(name) || (isLong && isQualified(name))
    if (isKnown) return []
    const why = "name is neither a standard finalizer name nor is it fully qualified"
    return [wrong(`metadata.finalizers[${index}]`, name, why)]
  })
}

/** What is wrong with the metadata of an object that has its name. Parts shared with `before` are not checked anew. */
export function metadataErrors(
  rules: KindRules,
  object: UntypedObject,
  before?: StoredObject,
): FieldError[] {
  const { metadata } = object
  const old: ObjectMeta = before?.metadata ?? {}
  const { name = "", generateName = "", ownerReferences = [], finalizers = [] } = metadata
  const errors: FieldError[] =
    before === undefined ? [...prefixErrors(rules, generateName), ...nameErrors(rules, name)] : []
  if (metadata.labels !== old.labels) errors.push(...labelErrors(metadata))
  if (metadata.annotations !== old.annotations) errors.push(...annotationErrors(metadata))
  if (metadata.ownerReferences !== old.ownerReferences) errors.push(...ownerErrors(ownerReferences))
  if (metadata.finalizers !== old.finalizers) {
    errors.push(...finalizerErrors(rules, finalizers))
  }
  return errors
}

/** What may not change in the metadata of a stored object. */
export function metadataChangeErrors(before: StoredObject, wanted: ObjectMeta): FieldError[] {
  const old = before.metadata
  const errors: FieldError[] = []
  const fixed = (name: "deletionTimestamp" | "deletionGracePeriodSeconds"): void => {
    const value = wanted[name]
    if (value === undefined || value === null || equalJson(value, old[name])) return
    errors.push(wrong(`metadata.${name}`, value, "field is immutable"))
  }
  fixed("deletionTimestamp")
  fixed("deletionGracePeriodSeconds")
  if (old.deletionTimestamp !== undefined) {
    const added = (wanted.finalizers ?? []).filter((name) => !old.finalizers?.includes(name))
    if (added.length > 0) {
      const list = added.map((name) => JSON.stringify(name)).join(", ")
      const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`
      errors.push(forbiddenField("metadata.finalizers", why))
    }
  }
  return errors
}

/** The first complaint of a nameless object. */
export function nameRequired(): FieldError {
  return required("metadata.name", "name or generateName is required")
}
