import { Fault } from "../issue.js"
import { durationType, locationType, timeType } from "../values/time-types.js"
import {
  anyKeyMap,
  anySlice,
  anyType,
  boolType,
  errorType,
  float64Type,
  funcOf,
  type GoType,
  intSlice,
  intType,
  isIntegerType,
  isNumberType,
  sliceOf,
  stringSlice,
  stringType,
} from "../values/types.js"
import { checkOlderBuiltin, olderSignatures } from "./check-115.js"
import { type CheckedCall, checkCall } from "./check-call.js"
import {
  dereferenced,
  failCheck,
  isAny,
  isArrayType,
  isMapType,
  isNilType,
  isStringType,
  shown,
  shownByBuiltin,
  type TypeTest,
} from "./check-types.js"
import { type Dialect, predicateBuiltins } from "./dialect.js"

const text1 = funcOf({ params: [stringType], results: [stringType] })
const text2 = funcOf({ params: [stringType, stringType], results: [stringType] })
const split2 = funcOf({ params: [stringType, stringType], results: [stringSlice] })
const split3 = funcOf({ params: [stringType, stringType, intType], results: [stringSlice] })
const test2 = funcOf({ params: [stringType, stringType], results: [boolType] })
const index2 = funcOf({ params: [stringType, stringType], results: [intType] })
const bits = [funcOf({ params: [intType, intType], results: [intType] })]
const joins = [anySlice, stringSlice].flatMap((list) => [
  funcOf({ params: [list, stringType], results: [stringType] }),
  funcOf({ params: [list], results: [stringType] }),
])
const sorts = [anySlice, sliceOf(float64Type), stringSlice, intSlice].flatMap((list) => [
  funcOf({ params: [list, stringType], results: [anySlice] }),
  funcOf({ params: [list], results: [anySlice] }),
])

/** Built-ins with ordinary signatures; where several are tried, the last one's complaint is told. */
const signatures: ReadonlyMap<string, readonly GoType[]> = new Map([
  ["trim", [text1, text2]],
  ["trimPrefix", [text2, text1]],
  ["trimSuffix", [text2, text1]],
  ["upper", [text1]],
  ["lower", [text1]],
  ["split", [split2, split3]],
  ["splitAfter", [split2, split3]],
  [
    "replace",
    [
      funcOf({ params: [stringType, stringType, stringType, intType], results: [stringType] }),
      funcOf({ params: [stringType, stringType, stringType], results: [stringType] }),
    ],
  ],
  ["repeat", [funcOf({ params: [stringType, intType], results: [stringType] })]],
  ["join", joins],
  ["indexOf", [index2]],
  ["lastIndexOf", [index2]],
  ["hasPrefix", [test2]],
  ["hasSuffix", [test2]],
  ["toJSON", [funcOf({ params: [anyType], results: [stringType, errorType] })]],
  ["fromJSON", [funcOf({ params: [stringType], results: [anyType, errorType] })]],
  ["toBase64", [text1]],
  ["fromBase64", [funcOf({ params: [stringType], results: [stringType, errorType] })]],
  ["duration", [funcOf({ params: [stringType], results: [durationType, errorType] })]],
  ["timezone", [funcOf({ params: [stringType], results: [locationType, errorType] })]],
  ["sort", sorts],
  ...["bitand", "bitor", "bitxor", "bitnand", "bitshl", "bitshr", "bitushr"].map(
    (name) => [name, bits] as const,
  ),
  ["bitnot", [funcOf({ params: [intType], results: [intType] })]],
  ["type", [funcOf({ params: [anyType], results: [stringType] })]],
  ["string", [funcOf({ params: [anyType], results: [stringType] })]],
])

const variadicType = funcOf({ params: [anyType], results: [anyType, errorType], variadic: true })
const predicateType = funcOf({ params: [anyType], results: [boolType] })
const mappings = new Set(["map", "groupBy", "sortBy", "sum", "reduce"])

/** The type of a built-in's name where it is used as a value. */
export function typeOfBuiltin(name: string, dialect: Dialect): GoType {
  if (dialect === "1.15" && (predicateBuiltins.has(name) || name === "sort")) return variadicType
  const known = signatures.get(name)?.[0]
  if (known !== undefined) return known
  if (mappings.has(name) || name === "filter" || name === "count" || name.startsWith("find")) {
    const result = name === "sum" || name === "count" ? intType : anyType
    return funcOf({ params: [anySlice, predicateType], results: [result] })
  }
  if (["all", "none", "any", "one"].includes(name)) {
    return funcOf({ params: [anySlice, predicateType], results: [boolType] })
  }
  return variadicType
}

/** Checks the call of a built-in without predicates and gives its type. */
export function checkBuiltin(call: CheckedCall): GoType {
  const isOlder = call.dialect === "1.15"
  const older = isOlder ? checkOlderBuiltin(call) : undefined
  if (older !== undefined) return older
  const known = (isOlder ? olderSignatures.get(call.name) : undefined) ?? signatures.get(call.name)
  if (known !== undefined) return checkOverloads(known, call)
  const types = call.types.map(dereferenced)
  return byName(call, types)
}

function checkOverloads(overloads: readonly GoType[], call: CheckedCall): GoType {
  let last: unknown
  for (const overload of overloads) {
    try {
      return checkCall(overload, call)
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown
      last = thrown
    }
  }
  throw last
}

