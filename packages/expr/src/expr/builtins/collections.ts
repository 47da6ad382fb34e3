import { compareKeys, sprint } from "../../go/sprint.js"
import { compareUtf8 } from "../../go/text.js"
import { Fault } from "../../issue.js"
import { keyOfValue, valueOfKey } from "../../values/keys.js"
import { anyKeyMap, anySlice, pairType, sliceOf } from "../../values/types.js"
import {
  GoMap,
  GoStruct,
  isList,
  isPlainMap,
  Special,
  TypedNil,
  tagged,
  typeOf,
  typeOfArray,
  type Value,
} from "../../values/value.js"
import { fetch, memberOf } from "../access.js"
import { equal } from "../equality.js"
import { failAt, isIntegerValue, numeric, order, toInt } from "../operators.js"
import { type Builtin, needArguments } from "./builtin.js"
import { goSort } from "./sort.js"

/** The items of an array-like value: bytes as uint8, nil slices as nothing. */
export function itemsOf(value: Value | undefined): readonly Value[] | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== "object") return undefined
  if (isList(value)) return value
  if (value instanceof Uint8Array)
    return Array.from(value, (_, index) => fetch(value, BigInt(index), -1))
  if (value instanceof TypedNil && value.type.kind === "slice") return []
  return undefined
}

/** Entries of a map, sorted by key: upstream's order is random. */
export function entriesOf(
  value: Value | undefined,
): readonly (readonly [Value, Value])[] | undefined {
  if (value === undefined || value === null || typeof value !== "object") return undefined
  if (value instanceof GoMap) {
    const entries = [...value.entries].map(([key, item]) => [valueOfKey(key), item] as const)
    return entries.toSorted(([a], [b]) => compareKeys(a, b))
  }
  if (value instanceof TypedNil && value.type.kind === "map") return []
  if (!isPlainMap(value)) return undefined
  return Object.entries(value).toSorted(([a], [b]) => compareUtf8(a, b))
}

function ends(isFirst: boolean): Builtin {
  return (args, _frame, at) => {
    // Unchecked, upstream takes the missing argument for a list that has nothing.
    if (args.length === 0) return null
    needArguments(args, 1, 1, at)
    const value = args[0] as Value
    if (typeof value === "string" && value !== "") return fetch(value, isFirst ? 0n : -1n, at)
    const items = itemsOf(value)
    return (isFirst ? items?.[0] : items?.at(-1)) ?? null
  }
}

function isTypedKeyMismatch(base: GoMap, key: Value): boolean {
  const wanted = base.type.key
  return (
    wanted !== undefined &&
    wanted.kind !== "any" &&
    key !== null &&
    wanted.name !== typeOf(key).name
  )
}

function get(args: readonly Value[], at: number): Value {
  needArguments(args, 2, 2, at)
  const [base, key] = args as readonly [Value, Value]
  if (base === null || base instanceof TypedNil) return null
  const isIndexed = typeof base === "string" || itemsOf(base) !== undefined
  const index = isIndexed ? toInt(key, at) : key
  if (!isIndexed && !(base instanceof GoMap) && !isPlainMap(base)) {
    if (base instanceof GoStruct || base instanceof Special) {
      if (typeof key !== "string") return null
      return memberOf(base, key) ?? null
    }
    return null
  }
  if (base instanceof GoMap && !base.entries.has(keyOfValue(key)) && !isTypedKeyMismatch(base, key))
    return null
  try {
    return fetch(base, index, at)
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.message.startsWith("index out of range")) return null
    throw thrown
  }
}

function take(args: readonly Value[], frame: Parameters<Builtin>[1], at: number): Value {
  needArguments(args, 2, 2, at)
  const items = itemsOf(args[0])
  if (items === undefined) return failAt(`cannot take from ${typeOf(args[0] ?? null).name}`, at)
  const count = args[1] as Value
  if (!isIntegerValue(count)) return failAt(`cannot take ${typeOf(count).name} elements`, at)
  const size = Number(numeric(count))
  if (size < 0) return failAt(`cannot take ${size} elements`, at)
  frame.step(Math.min(size, items.length))
  const whole = args[0] as Value
  return tagged(items.slice(0, size), isList(whole) ? typeOfArray(whole) : anySlice)
}

function listed(name: string, pick: (key: Value, item: Value) => Value): Builtin {
  return (args, frame, at) => {
    needArguments(args, 1, 1, at)
    const entries = entriesOf(args[0])
    if (entries === undefined)
      return failAt(`cannot get ${name} from ${typeOf(args[0] ?? null).name}`, at)
    frame.step(entries.length)
    const items = entries.map(([key, item]) => pick(key, item))
    return name === "pairs" ? tagged(items, sliceOf(pairType)) : items
  }
}

