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

/**
 * `math.Pow` digit for digit: the whole part of the exponent by squaring, the fraction by a logarithm. JavaScript's own
 * power rounds differently.
 */
export function goPow(base: number, exponent: number): number {
  if (exponent === 0 || base === 1) return 1
  if (exponent === 1) return base
  if (Number.isNaN(base) || Number.isNaN(exponent)) return Number.NaN
  if (base === -1 && !Number.isFinite(exponent)) return 1
  if (base === 0 || !Number.isFinite(base) || !Number.isFinite(exponent)) return base ** exponent
  if (exponent === 0.5) return Math.sqrt(base)
  if (exponent === -0.5) return 1 / Math.sqrt(base)
  const size = Math.abs(exponent)
  let whole = Math.trunc(size)
  let fraction = size - whole
  if (fraction !== 0 && base < 0) return Number.NaN
  if (whole >= 2 ** 62) return base ** exponent
  let result = 1
  if (fraction !== 0) {
    if (fraction > 0.5) {
      fraction--
      whole++
    }
    result = exactExp(fraction * Math.log(base))
  }
  const [mantissa, power] = bySquaring(base, whole)
  result *= mantissa
  return exponent < 0 ? scale(1 / result, -power) : scale(result, power)
}

const precision = 120n
const one = 1n << precision
/** ln 2 × 2^120. */
const ln2 = 921_350_637_599_661_305_226_344_307_672_478_455n

/** A number × 2^120, exact for what is not tiny. */
function fixedPoint(x: number): bigint {
  const [mantissa, power] = split(x)
  const bits = BigInt(mantissa * 2 ** 53)
  const shift = precision + BigInt(power) - 53n
  return shift >= 0n ? bits << shift : bits >> -shift
}

/** e^x rounded once: JavaScript's own is one digit off now and then where Go's is not. */
function exactExp(x: number): number {
  const power = Math.round(x / Math.LN2)
  const rest = fixedPoint(x) - BigInt(power) * ln2
  let term = one
  let sum = one
  for (let index = 1n; term !== 0n && index < 60n; index++) {
    term = (term * rest) / (one * index)
    sum += term
  }
  return scale(Number(sum) * 2 ** -Number(precision), power)
}

/** base^whole as a mantissa and a power of two, so that nothing overflows on the way. */
function bySquaring(base: number, whole: number): readonly [number, number] {
  let [square, squarePower] = split(base)
  let mantissa = 1
  let power = 0
  for (let rest = BigInt(whole); rest !== 0n; rest >>= 1n) {
    if (Math.abs(squarePower) > 1 << 12) return [mantissa, power + squarePower]
    if ((rest & 1n) === 1n) {
      mantissa *= square
      power += squarePower
    }
    square *= square
    squarePower *= 2
    if (square < 0.5) {
      square += square
      squarePower--
    }
  }
  return [mantissa, power]
}

/** A number as m × 2^e with ½ ≤ |m| < 1. */
function split(value: number): [number, number] {
  if (value === 0 || !Number.isFinite(value)) return [value, 0]
  let power = Math.max(-1023, Math.floor(Math.log2(Math.abs(value))) + 1)
  let mantissa = value * 2 ** Math.min(1023, -power) * 2 ** Math.max(0, -power - 1023)
  while (Math.abs(mantissa) < 0.5) {
    mantissa *= 2
    power--
  }
  while (Math.abs(mantissa) >= 1) {
    mantissa /= 2
    power++
  }
  return [mantissa, power]
}

function scale(value: number, power: number): number {
  if (power > 1000) return value * 2 ** 1000 * 2 ** Math.min(power - 1000, 1023)
  if (power < -1000) return value * 2 ** -1000 * 2 ** Math.max(power + 1000, -1074)
  return value * 2 ** power
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
    if (typeof a === "bigint" && typeof b === "bigint")
      return wrap(a) < wrap(b) ? -1 : wrap(a) > wrap(b) ? 1 : 0
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
