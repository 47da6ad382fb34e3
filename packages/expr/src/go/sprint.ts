import { valueOfKey } from "../values/keys.js"
import {
  GoFunc,
  GoLocation,
  GoMap,
  GoStruct,
  GoTime,
  isList,
  isPlainMap,
  NamedInteger,
  Pointer,
  RawString,
  SizedNumber,
  Special,
  TypedNil,
  type Value,
} from "../values/value.js"
import { formatGoDuration } from "./duration.js"
import { formatGoFloat, formatGoFloat32 } from "./number.js"
import { compareUtf8, decodeLossy } from "./text.js"
import { formatGoTime } from "./time.js"

const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
]
const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

/** The name of a month (1–12). */
export function monthName(month: number): string {
  return months[month - 1] ?? `%!Month(${month})`
}

/** The name of a weekday (0 = Sunday). */
export function weekdayName(day: number): string {
  return days[day] ?? `%!Weekday(${day})`
}

/** Go's `%v`. */
export function sprint(value: Value): string {
  switch (typeof value) {
    case "string":
      return value
    case "number":
      return formatGoFloat(value)
    case "bigint":
      return String(value)
    case "boolean":
      return value ? "true" : "false"
    default:
      break
  }
  if (value === null || value === undefined || typeof value === "function") return "<nil>"
  if (value instanceof Uint8Array) return `[${[...value].join(" ")}]`
  if (isList(value)) return `[${value.map(sprint).join(" ")}]`
  if (value instanceof Special) return sprintSpecial(value)
  return isPlainMap(value) ? sprintMap(Object.entries(value)) : "<nil>"
}

function sprintMap(entries: (readonly [string, Value])[]): string {
  const sorted = entries.toSorted(([a], [b]) => compareUtf8(a, b))
  return `map[${sorted.map(([key, item]) => `${key}:${sprint(item)}`).join(" ")}]`
}

/** The order in which Go prints keys: numbers by value, then texts by bytes. */
export function compareKeys(left: Value, right: Value): number {
  const rank = (key: Value): number =>
    typeof key === "bigint" ? 0 : typeof key === "number" ? 1 : 2
  if (rank(left) !== rank(right)) return rank(left) - rank(right)
  if (rank(left) < 2) return Number(left) - Number(right)
  return compareUtf8(sprint(left), sprint(right))
}

function sprintSpecial(value: Special): string {
  if (value instanceof SizedNumber) {
    return typeof value.value === "number" ? formatGoFloat32(value.value) : String(value.value)
  }
  if (value instanceof RawString) return decodeLossy(value.bytes)
  if (value instanceof NamedInteger) return sprintNamed(value)
  if (value instanceof GoTime) return formatGoTime(value)
  if (value instanceof GoLocation) return value.zone.name
  if (value instanceof Pointer) {
    return value.target instanceof GoStruct ? `&${sprint(value.target)}` : "0xc000012345"
  }
  if (value instanceof GoStruct) {
    const own = value.methods.get("String")
    if (own !== undefined) {
      return sprint(
        own.call([], { now: undefined, zones: () => undefined, charge: () => undefined }),
      )
    }
    return `{${(value.printed ?? [...value.fields.values()]).map(sprint).join(" ")}}`
  }
  if (value instanceof TypedNil) {
    return value.type.kind === "slice" ? "[]" : value.type.kind === "map" ? "map[]" : "<nil>"
  }
  if (value instanceof GoMap) {
    const entries = [...value.entries]
      .map(([key, item]) => [valueOfKey(key), item] as const)
      .toSorted(([a], [b]) => compareKeys(a, b))
    return `map[${entries.map(([key, item]) => `${sprint(key)}:${sprint(item)}`).join(" ")}]`
  }
  return value instanceof GoFunc ? "0x4b5c60" : "<nil>"
}

function sprintNamed(value: NamedInteger): string {
  if (value.type.name === "time.Duration") return formatGoDuration(value.value)
  if (value.type.name === "time.Month") return monthName(Number(value.value))
  return weekdayName(Number(value.value))
}
