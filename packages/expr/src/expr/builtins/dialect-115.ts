import { byteLength } from "../../go/text.js"
import { Fault } from "../../issue.js"
import { isDuration } from "../../values/time-types.js"
import { GoFunc, GoTime, typeOf, type Value } from "../../values/value.js"
import { fetch } from "../access.js"
import { add, failAt, numeric, order } from "../operators.js"
import { type Builtin, notAssertable } from "./builtin.js"
import { collectionBuiltins, isDescending, itemsOf } from "./collections.js"
import { mathBuiltins } from "./math.js"
import { goSort } from "./sort.js"

const newer: ReadonlyMap<string, Builtin> = new Map(mathBuiltins)

function kindOf(value: Value): string {
  const { kind } = typeOf(value)
  return kind === "nil" ? "invalid" : kind
}

function listOf(verb: string, args: readonly Value[], at: number): readonly Value[] {
  const items = itemsOf(args[0])
  return items ?? failAt(`cannot ${verb} ${kindOf(args[0] ?? null)}`, at)
}

function sum(args: readonly Value[], at: number): Value {
  let total: Value = 0n
  for (const item of listOf("sum", args, at)) {
    const value = isDuration(item) ? item.value : numeric(item)
    if (value === undefined || typeOf(item).kind === "uint8")
      return failAt(`cannot sum ${kindOf(item)}`, at)
    total = add(total, value, at)
  }
  return total
}

function average(name: "mean" | "median", verb: string): Builtin {
  return (args, frame, at) => {
    if (args.length !== 1)
      return failAt(`invalid number of arguments (expected 1, got ${args.length})`, at)
    const items = listOf(verb, args, at)
    for (const item of items) {
      if (numeric(item) === undefined || typeOf(item).kind === "uint8")
        failAt(`cannot ${verb} ${kindOf(item)}`, at)
    }
    return (newer.get(name) as Builtin)(args, frame, at)
  }
}

/** The largest or smallest argument; nil counts as none, and lists are no numbers. */
function extreme(operator: "<" | ">"): Builtin {
  return (args, _frame, at) => {
    let best: Value = null
    for (const arg of args) {
      if (best === null) best = arg
      else {
        const sign = order(best, arg, operator, at)
        if (operator === "<" ? sign < 0 : sign > 0) best = arg
      }
    }
    return best
  }
}

const newerGet = new Map(collectionBuiltins).get("get") as Builtin

/** 1.15 takes nothing amiss: what cannot be got is nil. */
const get: Builtin = (args, frame, at) => {
  try {
    return newerGet(args, frame, at)
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.phase === "run") return null
    throw thrown
  }
}

function sortable(items: readonly Value[], at: number): readonly Value[] {
  const first = typeOf(items[0] ?? null)
  for (const item of items) {
    const type = typeOf(item)
    if (item === null || item instanceof GoTime || item instanceof GoFunc)
      failAt(`cannot sort ${kindOf(item)}`, at)
    if (type.name !== first.name)
      failAt(`cannot sort array of different types (${first.name} and ${type.name})`, at)
  }
  return items
}

function sort(args: readonly Value[], at: number): Value {
  const items = sortable(listOf("sort", args, at), at)
  const isDown = isDescending(args[1], at)
  const less = (a: Value, b: Value): boolean => order(a, b, "<", at) < 0
  return goSort(items, isDown ? (a, b) => less(b, a) : less)
}

function sortBy(args: readonly Value[], at: number): Value {
  const items = listOf("sort", args, at)
  const field = args[1] ?? null
  if (typeof field !== "string") return notAssertable(field, "string", at)
  const rows = items.map((item) => ({ item, key: fetch(item, field, at) }))
  sortable(
    rows.map(({ key }) => key),
    at,
  )
  const isDown = isDescending(args[2], at)
  const less = (a: { key: Value }, b: { key: Value }): boolean => order(a.key, b.key, "<", at) < 0
  return goSort(rows, isDown ? (a, b) => less(b, a) : less).map(({ item }) => item)
}

/** The built-ins that Events' dialect has otherwise than 1.17. */
export const builtins115: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [
    "len",
    (args, frame, at) => {
      const [text] = args
      return typeof text === "string"
        ? BigInt(byteLength(text))
        : (newer.get("len") as Builtin)(args, frame, at)
    },
  ],
  ["sum", (args, _frame, at) => sum(args, at)],
  ["mean", average("mean", "avg")],
  ["median", average("median", "median")],
  ["max", extreme("<")],
  ["min", extreme(">")],
  ["get", get],
  ["sort", (args, _frame, at) => sort(args, at)],
  ["sortBy", (args, _frame, at) => sortBy(args, at)],
])
