/** A decimal number: `digits` × 10^-`scale`. */
interface Decimal {
  readonly digits: bigint
  readonly scale: number
}

/** Decimal places of a quotient, as in the library that sprig computes with. */
const divisionPlaces = 16

function decimalOf(value: number): Decimal {
  const [mantissa = "0", power = "0"] = value.toExponential().split("e")
  const [whole = "", fraction = ""] = mantissa.split(".")
  const scale = fraction.length - Number(power)
  const digits = BigInt(whole + fraction)
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale }
}

function aligned(left: Decimal, right: Decimal): readonly [bigint, bigint, number] {
  const scale = Math.max(left.scale, right.scale)
  const raise = ({ digits, scale: own }: Decimal): bigint => digits * 10n ** BigInt(scale - own)
  return [raise(left), raise(right), scale]
}

function numberOf({ digits, scale }: Decimal): number {
  return Number(`${digits}e${-scale}`)
}

/** Adds, subtracts, multiplies or divides in decimals, as sprig's float functions do: 0.1 + 0.2 is 0.3. */
export function computeDecimal(
  operator: "+" | "-" | "*" | "/",
  left: number,
  right: number,
): number {
  const [one, two] = [decimalOf(left), decimalOf(right)]
  if (operator === "*") {
    return numberOf({ digits: one.digits * two.digits, scale: one.scale + two.scale })
  }
  const [a, b, scale] = aligned(one, two)
  if (operator === "+") return numberOf({ digits: a + b, scale })
  if (operator === "-") return numberOf({ digits: a - b, scale })
  return numberOf({
    digits: dividedAway(a * 10n ** BigInt(divisionPlaces), b),
    scale: divisionPlaces,
  })
}

/** Halves are rounded away from zero. */
function dividedAway(value: bigint, by: bigint): bigint {
  const isNegative = value < 0n !== by < 0n
  const [size, divisor] = [value < 0n ? -value : value, by < 0n ? -by : by]
  const rounded = (size * 2n + divisor) / (divisor * 2n)
  return isNegative ? -rounded : rounded
}
