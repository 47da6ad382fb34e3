import { parseGoFloat, parseGoIntBase0 } from "../go/number.js"
import { int64Type } from "../values/types.js"
import { NamedInteger, SizedNumber, type Value } from "../values/value.js"

/** An `int64`. */
export function int64(value: bigint): SizedNumber {
  return new SizedNumber(int64Type, BigInt.asIntN(64, value))
}

/** Anything as an integer, as sprig casts: texts in any base, floats cut off, the rest 0. */
export function toInteger(value: Value | undefined): bigint {
  if (typeof value === "bigint") return value
  if (typeof value === "string") return parseGoIntBase0(value) ?? 0n
  if (typeof value === "boolean") return value ? 1n : 0n
  if (typeof value === "number") return ofFloat(value)
  if (value instanceof SizedNumber) {
    return typeof value.value === "bigint" ? value.value : ofFloat(value.value)
  }
  return value instanceof NamedInteger ? value.value : 0n
}

const least = -(2n ** 63n)

function ofFloat(value: number): bigint {
  if (!Number.isFinite(value)) return least
  const whole = BigInt(Math.trunc(value))
  return whole >= 2n ** 63n || whole < least ? least : whole
}

/** Anything as a float; what is none is 0. */
export function toFloat(value: Value | undefined): number {
  if (typeof value === "number") return value
  if (typeof value === "string") return parseGoFloat(value) ?? 0
  if (value instanceof SizedNumber) return Number(value.value)
  return Number(toInteger(value))
}
