import { ArgumentFault } from "../fault.js"
import { LuaTable } from "../table.js"
import {
  HostFunction,
  LuaClosure,
  type LuaValue,
  numberText,
  toNumber,
  typeName,
} from "../value.js"

/** What a library function was called with. Places count from 1, as in error messages. */
export type Parameters = readonly LuaValue[]

function mistyped(expected: string, place: number, value: LuaValue): never {
  throw new ArgumentFault(place, `${expected} expected, got ${typeName(value)}`)
}

/** A value, which must be there, be it nil. */
export function anyAt(parameters: Parameters, place: number): LuaValue {
  if (parameters.length < place) throw new ArgumentFault(place, "value expected")
  return parameters[place - 1]
}

export function tableAt(parameters: Parameters, place: number): LuaTable {
  const value = parameters[place - 1]
  return value instanceof LuaTable ? value : mistyped("table", place, value)
}

export function functionAt(parameters: Parameters, place: number): LuaClosure | HostFunction {
  const value = parameters[place - 1]
  if (value instanceof LuaClosure || value instanceof HostFunction) return value
  return mistyped("function", place, value)
}

/** A number, or a text that spells one. */
export function numberAt(parameters: Parameters, place: number, fallback?: number): number {
  const value = parameters[place - 1]
  if (value === undefined && fallback !== undefined) return fallback
  return toNumber(value) ?? mistyped("number", place, value)
}

/** A number without its fraction. */
export function wholeAt(parameters: Parameters, place: number, fallback?: number): number {
  const value = Math.trunc(numberAt(parameters, place, fallback))
  return Number.isNaN(value) ? 0 : value
}

/** A text, or a number as text. */
export function textAt(parameters: Parameters, place: number, fallback?: string): string {
  const value = parameters[place - 1]
  if (typeof value === "string") return value
  if (typeof value === "number") return numberText(value)
  if (value === undefined && fallback !== undefined) return fallback
  return mistyped("string", place, value)
}