function count(call: CheckedCall, expected: number): void {
  if (call.args.length === expected) return
  failCheck(`invalid number of arguments (expected ${expected}, got ${call.args.length})`, call.at)
}

function byName(call: CheckedCall, types: readonly GoType[]): GoType {
  const first = types[0] ?? anyType
  switch (call.name) {
    case "len":
      count(call, 1)
      return accepted(call, first, intType, [isArrayType, isMapType, isStringType])
    case "abs":
      count(call, 1)
      return accepted(call, first, first, [isNumberType, isNamedInteger])
    case "ceil":
    case "floor":
    case "round":
      count(call, 1)
      return accepted(call, first, float64Type, [isNumberType, isNamedInteger])
    case "int":
      count(call, 1)
      return accepted(call, first, intType, [isNumberType, isStringType, isNamedInteger])
    case "float":
      count(call, 1)
      return accepted(call, first, float64Type, [isNumberType, isStringType, isNamedInteger])
    case "max":
    case "min":
    case "mean":
    case "median":
      return numbers(call, types)
    case "now":
      if (call.args.length > 0 && first.name !== locationType.name && !isAny(first)) count(call, 0)
      return timeType
    case "date":
      if (call.args.length === 0)
        failCheck("invalid number of arguments (expected at least 1, got 0)", call.at)
      return timeType
    default:
      return onCollection(call, types)
  }
}

const isNamedInteger: TypeTest = (type) =>
  ["time.Month", "time.Weekday", "time.Duration"].includes(type.name)

function accepted(
  call: CheckedCall,
  type: GoType,
  result: GoType,
  tests: readonly TypeTest[],
): GoType {
  if (isAny(type) || tests.some((test) => test(type))) return result
  return failCheck(`invalid argument for ${call.name} (type ${shownByBuiltin(type)})`, call.at)
}

function numbers(call: CheckedCall, types: readonly GoType[]): GoType {
  if (types.length === 0) failCheck(`not enough arguments to call ${call.name}`, call.at)
  const isMean = call.name === "mean" || call.name === "median"
  const result = anyType
  for (const type of types) {
    // The first list or unknown one ends the check, as upstream does.
    if (isAny(type) || isArrayType(type)) return result
    accepted(call, type, result, [isNumberType, isArrayType, isNamedInteger])
  }
  if (!isMean && types.length === 1)
    return isArrayType(types[0] as GoType) ? anyType : (types[0] as GoType)
  return result
}

const collectionVerbs: ReadonlyMap<string, string> = new Map([
  ["first", "cannot get first element from"],
  ["last", "cannot get last element from"],
  ["take", "cannot take from"],
  ["reverse", "cannot reverse"],
  ["uniq", "cannot uniq"],
  ["concat", "cannot concat"],
  ["flatten", "cannot flatten"],
  ["fromPairs", "cannot transform"],
])

function onCollection(call: CheckedCall, types: readonly GoType[]): GoType {
  const { name } = call
  const first = types[0] ?? anyType
  const need = (test: TypeTest, verb: string, tail = ""): void => {
    if (!isAny(first) && !test(first)) failCheck(`${verb} ${shownByBuiltin(first)}${tail}`, call.at)
  }
  switch (name) {
    case "concat":
      if (types.length === 0)
        failCheck("invalid number of arguments (expected at least 1, got 0)", call.at)
      for (const type of types) {
        if (!isAny(type) && !isArrayType(type))
          failCheck(`cannot concat ${shownByBuiltin(type)}`, call.at)
      }
      return anySlice
    case "get":
      count(call, 2)
      return checkGet(call, first, types[1] ?? anyType)
    case "take":
      count(call, 2)
      need(isArrayType, "cannot take from")
      if (!isAny(types[1] as GoType) && !isIntegerType(types[1] as GoType)) {
        failCheck(`cannot take ${shownByBuiltin(types[1] as GoType)} elements`, call.at)
      }
      return isArrayType(first) ? first : anySlice
    case "keys":
    case "values":
      count(call, 1)
      need(isMapType, `cannot get ${name} from`)
      return anySlice
    case "toPairs":
      count(call, 1)
      need(isMapType, "cannot transform", " to pairs")
      return anySlice
    case "fromPairs":
      count(call, 1)
      need(isArrayType, "cannot transform", " from pairs")
      return anyKeyMap
    default:
      count(call, 1)
      need(isArrayType, collectionVerbs.get(name) ?? `cannot use ${name} on`)
      if (name === "first" || name === "last") return first.elem ?? anyType
      return anySlice
  }
}

function checkGet(call: CheckedCall, base: GoType, key: GoType): GoType {
  if (isAny(base)) return anyType
  if (isMapType(base)) {
    const wanted = base.key ?? stringType
    if (!isAny(key) && wanted.kind !== "any" && key.name !== wanted.name) {
      failCheck(`cannot use ${shown(key)} to get an element from ${base.name}`, call.at)
    }
    return base.elem ?? anyType
  }
  if (isArrayType(base)) {
    if (!isAny(key) && !isIntegerType(key))
      failCheck(`non-integer slice index ${shown(key)}`, call.at)
    return base.elem ?? anyType
  }
  return failCheck(
    `type ${isNilType(base) ? "unknown" : base.name} does not support indexing`,
    call.at,
  )
}
