/** The exact value of a finite number: `digits` × 10^-`scale`. */
interface Exact {
  readonly digits: bigint
  readonly scale: number
}

const view = new DataView(new ArrayBuffer(8))

function exactly(value: number): Exact {
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const stored = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & 0xf_ffff_ffff_ffffn
  const mantissa = stored === 0 ? fraction : fraction | (1n << 52n)
  const power = (stored === 0 ? 1 : stored) - 1075
  // m × 2^-k is m × 5^k × 10^-k.
  return power >= 0
    ? { digits: mantissa << BigInt(power), scale: 0 }
    : { digits: mantissa * 5n ** BigInt(-power), scale: -power }
}

function dividedHalfEven(value: bigint, by: bigint): bigint {
  const quotient = value / by
  const twice = (value % by) * 2n
  const isUp = twice > by || (twice === by && quotient % 2n === 1n)
  return isUp ? quotient + 1n : quotient
}

/** `%.{places}f` of a finite number that is not negative; ties go to the even digit, as in Go. */
export function fixedDigits(value: number, places: number): string {
  const { digits, scale } = exactly(value)
  const scaled =
    places >= scale
      ? digits * 10n ** BigInt(places - scale)
      : dividedHalfEven(digits, 10n ** BigInt(scale - places))
  const text = scaled.toString().padStart(places + 1, "0")
  return places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`
}

/** The first `count` significant digits of a positive number, rounded half to even, and the power of the first. */
export function significantDigits(value: number, count: number): readonly [string, number] {
  const { digits, scale } = exactly(value)
  const text = digits.toString()
  const power = text.length - 1 - scale
  if (text.length <= count) return [text.padEnd(count, "0"), power]
  const rounded = dividedHalfEven(digits, 10n ** BigInt(text.length - count)).toString()
  return rounded.length > count ? [rounded.slice(0, count), power + 1] : [rounded, power]
}
