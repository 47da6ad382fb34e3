import { isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import type { Message } from "./message.js"
import { decodeScalar, isZero, misfit, type Spot, zeroOf } from "./scalar.js"

type Path = (string | number)[]
type Fields = { [name: string]: JsonValue }

/** A document, read as an object of its kind. */
export interface Decoded {
  /** Without unknown fields, nulls and empty values that the server does not write; quantities and times in its spelling. */
  readonly object: JsonObject
  /** Where fields are that the kind does not have. */
  readonly unknown: readonly (readonly (string | number)[])[]
}

interface Reading {
  readonly path: Path
  readonly unknown: (readonly (string | number)[])[]
}

function set(fields: Fields, name: string, value: JsonValue): void {
  if (name !== "__proto__") fields[name] = value
  else {
    Object.defineProperty(fields, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
}

function own(known: unknown, name: string | number): unknown {
  if (typeof known !== "object" || known === null || !Object.hasOwn(known, name)) return undefined
  return (known as { readonly [key: string | number]: unknown })[name]
}

function decodeOne(reading: Reading, value: JsonValue, known: unknown, spot: Spot): JsonValue {
  const { type, message } = spot.field
  if (type !== "message") return decodeScalar(type, value, spot)
  if (!isJsonObject(value)) throw misfit(value, spot)
  return message === undefined ? value : decodeFields(reading, message, value, known)
}

function decodeList(reading: Reading, value: JsonValue, known: unknown, spot: Spot): JsonValue {
  if (!Array.isArray(value)) throw misfit(value, spot, `[]${spot.field.goType}`)
  const list = value as readonly JsonValue[]
  let copy: JsonValue[] | undefined
  for (let index = 0; index < list.length; index++) {
    const item = list[index] ?? zeroOf(spot.field.type)
    const before = own(known, index)
    if (item === before && typeof item === "object") continue
    reading.path.push(index)
    const decoded = decodeOne(reading, item, before, spot)
    reading.path.pop()
    if (decoded === list[index]) continue
    copy ??= [...list]
    copy[index] = decoded
  }
  return copy ?? list
}

function decodeMap(reading: Reading, value: JsonValue, known: unknown, spot: Spot): JsonValue {
  if (!isJsonObject(value)) throw misfit(value, spot, `map[string]${spot.field.goType}`)
  let copy: Fields | undefined
  for (const name of Object.keys(value)) {
    const item = value[name]
    if (item === undefined) continue
    const given = item ?? zeroOf(spot.field.type)
    const decoded = decodeOne(reading, given, own(known, name), spot)
    if (decoded === item) continue
    copy ??= { ...value }
    set(copy, name, decoded)
  }
  return copy ?? value
}

function isEmpty(value: JsonValue): boolean {
  if (typeof value !== "object" || value === null) return isZero(value)
  if (Array.isArray(value)) return value.length === 0
  for (const _name in value) return false
  return true
}

/** The value of a field; `undefined` where the server writes none. */
function decodeField(
  reading: Reading,
  value: JsonValue,
  known: unknown,
  spot: Spot,
): JsonValue | undefined {
  const { shape, dropsEmpty } = spot.field
  const decoded =
    shape === "one"
      ? decodeOne(reading, value, known, spot)
      : shape === "list"
        ? decodeList(reading, value, known, spot)
        : decodeMap(reading, value, known, spot)
  return dropsEmpty && isEmpty(decoded) ? undefined : decoded
}

/** Decodes all fields; the object itself where there is nothing to change. */
function decodeFields(
  reading: Reading,
  message: Message,
  object: JsonObject,
  known: unknown,
): JsonObject {
  const { path } = reading
  let copy: Fields | undefined
  for (const name of Object.keys(object)) {
    const value = object[name]
    if (value === undefined) continue
    const before = own(known, name)
    if (value === before && typeof value === "object" && value !== null) continue
    path.push(name)
    const field = message.fields.get(name)
    let decoded: JsonValue | undefined
    if (field === undefined) reading.unknown.push([...path])
    else if (value !== null) {
      decoded = decodeField(reading, value, before, { message: message.name, path, field })
    }
    path.pop()
    if (decoded === value) continue
    copy ??= { ...object }
    if (decoded === undefined) delete copy[name]
    else set(copy, name, decoded)
  }
  return copy ?? object
}

/**
 * Reads a document as an object of a kind, as the server does (spec/cluster §1.9, §7). Parts that are those of
 * `known`, a stored object, are taken as they are. Throws a `DecodeError` where a value has the wrong type.
 */
export function decode(message: Message, document: JsonObject, known?: unknown): Decoded {
  const reading: Reading = { path: [], unknown: [] }
  const object = decodeFields(reading, message, document, known)
  return { object, unknown: reading.unknown }
}

/** `spec.template.spec.containers[0].imag` */
export function formatField(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (text, step) =>
      typeof step === "number" ? `${text}[${step}]` : text === "" ? step : `${text}.${step}`,
    "",
  )
}
