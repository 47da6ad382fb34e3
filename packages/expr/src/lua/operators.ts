import { raise } from "./fault.js"
import { LuaTable } from "./table.js"
import {
  type Host,
  holds,
  type LuaValue,
  numberText,
  readNumber,
  toNumber,
  typeName,
} from "./value.js"

const indexDepthMax = 100

/** What a value's metatable says of an event, `undefined` where nothing. */
export function metamethod(host: Host, value: LuaValue, event: string): LuaValue {
  if (value instanceof LuaTable) return value.metatable?.get(event)
  return typeof value === "string" && event === "__index" ? host.stringMethods : undefined
}

function isFunction(value: LuaValue): boolean {
  return typeName(value) === "function"
}

/** `object[key]` with metamethods. */
export function index(host: Host, object: LuaValue, key: LuaValue): LuaValue {
  let current = object
  for (let depth = 0; depth < indexDepthMax; depth++) {
    const isTable = current instanceof LuaTable
    if (current instanceof LuaTable) {
      const found = current.get(key)
      if (found !== undefined) return found
      if (current.metatable === undefined) return undefined
    }
    const next = metamethod(host, current, "__index")
    if (next === undefined) return isTable ? undefined : refuseIndex(host, current, key)
    if (isFunction(next)) return host.call(next, [current, key])[0]
    current = next
  }
  return raise("too many recursions in gettable")
}

function refuseIndex(host: Host, object: LuaValue, key: LuaValue): never {
  const name = textOf(host, key)
  return raise(`attempt to index a non-table object(${typeName(object)}) with key '${name}'`)
}

/** `object[key] = value` with metamethods. */
export function assign(host: Host, object: LuaValue, key: LuaValue, value: LuaValue): void {
  let current = object
  for (let depth = 0; depth < indexDepthMax; depth++) {
    if (current instanceof LuaTable) {
      const { metatable } = current
      const isOwn = metatable === undefined || current.get(key) !== undefined
      if (isOwn || metatable.get("__newindex") === undefined) {
        return assignRaw(host, current, key, value)
      }
    }
    const next = metamethod(host, current, "__newindex")
    if (next === undefined) return refuseIndex(host, current, key)
    if (isFunction(next)) {
      host.call(next, [current, key, value])
      return
    }
    current = next
  }
  return raise("too many recursions in settable")
}

const entryBytes = 16

/** `object[key] = value` without metamethods. */
export function assignRaw(host: Host, table: LuaTable, key: LuaValue, value: LuaValue): void {
  if (key === undefined) return raise("table index is nil")
  if (typeof key === "number" && Number.isNaN(key)) return raise("table index is NaN")
  host.allocate(entryBytes)
  table.set(key, value)
}

/** Arithmetic by the name of its metamethod. */
export type Arithmetic = "add" | "sub" | "mul" | "div" | "mod" | "pow"

/** The remainder that has the divisor's sign. */
export function modulo(left: number, right: number): number {
  const rest = left % right
  return (right > 0 && rest < 0) || (right < 0 && rest > 0) ? rest + right : rest
}

function compute(operation: Arithmetic, left: number, right: number): number {
  switch (operation) {
    case "add":
      return left + right
    case "sub":
      return left - right
    case "mul":
      return left * right
    case "div":
      return left / right
    case "mod":
      return modulo(left, right)
    case "pow":
      return left ** right
  }
}

/** Arithmetic of values that are not both numbers: metamethods first, then texts that spell numbers. */
export function arithmetic(
  host: Host,
  operation: Arithmetic,
  left: LuaValue,
  right: LuaValue,
): LuaValue {
  const event = `__${operation}`
  const method = metamethod(host, left, event) ?? metamethod(host, right, event)
  if (isFunction(method)) return host.call(method, [left, right])[0]
  const [a, b] = [toNumber(left), toNumber(right)]
  if (a !== undefined && b !== undefined) return compute(operation, a, b)
  const kinds = [left, right].map((each) =>
    typeof each === "string" && readNumber(each) !== undefined ? "number" : typeName(each),
  )
  return raise(`cannot perform ${operation} operation between ${kinds.join(" and ")}`)
}

