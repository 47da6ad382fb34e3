import { isJsonObject, type JsonObject, type UntypedObject } from "@argo-ts/kernel"
import { type Decoded, decode, formatField } from "../decode/decode.js"
import { type Message, messageOf, metadataMessage } from "../decode/message.js"
import { DecodeError } from "../decode/scalar.js"
import type { KindRules } from "../kinds/rules.js"
import { asJson, asObject, type StoredObject } from "../store/stored-object.js"
import { badRequest, unfit } from "./errors.js"
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
    throw unfit(asJson(document), why)
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

function undeclaredFields(rules: KindRules, object: UntypedObject): readonly string[] {
  return (
    rules.custom?.undeclared(object) ??
    read(rules, asJson(object), undefined).unknown.map(formatField)
  )
}

/** Why an object is none of its kind, before anything of it is pruned: a field that the kind does not have, or a value of another type. */
export function mistyped(rules: KindRules, object: UntypedObject): string | undefined {
  try {
    const [undeclared] = undeclaredFields(rules, object)
    return undeclared === undefined ? undefined : `.${undeclared}: field not declared in schema`
  } catch (error) {
    if (error instanceof DecodeError) return error.message
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
