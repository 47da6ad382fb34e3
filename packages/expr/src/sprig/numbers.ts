import { parseGoInt } from "../go/number.js"
import { intSlice } from "../values/types.js"
import { type CallContext, tagged, type Value } from "../values/value.js"
import { int64, toFloat, toInteger } from "./convert.js"
import { computeDecimal } from "./decimals.js"
import { type Body, define, type FunctionTable, int, refuse, textOf } from "./define.js"

function folded(combine: (left: bigint, right: bigint) => bigint): Body {
  return (args) => int64(args.map(toInteger).reduce(combine))
}

function foldedFloat(combine: (left: number, right: number) => number): Body {
  return (args) => args.map(toFloat).reduce(combine)
}

function decimal(operator: "+" | "-" | "*" | "/"): Body {
  return foldedFloat((left, right) =>
    operator === "/" && right === 0
      ? refuse("decimal division by 0")
      : computeDecimal(operator, left, right),
  )
}

function divided(args: readonly Value[], combine: (left: bigint, right: bigint) => bigint): Value {
  const [left, right] = [toInteger(args[0]), toInteger(args[1])]
  return right === 0n
    ? refuse("runtime error: integer divide by zero")
    : int64(combine(left, right))
}

interface Range {
  readonly from: number
  readonly to: number
  readonly step: number
}

function countUp({ from, to, step }: Range, context: CallContext): readonly number[] {
  const isDown = to < from
  if (step === 0 || isDown !== step < 0) return []
  const count = Math.ceil((to - from) / step)
  context.charge(count)
  return Array.from({ length: count }, (_, index) => from + index * step)
}

function intList(numbers: readonly number[]): Value {
  return tagged(numbers.map(BigInt), intSlice)
}

function sequence(args: readonly Value[], context: CallContext): Value {
  const numbers = args.map((_, index) => int(args, index))
  const [from = 1, middle, end] = numbers.length === 1 ? [1, ...numbers] : numbers
  const to = end ?? middle
  if (to === undefined || numbers.length === 0 || numbers.length > 3) return ""
  const direction = to < from ? -1 : 1
  const step = end === undefined ? direction : (middle ?? direction)
  if (direction < 0 && step > 0) return ""
  return countUp({ from, to: to + direction, step }, context).join(" ")
}

/** Rounds at a place: what lies less than `roundOn` above the digit below goes down, negative numbers too. */
function rounded(args: readonly Value[]): Value {
  const factor = 10 ** int(args, 1)
  const digit = factor * toFloat(args[0])
  const roundOn = args[2] === undefined ? 0.5 : toFloat(args[2])
  return (digit - Math.trunc(digit) >= roundOn ? Math.ceil(digit) : Math.floor(digit)) / factor
}

/** Numbers. */
export const numberFunctions: FunctionTable = {
  add: define(
    "a*",
    folded((left, right) => left + right),
  ),
  add1: define("a", ([value]) => int64(toInteger(value) + 1n)),
  add1f: define("a", ([value]) => computeDecimal("+", toFloat(value), 1)),
  addf: define("a*", decimal("+")),
  atoi: define("s", ([value]) => parseGoInt(textOf(value)) ?? 0n),
  biggest: define(
    "aa*",
    folded((left, right) => (right > left ? right : left)),
  ),
  ceil: define("a", ([value]) => Math.ceil(toFloat(value))),
  div: define("aa", (args) => divided(args, (left, right) => left / right)),
  divf: define("aa*", decimal("/")),
  float64: define("a", ([value]) => toFloat(value)),
  floor: define("a", ([value]) => Math.floor(toFloat(value))),
  int: define("a", ([value]) => toInteger(value)),
  int64: define("a", ([value]) => int64(toInteger(value))),
  max: define(
    "aa*",
    folded((left, right) => (right > left ? right : left)),
  ),
  maxf: define(
    "aa*",
    foldedFloat((left, right) => Math.max(left, right)),
  ),
  min: define(
    "aa*",
    folded((left, right) => (right < left ? right : left)),
  ),
  minf: define(
    "aa*",
    foldedFloat((left, right) => Math.min(left, right)),
  ),
  mod: define("aa", (args) => divided(args, (left, right) => left % right)),
  mul: define(
    "aa*",
    folded((left, right) => BigInt.asIntN(64, left * right)),
  ),
  mulf: define("aa*", decimal("*")),
  round: define("aif*", rounded),
  seq: define("i*", sequence),
  sub: define(
    "aa",
    folded((left, right) => left - right),
  ),
  subf: define("aa*", decimal("-")),
  toDecimal: define("a", ([value]) => {
    const digits = textOf(value)
    return int64(/^[+-]?[0-7]+$/.test(digits) ? octal(digits) : 0n)
  }),
  until: define("i", (args, context) => {
    const to = int(args, 0)
    return intList(countUp({ from: 0, to, step: to < 0 ? -1 : 1 }, context))
  }),
  untilStep: define("iii", (args, context) =>
    intList(countUp({ from: int(args, 0), to: int(args, 1), step: int(args, 2) }, context)),
  ),
}

function octal(digits: string): bigint {
  const size = BigInt(`0o${digits.replace(/^[+-]/, "")}`)
  return digits.startsWith("-") ? -size : size
}
