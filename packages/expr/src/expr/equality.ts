import { type GoType, isNumberType } from "../values/types.js"
import {
  GoFunc,
  GoLocation,
  GoMap,
  GoStruct,
  GoTime,
  isList,
  isNil,
  NamedInteger,
  Pointer,
  RawString,
  SizedNumber,
  Special,
  TypedNil,
  typeOf,
  typeOfArray,
  type Value,
} from "../values/value.js"
import { compareBytes, numeric } from "./operators.js"

/** `==`: numbers across kinds, arrays item by item, everything else by type and content. */
export function equal(left: Value, right: Value): boolean {
  if (left === right) return !(left instanceof GoFunc)
  const a = typeof left
  if (a === "string" || a === "boolean") {
    return right instanceof Special && a === "string" ? false : false
  }
  if (isNil(left) || isNil(right)) return isNil(left) && isNil(right)
  const x = numeric(left)
  const y = numeric(right)
  if (x !== undefined && y !== undefined) {
    if (typeof x === "bigint" && typeof y === "bigint")
      return BigInt.asIntN(64, x) === BigInt.asIntN(64, y)
    return Number(x) === Number(y)
  }
  if (isList(left) && isList(right)) return equalLists(left, right)
  if (left instanceof GoTime && right instanceof GoTime) return left.ns === right.ns
  return deepEqual(left, right)
}

/** `==` of 1.15: lists are equal only where their types and those of their items are. */
export function equalOlder(left: Value, right: Value): boolean {
  return isList(left) && isList(right) ? deepEqual(left, right) : equal(left, right)
}

function isBasic(type: GoType | undefined): boolean {
  return type !== undefined && (isNumberType(type) || type.name === "string")
}

function equalLists(left: readonly Value[], right: readonly Value[]): boolean {
  const a = typeOfArray(left)
  const b = typeOfArray(right)
  const isLenient =
    (a.name === "[]interface {}" && (b.name === a.name || isBasic(b.elem))) ||
    (b.name === "[]interface {}" && isBasic(a.elem)) ||
    (a.name === b.name && isBasic(a.elem))
  if (!isLenient) return deepEqual(left, right)
  if (left.length !== right.length) return false
  for (let index = 0; index < left.length; index++) {
    if (!equal(left[index] as Value, right[index] as Value)) return false
  }
  return true
}

/** `reflect.DeepEqual`: no leniency between number kinds. */
export function deepEqual(left: Value, right: Value): boolean {
  if (left === right) return !(left instanceof GoFunc)
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null)
    return false
  if (typeOf(left).name !== typeOf(right).name) return false
  if (left instanceof Uint8Array && right instanceof Uint8Array)
    return compareBytes(left, right) === 0
  if (isList(left) && isList(right)) {
    return (
      left.length === right.length &&
      left.every((item, index) => deepEqual(item, right[index] as Value))
    )
  }
  if (left instanceof Special || right instanceof Special) return equalSpecial(left, right)
  const keys = Object.keys(left)
  if (keys.length !== Object.keys(right).length) return false
  const a = left as { readonly [key: string]: Value }
  const b = right as { readonly [key: string]: Value }
  return keys.every((key) => Object.hasOwn(b, key) && deepEqual(a[key] as Value, b[key] as Value))
}

function equalSpecial(left: object, right: object): boolean {
  if (left instanceof SizedNumber && right instanceof SizedNumber) return left.value === right.value
  if (left instanceof NamedInteger && right instanceof NamedInteger)
    return left.value === right.value
  if (left instanceof RawString && right instanceof RawString)
    return compareBytes(left.bytes, right.bytes) === 0
  if (left instanceof GoTime && right instanceof GoTime) {
    return left.ns === right.ns && left.zone.name === right.zone.name
  }
  if (left instanceof TypedNil && right instanceof TypedNil) return true
  if (left instanceof GoLocation && right instanceof GoLocation)
    return left.zone.name === right.zone.name
  if (left instanceof Pointer && right instanceof Pointer)
    return deepEqual(left.target, right.target)
  if (left instanceof GoStruct && right instanceof GoStruct) {
    return [...left.fields].every(([name, field]) =>
      deepEqual(field, right.fields.get(name) ?? null),
    )
  }
  if (left instanceof GoMap && right instanceof GoMap) {
    if (left.entries.size !== right.entries.size) return false
    return [...left.entries].every(
      ([key, item]) => right.entries.has(key) && deepEqual(item, right.entries.get(key) as Value),
    )
  }
  return !(left instanceof GoFunc) && left === right
}
