import { ClusterError } from "@argo-ts/k8s"
import { canonicalJson, isJsonObject, type JsonObject, type UntypedObject } from "@argo-ts/kernel"
import { type Decoded, decode, formatField } from "../decode/decode.js"
import { type Message, messageOf, metadataMessage } from "../decode/message.js"
import { DecodeError } from "../decode/scalar.js"
import type { KindRules } from "../kinds/rules.js"
import { asJson, asObject, type StoredObject } from "../store/stored-object.js"
import { badRequest } from "./errors.js"
import type { WriteRequest } from "./write.js"

const messages = new WeakMap<KindRules, { readonly message: Message | undefined }>()

/** The fields of a built-in kind, as far as they are known. */
export function fieldsOf(rules: KindRules): Message | undefined {
  if (!rules.isBuiltIn) return undefined
  let entry = messages.get(rules)
  if (entry === undefined) {
    entry = { message: messageOf(rules.apiVersion, rules.kind.kind) }
    messages.set(rules, entry)
  }
  return entry.message
}

/** Parts of an object that have been read before. */
type Known = Partial<Pick<StoredObject, "metadata" | "spec">>

/** Reads what is known of a kind's fields: all of them, or those of its metadata. */
function read(rules: KindRules, document: JsonObject, before: Known | undefined): Decoded {
  const message = fieldsOf(rules)
  if (message !== undefined) return decode(message, document, before)
  const { metadata } = document
  if (metadata === undefined || !isJsonObject(metadata)) return { object: document, unknown: [] }
  const own = decode(metadataMessage(), metadata, before?.metadata)
  const object = own.object === metadata ? document : { ...document, metadata: own.object }
  return { object, unknown: own.unknown.map((path) => ["metadata", ...path]) }
}

/** 422 for a patch that leads to no object of the kind, 400 for a body that is none. */
function refuse(rules: KindRules, document: UntypedObject, verb: string, why: string): never {
  if (verb === "patch") {
    const text = JSON.stringify(canonicalJson(asJson(document)))
    const message = `Invalid value: ${text}: ${why}`
    throw new ClusterError("Invalid", ` "" is invalid: patch: ${message}`, {
      causes: [{ reason: "FieldValueInvalid", message, field: "patch" }],
    })
  }
  const { kind, version } = rules.kind
  throw badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`)
}

/** Refuses fields that the kind does not have, warns of them or says nothing, as the request asks. */
export function reportUnknown(
  rules: KindRules,
  document: UntypedObject,
  request: WriteRequest,
  unknown: readonly string[],
): void {
  if (unknown.length === 0 || request.fieldValidation === "Ignore") return
  const texts = unknown.map((field) => `unknown field "${field}"`)
  if (request.fieldValidation === "Strict") {
    refuse(rules, document, request.verb, `strict decoding error: ${texts.join(", ")}`)
  }
  for (const text of texts) request.warn(text)
}

/** Fields of an object that its kind does not have; none where it cannot be read, which is refused elsewhere. */
export function undeclaredFields(rules: KindRules, object: UntypedObject): readonly string[] {
  try {
    return read(rules, asJson(object), undefined).unknown.map(formatField)
  } catch (error) {
    if (error instanceof DecodeError) return []
    throw error
  }
}

/**
 * The object of a request, read as one of its kind: unknown fields pruned, empty values dropped, quantities and times
 * in the server's spelling. By `fieldValidation` of the request an unknown field is refused, warned of or ignored.
 */
export function decodedObject(
  rules: KindRules,
  wanted: UntypedObject,
  request: WriteRequest,
  before?: Known,
): UntypedObject {
  let decoded: Decoded
  try {
    decoded = read(rules, asJson(wanted), before)
  } catch (error) {
    if (error instanceof DecodeError) return refuse(rules, wanted, request.verb, error.message)
    throw error
  }
  reportUnknown(rules, wanted, request, decoded.unknown.map(formatField))
  return asObject(decoded.object)
}
