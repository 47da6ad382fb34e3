import type { ValueOperator } from "./ast.js"
import { encodeNumber, typePreview } from "./encode.js"
import { JqError } from "./fault.js"
import { grow, growText, type Machine, spend } from "./machine.js"
import { copyObject } from "./update.js"
import {
  compareValues,
  fieldOf,
  integerOf,
  isArray,
  isNumber,
  isObject,
  type JqObject,
  type JqValue,
  type OpenObject,
} from "./value.js"

type Exact = number | bigint

/** True for an integer that is computed with exactly. */
function isInteger(value: Exact): boolean {
  return typeof value === "bigint" || Number.isSafeInteger(value)
}

/** Computes in numbers where that is exact, else in integers of any size, else in floats. */
function calculate(
  left: Exact,
  right: Exact,
  near: number,
  exact: (left: bigint, right: bigint) => bigint,
): Exact {
  const isNear = typeof left === "number" && typeof right === "number" && Number.isSafeInteger(near)
  // No negative zero: integers have none.
  if (isNear) return near === 0 ? 0 : near
  if (!isInteger(left) || !isInteger(right)) return near
  return integerOf(exact(BigInt(left), BigInt(right)))
}

/** The bits of an integer above which computing with it is refused. */
const bitsMax = 1 << 20

function checkSize(machine: Machine, left: Exact, right: Exact): void {
  const size = (value: Exact): number =>
    typeof value === "bigint" ? value.toString(16).length * 4 : 0
  if (typeof left !== "bigint" && typeof right !== "bigint") return
  const bits = size(left) + size(right)
  spend(machine, bits / 64)
  grow(machine, bits > bitsMax ? Number.POSITIVE_INFINITY : bits / 64)
}

function add(machine: Machine, left: JqValue, right: JqValue): JqValue {
  if (left === null) return right
  if (right === null) return left
  if (isNumber(left) && isNumber(right)) {
    return calculate(left, right, Number(left) + Number(right), (a, b) => a + b)
  }
  if (typeof left === "string" && typeof right === "string") {
    growText(machine, Math.min(left.length, right.length))
    return left + right
  }
  if (isArray(left) && isArray(right)) {
    spend(machine, (left.length + right.length) / 8)
    grow(machine, Math.min(left.length, right.length))
    return left.length === 0 ? right : right.length === 0 ? left : [...left, ...right]
  }
  if (isObject(left) && isObject(right)) return merge(machine, left, right)
  throw binaryFault("add", left, right)
}

function merge(machine: Machine, left: JqObject, right: JqObject): OpenObject {
  const merged = copyObject(left)
  const keys = Object.keys(right)
  spend(machine, (Object.keys(merged).length + keys.length) / 4)
  grow(machine, keys.length)
  for (const key of keys) merged[key] = fieldOf(right, key)
  return merged
}

function mergeDeep(machine: Machine, left: JqObject, right: JqObject): OpenObject {
  const merged = merge(machine, left, right)
  for (const key of Object.keys(right)) {
    const before = fieldOf(left, key)
    const after = fieldOf(right, key)
    if (isObject(before) && isObject(after)) merged[key] = mergeDeep(machine, before, after)
  }
  return merged
}

function subtract(machine: Machine, left: JqValue, right: JqValue): JqValue {
  if (isNumber(left) && isNumber(right)) {
    return calculate(left, right, Number(left) - Number(right), (a, b) => a - b)
  }
  if (!isArray(left) || !isArray(right)) throw binaryFault("subtract", left, right)
  spend(machine, left.length * right.length)
  return left.filter((item) => right.every((other) => compareValues(item, other) !== 0))
}

function multiply(machine: Machine, left: JqValue, right: JqValue): JqValue {
  if (isNumber(left) && isNumber(right)) {
    checkSize(machine, left, right)
    return calculate(left, right, Number(left) * Number(right), (a, b) => a * b)
  }
  if (typeof left === "string" && isNumber(right)) return repeat(machine, left, Number(right))
  if (isNumber(left) && typeof right === "string") return repeat(machine, right, Number(left))
  if (isObject(left) && isObject(right)) return mergeDeep(machine, left, right)
  throw binaryFault("multiply", left, right)
}

