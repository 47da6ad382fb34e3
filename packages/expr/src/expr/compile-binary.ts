import { decodeLossy } from "../go/text.js"
import { compilePattern } from "../regexp/index.js"
import { keyOfValue } from "../values/keys.js"
import { intSlice } from "../values/types.js"
import {
  GoMap,
  GoStruct,
  GoTime,
  isNil,
  isPlainMap,
  Pointer,
  RawString,
  TypedNil,
  tagged,
  typeOf,
  type Value,
} from "../values/value.js"
import { ownValue } from "./access.js"
import type { BinaryNode } from "./ast.js"
import { itemsOf } from "./builtins/collections.js"
import { equal, equalOlder } from "./equality.js"
import type { Evaluate, Frame } from "./frame.js"
import {
  add,
  divide,
  failAt,
  multiply,
  order,
  power,
  remainder,
  subtract,
  toInt,
} from "./operators.js"
import { outside, type Scope } from "./scope.js"

/** A condition's value, or the fault upstream's type assertion gives. */
export function requireBool(value: Value, at: number): boolean {
  if (typeof value === "boolean") return value
  const found = value === null ? "nil" : typeOf(value).name
  return failAt(`interface conversion: interface {} is ${found}, not bool`, at)
}

const arithmetic: ReadonlyMap<string, (left: Value, right: Value, at: number) => Value> = new Map([
  ["+", add],
  ["-", subtract],
  ["*", multiply],
  ["/", divide],
  ["%", remainder],
  ["**", power],
  ["^", power],
])

/** Compiles a binary operator. */
export function compileBinary(node: BinaryNode, inner: Scope): Evaluate {
  const scope = outside(inner)
  const left = scope.compile(node.left, scope)
  const right = scope.compile(node.right, scope)
  const { op, at } = node
  const compute = arithmetic.get(op)
  if (compute !== undefined) return (frame) => compute(left(frame), right(frame), at)
  switch (op) {
    case "and":
    case "&&":
      return (frame) => {
        const value = left(frame)
        return (typeof value === "boolean" ? value : requireBool(value, at)) ? right(frame) : false
      }
    case "or":
    case "||":
      return (frame) => {
        const value = left(frame)
        return (typeof value === "boolean" ? value : requireBool(value, at)) ? true : right(frame)
      }
    case "==":
      return compileEqual(node, { left, right, isEqual: equalityOf(scope) }, true)
    case "!=":
      return compileEqual(node, { left, right, isEqual: equalityOf(scope) }, false)
    case "??":
      return (frame) => {
        const value = left(frame)
        return isNil(value) ? right(frame) : value
      }
    case "in":
      return compileIn(node, { left, right, isEqual: equalityOf(scope) })
    case "..":
      return (frame) => range(left(frame), right(frame), frame, at)
    case "matches":
      return compileMatches(node, { left, right, isStrict: scope.dialect === "1.15" })
    case "contains":
    case "startsWith":
    case "endsWith":
      return compileText(op, { left, right, isStrict: scope.dialect === "1.15" }, at)
    default:
      return compileOrder(node, left, right)
  }
}

/** Two sides and what makes them equal. */
interface Sides {
  readonly left: Evaluate
  readonly right: Evaluate
  readonly isEqual: (left: Value, right: Value) => boolean
}

function equalityOf({ dialect }: Scope): Sides["isEqual"] {
  return dialect === "1.15" ? equalOlder : equal
}

function compileEqual(node: BinaryNode, sides: Sides, wanted: boolean): Evaluate {
  const { left, right, isEqual } = sides
  const shared = node.left.type?.name === node.right.type?.name ? node.left.type?.name : undefined
  if (shared === "int" || shared === "string") return compileExactEqual(node, left, right, wanted)
  if (node.right.kind === "string") {
    const text = node.right.value
    return (frame) => {
      const value = left(frame)
      return (value === text) === wanted
    }
  }
  if (node.right.kind === "int") {
    const { value: exact } = node.right
    const number = Number(exact)
    return (frame) => {
      const value = left(frame)
      return (typeof value === "number" ? value === number : equal(value, exact)) === wanted
    }
  }
  return (frame) => isEqual(left(frame), right(frame)) === wanted
}

/** Both sides are known to be ints or strings: upstream asserts it, and a nil that slipped through is a fault. */
function compileExactEqual(
  node: BinaryNode,
  left: Evaluate,
  right: Evaluate,
  wanted: boolean,
): Evaluate {
  const type = node.left.type?.name === "int" ? "bigint" : "string"
  const name = node.left.type?.name ?? ""
  const { at } = node
  const assert = (value: Value): Value => {
    if (typeof value === type || value instanceof RawString) return value
    return failAt(
      `interface conversion: interface {} is ${value === null ? "nil" : typeOf(value).name}, not ${name}`,
      at,
    )
  }
  return (frame) => equal(assert(left(frame)), assert(right(frame))) === wanted
}

const comparisons: ReadonlyMap<string, (order: number) => boolean> = new Map([
  ["<", (result: number) => result < 0],
  [">", (result: number) => result > 0],
  ["<=", (result: number) => result <= 0],
  [">=", (result: number) => result >= 0],
])

