import { ArgumentFault, raise } from "../fault.js"
import { modulo } from "../operators.js"
import type { LuaValue } from "../value.js"
import type { Functions } from "./library.js"
import { numberAt, type Parameters, wholeAt } from "./parameters.js"

function each(compute: (value: number) => number): Functions[string] {
  return (_host, parameters) => [compute(numberAt(parameters, 1))]
}

function fold(compute: (left: number, right: number) => number): Functions[string] {
  return (_host, parameters) => {
    if (parameters.length === 0) throw new ArgumentFault(1, "number expected, got no value")
    const numbers = parameters.map((_, index) => numberAt(parameters, index + 1))
    return [numbers.reduce((left, right) => compute(left, right))]
  }
}

/** A number as a fraction from a half to one, and a power of two. */
function frexp(value: number): readonly LuaValue[] {
  if (value === 0 || !Number.isFinite(value)) return [value, 0]
  let exponent = Math.max(-1023, Math.floor(Math.log2(Math.abs(value))) + 1)
  let fraction = value * 2 ** -exponent
  while (Math.abs(fraction) < 0.5) {
    fraction *= 2
    exponent--
  }
  while (Math.abs(fraction) >= 1) {
    fraction /= 2
    exponent++
  }
  return [fraction, exponent]
}

function log(parameters: Parameters): number {
  return Math.log(numberAt(parameters, 1))
}

function fraction(value: number): readonly LuaValue[] {
  const whole = Math.trunc(value)
  return [whole, value - whole]
}

const degrees = 180 / Math.PI

export const mathFunctions: Functions = {
  abs: each(Math.abs),
  acos: each(Math.acos),
  asin: each(Math.asin),
  atan: each(Math.atan),
  atan2: (_host, parameters) => [Math.atan2(numberAt(parameters, 1), numberAt(parameters, 2))],
  ceil: each(Math.ceil),
  cos: each(Math.cos),
  cosh: each(Math.cosh),
  deg: each((value) => value * degrees),
  exp: each(Math.exp),
  floor: each(Math.floor),
  fmod: (_host, parameters) => [numberAt(parameters, 1) % numberAt(parameters, 2)],
  frexp: (_host, parameters) => frexp(numberAt(parameters, 1)),
  ldexp: (_host, parameters) => [numberAt(parameters, 1) * 2 ** wholeAt(parameters, 2)],
  log: (_host, parameters) => [log(parameters)],
  log10: each(Math.log10),
  max: fold(Math.max),
  min: fold(Math.min),
  mod: (_host, parameters) => [modulo(numberAt(parameters, 1), numberAt(parameters, 2))],
  modf: (_host, parameters) => fraction(numberAt(parameters, 1)),
  pow: (_host, parameters) => [numberAt(parameters, 1) ** numberAt(parameters, 2)],
  rad: each((value) => value / degrees),
  random: () => raise("math.random is not available to scripts: their results are repeatable"),
  randomseed: () => raise("math.randomseed is not available to scripts"),
  sin: each(Math.sin),
  sinh: each(Math.sinh),
  sqrt: each(Math.sqrt),
  tan: each(Math.tan),
  tanh: each(Math.tanh),
}

/** Constants; gopher-lua's `huge` is the largest number, not infinity. */
export const mathValues: readonly (readonly [string, LuaValue])[] = [
  ["huge", Number.MAX_VALUE],
  ["pi", Math.PI],
]
