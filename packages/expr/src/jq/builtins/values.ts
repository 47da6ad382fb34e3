import { countPoints } from "../../go/text.js"
import { negate } from "../arithmetic.js"
import { formatNamed } from "../compile-text.js"
import { decodeJson, JsonFault, trailing } from "../decode.js"
import { encodeJson, textOf } from "../encode.js"
import { failedOn, inapplicable, JqError } from "../fault.js"
import { lift, single } from "../filter.js"
import { grow, growText, type Machine, spend } from "../machine.js"
import { numberOf } from "../numbers.js"
import { isArray, isNumber, isObject, isTruthy, type JqValue, typeName } from "../value.js"
import { type Entry, keeps, ofInput, ofValues } from "./table.js"

function length(value: JqValue): JqValue {
  if (value === null) return 0
  if (typeof value === "string") return countPoints(value)
  if (isNumber(value)) return value < 0 ? negate(value, false) : value
  if (isArray(value)) return value.length
  if (isObject(value)) return Object.keys(value).length
  throw inapplicable("length", value)
}

function abs(value: JqValue): JqValue {
  if (!isNumber(value)) throw inapplicable("abs", value)
  return value < 0 ? negate(value, false) : value
}

function tonumber(value: JqValue): JqValue {
  if (isNumber(value)) return value
  if (typeof value !== "string") throw inapplicable("tonumber", value)
  const number = numberOf(value)
  if (number === undefined) throw failedOn("tonumber", value, [], "invalid number")
  return number
}

function toboolean(value: JqValue): JqValue {
  if (typeof value === "boolean") return value
  if (value === "true" || value === "false") return value === "true"
  if (typeof value !== "string") throw inapplicable("toboolean", value)
  throw failedOn("toboolean", value, [], "invalid boolean")
}

function fromjson(value: JqValue, machine: Machine): JqValue {
  if (typeof value !== "string") throw inapplicable("fromjson", value)
  spend(machine, value.length / 8)
  grow(machine, value.length / 4)
  try {
    return decodeJson(value)
  } catch (thrown) {
    if (!(thrown instanceof JsonFault)) throw thrown
    if (thrown.reason === trailing) throw inapplicable("fromjson", value)
    throw failedOn("fromjson", value, [], thrown.reason)
  }
}

function written(value: string, machine: Machine): string {
  spend(machine, value.length / 8)
  growText(machine, value.length)
  return value
}

function format(value: JqValue, name: JqValue, machine: Machine): JqValue {
  if (typeof name !== "string") throw inapplicable("format", value, [name])
  return written(formatNamed(`@${name}`)(value), machine)
}

function isScalar(value: JqValue): boolean {
  return !isArray(value) && !isObject(value)
}

function numberTest(name: string, test: (value: number) => boolean): Entry {
  return ofInput(name, (value) => {
    if (!isNumber(value)) throw inapplicable(name, value)
    return test(Number(value))
  })
}

/** A float with all its bits of precision. */
function isNormal(value: number): boolean {
  return Number.isFinite(value) && Math.abs(value) >= 2 ** -1022
}

/** Functions of single values. */
export const values: readonly Entry[] = [
  ofInput("not", (value) => !isTruthy(value)),
  ofInput("type", typeName),
  ofInput("length", length),
  ofInput("abs", abs),
  ofInput("tonumber", tonumber),
  ofInput("toboolean", toboolean),
  ofInput("tostring", (value, machine) => written(textOf(value), machine)),
  ofInput("tojson", (value, machine) => written(encodeJson(value), machine)),
  ofInput("fromjson", fromjson),
  ofValues("format/1", (value, [name = null], machine) => format(value, name, machine)),
  ["env/0", (_args, machine) => single("one", () => machine.env)],
  ["nan/0", () => single("one", () => Number.NaN)],
  ["infinite/0", () => single("one", () => Number.POSITIVE_INFINITY)],
  ["null/0", () => single("one", () => null)],
  numberTest("isnan", Number.isNaN),
  numberTest("isinfinite", (value) => Math.abs(value) === Number.POSITIVE_INFINITY),
  numberTest("isfinite", (value) => Math.abs(value) !== Number.POSITIVE_INFINITY),
  numberTest("isnormal", isNormal),
  keeps("arrays", isArray),
  keeps("objects", isObject),
  keeps("iterables", (value) => !isScalar(value)),
  keeps("booleans", (value) => typeof value === "boolean"),
  keeps("numbers", isNumber),
  keeps("strings", (value) => typeof value === "string"),
  keeps("nulls", (value) => value === null),
  keeps("values", (value) => value !== null),
  keeps("scalars", isScalar),
  keeps(
    "finites",
    (value) => isNumber(value) && Math.abs(Number(value)) !== Number.POSITIVE_INFINITY,
  ),
  keeps("normals", (value) => isNumber(value) && isNormal(Number(value))),
  [
    "modulemeta/0",
    () =>
      lift([], (value) => {
        if (typeof value !== "string") throw inapplicable("modulemeta", value)
        throw new JqError(`module not found: ${JSON.stringify(value)}`)
      }),
  ],
]
