const bits = new DataView(new ArrayBuffer(8))

/** A float as a fraction of at least a half and less than one, and a power of two. */
export function frexp(x: number): readonly [fraction: number, exponent: number] {
  if (x === 0 || !Number.isFinite(x)) return [x, 0]
  const isSmall = Math.abs(x) < 2 ** -1022
  bits.setFloat64(0, isSmall ? x * 2 ** 52 : x)
  const high = bits.getUint32(0)
  const exponent = ((high >>> 20) & 0x7ff) - 1022
  bits.setUint32(0, (high & 0x800f_ffff) | (1022 << 20))
  return [bits.getFloat64(0), exponent - (isSmall ? 52 : 0)]
}

/** x × 2^power, rounded once where the result is small. */
export function ldexp(x: number, power: number): number {
  let left = Math.max(Math.min(Math.trunc(power), 5000), -5000)
  let value = x
  while (left > 1000) {
    value *= 2 ** 1000
    left -= 1000
  }
  while (left < -1000) {
    value *= 2 ** -969
    left += 969
  }
  return value * 2 ** left
}

/** The float next to x on the way to y. */
export function nextAfter(x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN
  if (x === y) return x
  if (x === 0) return y > 0 ? Number.MIN_VALUE : -Number.MIN_VALUE
  bits.setFloat64(0, x)
  const step = y > x === x > 0 ? 1n : -1n
  bits.setBigInt64(0, bits.getBigInt64(0) + step)
  return bits.getFloat64(0)
}

/**
 * x to the power y. Multiplies squares with the exponents kept apart, as Go does: JavaScript's own power differs in the
 * last digit more often than not.
 */
export function pow(x: number, y: number): number {
  if (y === 0 || x === 1) return 1
  if (x === -1 && Math.abs(y) === Number.POSITIVE_INFINITY) return 1
  if (y === 0.5) return Math.sqrt(x)
  if (y === -0.5) return 1 / Math.sqrt(x)
  const size = Math.abs(y)
  if (x === 0 || !Number.isFinite(x) || !(size < 2 ** 52)) return x ** y
  let whole = Math.trunc(size)
  let part = size - whole
  if (part > 0 && x < 0) return Number.NaN
  if (part > 0.5) {
    part--
    whole++
  }
  let result = part === 0 ? 1 : Math.exp(part * Math.log(x))
  let power = 0
  let [square, exponent] = frexp(x)
  for (; whole > 0 && Math.abs(exponent) <= 4096; whole = Math.floor(whole / 2)) {
    if (whole % 2 === 1) {
      result *= square
      power += exponent
    }
    square *= square
    exponent *= 2
    if (square < 0.5) {
      square += square
      exponent--
    }
  }
  // What is left decides between none and infinity alone.
  if (whole > 0) power += exponent
  return y < 0 ? ldexp(1 / result, -power) : ldexp(result, power)
}

/** The logarithm to base two; exact for powers of two. */
export function log2(x: number): number {
  const [fraction, exponent] = frexp(x)
  return fraction === 0.5 ? exponent - 1 : Math.log(fraction) * Math.LOG2E + exponent
}

/** The logarithm to base ten. */
export function log10(x: number): number {
  return log2(x) * 0.3010299956639812
}
