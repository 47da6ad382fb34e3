import { indexValue } from "../access.js"
import { firstOf } from "../compile-assign.js"
import { textOf, typePreview } from "../encode.js"
import { JqError } from "../fault.js"
import { type Env, each, type Filter, many, none, single } from "../filter.js"
import { grow, type Machine, spend } from "../machine.js"
import { eachChild } from "../recurse.js"
import {
  fieldOf,
  isArray,
  isObject,
  isTruthy,
  type JqValue,
  type OpenObject,
  openObject,
  sortedKeys,
} from "../value.js"
import { keysOfValue } from "./collections.js"
import { argument, type Entry, ofInput } from "./table.js"

function toEntries(value: JqValue, machine: Machine): readonly JqValue[] {
  const names = keysOfValue(value, machine)
  grow(machine, 2 * names.length)
  return names.map((key) => {
    const entry = openObject()
    entry["key"] = key
    entry["value"] = indexValue(value, key)
    return entry
  })
}

const keyNames = ["k", "name", "Name", "K", "Key"]
const valueNames = ["value", "v", "Value"]

function keyOfEntry(entry: JqValue): string {
  const key = indexValue(entry, "key")
  const other = key ?? keyNames.map((name) => indexValue(entry, name)).find(isTruthy) ?? null
  if (typeof other === "string") return other
  throw new JqError(`expected a string for object key but got: ${typePreview(other)}`)
}

function fromEntries(value: JqValue, machine: Machine): JqValue {
  const object = openObject()
  eachChild(value, undefined, (entry) => {
    grow(machine, 1)
    const key = keyOfEntry(entry)
    const name = valueNames.find((known) => isObject(entry) && Object.hasOwn(entry, known))
    object[key] = name === undefined ? null : indexValue(entry, name)
    return true
  })
  return object
}

function withEntries(args: readonly Filter[], machine: Machine): Filter {
  const change = argument(args, 0)
  return single("one", (env, input) => {
    const changed: JqValue[] = []
    for (const entry of toEntries(input, machine)) {
      each(change, env, entry, (value) => {
        spend(machine, 1)
        changed.push(value)
        return true
      })
    }
    return fromEntries(changed, machine)
  })
}

/** `map(f)`: all outputs for all items. */
function map(args: readonly Filter[], machine: Machine): Filter {
  const change = argument(args, 0)
  return single("one", (env, input) => {
    const items: JqValue[] = []
    eachChild(input, undefined, (item) => {
      spend(machine, 1)
      return each(change, env, item, (value) => {
        grow(machine, 1)
        items.push(value)
        return true
      })
    })
    return items
  })
}

/** `map_values(f)`: the first output for every item, which goes where there is none. */
function mapValues(args: readonly Filter[], machine: Machine): Filter {
  const change = argument(args, 0)
  return single("one", (env, input) =>
    mapEach(input, machine, (item) => firstOf(change, env, item)),
  )
}

function mapEach(
  input: JqValue,
  machine: Machine,
  change: (item: JqValue) => JqValue | typeof none,
): JqValue {
  if (isObject(input)) {
    const object = openObject()
    for (const key of sortedKeys(input)) {
      grow(machine, 1)
      const value = change(fieldOf(input, key))
      if (value !== none) object[key] = value
    }
    return object
  }
  const items: JqValue[] = []
  eachChild(input, undefined, (item) => {
    grow(machine, 1)
    const value = change(item)
    if (value !== none) items.push(value)
    return true
  })
  return items
}

/** `walk(f)`: from the leaves up; in arrays all outputs count, in objects the first. */
function walk(args: readonly Filter[], machine: Machine): Filter {
  const change = argument(args, 0)
  const visit = (env: Env, input: JqValue, take: (value: JqValue) => boolean): boolean => {
    spend(machine, 1)
    return each(change, env, walked(env, input), take)
  }
  const walked = (env: Env, input: JqValue): JqValue => {
    if (isArray(input)) {
      const items: JqValue[] = []
      for (const item of input) {
        visit(env, item, (value) => {
          grow(machine, 1)
          items.push(value)
          return true
        })
      }
      return items
    }
    if (!isObject(input)) return input
    return mapEach(input, machine, (item) => {
      let first: JqValue | typeof none = none
      visit(env, item, (value) => {
        first = value
        return false
      })
      return first
    })
  }
  return many((env, input, path, emit) => visit(env, input, (value) => emit(value, path)))
}

/** `INDEX`: objects by a key made of each. */
function index(args: readonly Filter[], machine: Machine): Filter {
  const source = args.length === 2 ? args[0] : undefined
  const key = argument(args, args.length - 1)
  return single("one", (env, input) => {
    const object: OpenObject = openObject()
    const add = (item: JqValue): boolean =>
      each(key, env, item, (name) => {
        grow(machine, 1)
        object[textOf(name)] = item
        return true
      })
    if (source === undefined) eachChild(input, undefined, add)
    else each(source, env, input, add)
    return object
  })
}

/** Each item with what an index holds for it. */
function joinPairs(args: readonly Filter[], machine: Machine): Filter {
  const [table, source, key] = [argument(args, 0), argument(args, 1), argument(args, 2)]
  const then = args[3]
  return many((env, input, path, emit) =>
    each(table, env, input, (known) =>
      each(source, env, input, (item) =>
        each(key, env, item, (name) => {
          spend(machine, 1)
          const pair = [item, indexValue(known, name)]
          return then === undefined
            ? emit(pair, path)
            : each(then, env, pair, (value) => emit(value, path))
        }),
      ),
    ),
  )
}

function joinAll(args: readonly Filter[], machine: Machine): Filter {
  const [table, key] = [argument(args, 0), argument(args, 1)]
  return many((env, input, path, emit) =>
    each(table, env, input, (known) => {
      const pairs: JqValue[] = []
      eachChild(input, undefined, (item) =>
        each(key, env, item, (name) => {
          grow(machine, 1)
          pairs.push([item, indexValue(known, name)])
          return true
        }),
      )
      return emit(pairs, path)
    }),
  )
}

/** Functions that change or build collections item by item. */
export const entries: readonly Entry[] = [
  ofInput("to_entries", toEntries),
  ofInput("from_entries", fromEntries),
  ["with_entries/1", withEntries],
  ["map/1", map],
  ["map_values/1", mapValues],
  ["walk/1", walk],
  ["INDEX/1", index],
  ["INDEX/2", index],
  ["JOIN/2", joinAll],
  ["JOIN/3", joinPairs],
  ["JOIN/4", joinPairs],
]
