import { parseQuantity } from "../quantity.js"

/** How finely a quantity is kept: in thousandths where it counts a resource, in billionths elsewhere. */
export type QuantityScale = "milli" | "nano"

const plain = /^([1-9]\d{0,11})(m|[kMGTPE]i?)?$/
const decimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"]
const binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
const unit = 1_000_000_000n

/** True for the spelling that most authors use already: no zeros that a larger suffix would take. */
function isPlain(text: string): boolean {
  const match = plain.exec(text)
  if (match === null) return false
  const step = match[2]?.endsWith("i") === true ? 1024 : 1000
  return Number(match[1]) % step !== 0
}

function roundUp(nanos: bigint, step: bigint): bigint {
  const rest = ((nanos % step) + step) % step
  return rest === 0n ? nanos : nanos + (nanos > 0n ? step - rest : -rest)
}

/** The largest power of `base`, of those there are suffixes for, that leaves a whole number. */
function shrink(value: bigint, base: bigint, max: number): { mantissa: bigint; power: number } {
  let mantissa = value
  let power = 0
  while (power < max && mantissa % base === 0n) {
    mantissa /= base
    power++
  }
  return { mantissa, power }
}

/**
 * A quantity as the server writes it back: the same family of suffixes, the largest one that leaves a whole number
 * (spec/cluster §7). Finer fractions are rounded up. `undefined` for what is no quantity. A number counts as its text.
 */
export function canonicalQuantity(
  value: string | number,
  scale: QuantityScale = "nano",
): string | undefined {
  const text = typeof value === "number" ? `${value}` : value
  if (isPlain(text)) return text
  const parsed = parseQuantity(text)
  if (!parsed.ok) return undefined
  const nanos = roundUp(parsed.value, scale === "milli" ? 1_000_000n : 1n)
  if (nanos === 0n) return "0"
  const isWhole = nanos % unit === 0n
  const amount = nanos / unit
  const isSmall = amount > -1024n && amount < 1024n
  if (text.endsWith("i") && isWhole && !isSmall) {
    const { mantissa, power } = shrink(amount, 1024n, binarySuffixes.length - 1)
    return `${mantissa}${binarySuffixes[power]}`
  }
  const { mantissa, power } = shrink(nanos, 1000n, decimalSuffixes.length - 1)
  const isExponent = /[eE][+-]?\d+$/.test(text)
  if (!isExponent) return `${mantissa}${decimalSuffixes[power]}`
  return power === 3 ? `${mantissa}` : `${mantissa}e${(power - 3) * 3}`
}
