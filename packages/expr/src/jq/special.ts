import { pow } from "./floats.js"

/** Evaluates a polynomial; the coefficient of the highest power first. */
function polynomial(x: number, coefficients: readonly number[]): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0)
}

const numerator = [
  0.00016011952247675185, 0.0011913514700658638, 0.010421379756176158, 0.04763678004571372,
  0.20744822764843598, 0.4942148268014971, 1.0,
]
const denominator = [
  -2.3158187332412014e-5, 0.0005396055804933034, -0.004456419138517973, 0.011813978522206043,
  0.035823639860549865, -0.23459179571824335, 0.0714304917030273, 1.0,
]
const stirlingTerms = [
  0.0007873113957930937, -0.00022954996161337813, -0.0026813261780578124, 0.0034722222160545866,
  0.08333333333334822,
]

/** Stirling's formula, for x > 33. */
function stirling(x: number): number {
  if (x > 171.6243769563027) return Number.POSITIVE_INFINITY
  const inverse = 1 / x
  const correction = 1 + inverse * polynomial(inverse, stirlingTerms)
  // The order of the multiplications is Go's. The power is halved where it would overflow although the whole does not.
  const isLarge = x > 143.01608
  const power = pow(x, isLarge ? 0.5 * x - 0.25 : x - 0.5)
  return (power / Math.exp(x)) * (Math.sqrt(2 * Math.PI) * correction * (isLarge ? power : 1))
}

/** The gamma function, by the rational approximation of the Cephes library. */
export function gamma(x: number): number {
  if (Number.isNaN(x) || x === Number.NEGATIVE_INFINITY) return Number.NaN
  if (x === 0) return Object.is(x, -0) ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  if (x < 0 && Number.isInteger(x)) return Number.NaN
  if (Math.abs(x) > 33) {
    if (x > 0) return stirling(x)
    const whole = Math.floor(-x)
    const part = -x - whole
    const near = part > 0.5 ? part - 1 : part
    const sine = Math.abs(-x * Math.sin(Math.PI * near))
    return (whole % 2 === 0 ? -1 : 1) * (Math.PI / (sine * stirling(-x)))
  }
  let factor = 1
  let at = x
  while (at >= 3) {
    at--
    factor *= at
  }
  while (at < 2) {
    if (Math.abs(at) < 1e-9) return factor / ((1 + 0.5772156649015329 * at) * at)
    factor /= at
    at++
  }
  if (at === 2) return factor
  return (factor * polynomial(at - 2, numerator)) / polynomial(at - 2, denominator)
}

/** Terms of Stirling's series for the logarithm, highest power first. */
const logTerms = [1 / 156, -691 / 360_360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12]

/** The logarithm of the absolute value of the gamma function. */
export function lgamma(x: number): number {
  if (Number.isNaN(x)) return x
  if (!Number.isFinite(x) || (x <= 0 && Number.isInteger(x))) return Number.POSITIVE_INFINITY
  if (Math.abs(x) < 10) return Math.log(Math.abs(gamma(x)))
  if (x < 0) return Math.log(Math.abs(Math.PI / Math.sin(Math.PI * x))) - lgamma(1 - x)
  return (
    (x - 0.5) * Math.log(x) -
    x +
    0.5 * Math.log(2 * Math.PI) +
    polynomial(1 / (x * x), logTerms) / x
  )
}

/** The error function by its series, for small x. */
function erfSeries(x: number): number {
  let term = x
  let sum = x
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n
    const next = sum + term / (2 * n + 1)
    if (next === sum) break
    sum = next
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

/** The complementary error function by its continued fraction, for x ≥ 2. */
function erfcFraction(x: number): number {
  let fraction = x
  for (let n = 120; n >= 1; n--) fraction = x + n / 2 / fraction
  return Math.exp(-x * x) / (fraction * Math.sqrt(Math.PI))
}

/** The error function. */
export function erf(x: number): number {
  if (Math.abs(x) < 2) return erfSeries(x)
  return x > 0 ? 1 - erfcFraction(x) : erfcFraction(-x) - 1
}

/** One less the error function, exact where that is near zero. */
export function erfc(x: number): number {
  return x < 2 ? 1 - erf(x) : erfcFraction(x)
}
