import { inapplicable } from "../fault.js"
import { frexp, ldexp, log2, log10, nextAfter, pow } from "../floats.js"
import { erf, erfc, gamma, lgamma } from "../special.js"
import { isNumber, type JqValue } from "../value.js"
import { type Entry, ofInput, ofValues } from "./table.js"

function numberOf(name: string, value: JqValue): number {
  if (!isNumber(value)) throw inapplicable(name, value)
  return Number(value)
}

function unary(name: string, apply: (x: number) => JqValue): Entry {
  return ofInput(name, (value) => apply(numberOf(name, value)))
}

function binary(name: string, apply: (x: number, y: number) => number): Entry {
  return ofValues(`${name}/2`, (_input, [x = null, y = null]) =>
    apply(numberOf(name, x), numberOf(name, y)),
  )
}

/** Half away from zero, as Go rounds. */
function round(x: number): number {
  const whole = Math.trunc(x)
  return Math.abs(x - whole) >= 0.5 ? whole + Math.sign(x) : whole
}

/** The rest of the division whose quotient is the nearest integer, the even one of two. */
function remainder(x: number, y: number): number {
  if (y === 0 || !Number.isFinite(x) || Number.isNaN(y)) return Number.NaN
  const size = Math.abs(y)
  if (!Number.isFinite(size)) return x
  let rest = Math.abs(x) % (2 * size)
  if (rest > size / 2) {
    rest -= size
    if (rest >= size / 2) rest -= size
  }
  return x < 0 ? -rest : rest
}

function logb(x: number): number {
  if (x === 0) return Number.NEGATIVE_INFINITY
  return Number.isFinite(x) ? frexp(x)[1] - 1 : x * x
}

function significand(x: number): number {
  return x === 0 || !Number.isFinite(x) ? x : frexp(x)[0] * 2
}

function modf(x: number): JqValue {
  if (!Number.isFinite(x)) return [Number.isNaN(x) ? x : Number.NaN, x]
  const whole = Math.trunc(x)
  return [x - whole, whole]
}

function fdim(x: number, y: number): number {
  return x > y ? x - y : Number.isNaN(x) || Number.isNaN(y) ? Number.NaN : 0
}

const exp10 = (x: number): number => pow(10, x)
const copySign = (x: number, y: number): number =>
  Object.is(y, -0) || y < 0 ? -Math.abs(x) : Math.abs(x)

/** Mathematical functions; they compute in floats. */
export const math: readonly Entry[] = [
  unary("sin", Math.sin),
  unary("cos", Math.cos),
  unary("tan", Math.tan),
  unary("asin", Math.asin),
  unary("acos", Math.acos),
  unary("atan", Math.atan),
  unary("sinh", Math.sinh),
  unary("cosh", Math.cosh),
  unary("tanh", Math.tanh),
  unary("asinh", Math.asinh),
  unary("acosh", Math.acosh),
  unary("atanh", Math.atanh),
  unary("floor", Math.floor),
  unary("round", round),
  unary("nearbyint", round),
  unary("rint", round),
  unary("ceil", Math.ceil),
  unary("trunc", Math.trunc),
  unary("fabs", Math.abs),
  unary("sqrt", Math.sqrt),
  unary("cbrt", Math.cbrt),
  unary("exp", Math.exp),
  unary("exp10", exp10),
  unary("pow10", exp10),
  unary("exp2", (x) => pow(2, x)),
  unary("expm1", Math.expm1),
  unary("log", Math.log),
  unary("log10", log10),
  unary("log1p", Math.log1p),
  unary("log2", log2),
  unary("logb", logb),
  unary("significand", significand),
  unary("frexp", (x) => [...frexp(x)]),
  unary("modf", modf),
  unary("gamma", gamma),
  unary("tgamma", gamma),
  unary("lgamma", lgamma),
  unary("erf", erf),
  unary("erfc", erfc),
  binary("atan2", Math.atan2),
  binary("copysign", copySign),
  binary("drem", remainder),
  binary("fdim", fdim),
  binary("fmax", (x, y) => (Number.isNaN(x) || Number.isNaN(y) ? Number.NaN : Math.max(x, y))),
  binary("fmin", (x, y) => (Number.isNaN(x) || Number.isNaN(y) ? Number.NaN : Math.min(x, y))),
  binary("fmod", (x, y) => x % y),
  binary("hypot", Math.hypot),
  binary("ldexp", ldexp),
  binary("nextafter", nextAfter),
  binary("nexttoward", nextAfter),
  binary("pow", pow),
  binary("remainder", remainder),
  binary("scalb", ldexp),
  binary("scalbln", ldexp),
  ofValues(
    "fma/3",
    (_input, [x = null, y = null, z = null]) =>
      numberOf("fma", x) * numberOf("fma", y) + numberOf("fma", z),
  ),
]
