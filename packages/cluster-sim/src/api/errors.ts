import { ClusterError, type ClusterErrorReason, type StatusDetails } from "@argo-ts/k8s"
import { canonicalJson, type JsonValue, type Kind } from "@argo-ts/kernel"
import type { KindRules } from "../kinds/rules.js"
import type { StoredObject } from "../store/stored-object.js"

/** One wrong field of an object. */
export interface FieldError {
  /** `spec.replicas` */
  readonly field: string
  /** `FieldValueInvalid`, `FieldValueRequired`, … */
  readonly reason: string
  /** `Invalid value: -1: must be greater than or equal to 0` */
  readonly message: string
}

function details(rules: KindRules, name: string): StatusDetails {
  const { group, plural } = rules.kind
  return { name, kind: plural, ...(group === "" ? {} : { group }) }
}

function about(
  reason: ClusterErrorReason,
  rules: KindRules,
  name: string,
  message: string,
): ClusterError {
  return new ClusterError(reason, message, details(rules, name))
}

/** 404: the object is absent. */
export function notFound(rules: KindRules, name: string): ClusterError {
  return about("NotFound", rules, name, `${rules.resource} "${name}" not found`)
}

/** 409: the name is taken. */
export function alreadyExists(rules: KindRules, name: string, isDeleting: boolean): ClusterError {
  const prefix = isDeleting ? "object is being deleted: " : ""
  const message = `${prefix}${rules.resource} "${name}" already exists`
  return about("AlreadyExists", rules, name, message)
}

const staleTail =
  "the object has been modified; please apply your changes to the latest version and try again"

/** 409: the writer has an old version, or a precondition does not hold. */
export function conflict(rules: KindRules, name: string, tail: string = staleTail): ClusterError {
  const message = `Operation cannot be fulfilled on ${rules.resource} "${name}": ${tail}`
  return about("Conflict", rules, name, message)
}

/** Refuses a version that is not the stored one: 409, and 500 for one that is no version at all. */
export function checkVersion(
  rules: KindRules,
  stored: StoredObject["metadata"],
  version: string | undefined,
): void {
  if (version === undefined || version === "" || version === stored.resourceVersion) return
  if (/^\d+$/.test(version)) throw conflict(rules, stored.name)
  const message = `strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`
  throw new ClusterError("InternalError", message)
}

/** 403: the server's own rules forbid it. */
export function forbidden(
  rules: KindRules,
  name: string,
  why: string,
  causes?: StatusDetails["causes"],
): ClusterError {
  return new ClusterError("Forbidden", `${rules.resource} "${name}" is forbidden: ${why}`, {
    ...details(rules, name),
    ...(causes === undefined ? {} : { causes }),
  })
}

/** 400. */
export function badRequest(message: string): ClusterError {
  return new ClusterError("BadRequest", message)
}

/** 422 with a cause per field. */
export function invalid(
  rules: KindRules,
  name: string,
  errors: readonly FieldError[],
): ClusterError {
  return invalidOf(rules.kind, name, errors)
}

/** 422 for what is never stored, as reviews are. */
export function invalidOf(
  { group, kind }: Pick<Kind, "group" | "kind">,
  name: string,
  errors: readonly FieldError[],
): ClusterError {
  const texts = errors.map(({ field, message }) => `${field}: ${message}`)
  const text = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`
  const qualified = group === "" ? kind : `${kind}.${group}`
  return new ClusterError("Invalid", `${qualified} "${name}" is invalid: ${text}`, {
    ...(name === "" ? {} : { name }),
    kind,
    ...(group === "" ? {} : { group }),
    causes: errors,
  })
}

/** `apps/v1, Kind=Deployment`, and `/v1, Kind=Pod` where there is no group: how the server prints a type. */
export function typeText(apiVersion: string, kind: string): string {
  return `${apiVersion.includes("/") ? "" : "/"}${apiVersion}, Kind=${kind}`
}

/** 422: what a patch has made is no object of the kind. */
export function unfit(document: JsonValue, why: string): ClusterError {
  const message = `Invalid value: ${JSON.stringify(canonicalJson(document))}: ${why}`
  return new ClusterError("Invalid", ` "" is invalid: patch: ${message}`, {
    causes: [{ reason: "FieldValueInvalid", message, field: "patch" }],
  })
}

/** 422 for the options of a request. */
export function invalidOptions(kind: string, errors: readonly FieldError[]): ClusterError {
  const texts = errors.map(({ field, message }) => `${field}: ${message}`)
  const text = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`
  const message = `${kind}.meta.k8s.io "" is invalid: ${text}`
  return new ClusterError("Invalid", message, { group: "meta.k8s.io", kind, causes: errors })
}

/** A value that is none of the known ones. */
export function unsupported(
  field: string,
  value: unknown,
  supported: readonly string[],
): FieldError {
  const known = supported.map((each) => JSON.stringify(each)).join(", ")
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${known}`
  return { field, reason: "FieldValueNotSupported", message }
}

/** A field that has to be there. */
export function required(field: string, why?: string): FieldError {
  const message = why === undefined ? "Required value" : `Required value: ${why}`
  return { field, reason: "FieldValueRequired", message }
}

/** A field whose value does not do. */
export function wrong(field: string, value: unknown, why: string): FieldError {
  const message = `Invalid value: ${JSON.stringify(value)}: ${why}`
  return { field, reason: "FieldValueInvalid", message }
}

/** A change that is not allowed. */
export function forbiddenField(field: string, why: string): FieldError {
  return { field, reason: "FieldValueForbidden", message: `Forbidden: ${why}` }
}

/** A value that Go prints in its own syntax, {@link goValue}. */
export function wrongGo(field: string, value: string, why: string): FieldError {
  return { field, reason: "FieldValueInvalid", message: `Invalid value: ${value}: ${why}` }
}

/** A value that is there already. */
export function duplicate(field: string, value: unknown): FieldError {
  const message = `Duplicate value: ${JSON.stringify(value)}`
  return { field, reason: "FieldValueDuplicate", message }
}

/** A value that is none of those that there are. */
export function notSupported(
  field: string,
  value: unknown,
  supported: readonly string[],
): FieldError {
  const values = supported.map((each) => JSON.stringify(each)).join(", ")
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${values}`
  return { field, reason: "FieldValueNotSupported", message }
}

/** More bytes than a field may have. */
export function tooLong(field: string, bytesMax: number): FieldError {
  const message = `Too long: may not be more than ${bytesMax} bytes`
  return { field, reason: "FieldValueTooLong", message }
}

/** A reference to a part of the object that is not there. */
export function notFoundField(field: string, value: string): FieldError {
  const message = `Not found: ${JSON.stringify(value)}`
  return { field, reason: "FieldValueNotFound", message }
}
