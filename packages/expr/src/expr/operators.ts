import { utf8Bytes } from "@argo-ts/kernel"
import { compareUtf8 } from "../go/text.js"
import { Fault } from "../issue.js"
import { durationOf, isDuration, timeOf } from "../values/time-types.js"
import { isIntegerType, wrapInteger } from "../values/types.js"
import {
  GoTime,
  NamedInteger,
  Pointer,
  RawString,
  SizedNumber,
  Special,
  typeOf,
  type Value,
} from "../values/value.js"

/** Throws a run-time fault at a place. */
export function failAt(message: string, at: number): never {
  throw new Fault(message, at)
}

/** The operand types of a failed operator, as upstream words them. */
export function mismatch(left: Value, operator: string, right: Value, at: number): never {
  return failAt(`invalid operation: ${typeOf(left).name} ${operator} ${typeOf(right).name}`, at)
}

/** A number as bigint (integer kinds) or number (float kinds); undefined for anything else. */
export function numeric(value: Value): bigint | number | undefined {
  if (typeof value === "number" || typeof value === "bigint") return value
  if (value instanceof SizedNumber) return value.value
  return value instanceof Pointer ? numeric(value.target) : undefined
}

/** The text of a string value, raw bytes included as bytes. */
export function stringBytes(value: Value): Uint8Array | undefined {
  if (typeof value === "string") return utf8Bytes(value)
  return value instanceof RawString ? value.bytes : undefined
}

function wrap(value: bigint): bigint {
  return BigInt.asIntN(64, value)
}

/** `+`. */
export function add(left: Value, right: Value, at: number): Value {
  if (typeof left === "number" && typeof right === "number") return left + right
  if (typeof left === "bigint" && typeof right === "bigint") return wrap(left + right)
  if (typeof left === "string" && typeof right === "string") return left + right
  const a = numeric(left)
  const b = numeric(right)
  if (a !== undefined && b !== undefined) {
    return typeof a === "bigint" && typeof b === "bigint" ? wrap(a + b) : Number(a) + Number(b)
  }
  if (left instanceof Special || right instanceof Special) {
    if (isDuration(left) && isDuration(right)) return durationOf(left.value + right.value)
    if (left instanceof GoTime && isDuration(right)) return timeOf(left.ns + right.value, left.zone)
    if (isDuration(left) && right instanceof GoTime)
      return timeOf(right.ns + left.value, right.zone)
    const first = stringBytes(left)
    const second = stringBytes(right)
    if (first !== undefined && second !== undefined) {
      return new RawString(Uint8Array.from([...first, ...second]))
    }
  }
  return mismatch(left, "+", right, at)
}

/** `-` with two operands. */
export function subtract(left: Value, right: Value, at: number): Value {
  if (typeof left === "number" && typeof right === "number") return left - right
  const a = numeric(left)
  const b = numeric(right)
  if (a !== undefined && b !== undefined) {
    return typeof a === "bigint" && typeof b === "bigint" ? wrap(a - b) : Number(a) - Number(b)
  }
  if (left instanceof GoTime && right instanceof GoTime) return durationOf(left.ns - right.ns)
  if (left instanceof GoTime && isDuration(right)) return timeOf(left.ns - right.value, left.zone)
  if (isDuration(left) && isDuration(right)) return durationOf(left.value - right.value)
  return mismatch(left, "-", right, at)
}

/** `*`. */
export function multiply(left: Value, right: Value, at: number): Value {
  if (typeof left === "number" && typeof right === "number") return left * right
  const a = numeric(left) ?? (isDuration(left) ? left.value : undefined)
  const b = numeric(right) ?? (isDuration(right) ? right.value : undefined)
  if (a === undefined || b === undefined) return mismatch(left, "*", right, at)
  if (typeof a === "number" || typeof b === "number") return Number(a) * Number(b)
  return isDuration(left) || isDuration(right) ? durationOf(a * b) : wrap(a * b)
}

/** `/`: always a float. */
export function divide(left: Value, right: Value, at: number): Value {
  const a = numeric(left)
  const b = numeric(right)
  if (a === undefined || b === undefined) return mismatch(left, "/", right, at)
  return Number(a) / Number(b)
}

