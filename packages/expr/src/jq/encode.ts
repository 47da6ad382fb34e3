import { utf8Bytes } from "@argo-ts/kernel"
import { decodeUtf8 } from "../go/text.js"
import { fieldOf, isArray, isObject, type JqValue, sortedKeys, typeName } from "./value.js"

const loneSurrogate = /\p{Cs}/gu
const special = /[\u007f\p{Cs}]/u

/** A text without halves of surrogate pairs, which Go's strings cannot hold. */
export function wellFormed(text: string): string {
  return text.replace(loneSurrogate, "\ufffd")
}

function encodeString(text: string): string {
  const written = JSON.stringify(special.test(text) ? wellFormed(text) : text)
  return written.replaceAll("\u007f", "\\u007f")
}

/** A number as jq writes it: NaN is null, an infinity is the largest number. */
export function encodeNumber(value: number | bigint): string {
  if (typeof value === "bigint") return String(value)
  if (Number.isNaN(value)) return "null"
  if (!Number.isFinite(value))
    return value > 0 ? "1.7976931348623157e+308" : "-1.7976931348623157e+308"
  return Object.is(value, -0) ? "-0" : String(value)
}

function encodeScalar(value: JqValue): string | undefined {
  switch (typeof value) {
    case "string":
      return encodeString(value)
    case "number":
    case "bigint":
      return encodeNumber(value)
    case "boolean":
      return value ? "true" : "false"
    default:
      return value === null ? "null" : undefined
  }
}

/** A value as compact JSON with sorted keys, as `tojson` writes it. */
export function encodeJson(value: JqValue): string {
  const scalar = encodeScalar(value)
  if (scalar !== undefined) return scalar
  if (isArray(value)) return `[${value.map(encodeJson).join(",")}]`
  if (!isObject(value)) return "null"
  const entries = sortedKeys(value).map(
    (key) => `${encodeString(key)}:${encodeJson(fieldOf(value, key))}`,
  )
  return `{${entries.join(",")}}`
}

/** A value as `tostring` gives it: a text as itself, anything else as JSON. */
export function textOf(value: JqValue): string {
  return typeof value === "string" ? value : encodeJson(value)
}

const previewMax = 30

/** The first parts of a value's JSON, a little more than a preview shows. */
function startOf(value: JqValue, room: number): string {
  if (typeof value === "string") return encodeString(value.slice(0, room + 1))
  const scalar = encodeScalar(value)
  if (scalar !== undefined) return scalar
  let text = isArray(value) ? "[" : "{"
  const keys = isObject(value) ? sortedKeys(value) : []
  const size = isArray(value) ? value.length : keys.length
  for (let index = 0; index < size; index++) {
    if (text.length > room) return text
    if (index > 0) text += ","
    const key = keys[index] ?? ""
    if (!isArray(value)) text += `${encodeString(key)}:`
    const item = isArray(value) ? value[index] : isObject(value) ? fieldOf(value, key) : null
    text += startOf(item ?? null, room - text.length)
  }
  return text + (isArray(value) ? "]" : "}")
}

/** A value's JSON for a message, cut to thirty bytes. */
export function preview(value: JqValue): string {
  const text = startOf(value, previewMax)
  const bytes = utf8Bytes(text)
  if (bytes.length <= previewMax) return text
  const end = typeof value === "string" ? ' ..."' : isArray(value) ? " ...]" : " ...}"
  const tail = isArray(value) || isObject(value) || typeof value === "string" ? end : " ..."
  let size = previewMax - tail.length
  // A character is shown whole or not at all.
  for (; size > 0; size--) {
    const kept = decodeUtf8(bytes.subarray(0, size))
    if (kept !== undefined) return kept + tail
  }
  return tail
}

/** A value's type and its preview: `number (42)`. */
export function typePreview(value: JqValue): string {
  return value === null ? "null" : `${typeName(value)} (${preview(value)})`
}
