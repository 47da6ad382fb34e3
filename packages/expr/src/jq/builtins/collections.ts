import { indexValue } from "../access.js"
import { operation } from "../arithmetic.js"
import { typePreview } from "../encode.js"
import { inapplicable, JqError } from "../fault.js"
import { type Env, each, type Filter, many, none, selector, single } from "../filter.js"
import { grow, type Machine, spend } from "../machine.js"
import { extendPath } from "../path.js"
import { eachChild } from "../recurse.js"
import {
  compareValues,
  fieldOf,
  isArray,
  isNumber,
  isObject,
  isTruthy,
  type JqValue,
  sortedKeys,
} from "../value.js"
import { argument, type Build, type Entry, ofInput, ofValues } from "./table.js"

const empty: Filter = single("maybe", () => none)

/** `any` and `all`: the first output that decides, decides. */
function quantifier(decisive: boolean): Build {
  return (args, machine) => {
    const source = args.length === 2 ? argument(args, 0) : children(machine)
    const condition = args.length === 0 ? undefined : argument(args, args.length - 1)
    return single("one", (env, input) => {
      let isDecided = false
      each(source, env, input, (item) => {
        if (condition === undefined) isDecided = isTruthy(item) === decisive
        else {
          each(condition, env, item, (value) => {
            isDecided = isTruthy(value) === decisive
            return !isDecided
          })
        }
        return !isDecided
      })
      return isDecided === decisive
    })
  }
}

/** `.[]`. */
export function children(machine: Machine): Filter {
  return many((_env, input, path, emit) =>
    eachChild(input, path, (value, inner) => {
      spend(machine, 1)
      return emit(value, inner)
    }),
  )
}

function isEmpty([filter = empty]: readonly Filter[]): Filter {
  return single("one", (env, input) => {
    let isFound = false
    each(filter, env, input, () => {
      isFound = true
      return false
    })
    return !isFound
  })
}

function atIndex(index: number): Filter {
  const compute = (_env: Env, input: JqValue): JqValue => indexValue(input, index)
  return selector("one", compute, (env, input, path, emit) => {
    const value = compute(env, input)
    return emit(value, extendPath(path, input, index, value))
  })
}

function nth(args: readonly Filter[]): Filter {
  const key = argument(args, 0)
  return many((env, input, path, emit) =>
    each(key, env, input, (at) => {
      const value = indexValue(input, at)
      return emit(value, extendPath(path, input, at, value))
    }),
  )
}

function contains(source: Filter, env: Env, input: JqValue, value: JqValue): boolean {
  return !each(source, env, input, (item) => compareValues(item, value) !== 0)
}

function isIn(args: readonly Filter[]): Filter {
  const [first, second] = [argument(args, 0), args[1]]
  if (second === undefined) {
    return single("one", (env, input) => contains(first, env, input, input))
  }
  return single(
    "one",
    (env, input) => !each(first, env, input, (value) => !contains(second, env, input, value)),
  )
}

function addAll(
  args: readonly Filter[],
  machine: Machine,
  add: (sum: JqValue, value: JqValue) => JqValue,
): Filter {
  const source = argument(args, 0)
  return single("one", (env, input) => {
    let sum: JqValue = null
    each(source, env, input, (value) => {
      spend(machine, 1)
      sum = add(sum, value)
      return true
    })
    return sum
  })
}

function add(value: JqValue, machine: Machine): JqValue {
  if (!isArray(value) && !isObject(value)) throw inapplicable("add", value)
  const plus = operation("+", machine)
  let sum: JqValue = null
  eachChild(value, undefined, (item) => {
    spend(machine, 1)
    sum = plus(sum, item)
    return true
  })
  return sum
}

function flatten(value: JqValue, depth: JqValue, machine: Machine): JqValue {
  if (!isNumber(depth)) throw inapplicable("flatten", depth)
  if (depth < 0) throw new JqError(`flatten depth should not be negative: ${typePreview(depth)}`)
  if (!isArray(value) && !isObject(value)) throw inapplicable("flatten", value)
  const items: JqValue[] = []
  const visit = (whole: JqValue, left: number): void => {
    eachChild(whole, undefined, (item) => {
      grow(machine, 1)
      if (isArray(item) && left > 0) visit(item, left - 1)
      else items.push(item)
      return true
    })
  }
  visit(value, Number(depth))
  return items
}

function transpose(value: JqValue, machine: Machine): JqValue {
  if (!isArray(value)) throw inapplicable("transpose", value)
  const rows = value.map((row) => {
    if (!isArray(row)) throw inapplicable("transpose", value)
    return row
  })
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0)
  grow(machine, width * rows.length)
  return Array.from({ length: width }, (_, index) => rows.map((row) => row[index] ?? null))
}