function compileOrder(node: BinaryNode, left: Evaluate, right: Evaluate): Evaluate {
  const { op, at } = node
  const holds = comparisons.get(op) as (order: number) => boolean
  if (node.right.kind === "int" || node.right.kind === "float") {
    const constant = node.right.value
    const number = Number(constant)
    const slow = (value: Value): boolean => holds(order(value, constant, op, at))
    switch (op) {
      case "<":
        return (frame) => {
          const value = left(frame)
          return typeof value === "number" ? value < number : slow(value)
        }
      case ">":
        return (frame) => {
          const value = left(frame)
          return typeof value === "number" ? value > number : slow(value)
        }
      case "<=":
        return (frame) => {
          const value = left(frame)
          return typeof value === "number" ? value <= number : slow(value)
        }
      default:
        return (frame) => {
          const value = left(frame)
          return typeof value === "number" ? value >= number : slow(value)
        }
    }
  }
  return (frame) => holds(order(left(frame), right(frame), op, at))
}

function compileIn(node: BinaryNode, { left, right, isEqual }: Sides): Evaluate {
  const { at } = node
  const set = node.right.kind === "constant" ? node.right.set : undefined
  if (set !== undefined) {
    const values = set as ReadonlySet<Value>
    const isText = typeof set.values().next().value === "string"
    // A short list is faster to walk than a set to hash.
    const few: readonly Value[] | undefined = set.size <= 4 ? [...set] : undefined
    return (frame) => {
      const value = left(frame)
      if (typeof value === "string")
        return few === undefined ? values.has(value) : few.includes(value)
      if (!isText) return values.has(value)
      return value === null ? values.has("") : badKey(value, "string", at)
    }
  }
  return (frame) => contains(left(frame), right(frame), { frame, isEqual }, at)
}

function contains(
  needle: Value,
  hay: Value,
  { frame, isEqual }: Pick<Sides, "isEqual"> & { readonly frame: Frame },
  at: number,
): boolean {
  if (hay === null) return false
  const items = itemsOf(hay)
  if (items !== undefined) {
    frame.step(items.length)
    for (const item of items) if (isEqual(needle, item)) return true
    return false
  }
  const base = hay instanceof Pointer ? hay.target : hay
  if (base instanceof GoStruct) {
    if (typeof needle !== "string")
      return failAt(
        `interface conversion: interface {} is ${needle === null ? "nil" : typeOf(needle).name}, not string`,
        at,
      )
    return base.fields.has(needle)
  }
  if (base instanceof GoMap) {
    const key = base.type.key
    if (
      needle !== null &&
      key !== undefined &&
      key.kind !== "any" &&
      key.name !== typeOf(needle).name
    ) {
      return badKey(needle, key.name, at)
    }
    return base.entries.has(keyOfValue(needle))
  }
  if (base instanceof TypedNil) return false
  if (isPlainMap(base)) {
    if (needle === null) return ownValue(base, "") !== undefined
    return typeof needle === "string"
      ? ownValue(base, needle) !== undefined
      : badKey(needle, "string", at)
  }
  if (base instanceof GoTime && typeof needle === "string") return false
  return failAt(`operator "in" not defined on ${typeOf(hay).name}`, at)
}

function badKey(needle: Value, expected: string, at: number): never {
  return failAt(
    `reflect.Value.MapIndex: value of type ${typeOf(needle).name} is not assignable to type ${expected}`,
    at,
  )
}

function range(from: Value, to: Value, frame: Frame, at: number): Value {
  const first = toInt(from, at)
  const last = toInt(to, at)
  const size = last < first ? 0 : Number(last - first) + 1
  frame.charge(size)
  const items: Value[] = []
  let next = first
  for (let index = 0; index < size; index++) items.push(next++)
  return tagged(items, intSlice)
}

function textOperand(value: Value, at: number): string | undefined {
  if (typeof value === "string") return value
  if (value === null) return undefined
  if (value instanceof RawString) return decodeLossy(value.bytes)
  return failAt(`interface conversion: interface {} is ${typeOf(value).name}, not string`, at)
}

interface Operands {
  readonly left: Evaluate
  readonly right: Evaluate
  /** The older dialect: nil and bytes are faults. */
  readonly isStrict: boolean
}

function compileText(
  op: "contains" | "startsWith" | "endsWith",
  { left, right, isStrict }: Operands,
  at: number,
): Evaluate {
  const method = op === "contains" ? "includes" : op
  return (frame) => {
    const first = left(frame)
    const second = right(frame)
    if (isStrict) {
      requireText(first, at)
      requireText(second, at)
    }
    if (isNil(first) || isNil(second)) return false
    const text = textOperand(first, at)
    const part = textOperand(second, at)
    return text !== undefined && part !== undefined && text[method](part)
  }
}

function requireText(value: Value, at: number): void {
  if (typeof value === "string" || value instanceof RawString) return
  failAt(
    `interface conversion: interface {} is ${value === null ? "nil" : typeOf(value).name}, not string`,
    at,
  )
}

function compileMatches(node: BinaryNode, { left, right, isStrict }: Operands): Evaluate {
  const { at } = node
  const fixed = node.right.kind === "string" ? compilePattern(node.right.value) : undefined
  return (frame) => {
    const value = left(frame)
    const source = fixed === undefined ? right(frame) : ""
    if (isStrict) {
      requireText(value, at)
      requireText(source, at)
    }
    if (isNil(value) || isNil(source)) return false
    const text = value instanceof Uint8Array ? decodeLossy(value) : textOperand(value, at)
    const pattern = fixed ?? compilePattern(textOperand(source, at) ?? "")
    frame.step(1)
    return text !== undefined && pattern.test(text)
  }
}
