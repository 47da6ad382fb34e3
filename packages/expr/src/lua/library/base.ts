import { parseGoFloat } from "../../go/number.js"
import { ArgumentFault, LuaError, raise } from "../fault.js"
import { assignRaw, textOf } from "../operators.js"
import { LuaTable } from "../table.js"
import { type Host, HostFunction, holds, type LuaValue, typeName } from "../value.js"
import type { Functions } from "./library.js"
import { anyAt, numberAt, type Parameters, tableAt, textAt, wholeAt } from "./parameters.js"

const hex = /^0x/i
const spread = 100_000

/** Whole digits in a base from 2 to 36. */
function readWhole(text: string, base: number): number | undefined {
  const match = /^([+-]?)([0-9a-z]+)$/i.exec(text)
  if (match === null) return undefined
  let value = 0n
  for (const digit of match[2] as string) {
    const worth = Number.parseInt(digit, 36)
    if (worth >= base) return undefined
    value = value * BigInt(base) + BigInt(worth)
    if (value > 2n ** 63n) return undefined
  }
  const signed = match[1] === "-" ? -value : value
  return signed >= 2n ** 63n ? undefined : Number(signed)
}

/** `tonumber`: texts with a point are floats, all others whole numbers of a base. */
function toNumberOf(parameters: Parameters): number | undefined {
  const value = anyAt(parameters, 1)
  const base = wholeAt(parameters, 2, 10)
  if (typeof value === "number") return value
  if (typeof value !== "string") return undefined
  const text = value.replace(/^[ \n\t]+|[ \n\t]+$/g, "")
  if (text.includes(".")) return parseGoFloat(text)
  const isHex = parameters[1] === undefined && hex.test(text)
  if (base < 2 || base > 36) return undefined
  return isHex ? readWhole(text.slice(2), 16) : readWhole(text, base)
}

function raiseError(host: Host, parameters: Parameters): never {
  const value = anyAt(parameters, 1)
  const level = wholeAt(parameters, 2, 1)
  const where = typeof value === "string" && level > 0 ? host.where(level) : ""
  throw new LuaError(where === "" ? value : `${where} ${String(value)}`, true)
}

function select(parameters: Parameters): readonly LuaValue[] {
  const [selector] = parameters
  if (selector === "#") return [parameters.length - 1]
  const place = wholeAt(parameters, 1)
  if (place === 0) throw new ArgumentFault(1, "must not be zero")
  if (place > 0) return parameters.slice(place)
  if (-place > parameters.length - 1) throw new ArgumentFault(1, "index out of range")
  return parameters.slice(place)
}

export function unpack(host: Host, parameters: Parameters): readonly LuaValue[] {
  const table = tableAt(parameters, 1)
  const from = wholeAt(parameters, 2, 1)
  const to = wholeAt(parameters, 3, table.length)
  if (to - from >= spread) return raise("too many results to unpack")
  host.spend(Math.max(0, to - from))
  const values: LuaValue[] = []
  for (let place = from; place <= to; place++) values.push(table.get(place))
  return values
}

function next(parameters: Parameters): readonly LuaValue[] {
  const pair = tableAt(parameters, 1).next(parameters[1])
  if (pair === "unknown") return raise("invalid key to 'next'")
  return pair ?? [undefined]
}

const step = new HostFunction("ipairsIterator", (_host, parameters) => {
  const place = numberAt(parameters, 2) + 1
  const value = tableAt(parameters, 1).get(place)
  return value === undefined ? [undefined] : [place, value]
})

const nextFunction = new HostFunction("next", (_host, parameters) => next(parameters))

function setMetatable(parameters: Parameters): readonly LuaValue[] {
  const table = tableAt(parameters, 1)
  const metatable = parameters[1]
  if (metatable !== undefined && !(metatable instanceof LuaTable)) {
    throw new ArgumentFault(2, `nil or table expected, got ${typeName(metatable)}`)
  }
  if (table.metatable?.get("__metatable") !== undefined) {
    return raise("cannot change a protected metatable")
  }
  table.metatable = metatable
  return [table]
}

function getMetatable(host: Host, parameters: Parameters): readonly LuaValue[] {
  const value = anyAt(parameters, 1)
  if (typeof value === "string") {
    const metatable = new LuaTable()
    metatable.set("__index", host.stringMethods)
    return [metatable]
  }
  const metatable = value instanceof LuaTable ? value.metatable : undefined
  return [metatable?.get("__metatable") ?? metatable]
}

const functions: Functions = {
  assert: (_host, parameters) => {
    if (holds(anyAt(parameters, 1))) return parameters
    return raise(textAt(parameters, 2, "assertion failed!"))
  },
  collectgarbage: () => [],
  error: raiseError,
  getmetatable: getMetatable,
  ipairs: (_host, parameters) => [step, tableAt(parameters, 1), 0],
  pairs: (_host, parameters) => [nextFunction, tableAt(parameters, 1), undefined],
  print: (host, parameters) => {
    host.print(parameters.map((value) => textOf(host, value)).join("\t"))
    return []
  },
  rawequal: (_host, parameters) => [anyAt(parameters, 1) === anyAt(parameters, 2)],
  rawget: (_host, parameters) => [tableAt(parameters, 1).get(anyAt(parameters, 2))],
  rawset: (host, parameters) => {
    const table = tableAt(parameters, 1)
    assignRaw(host, table, anyAt(parameters, 2), anyAt(parameters, 3))
    return [table]
  },
  select: (_host, parameters) => select(parameters),
  setmetatable: (_host, parameters) => setMetatable(parameters),
  tonumber: (_host, parameters) => [toNumberOf(parameters)],
  tostring: (host, parameters) => [textOf(host, anyAt(parameters, 1))],
  type: (_host, parameters) => [typeName(anyAt(parameters, 1))],
  unpack,
}

/** The functions that every script has. */
export const baseFunctions: Functions = functions

/** Those that the machine knows, besides {@link baseFunctions}. */
export const baseValues: readonly (readonly [string, LuaValue])[] = [
  ["_VERSION", "GopherLua 0.1"],
  ["next", nextFunction],
  ["pcall", new HostFunction("pcall", () => [], "pcall")],
  ["xpcall", new HostFunction("xpcall", () => [], "xpcall")],
]