function reverse(value: JqValue): JqValue {
  if (!isArray(value)) throw inapplicable("reverse", value)
  return value.toReversed()
}

/** `keys`: the sorted keys of an object, the indexes of an array. */
export function keysOfValue(value: JqValue, machine: Machine): readonly (string | number)[] {
  if (isObject(value)) {
    const names = sortedKeys(value)
    grow(machine, names.length)
    return names
  }
  if (!isArray(value)) throw inapplicable("keys", value)
  grow(machine, value.length)
  return Array.from(value, (_, index) => index)
}

function has(value: JqValue, key: JqValue): JqValue {
  if (isArray(value) && isNumber(key)) {
    const at = Number(key)
    return at >= 0 && at < value.length
  }
  if (isObject(value) && typeof key === "string") return Object.hasOwn(value, key)
  throw inapplicable("has", value, [key])
}

function includes(whole: JqValue, part: JqValue, machine: Machine): boolean {
  spend(machine, 1)
  if (typeof whole === "string" && typeof part === "string") return whole.includes(part)
  if (isArray(whole) && isArray(part)) {
    return part.every((item) => whole.some((other) => holds(other, item, machine)))
  }
  if (isObject(whole) && isObject(part)) {
    return Object.keys(part).every(
      (key) => Object.hasOwn(whole, key) && holds(fieldOf(whole, key), fieldOf(part, key), machine),
    )
  }
  if (isScalar(whole) && isScalar(part) && compareValues(whole, part) === 0) return true
  throw inapplicable("contains", whole, [part])
}

function isScalar(value: JqValue): boolean {
  return typeof value !== "object" || value === null
}

/** Values of different kinds hold nothing of each other. */
function holds(whole: JqValue, part: JqValue, machine: Machine): boolean {
  const isAlike =
    (typeof whole === "string" && typeof part === "string") ||
    (isArray(whole) && isArray(part)) ||
    (isObject(whole) && isObject(part))
  return isAlike ? includes(whole, part, machine) : compareValues(whole, part) === 0
}

/** Every choice of one item from each array. */
function combinations(
  lists: (env: Env, input: JqValue, take: (value: JqValue) => boolean) => boolean,
  machine: Machine,
): Filter {
  return many((env, input, path, emit) =>
    lists(env, input, (value) => {
      if (!isArray(value)) throw new JqError(`expected an array but got: ${typePreview(value)}`)
      const chosen: JqValue[] = []
      const choose = (index: number): boolean => {
        if (index === value.length) {
          grow(machine, value.length)
          return emit([...chosen], path)
        }
        return eachChild(value[index] ?? null, undefined, (item) => {
          spend(machine, 1)
          chosen[index] = item
          return choose(index + 1)
        })
      }
      return choose(0)
    }),
  )
}

function combinationsOf(args: readonly Filter[], machine: Machine): Filter {
  const count = args[0]
  if (count === undefined) return combinations((_env, input, take) => take(input), machine)
  return combinations(
    (env, input, take) =>
      each(count, env, input, (size) => {
        const times = isNumber(size) ? Math.max(0, Math.ceil(Number(size))) : 0
        grow(machine, times)
        return take(Array.from({ length: times }, () => input))
      }),
    machine,
  )
}

/** Functions of arrays and objects as collections. */
export const collections: readonly Entry[] = [
  ["any/0", quantifier(true)],
  ["any/1", quantifier(true)],
  ["any/2", quantifier(true)],
  ["all/0", quantifier(false)],
  ["all/1", quantifier(false)],
  ["all/2", quantifier(false)],
  ["isempty/1", isEmpty],
  ["IN/1", isIn],
  ["IN/2", isIn],
  ["first/0", () => atIndex(0)],
  ["last/0", () => atIndex(-1)],
  ["nth/1", nth],
  ofInput("add", add),
  ["add/1", (args, machine) => addAll(args, machine, operation("+", machine))],
  ofInput("flatten", (value, machine) => flatten(value, Number.MAX_SAFE_INTEGER, machine)),
  ofValues("flatten/1", (value, [depth = null], machine) => flatten(value, depth, machine)),
  ofInput("transpose", transpose),
  ofInput("reverse", reverse),
  ofInput("keys", keysOfValue),
  ofValues("has/1", (value, [key = null]) => has(value, key)),
  ofValues("in/1", (key, [value = null]) => has(value, key)),
  ofValues("contains/1", (value, [part = null], machine) => includes(value, part, machine)),
  ofValues("inside/1", (part, [value = null], machine) => includes(value, part, machine)),
  ["combinations/0", combinationsOf],
  ["combinations/1", combinationsOf],
]
