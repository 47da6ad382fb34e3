import { timeType } from "../values/time-types.js"
import {
  anySlice,
  anyType,
  funcOf,
  type GoType,
  int64Type,
  isNumberType,
  stringType,
} from "../values/types.js"
import type { CheckedCall } from "./check-call.js"
import { failCheck, isAny, isArrayType, isStringType, shownByBuiltin } from "./check-types.js"

/** Named integers count as plain ones in the older checks; what they cannot do shows when they run. */
const namedIntegers: ReadonlySet<string> = new Set(["time.Duration", "time.Month", "time.Weekday"])

/** A type as the checks of 1.15 see it. */
export function olderType(type: GoType): GoType {
  return namedIntegers.has(type.name) ? int64Type : type
}

/** Signatures that 1.15 has for built-ins which 1.17 checks by hand. */
export const olderSignatures: ReadonlyMap<string, readonly GoType[]> = new Map([
  [
    "date",
    [1, 2, 3].map((count) =>
      funcOf({ params: Array.from({ length: count }, () => stringType), results: [timeType] }),
    ),
  ],
])

/** The word by which an aggregate complains. */
const aggregates: ReadonlyMap<string, string> = new Map([
  ["sum", "sum"],
  ["mean", "avg"],
  ["median", "median"],
])

/** Checks the built-ins that 1.15 checks otherwise; undefined for all others. */
export function checkOlderBuiltin(call: CheckedCall): GoType | undefined {
  const { name, types, at } = call
  const aggregate = aggregates.get(name)
  if (aggregate !== undefined) {
    if (types.length !== 1)
      failCheck(`invalid number of arguments (expected 1, got ${types.length})`, at)
    needList(aggregate, types[0] ?? anyType, at)
    return anyType
  }
  if (name === "max" || name === "min") return checkExtreme(call)
  if (name === "sort" || name === "sortBy") return checkSort(call)
  return undefined
}

function needList(verb: string, type: GoType, at: number): void {
  if (!isAny(type) && !isArrayType(type)) failCheck(`cannot ${verb} ${shownByBuiltin(type)}`, at)
}

function checkExtreme({ name, types, at }: CheckedCall): GoType {
  if (types.length === 0) failCheck(`not enough arguments to call ${name}`, at)
  for (const type of types) {
    if (!isAny(type) && !isNumberType(olderType(type)))
      failCheck(`invalid argument for ${name} (type ${shownByBuiltin(type)})`, at)
  }
  return types[0] ?? anyType
}

function checkSort({ name, types, at }: CheckedCall): GoType {
  const least = name === "sort" ? 1 : 2
  const [list = anyType] = types
  if (types.length < least || types.length > least + 1) {
    const expected = `expected ${least} or ${least + 1}, got ${types.length}`
    failCheck(`invalid number of arguments (${expected})`, at)
  }
  needList("sort", list, at)
  for (const type of types.slice(1)) {
    if (!isAny(type) && !isStringType(type))
      failCheck(`invalid argument for sort (expected string, got ${shownByBuiltin(type)})`, at)
  }
  return anySlice
}
