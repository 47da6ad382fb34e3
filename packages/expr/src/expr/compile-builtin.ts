import { Fault } from "../issue.js"
import { groupMap } from "../values/types.js"
import { GoLocation, GoMap, TypedNil, typeOf, type Value } from "../values/value.js"
import { fetch } from "./access.js"
import type { BuiltinNode, Node } from "./ast.js"
import type { Builtin } from "./builtins/builtin.js"
import {
  collectionBuiltins,
  entriesOf,
  hashable,
  isDescending,
  itemsOf,
} from "./builtins/collections.js"
import { builtins115 } from "./builtins/dialect-115.js"
import { encodingBuiltins } from "./builtins/encoding.js"
import { mathBuiltins } from "./builtins/math.js"
import { goSort } from "./builtins/sort.js"
import { stringBuiltins } from "./builtins/strings.js"
import { requireBool } from "./compile-binary.js"
import type { Dialect } from "./dialect.js"
import type { Evaluate, Frame } from "./frame.js"
import { add, failAt, order } from "./operators.js"
import { outside, type PredicateScope, type Scope, unreadable } from "./scope.js"

const builtins: ReadonlyMap<string, Builtin> = new Map([
  ...stringBuiltins,
  ...mathBuiltins,
  ...collectionBuiltins,
  ...encodingBuiltins,
])

/** Unchecked, these take their last argument, whatever stands before it. */
const lastCounts = new Set(["abs", "ceil", "floor", "round", "int", "float"])

/** Compiles a call of a built-in. */
export function compileBuiltin(node: BuiltinNode, inner: Scope): Evaluate {
  const scope = outside(inner)
  if (node.predicates.length > 0) return compilePredicateBuiltin(node, scope)
  const older = scope.dialect === "1.15" ? builtins115.get(node.name) : undefined
  const builtin = older ?? builtins.get(node.name)
  if (builtin === undefined) throw new Fault(`unknown built-in ${node.name}`, node.at, "check")
  const written = scope.isUnchecked && lastCounts.has(node.name) ? node.args.slice(-1) : node.args
  const args = written.map((arg) => scope.compile(arg, scope))
  const { at } = node
  if (scope.isUnchecked && node.name === "trim" && args.length > 2) {
    return () =>
      failAt(`invalid number of arguments for trim (expected 1 or 2, got ${args.length})`, at)
  }
  if (scope.isUnchecked && node.name === "date") {
    return (frame) => {
      const values = args.map((arg) => arg(frame))
      if (values[0] instanceof GoLocation)
        failAt("interface conversion: interface {} is time.Location, not string", at)
      return builtin(values, frame, at)
    }
  }
  return (frame) =>
    builtin(
      args.map((arg) => arg(frame)),
      frame,
      at,
    )
}

/** A loop over a collection: the closures it needs and where they keep their values. */
interface Loop {
  readonly name: string
  readonly at: number
  readonly items: Evaluate
  /** Undefined where the predicate is left out. */
  readonly test: Evaluate | undefined
  readonly testAt: number
  readonly extra: Evaluate | undefined
  readonly slots: PredicateScope
  /** What one iteration costs of the step budget. */
  readonly cost: number
  readonly throws: boolean
  readonly dialect: Dialect
  readonly threshold: number
}

function compilePredicateBuiltin(node: BuiltinNode, scope: Scope): Evaluate {
  const items = scope.compile(node.args[0] as Node, scope)
  const slots = {
    item: scope.slots.count++,
    index: scope.slots.count++,
    accumulator: scope.slots.count++,
  }
  const predicate = node.args[1]
  const before = scope.slots.count
  const test =
    predicate === undefined ? undefined : scope.compile(predicate, { ...scope, predicate: slots })
  const extra = node.args[2] === undefined ? undefined : scope.compile(node.args[2], scope)
  const loop: Loop = {
    name: node.name,
    at: node.at,
    items,
    test,
    extra,
    slots,
    testAt: predicate?.at ?? node.at,
    throws: node.throws === true,
    dialect: scope.dialect,
    threshold: node.threshold ?? Number.POSITIVE_INFINITY,
    cost: 1 + scope.slots.count - before + (predicate === undefined ? 0 : sizeOf(predicate)),
  }
  return loopFor(loop)
}

function sizeOf(node: Node): number {
  let size = 1
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child === "object" && child !== null && "kind" in child && "at" in child)
        size += sizeOf(child as Node)
    }
  }
  return size
}

function collect(loop: Loop, frame: Frame): readonly Value[] {
  const value = loop.items(frame)
  const items = itemsOf(value)
  if (items !== undefined) return items
  if (typeof value === "string")
    return Array.from({ length: value.length }, (_, index) => fetch(value, BigInt(index), loop.at))
  const entries = entriesOf(value)
  if (entries?.length === 0) return []
  if (entries !== undefined) return entries.map(() => unreadable)
  const kind = typeOf(value).kind
  const shown =
    kind === "nil" ? "zero Value" : `${kind === "any" ? typeOf(value).name : kind} Value`
  return failAt(`reflect: call of reflect.Value.Len on ${shown}`, loop.at)
}

/** The item as a value; that of a map is none. */
function readable(item: Value, at: number): Value {
  if (item === unreadable) failAt("reflect: call of reflect.Value.Index on map Value", at)
  return item
}