/** `%`: integers only, the sign of the dividend. */
export function remainder(left: Value, right: Value, at: number): Value {
  const a = numeric(left)
  const b = numeric(right)
  if (typeof a !== "bigint" || typeof b !== "bigint") return mismatch(left, "%", right, at)
  if (b === 0n) failAt("runtime error: integer divide by zero", at)
  return wrap(a % b)
}

/** `**` and `^`: always a float. */
export function power(left: Value, right: Value, at: number): Value {
  return goPow(toFloat(left, at), toFloat(right, at))
}

/** `math.Pow`, which differs from JavaScript's where the base is 1 or the exponent infinite. */
export function goPow(base: number, exponent: number): number {
  if (base === 1) return 1
  if (base === -1 && (exponent === Infinity || exponent === -Infinity)) return 1
  return base ** exponent
}

/** A number as float; anything else fails. */
export function toFloat(value: Value, at: number): number {
  if (typeof value === "number") return value
  const number = numeric(value)
  return number === undefined
    ? failAt(`invalid operation: float(${typeOf(value).name})`, at)
    : Number(number)
}

const minInt = -(2n ** 63n)

/** A float as int: truncated, and the smallest integer where it does not fit. */
export function truncate(value: number): bigint {
  if (Number.isNaN(value) || value >= 2 ** 63 || value < -(2 ** 63)) return minInt
  return BigInt(Math.trunc(value))
}

/** A number as int; anything else fails. */
export function toInt(value: Value, at: number): bigint {
  if (typeof value === "bigint") return value
  const number = numeric(value)
  if (number === undefined) return failAt(`invalid operation: int(${typeOf(value).name})`, at)
  return typeof number === "bigint" ? wrap(number) : truncate(number)
}

/** Unary `-`: keeps the kind. */
export function negate(value: Value, at: number): Value {
  if (typeof value === "number") return -value
  if (typeof value === "bigint") return wrap(-value)
  if (value instanceof SizedNumber) {
    if (typeof value.value === "number") return new SizedNumber(value.type, -value.value)
    return new SizedNumber(value.type, wrapInteger(value.type.kind, -value.value))
  }
  return failAt(`invalid operation: - ${typeOf(value).name}`, at)
}

/** A float32 or another sized number of the same kind as `like`. */
export function sized(like: SizedNumber, value: bigint | number): SizedNumber {
  return new SizedNumber(like.type, value)
}

/** Order of two values, negative, zero, positive or NaN; fails where they have none. */
export function order(left: Value, right: Value, operator: string, at: number): number {
  if (typeof left === "number" && typeof right === "number")
    return left - right || (left === right ? 0 : left - right)
  if (typeof left === "string" && typeof right === "string") return compareUtf8(left, right)
  const a = numeric(left)
  const b = numeric(right)
  if (a !== undefined && b !== undefined) {
    if (typeof a === "bigint" && typeof b === "bigint") return a < b ? -1 : a > b ? 1 : 0
    const x = Number(a)
    const y = Number(b)
    return x < y ? -1 : x > y ? 1 : x === y ? 0 : Number.NaN
  }
  if (left instanceof GoTime && right instanceof GoTime)
    return left.ns < right.ns ? -1 : left.ns > right.ns ? 1 : 0
  if (
    left instanceof NamedInteger &&
    right instanceof NamedInteger &&
    left.type === right.type &&
    isDuration(left)
  ) {
    return left.value < right.value ? -1 : left.value > right.value ? 1 : 0
  }
  const first = stringBytes(left)
  const second = stringBytes(right)
  if (first !== undefined && second !== undefined) return compareBytes(first, second)
  return mismatch(left, operator, right, at)
}

/** Order of bytes. */
export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const shared = Math.min(left.length, right.length)
  for (let index = 0; index < shared; index++) {
    const difference = (left[index] as number) - (right[index] as number)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

/** True for an int of any size. */
export function isIntegerValue(value: Value): boolean {
  return typeof value === "bigint" || (value instanceof SizedNumber && isIntegerType(value.type))
}
