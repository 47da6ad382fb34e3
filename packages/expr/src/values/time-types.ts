import type { Zone } from "../issue.js"
import {
  boolType,
  float64Type,
  funcOf,
  type GoType,
  int64Type,
  intType,
  stringType,
} from "./types.js"
import { GoLocation, GoTime, NamedInteger } from "./value.js"

export const durationType: GoType = { kind: "int64", name: "time.Duration" }
const stringMethod: ReadonlyMap<string, GoType> = new Map([
  ["String", funcOf({ params: [], results: [stringType] })],
])
export const monthType: GoType = { kind: "int", name: "time.Month", methods: stringMethod }
export const weekdayType: GoType = { kind: "int", name: "time.Weekday", methods: stringMethod }
export const locationType: GoType = {
  kind: "pointer",
  name: "*time.Location",
  methods: stringMethod,
}

const methods = new Map<string, GoType>()
export const timeType: GoType = { kind: "struct", name: "time.Time", methods, fields: new Map() }
const durationMethods = new Map<string, GoType>()

function method(name: string, params: readonly GoType[], results: readonly GoType[]): void {
  methods.set(name, funcOf({ params, results }))
}

for (const name of ["Year", "Day", "Hour", "Minute", "Second", "Nanosecond", "YearDay"])
  method(name, [], [intType])
for (const name of ["Unix", "UnixMilli", "UnixMicro", "UnixNano"]) method(name, [], [int64Type])
for (const name of ["String", "GoString"]) method(name, [], [stringType])
for (const name of ["IsZero", "IsDST"]) method(name, [], [boolType])
for (const name of ["UTC", "Local"]) method(name, [], [timeType])
for (const name of ["Before", "After", "Equal"]) method(name, [timeType], [boolType])
for (const name of ["Truncate", "Round", "Add"]) method(name, [durationType], [timeType])
method("Month", [], [monthType])
method("Weekday", [], [weekdayType])
method("Location", [], [locationType])
method("Format", [stringType], [stringType])
method("AddDate", [intType, intType, intType], [timeType])
method("Sub", [timeType], [durationType])
method("Compare", [timeType], [intType])
method("In", [locationType], [timeType])
method("ISOWeek", [], [intType, intType])
method("Zone", [], [stringType, intType])

for (const name of ["Hours", "Minutes", "Seconds"]) {
  durationMethods.set(name, funcOf({ params: [], results: [float64Type] }))
}
for (const name of ["Milliseconds", "Microseconds", "Nanoseconds"]) {
  durationMethods.set(name, funcOf({ params: [], results: [int64Type] }))
}
durationMethods.set("String", funcOf({ params: [], results: [stringType] }))
durationMethods.set("Abs", funcOf({ params: [], results: [durationType] }))
for (const name of ["Round", "Truncate"]) {
  durationMethods.set(name, funcOf({ params: [durationType], results: [durationType] }))
}

/** The types of the methods of a type, if it has any that expressions see. */
export function methodsOf(type: GoType): ReadonlyMap<string, GoType> | undefined {
  return type.name === "time.Duration" ? durationMethods : type.methods
}

/** A duration of so many nanoseconds. */
export function durationOf(ns: bigint): NamedInteger {
  return new NamedInteger(durationType, BigInt.asIntN(64, ns))
}

/** An instant in a zone. */
export function timeOf(ns: bigint, zone: Zone): GoTime {
  return new GoTime(timeType, ns, zone)
}

/** A zone as a value. */
export function locationOf(zone: Zone): GoLocation {
  return new GoLocation(locationType, zone)
}

/** True for a duration value. */
export function isDuration(value: unknown): value is NamedInteger {
  return value instanceof NamedInteger && value.type.name === "time.Duration"
}
