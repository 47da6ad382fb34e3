import { sprint } from "../go/sprint.js"
import { decodeLossy } from "../go/text.js"
import { Fault } from "../issue.js"
import {
  anyMap,
  anySlice,
  anyType,
  boolType,
  float64Type,
  funcOf,
  type GoType,
  int64Type,
  intType,
  stringSlice,
  stringType,
} from "../values/types.js"
import {
  type CallContext,
  GoFunc,
  isList,
  isPlainMap,
  SizedNumber,
  tagged,
  typeOf,
  type Value,
} from "../values/value.js"

/** What a function of sprig does; throws a `Fault` to fail. */
export type Body = (args: readonly Value[], context: CallContext) => Value

/** Functions by name. */
export type FunctionTable = { readonly [name: string]: GoFunc }

const types: { readonly [letter: string]: GoType } = {
  s: stringType,
  i: intType,
  I: int64Type,
  f: float64Type,
  b: boolType,
  a: anyType,
  d: anyMap,
  l: anySlice,
}

/**
 * Defines a function: one letter a parameter — `s` string, `i` int, `f` float64, `b` bool, `d` map, `a` anything — and a
 * star behind the last for any number of them.
 */
export function define(parameters: string, body: Body): GoFunc {
  const variadic = parameters.endsWith("*")
  const letters = Array.from(variadic ? parameters.slice(0, -1) : parameters)
  const params = letters.map((letter) => types[letter] ?? anyType)
  return new GoFunc(funcOf({ params, results: [anyType], variadic }), body)
}

/** The same functions under more names. */
export function aliases(
  table: FunctionTable,
  names: { readonly [alias: string]: string },
): FunctionTable {
  return Object.fromEntries(
    Object.entries(names).flatMap(([alias, name]) => {
      const found = table[name]
      return found === undefined ? [] : [[alias, found]]
    }),
  )
}

/** Fails a function. */
export function refuse(message: string): never {
  throw new Fault(message)
}

/** A text as sprig takes one of anything: bytes are their text, the rest is `%v`. */
export function textOf(value: Value | undefined): string {
  if (typeof value === "string") return value
  return value instanceof Uint8Array ? decodeLossy(value) : sprint(value ?? null)
}

/** An argument that the signature has made a string. */
export function text(args: readonly Value[], index: number): string {
  return textOf(args[index])
}

/** An argument that the signature has made an int; beyond 2^53 it stops there. */
export function int(args: readonly Value[], index: number): number {
  const value = args[index]
  return Number(value instanceof SizedNumber ? value.value : (value ?? 0))
}

/** The texts of a list without its nils; anything else is a list of itself. */
export function texts(value: Value | undefined): readonly string[] {
  if (value === null || value === undefined) return []
  return isList(value) ? value.filter((item) => item !== null).map(textOf) : [textOf(value)]
}

/** A list of strings. */
export function textList(items: readonly string[]): Value {
  return tagged([...items], stringSlice)
}

/** A list argument; other values fail as upstream words it. */
export function listOf(value: Value | undefined, what: string): readonly Value[] {
  if (value !== undefined && isList(value)) return value
  return refuse(
    `Cannot ${what} on type ${value === null || value === undefined ? "invalid" : kindOf(value)}`,
  )
}

/** A map argument. */
export function mapOf(value: Value | undefined): { readonly [key: string]: Value } {
  if (value !== undefined && value !== null && isPlainMap(value)) return value
  return refuse("wrong type for value; expected map[string]interface {}")
}

/** Go's reflect kind. */
export function kindOf(value: Value): string {
  if (value === null) return "invalid"
  const type = typeOf(value)
  return type.kind === "pointer" ? "ptr" : type.kind === "any" ? "interface" : type.kind
}

/** True for what sprig calls empty: nil, zero, false, and what holds nothing. */
export function isEmpty(value: Value | undefined): boolean {
  if (value === null || value === undefined) return true
  if (typeof value === "boolean") return !value
  if (typeof value === "number" || typeof value === "bigint") return Number(value) === 0
  if (typeof value === "string" || isList(value) || value instanceof Uint8Array) {
    return value.length === 0
  }
  if (value instanceof SizedNumber) return Number(value.value) === 0
  return isPlainMap(value) && Object.keys(value).length === 0
}