function repeat(machine: Machine, text: string, times: number): JqValue {
  if (!(times >= 0)) return null
  if (text === "") return ""
  growText(machine, text.length * times)
  return text.repeat(Math.trunc(times))
}

function divide(machine: Machine, left: JqValue, right: JqValue): JqValue {
  if (isNumber(left) && isNumber(right)) {
    if (Number(right) === 0) throw byZero("divide", left, right)
    checkSize(machine, left, right)
    if (
      isInteger(left) &&
      isInteger(right) &&
      !(typeof left === "number" && typeof right === "number")
    ) {
      const [a, b] = [BigInt(left), BigInt(right)]
      if (a % b === 0n) return integerOf(a / b)
    }
    const quotient = Number(left) / Number(right)
    return quotient === 0 ? 0 : quotient
  }
  if (typeof left !== "string" || typeof right !== "string")
    throw binaryFault("divide", left, right)
  return splitText(machine, left, right)
}

/** The parts of a text between separators; no separator: its characters. */
export function splitText(machine: Machine, text: string, separator: string): JqValue {
  if (text === "") return separator === "" ? [] : [""]
  const parts = separator === "" ? Array.from(text) : text.split(separator)
  grow(machine, parts.length)
  return parts
}

const wordMax = 2n ** 63n - 1n

/** A float as the 64-bit integer that Go's conversion saturates to. */
function wordOf(value: Exact): bigint {
  if (typeof value === "bigint") return value
  if (value >= 2 ** 63) return wordMax
  return value <= -(2 ** 63) ? -wordMax - 1n : BigInt(Math.trunc(value))
}

function modulo(left: JqValue, right: JqValue): JqValue {
  if (!isNumber(left) || !isNumber(right)) throw binaryFault("modulo", left, right)
  if (Number.isNaN(left) || Number.isNaN(right)) return Number.NaN
  const divisor = wordOf(right)
  if (divisor === 0n) throw byZero("modulo", left, right)
  if (
    typeof left === "number" &&
    Number.isSafeInteger(left) &&
    Number.isSafeInteger(Number(divisor))
  ) {
    const rest = left % Number(divisor)
    return rest === 0 ? 0 : rest
  }
  return integerOf(wordOf(left) % divisor)
}

function binaryFault(name: string, left: JqValue, right: JqValue): JqError {
  return new JqError(() => `cannot ${name}: ${typePreview(left)} and ${typePreview(right)}`)
}

function byZero(name: string, left: Exact, right: Exact): JqError {
  return new JqError(
    () => `cannot ${name} number (${encodeNumber(left)}) by: number (${encodeNumber(right)})`,
  )
}

/** `-value`, or `+value`. */
export function negate(value: JqValue, isPlus: boolean): JqValue {
  if (!isNumber(value)) {
    throw new JqError(() => `cannot ${isPlus ? "plus" : "negate"}: ${typePreview(value)}`)
  }
  if (isPlus || value === 0) return value
  return typeof value === "bigint" ? integerOf(-value) : -value
}

/** The function of an operator. */
export function operation(
  operator: ValueOperator,
  machine: Machine,
): (left: JqValue, right: JqValue) => JqValue {
  switch (operator) {
    case "+":
      return (left, right) => add(machine, left, right)
    case "-":
      return (left, right) => subtract(machine, left, right)
    case "*":
      return (left, right) => multiply(machine, left, right)
    case "/":
      return (left, right) => divide(machine, left, right)
    case "%":
      return modulo
    case "==":
      return (left, right) => compareValues(left, right) === 0
    case "!=":
      return (left, right) => compareValues(left, right) !== 0
    case "<":
      return (left, right) => compareValues(left, right) < 0
    case "<=":
      return (left, right) => compareValues(left, right) <= 0
    case ">":
      return (left, right) => compareValues(left, right) > 0
    case ">=":
      return (left, right) => compareValues(left, right) >= 0
  }
}