/** Runs the predicate for each item until `visit` gives false. */
function run(
  loop: Loop,
  frame: Frame,
  visit: (result: Value, item: Value, index: number) => boolean,
): void {
  const items = collect(loop, frame)
  const { slots } = frame
  const { item: itemSlot, index: indexSlot } = loop.slots
  const savedItem = slots[itemSlot] as Value
  const savedIndex = slots[indexSlot] as Value
  for (let index = 0; index < items.length; index++) {
    frame.step(loop.cost)
    const item = items[index] ?? null
    slots[itemSlot] = item
    slots[indexSlot] = BigInt(index)
    const result = loop.test === undefined ? readable(item, loop.at) : loop.test(frame)
    if (!visit(result, item, index)) break
  }
  slots[itemSlot] = savedItem
  slots[indexSlot] = savedIndex
}

function loopFor(loop: Loop): Evaluate {
  switch (loop.name) {
    case "all":
    case "none":
    case "any":
    case "one":
    case "count":
      return quantifier(loop)
    case "filter":
      return (frame) => {
        const kept: Value[] = []
        run(loop, frame, (result, item) => {
          if (requireBool(result, loop.testAt)) kept.push(readable(item, loop.at))
          return true
        })
        frame.charge(kept.length)
        return kept
      }
    case "map":
      return (frame) => {
        const mapped: Value[] = []
        run(loop, frame, (result) => mapped.push(result) > 0)
        frame.charge(mapped.length)
        return mapped
      }
    case "find":
    case "findIndex":
    case "findLast":
    case "findLastIndex":
      return finder(loop)
    default:
      return folder(loop)
  }
}

function quantifier(loop: Loop): Evaluate {
  const { name, testAt } = loop
  return (frame) => {
    let found = 0
    let isAll = true
    run(loop, frame, (result) => {
      if (requireBool(result, testAt)) found++
      else isAll = false
      if (name === "all") return isAll
      if (name === "count") return found < loop.threshold
      return name === "one" || found === 0
    })
    if (name === "count") return BigInt(found)
    if (name === "all") return isAll
    if (name === "none") return found === 0
    return name === "any" ? found > 0 : found === 1
  }
}

function finder(loop: Loop): Evaluate {
  const { name, testAt } = loop
  const isLast = name.startsWith("findLast")
  const wantsIndex = name.endsWith("Index")
  return (frame) => {
    let found: Value = null
    if (isLast) {
      const items = collect(loop, frame)
      for (let index = items.length - 1; index >= 0; index--) {
        frame.step(loop.cost)
        frame.slots[loop.slots.item] = items[index] ?? null
        frame.slots[loop.slots.index] = BigInt(index)
        if (requireBool((loop.test as Evaluate)(frame), testAt))
          return wantsIndex ? BigInt(index) : readable(items[index] ?? null, loop.at)
      }
      return loop.throws ? failAt("reflect: slice index out of range", loop.at) : null
    }
    let isFound = false
    run(loop, frame, (result, item, index) => {
      if (!requireBool(result, testAt)) return true
      found = wantsIndex ? BigInt(index) : readable(item, loop.at)
      isFound = true
      return false
    })
    if (!isFound && loop.throws) failAt("reflect: slice index out of range", loop.at)
    return found
  }
}

function folder(loop: Loop): Evaluate {
  switch (loop.name) {
    case "sum":
      return (frame) => {
        let sum: Value = 0n
        run(loop, frame, (result) => {
          sum = add(sum, result, loop.at)
          return true
        })
        return sum
      }
    case "groupBy":
      return (frame) => {
        const groups = new Map<Value, Value[]>()
        run(loop, frame, (result, item) => {
          const key = hashable(result, loop.at)
          const group = groups.get(key)
          readable(item, loop.at)
          if (group === undefined) groups.set(key, [item])
          else group.push(item)
          return true
        })
        // 1.15 makes the map with its first entry.
        if (groups.size === 0 && loop.dialect === "1.15") return new TypedNil(groupMap)
        return new GoMap(groupMap, groups)
      }
    case "sortBy":
      return sorter(loop)
    default:
      return reducer(loop)
  }
}

function sorter(loop: Loop): Evaluate {
  return (frame) => {
    const rows: { key: Value; item: Value }[] = []
    run(
      loop,
      frame,
      (result, item) => rows.push({ key: result, item: readable(item, loop.at) }) > 0,
    )
    frame.charge(rows.length)
    const descending = isDescending(loop.extra?.(frame), loop.at)
    const less = (a: { key: Value }, b: { key: Value }): boolean =>
      order(a.key, b.key, "<", loop.at) < 0
    return goSort(rows, descending ? (a, b) => less(b, a) : less).map((row) => row.item)
  }
}

function reducer(loop: Loop): Evaluate {
  const { item: itemSlot, index: indexSlot, accumulator } = loop.slots
  return (frame) => {
    const items = collect(loop, frame)
    let start = 0
    let value: Value
    if (loop.extra === undefined) {
      if (items.length === 0) return failAt("reduce of empty array with no initial value", loop.at)
      value = readable(items[0] ?? null, loop.at)
      start = 1
    } else value = loop.extra(frame)
    for (let index = start; index < items.length; index++) {
      frame.step(loop.cost)
      frame.slots[itemSlot] = items[index] ?? null
      frame.slots[indexSlot] = BigInt(index)
      frame.slots[accumulator] = value
      value = (loop.test as Evaluate)(frame)
    }
    return value
  }
}
