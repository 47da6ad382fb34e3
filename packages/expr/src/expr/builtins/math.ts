import { isInfinityText, parseGoFloat, parseGoInt } from "../../go/number.js"
import { sprint } from "../../go/sprint.js"
import { countPoints } from "../../go/text.js"
import { isDuration } from "../../values/time-types.js"
import { uint8Type, wrapInteger } from "../../values/types.js"
import {
  GoMap,
  GoStruct,
  GoTime,
  isList,
  isNil,
  isPlainMap,
  NamedInteger,
  RawString,
  SizedNumber,
  type Special,
  TypedNil,
  typeOf,
  type Value,
} from "../../values/value.js"
import { failAt, numeric, order, sized, truncate } from "../operators.js"
import { type Builtin, invalidArgument, needArguments, notAssertable } from "./builtin.js"

/** `len`: undefined for what has no length. */
export function lengthOf(value: Value): number | undefined {
  if (typeof value === "string") return countPoints(value)
  if (value === null || typeof value !== "object") return undefined
  if (isList(value) || value instanceof Uint8Array) return value.length
  if (value instanceof GoMap) return value.entries.size
  if (value instanceof RawString) return value.bytes.length
  if (value instanceof TypedNil)
    return value.type.kind === "slice" || value.type.kind === "map" ? 0 : undefined
  return isPlainMap(value) ? Object.keys(value).length : undefined
}

/** `type`. */
export function typeName(value: Value): string {
  if (isNil(value)) return "nil"
  const type = typeOf(value)
  if (value instanceof GoTime) return "time.Time"
  if (value instanceof NamedInteger) return type.name
  if (value instanceof GoStruct) return type.name
  if (type.name === "*time.Location") return "time.Location"
  if (type.kind.startsWith("uint")) return "uint"
  if (type.kind.startsWith("int")) return "int"
  if (type.kind.startsWith("float")) return "float"
  if (type.kind === "slice") return "array"
  if (type.kind === "pointer")
    return type.elem === undefined
      ? type.name
      : typeName((value as { target?: Value } & Special).target ?? null)
  return type.kind
}

function abs(value: Value, at: number): Value {
  if (typeof value === "number") return Math.abs(value)
  if (typeof value === "bigint") return BigInt.asIntN(64, value < 0n ? -value : value)
  if (value instanceof SizedNumber) {
    if (typeof value.value === "number") return sized(value, Math.abs(value.value))
    return sized(value, wrapInteger(value.type.kind, value.value < 0n ? -value.value : value.value))
  }
  return invalidArgument("abs", value, at)
}

function rounding(name: string, round: (value: number) => number): Builtin {
  return (args, _frame, at) => {
    needArguments(args, 1, 1, at)
    const value = numeric(args[0] as Value)
    return value === undefined ? invalidArgument(name, args[0], at) : round(Number(value))
  }
}

/** Half away from zero; −0 kept. */
export function roundHalfAway(value: number): number {
  if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 52) return value
  const size = Math.floor(Math.abs(value))
  const rounded = Math.abs(value) - size >= 0.5 ? size + 1 : size
  return value < 0 || Object.is(value, -0) ? -rounded : rounded
}

/** `int`. */
export function intOf(value: Value, at: number): Value {
  if (typeof value === "bigint") return value
  const number = numeric(value)
  if (number !== undefined)
    return typeof number === "bigint" ? BigInt.asIntN(64, number) : truncate(number)
  if (value instanceof NamedInteger) return value.value
  if (typeof value === "string") {
    const parsed = parseGoInt(value)
    if (parsed !== undefined) return parsed
    return failAt(`invalid operation: int(${value})`, at)
  }
  return failAt(`invalid operation: int(${typeOf(value).name})`, at)
}

/** `float`. */
export function floatOf(value: Value, at: number): Value {
  const number = numeric(value)
  if (number !== undefined) return Number(number)
  if (typeof value === "string") {
    const parsed = parseGoFloat(/^[+-]?[0-9]/.test(value) ? looseUnderscores(value) : value)
    if (
      parsed !== undefined &&
      (Number.isFinite(parsed) || Number.isNaN(parsed) || isInfinityText(value))
    )
      return parsed
    return failAt(`invalid operation: float(${value})`, at)
  }
  return failAt(`invalid operation: float(${typeOf(value).name})`, at)
}

function looseUnderscores(text: string): string {
  return /^[+-]?[0-9]+(_[0-9]+)+$/.test(text) ? text.replaceAll("_", "") : text
}

function extreme(name: "max" | "min", isBetter: (order: number) => boolean): Builtin {
  return (args, frame, at) => {
    const first = args[0]
    if (
      args.length === 1 &&
      first !== undefined &&
      !(first instanceof TypedNil) &&
      !isList(first) &&
      !(first instanceof Uint8Array)
    )
      return first
    let best: Value = null
    const visit = (items: readonly Value[], depth: number): void => {
      if (depth > 10_000) failAt("recursion depth exceeded", at)
      frame.step(items.length)
      for (const item of items) {
        if (isList(item)) visit(item, depth + 1)
        else if (item instanceof Uint8Array) visit(bytesAsItems(item), depth + 1)
        else if (item instanceof TypedNil && item.type.kind === "slice") continue
        else if (numeric(item) === undefined && !isDuration(item) && !(item instanceof GoTime)) {
          invalidArgument(name, item, at)
        } else if (best === null || isBetter(order(item, best, "<", at))) best = item
      }
    }
    visit(args, 0)
    return best
  }
}

