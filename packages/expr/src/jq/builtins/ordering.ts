import { inapplicable } from "../fault.js"
import { type Env, each, type Filter, single } from "../filter.js"
import { grow, type Machine, spend } from "../machine.js"
import { eachChild } from "../recurse.js"
import { compareValues, isArray, type JqValue } from "../value.js"
import { argument, type Build, type Entry, ofInput, ofValues } from "./table.js"

/** A value and what it is ordered by. */
interface Keyed {
  readonly value: JqValue
  readonly key: JqValue
}

function arrayOf(name: string, value: JqValue, args: readonly JqValue[] = []): readonly JqValue[] {
  if (!isArray(value)) throw inapplicable(name, value, args)
  return value
}

function sorted(machine: Machine, items: readonly Keyed[]): Keyed[] {
  spend(machine, items.length * Math.ceil(Math.log2(items.length + 1)))
  grow(machine, items.length)
  return items.toSorted((left, right) => compareValues(left.key, right.key))
}

/** Runs of equal keys. */
function groups(items: readonly Keyed[]): Keyed[][] {
  const found: Keyed[][] = []
  let previous: Keyed | undefined
  for (const item of items) {
    const current = found.at(-1)
    if (
      current !== undefined &&
      previous !== undefined &&
      compareValues(previous.key, item.key) === 0
    ) {
      current.push(item)
    } else found.push([item])
    previous = item
  }
  return found
}

/** The least or the greatest item; of equal ones the first least, the last greatest. */
function extreme(items: readonly Keyed[], isGreatest: boolean): JqValue {
  let found: Keyed | undefined
  for (const item of items) {
    if (found === undefined) found = item
    else {
      const order = compareValues(item.key, found.key)
      if (isGreatest ? order >= 0 : order < 0) found = item
    }
  }
  return found?.value ?? null
}

type Finish = (items: readonly Keyed[], machine: Machine) => JqValue

const finishes: readonly (readonly [name: string, finish: Finish])[] = [
  ["sort", (items, machine) => sorted(machine, items).map(({ value }) => value)],
  [
    "group",
    (items, machine) =>
      groups(sorted(machine, items)).map((group) => group.map(({ value }) => value)),
  ],
  [
    "unique",
    (items, machine) => groups(sorted(machine, items)).map(([first]) => first?.value ?? null),
  ],
  ["min", (items) => extreme(items, false)],
  ["max", (items) => extreme(items, true)],
]

function plain(name: string, finish: Finish): Entry {
  return ofInput(name, (input, machine) =>
    finish(
      arrayOf(name, input).map((value) => ({ value, key: value })),
      machine,
    ),
  )
}

/** `sort_by(f)` and its like: every item's key is the array of what `f` makes of it. */
function byKey(name: string, finish: Finish): Build {
  return (args, machine) => {
    const key = argument(args, 0)
    return single("one", (env, input) => {
      const keys: JqValue[] = []
      eachChild(input, undefined, (item) => {
        spend(machine, 1)
        keys.push(keyOf(key, env, item))
        return true
      })
      const items = arrayOf(name, input, [keys])
      return finish(
        items.map((value, index) => ({ value, key: keys[index] ?? null })),
        machine,
      )
    })
  }
}

function keyOf(filter: Filter, env: Env, item: JqValue): JqValue {
  const values: JqValue[] = []
  each(filter, env, item, (value) => {
    values.push(value)
    return true
  })
  return values
}

/** `bsearch`: where a value stands in a sorted array, or −1 − where it would. */
function search(value: JqValue, wanted: JqValue): JqValue {
  if (!isArray(value)) throw inapplicable("bsearch", value, [wanted])
  let low = 0
  let high = value.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareValues(value[middle] ?? null, wanted) < 0) low = middle + 1
    else high = middle
  }
  const isFound = low < value.length && compareValues(value[low] ?? null, wanted) === 0
  return isFound ? low : -1 - low
}

/** Functions that order. */
export const ordering: readonly Entry[] = [
  ...finishes.filter(([name]) => name !== "group").map(([name, finish]) => plain(name, finish)),
  ...finishes.map(([name, finish]): Entry => [`${name}_by/1`, byKey(`${name}_by`, finish)]),
  ofValues("bsearch/1", (value, [wanted = null]) => search(value, wanted)),
]
