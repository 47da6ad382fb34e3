import { compareUtf8 } from "../go/text.js"
import { isPlainMap, mapValue, typeOf, type Value } from "../values/value.js"
import {
  aliases,
  define,
  type FunctionTable,
  isEmpty,
  mapOf,
  refuse,
  text,
  textList,
  textOf,
  texts,
} from "./define.js"
import { changeable, setEntry, unsetEntry } from "./owned.js"

type Dict = { readonly [key: string]: Value }

function sortedKeys(dict: Dict): readonly string[] {
  return Object.keys(dict).toSorted(compareUtf8)
}

function entries(args: readonly Value[]): Value {
  const pairs: (readonly [string, Value])[] = []
  for (let index = 0; index < args.length; index += 2) {
    pairs.push([textOf(args[index]), args[index + 1] ?? ""])
  }
  return changeable(
    mapValue(
      pairs.map(([key, value], at) => [
        key,
        2 * at + 1 < args.length ? (args[2 * at + 1] ?? null) : value,
      ]),
    ),
  )
}

/** The keys that the rest of the arguments name, lists of names included. */
function namesOf(args: readonly Value[]): ReadonlySet<string> {
  return new Set(args.flatMap((value) => texts(value)))
}

function chosen(args: readonly Value[], isWanted: boolean): Value {
  const names = namesOf(args.slice(1))
  const dict = mapOf(args[0])
  return changeable(mapValue(Object.entries(dict).filter(([key]) => names.has(key) === isWanted)))
}

const depthMax = 200

/** Maps into maps: of two values the first that is not empty, or the last that is not. */
function merged(left: Dict, right: Dict, isOverwriting: boolean, depth = 0): Dict {
  if (depth > depthMax) return refuse("the maps are nested too deeply")
  const result = mapValue(Object.entries(left))
  for (const [key, value] of Object.entries(right)) {
    const own = Object.hasOwn(result, key) ? (result[key] as Value) : undefined
    const areMaps =
      own !== undefined && own !== null && isPlainMap(own) && value !== null && isPlainMap(value)
    if (areMaps) result[key] = merged(own, value, isOverwriting, depth + 1)
    else if (isOverwriting ? !isEmpty(value) || own === undefined : isEmpty(own))
      result[key] = value
  }
  return result
}

/** The first map takes the others in, and is changed by it. */
function mergeInto(args: readonly Value[], isOverwriting: boolean): Value {
  const [target, ...others] = args.map(mapOf)
  if (target === undefined) return refuse("wrong number of args for merge: want at least 1 got 0")
  const result = others.reduce((left, right) => merged(left, right, isOverwriting), target)
  for (const [key, value] of Object.entries(result)) setEntry(target, key, value)
  return target
}

function dig(args: readonly Value[]): Value {
  if (args.length < 3) return refuse("dig needs at least three arguments")
  const fallback = args.at(-2) as Value
  let current: Value = mapOf(args.at(-1))
  const names = args.slice(0, -2).map(textOf)
  for (const [index, name] of names.entries()) {
    if (current === null || !isPlainMap(current)) {
      const found = current === null ? "nil" : typeOf(current).name
      return refuse(`interface conversion: interface {} is ${found}, not map[string]interface {}`)
    }
    if (!Object.hasOwn(current, name)) return fallback
    current = current[name] as Value
    if (index === names.length - 1) return current
  }
  return fallback
}

function deepCopy(value: Value, depth = 0): Value {
  if (depth > depthMax) return refuse("the value is nested too deeply")
  if (Array.isArray(value)) return value.map((item: Value) => deepCopy(item, depth + 1))
  if (value === null || !isPlainMap(value)) return value
  return changeable(
    mapValue(Object.entries(value).map(([key, item]) => [key, deepCopy(item, depth + 1)] as const)),
  )
}

const plain: FunctionTable = {
  deepCopy: define("a", ([value = null]) =>
    value === null ? refuse("reflect: call of reflect.Value.Type on zero Value") : deepCopy(value),
  ),
  dict: define("a*", entries),
  dig: define("a*", dig),
  get: define("ds", (args) => {
    const dict = mapOf(args[0])
    return Object.hasOwn(dict, text(args, 1)) ? (dict[text(args, 1)] as Value) : ""
  }),
  hasKey: define("ds", (args) => Object.hasOwn(mapOf(args[0]), text(args, 1))),
  keys: define("d*", (args) => textList(args.flatMap((dict) => sortedKeys(mapOf(dict))))),
  merge: define("d*", (args) => mergeInto(args, false)),
  mergeOverwrite: define("d*", (args) => mergeInto(args, true)),
  omit: define("da*", (args) => chosen(args, false)),
  pick: define("da*", (args) => chosen(args, true)),
  pluck: define("sd*", (args) =>
    args.slice(1).flatMap((each) => {
      const dict = mapOf(each)
      return Object.hasOwn(dict, text(args, 0)) ? [dict[text(args, 0)] as Value] : []
    }),
  ),
  set: define("dsa", (args) => setEntry(mapOf(args[0]), text(args, 1), args[2] ?? null)),
  unset: define("ds", (args) => unsetEntry(mapOf(args[0]), text(args, 1))),
  values: define("d", ([value]) => {
    const dict = mapOf(value)
    return sortedKeys(dict).map((key) => dict[key] as Value)
  }),
}

/** Maps. */
export const dictFunctions: FunctionTable = {
  ...plain,
  ...aliases(plain, {
    mustDeepCopy: "deepCopy",
    mustMerge: "merge",
    mustMergeOverwrite: "mergeOverwrite",
  }),
}