function bytesAsItems(bytes: Uint8Array): readonly Value[] {
  return Array.from(bytes, (byte) => new SizedNumber(uint8Type, BigInt(byte)))
}

function numbersOf(
  name: string,
  args: readonly Value[],
  step: (units: number) => void,
  at: number,
): number[] {
  const numbers: number[] = []
  const visit = (items: readonly Value[], depth: number): void => {
    if (depth > 10_000) failAt("recursion depth exceeded", at)
    step(items.length)
    for (const item of items) {
      const number = isDuration(item) ? item.value : numeric(item)
      if (number !== undefined) numbers.push(Number(number))
      else if (isList(item)) visit(item, depth + 1)
      else if (item instanceof Uint8Array) visit(bytesAsItems(item), depth + 1)
      else if (!(item instanceof TypedNil)) invalidArgument(name, item, at)
    }
  }
  visit(args, 0)
  return numbers
}

function median(numbers: number[]): number {
  if (numbers.length === 0) return 0
  const sorted = numbers.toSorted((a, b) =>
    Number.isNaN(a) ? (Number.isNaN(b) ? 0 : -1) : Number.isNaN(b) ? 1 : a - b,
  )
  const middle = Math.floor(sorted.length / 2)
  if (sorted.length % 2 === 1) return sorted[middle] as number
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

function bits(name: string, apply: (a: bigint, b: bigint, at: number) => bigint): Builtin {
  return (args, _frame, at) => {
    const a = args[0]
    const b = args[1]
    if (args.length < 2)
      return failAt(`invalid number of arguments for ${name} (expected 2, got ${args.length})`, at)
    const x = numeric(a as Value)
    const y = numeric(b as Value)
    if (typeof x !== "bigint") return notAssertable(a as Value, "int", at)
    if (typeof y !== "bigint") return notAssertable(b as Value, "int", at)
    return BigInt.asIntN(64, apply(BigInt.asIntN(64, x), BigInt.asIntN(64, y), at))
  }
}

function shift(
  apply: (a: bigint, n: bigint) => bigint,
): (a: bigint, n: bigint, at: number) => bigint {
  return (a, n, at) => {
    if (n < 0n) failAt(`invalid operation: negative shift count ${n} (type int)`, at)
    return apply(a, n > 64n ? 64n : n)
  }
}

/** The built-ins about numbers and types. */
export const mathBuiltins: readonly (readonly [string, Builtin])[] = [
  [
    "len",
    (args, _frame, at) => {
      needArguments(args, 1, 1, at)
      const length = lengthOf(args[0] as Value)
      return length === undefined ? invalidArgument("len", args[0], at) : BigInt(length)
    },
  ],
  [
    "type",
    (args, _frame, at) => {
      needArguments(args, 1, 1, at)
      return typeName(args[0] as Value)
    },
  ],
  [
    "abs",
    (args, _frame, at) => {
      needArguments(args, 1, 1, at)
      return abs(args[0] as Value, at)
    },
  ],
  ["ceil", rounding("ceil", Math.ceil)],
  ["floor", rounding("floor", Math.floor)],
  ["round", rounding("round", roundHalfAway)],
  [
    "int",
    (args, _frame, at) => {
      needArguments(args, 1, 1, at)
      return intOf(args[0] as Value, at)
    },
  ],
  [
    "float",
    (args, _frame, at) => {
      needArguments(args, 1, 1, at)
      return floatOf(args[0] as Value, at)
    },
  ],
  [
    "string",
    (args, _frame, at) => {
      needArguments(args, 1, 1, at)
      const value = args[0] as Value
      return value instanceof RawString ? value : sprint(value)
    },
  ],
  ["max", extreme("max", (result) => result > 0)],
  ["min", extreme("min", (result) => result < 0)],
  [
    "mean",
    (args, frame, at) => {
      const numbers = numbersOf("mean", args, (units) => frame.step(units), at)
      return numbers.length === 0
        ? 0
        : numbers.reduce((sum, value) => sum + value, 0) / numbers.length
    },
  ],
  [
    "median",
    (args, frame, at) => median(numbersOf("median", args, (units) => frame.step(units), at)),
  ],
  ["bitand", bits("bitand", (a, b) => a & b)],
  ["bitor", bits("bitor", (a, b) => a | b)],
  ["bitxor", bits("bitxor", (a, b) => a ^ b)],
  ["bitnand", bits("bitnand", (a, b) => a & ~b)],
  ["bitnot", (args, frame, at) => bits("bitnot", (a) => ~a)([args[0] ?? null, 0n], frame, at)],
  [
    "bitshl",
    bits(
      "bitshl",
      shift((a, n) => a << n),
    ),
  ],
  [
    "bitshr",
    bits(
      "bitshr",
      shift((a, n) => a >> n),
    ),
  ],
  [
    "bitushr",
    bits(
      "bitushr",
      shift((a, n) => BigInt.asUintN(64, a) >> n),
    ),
  ],
]
