import { sprint } from "../go/sprint.js"
import { decodeUtf8, isAscii } from "../go/text.js"
import { keyOfValue } from "../values/keys.js"
import { methodsOf } from "../values/time-types.js"
import { type GoType, isIntegerType, isNumberType, uint8Type } from "../values/types.js"
import {
  GoMap,
  GoStruct,
  isList,
  isPlainMap,
  Pointer,
  RawString,
  SizedNumber,
  Special,
  TypedNil,
  tagged,
  typeOf,
  typeOfArray,
  type Value,
} from "../values/value.js"
import { failAt, stringBytes, toInt } from "./operators.js"
import { bindMethod } from "./time-methods.js"

const inherited = new Set(Object.getOwnPropertyNames(Object.prototype))

/** The own value under a key of a plain map; undefined where there is none. */
export function ownValue(map: { readonly [key: string]: Value }, key: string): Value | undefined {
  if (inherited.has(key)) return Object.hasOwn(map, key) ? map[key] : undefined
  const value = map[key]
  return typeof value === "function" ? undefined : value
}

/** The zero value of a type: what an absent key of a map gives. */
export function zeroOf(type: GoType | undefined): Value {
  if (type === undefined || type.kind === "any" || type.kind === "nil") return null
  if (type.kind === "string") return ""
  if (type.kind === "bool") return false
  if (type.name === "int") return 0n
  if (type.name === "float64") return 0
  if (isNumberType(type)) return new SizedNumber(type, isIntegerType(type) ? 0n : 0)
  return new TypedNil(type)
}

/** `base.key`, `base[key]`. */
export function fetch(base: Value, key: Value, at: number): Value {
  if (typeof base === "object" && base !== null) {
    if (isPlainMap(base)) {
      if (typeof key === "string") return ownValue(base, key) ?? null
      if (key === null) return ownValue(base, "") ?? null
      return mapKeyMismatch(key, "string", at)
    }
    if (isList(base)) return item(base, key, at)
    if (base instanceof Special) return fetchSpecial(base, key, at)
    if (base instanceof Uint8Array) return byteAt(base, key, at)
  }
  if (typeof base === "string") return byteOfString(base, key, at)
  return failAt(`cannot fetch ${sprint(key)} from ${typeOf(base).name}`, at)
}

function mapKeyMismatch(key: Value, expected: string, at: number): never {
  const found = typeOf(key).name
  return failAt(
    `reflect.Value.MapIndex: value of type ${found} is not assignable to type ${expected}`,
    at,
  )
}

function position(key: Value, length: number, at: number): number {
  const wanted = Number(toInt(key, at))
  const index = wanted < 0 ? length + wanted : wanted
  if (index < 0 || index >= length)
    failAt(`index out of range: ${index} (array length is ${length})`, at)
  return index
}

function item(base: readonly Value[], key: Value, at: number): Value {
  return base[position(key, base.length, at)] ?? null
}

function byteAt(bytes: Uint8Array, key: Value, at: number): Value {
  return new SizedNumber(uint8Type, BigInt(bytes[position(key, bytes.length, at)] as number))
}

function byteOfString(base: string, key: Value, at: number): Value {
  return byteAt(stringBytes(base) as Uint8Array, key, at)
}

function fetchSpecial(base: Special, key: Value, at: number): Value {
  if (typeof key === "string") {
    const bound = memberOf(base, key)
    if (bound !== undefined) return bound
  }
  if (base instanceof Pointer) return fetch(base.target, key, at)
  if (base instanceof GoMap) return fetchFromMap(base, key, at)
  if (base instanceof RawString) return byteAt(base.bytes, key, at)
  if (base instanceof TypedNil) {
    if (base.type.kind === "map") return zeroOf(base.type.elem)
    if (base.type.kind === "slice") return item([], key, at)
  }
  return failAt(`cannot fetch ${sprint(key)} from ${base.type.name}`, at)
}

/** A field or method of a struct, time or duration; undefined where there is none. */
export function memberOf(base: Value, name: string): Value | undefined {
  if (base instanceof GoStruct) return base.fields.get(name) ?? base.methods.get(name)
  if (base instanceof Pointer) return base.methods?.get(name) ?? memberOf(base.target, name)
  if (!(base instanceof Special)) return undefined
  return methodsOf(base.type)?.has(name) === true ? bindMethod(base, name) : undefined
}

function fetchFromMap(base: GoMap, key: Value, at: number): Value {
  const wanted = base.type.key as GoType
  if (key === null)
    return base.entries.get(wanted.kind === "any" ? null : zeroOf(wanted)) ?? zeroOf(base.type.elem)
  if (wanted.kind !== "any" && wanted.name !== typeOf(key).name)
    return mapKeyMismatch(key, wanted.name, at)
  return base.entries.get(keyOfValue(key)) ?? zeroOf(base.type.elem)
}

/** `base[from:to]` with Go's byte positions; clamped, never out of range. */
export function slice(
  base: Value,
  from: Value | undefined,
  to: Value | undefined,
  at: number,
): Value {
  const whole = base instanceof Pointer ? base.target : base
  const bytes = typeof whole === "string" && isAscii(whole) ? undefined : stringBytes(whole)
  const length = bytes?.length ?? lengthForSlice(whole, at)
  const end = clamp(to === undefined ? length : Number(toInt(to, at)), length)
  const start = Math.min(clamp(from === undefined ? 0 : Number(toInt(from, at)), length), end)
  if (bytes !== undefined) return textOf(bytes.slice(start, end))
  if (typeof whole === "string" || whole instanceof Uint8Array) return whole.slice(start, end)
  if (isList(whole)) return tagged(whole.slice(start, end), typeOfArray(whole))
  return whole
}

function lengthForSlice(value: Value, at: number): number {
  if (typeof value === "string" || value instanceof Uint8Array || isList(value)) return value.length
  if (value instanceof TypedNil && value.type.kind === "slice") return 0
  return failAt(`cannot slice ${sprint(value)}`, at)
}

function clamp(wanted: number, length: number): number {
  const index = wanted < 0 ? length + wanted : wanted
  return Math.max(0, Math.min(index, length))
}

/** Bytes as a Go string: text where they are valid UTF-8. */
export function textOf(bytes: Uint8Array): Value {
  return decodeUtf8(bytes) ?? new RawString(bytes)
}