export function negate(host: Host, value: LuaValue): LuaValue {
  if (typeof value === "number") return -value
  const method = metamethod(host, value, "__unm")
  if (isFunction(method)) return host.call(method, [value])[0]
  const number = toNumber(value)
  return number === undefined ? raise("__unm undefined") : -number
}

export function lengthOf(host: Host, value: LuaValue): LuaValue {
  if (typeof value === "string") return value.length
  const method = metamethod(host, value, "__len")
  if (isFunction(method)) return host.call(method, [value])[0]
  return value instanceof LuaTable ? value.length : raise("__len undefined")
}

/** The text that a text or number is joined as. */
function joined(value: LuaValue): string | undefined {
  if (typeof value === "string") return value
  return typeof value === "number" ? numberText(value) : undefined
}

/** `left .. right`. */
export function concat(host: Host, left: LuaValue, right: LuaValue): LuaValue {
  const [a, b] = [joined(left), joined(right)]
  if (a !== undefined && b !== undefined) {
    host.allocate(a.length + b.length)
    return a + b
  }
  const method = metamethod(host, left, "__concat") ?? metamethod(host, right, "__concat")
  if (isFunction(method)) return host.call(method, [left, right])[0]
  return raise(`cannot perform concat operation between ${typeName(left)} and ${typeName(right)}`)
}

/** `left == right`. */
export function equals(host: Host, left: LuaValue, right: LuaValue): boolean {
  if (left === right) return true
  if (!(left instanceof LuaTable) || !(right instanceof LuaTable)) return false
  const method = left.metatable?.get("__eq")
  if (method === undefined || method !== right.metatable?.get("__eq")) return false
  return holds(host.call(method, [left, right])[0])
}

function comparison(host: Host, event: string, left: LuaValue, right: LuaValue): LuaValue {
  if (typeName(left) !== typeName(right)) return undefined
  const method = metamethod(host, left, event)
  return method !== undefined && method === metamethod(host, right, event) ? method : undefined
}

function incomparable(left: LuaValue, right: LuaValue): never {
  return raise(`attempt to compare ${typeName(left)} with ${typeName(right)}`)
}

/** `left < right`. */
export function isLess(host: Host, left: LuaValue, right: LuaValue): boolean {
  if (typeof left === "number" && typeof right === "number") return left < right
  if (typeof left === "string" && typeof right === "string") return left < right
  const method = comparison(host, "__lt", left, right)
  if (method === undefined) return incomparable(left, right)
  return holds(host.call(method, [left, right])[0])
}

/** `left <= right`; where only `__lt` is there, that nothing speaks against it. */
export function isLessOrEqual(host: Host, left: LuaValue, right: LuaValue): boolean {
  if (typeof left === "number" && typeof right === "number") return left <= right
  if (typeof left === "string" && typeof right === "string") return left <= right
  const method = comparison(host, "__le", left, right)
  if (method !== undefined) return holds(host.call(method, [left, right])[0])
  const reverse = comparison(host, "__lt", right, left)
  if (reverse === undefined) return incomparable(left, right)
  return !holds(host.call(reverse, [right, left])[0])
}

const addresses = new WeakMap<object, number>()
let nextAddress = 0x1000

/** A name for an object that is the same whenever it is asked for. */
function addressOf(value: object): string {
  let address = addresses.get(value)
  if (address === undefined) {
    address = nextAddress
    nextAddress += 0x10
    addresses.set(value, address)
  }
  return `0x${address.toString(16).padStart(8, "0")}`
}

/** What `tostring` gives. */
export function textOf(host: Host, value: LuaValue): string {
  const plain = joined(value)
  if (plain !== undefined) return plain
  if (value === undefined) return "nil"
  if (typeof value === "boolean") return String(value)
  const method = metamethod(host, value, "__tostring")
  if (isFunction(method)) {
    const text = host.call(method, [value])[0]
    return joined(text) ?? raise("'tostring' must return a string")
  }
  return `${typeName(value)}: ${addressOf(value as object)}`
}