function fromPairs(args: readonly Value[], at: number): Value {
  needArguments(args, 1, 1, at)
  const items = itemsOf(args[0])
  if (items === undefined)
    return failAt(`cannot transform ${typeOf(args[0] ?? null).name} from pairs`, at)
  const entries = new Map<Value, Value>()
  for (const pair of items) {
    const two = itemsOf(pair)
    if (two === undefined || two.length !== 2) return failAt(`invalid pair ${sprint(pair)}`, at)
    entries.set(hashable(two[0] as Value, at), two[1] as Value)
  }
  return new GoMap(anyKeyMap, entries)
}

/** A value as a key; arrays and maps cannot be one. */
export function hashable(value: Value, at: number): Value {
  if (typeof value === "object" && value !== null) {
    const isUnhashable =
      isList(value) || value instanceof Uint8Array || value instanceof GoMap || isPlainMap(value)
    if (isUnhashable) failAt(`runtime error: hash of unhashable type ${typeOf(value).name}`, at)
  }
  return keyOfValue(value)
}

function uniq(args: readonly Value[], frame: Parameters<Builtin>[1], at: number): Value {
  needArguments(args, 1, 1, at)
  const items = itemsOf(args[0])
  if (items === undefined) return failAt(`cannot uniq ${typeOf(args[0] ?? null).name}`, at)
  const kept: Value[] = []
  const seen = new Set<Value>()
  const isSimple = items.every((item) => typeof item === "string")
  for (const item of items) {
    if (isSimple) {
      if (!seen.has(item)) kept.push(item)
      seen.add(item)
    } else {
      frame.step(kept.length)
      if (!kept.some((other) => equal(item, other))) kept.push(item)
    }
  }
  return kept
}

function concat(args: readonly Value[], frame: Parameters<Builtin>[1], at: number): Value {
  if (args.length === 0)
    return failAt("invalid number of arguments (expected at least 1, got 0)", at)
  const out: Value[] = []
  for (const arg of args) {
    const items = itemsOf(arg)
    if (items === undefined)
      return failAt(`cannot concat ${arg === null ? "invalid" : typeOf(arg).kind}`, at)
    frame.charge(items.length)
    for (const item of items) out.push(item)
  }
  return out.length === 0 ? new TypedNil(anySlice) : out
}

function flatten(args: readonly Value[], frame: Parameters<Builtin>[1], at: number): Value {
  needArguments(args, 1, 1, at)
  const items = itemsOf(args[0])
  if (items === undefined) return failAt(`cannot flatten ${typeOf(args[0] ?? null).name}`, at)
  const out: Value[] = []
  const visit = (list: readonly Value[], depth: number): void => {
    if (depth > 1000) failAt("recursion depth exceeded", at)
    frame.charge(list.length)
    for (const item of list) {
      const inner = itemsOf(item)
      if (inner === undefined) out.push(item)
      else visit(inner, depth + 1)
    }
  }
  visit(items, 0)
  return out
}

/** The direction of a sort: `asc`, `desc`, or a fault. */
export function isDescending(value: Value | undefined, at: number): boolean {
  if (value === undefined || value === "asc") return false
  if (value === "desc") return true
  return failAt(`invalid order ${sprint(value)}, expected asc or desc`, at)
}

const sortable = new Set(["[]interface {}", "[]int", "[]float64", "[]string"])

function sort(args: readonly Value[], frame: Parameters<Builtin>[1], at: number): Value {
  if (args.length === 0) return failAt("invalid number of arguments (expected 1 or 2, got 0)", at)
  const items = itemsOf(args[0])
  if (items === undefined) return new TypedNil(anySlice)
  const whole = args[0] as Value
  if (isList(whole) && !sortable.has(typeOfArray(whole).name)) return new TypedNil(anySlice)
  const descending = isDescending(args[1], at)
  frame.charge(items.length)
  frame.step(items.length * 8)
  const less = (a: Value, b: Value): boolean => order(a, b, "<", at) < 0
  return goSort(items, descending ? (a, b) => less(b, a) : less)
}

/** The built-ins about arrays and maps. */
export const collectionBuiltins: readonly (readonly [string, Builtin])[] = [
  ["first", ends(true)],
  ["last", ends(false)],
  ["get", (args, _frame, at) => get(args, at)],
  ["take", take],
  ["keys", listed("keys", (key) => key)],
  ["values", listed("values", (_key, item) => item)],
  ["toPairs", listed("pairs", (key, item) => tagged([key, item], pairType))],
  ["fromPairs", (args, _frame, at) => fromPairs(args, at)],
  [
    "reverse",
    (args, frame, at) => {
      needArguments(args, 1, 1, at)
      const items = itemsOf(args[0])
      if (items === undefined) return failAt(`cannot reverse ${typeOf(args[0] ?? null).name}`, at)
      frame.charge(items.length)
      return items.toReversed()
    },
  ],
  ["uniq", uniq],
  ["concat", concat],
  ["flatten", flatten],
  ["sort", sort],
]
