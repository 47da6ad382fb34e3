import type { ObjectMeta, OwnerReference, UntypedObject } from "@argo-ts/kernel"
import { equalJson } from "@argo-ts/kernel"
import type { KindRules } from "../kinds/rules.js"
import type { StoredObject } from "../store/stored-object.js"
import { type FieldError, forbiddenField, required, wrong } from "./errors.js"

const standardFinalizers = new Set(["orphan", "foregroundDeletion", "kubernetes"])
const annotationsBytesMax = 262_144
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const qualifiedName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const pathSegmentKinds = new Set(["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"])
const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character"

function nameErrors(rules: KindRules, name: string): FieldError[] {
  const field = "metadata.name"
  if (rules.isBuiltIn && pathSegmentKinds.has(rules.kind.kind)) {
    const isSegment = !/[/%]/.test(name) && name !== "." && name !== ".."
    return isSegment ? [] : [wrong(field, name, "may not contain '/' or '%', or be '.' or '..'")]
  }
  const isLabelled = rules.isBuiltIn && ["Namespace", "Service"].includes(rules.kind.kind)
  if (isLabelled) {
    return name.length <= 63 && label.test(name) ? [] : [wrong(field, name, labelRule)]
  }
  return name.length <= 253 && subdomain.test(name) ? [] : [wrong(field, name, subdomainRule)]
}

function isQualified(key: string): boolean {
  const slash = key.indexOf("/")
  const name = key.slice(slash + 1)
  const prefix = key.slice(0, Math.max(slash, 0))
  const isPrefixed = slash < 0 || (prefix.length <= 253 && subdomain.test(prefix))
  return isPrefixed && name.length <= 63 && qualifiedName.test(name)
}

function labelErrors(metadata: ObjectMeta): FieldError[] {
  const errors: FieldError[] = []
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (!isQualified(key)) {
      errors.push(wrong("metadata.labels", key, "name part must be a qualified name"))
    }
    const isValue = typeof value === "string" && value.length <= 63
    if (!isValue || (value !== "" && !qualifiedName.test(value))) {
      const rule =
        "a valid label must be an empty string or consist of at most 63 alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
      errors.push(wrong("metadata.labels", value, rule))
    }
  }
  return errors
}

function annotationErrors(metadata: ObjectMeta): FieldError[] {
  const errors: FieldError[] = []
  let total = 0
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    if (!isQualified(key.toLowerCase())) {
      errors.push(wrong("metadata.annotations", key, "name part must be a qualified name"))
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
    return missing.map((name) => wrong(`${at}.${name}`, "", `${name} must not be empty`))
  })
  const controllers = references.filter((reference) => reference.controller === true)
  if (controllers.length > 1) {
    const why = "Only one reference can have Controller set to true"
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
  const { name = "", ownerReferences = [], finalizers = [] } = metadata
  const errors: FieldError[] = before === undefined ? nameErrors(rules, name) : []
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
