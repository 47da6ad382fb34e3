import { formatGoDuration } from "../go/duration.js"
import { formatLayout } from "../go/layout.js"
import { sprint } from "../go/sprint.js"
import { civilOf, formatGoTime, nsOfLocal, splitNs, utc } from "../go/time.js"
import { Fault } from "../issue.js"
import {
  durationOf,
  isDuration,
  locationOf,
  methodsOf,
  monthType,
  timeOf,
  weekdayType,
} from "../values/time-types.js"
import { type GoType, int64Type } from "../values/types.js"
import {
  GoFunc,
  GoLocation,
  GoTime,
  NamedInteger,
  SizedNumber,
  type Special,
  type Value,
} from "../values/value.js"

const zeroTime = -62_135_596_800n * 1_000_000_000n

/** A method of a time or duration, bound to it. */
export function bindMethod(base: Special, name: string): Value | undefined {
  const type = methodsOf(base.type)?.get(name) as GoType
  if (base instanceof GoTime) return new GoFunc(type, (args) => ofTime(base, name, args))
  if (isDuration(base)) return new GoFunc(type, (args) => ofDuration(base.value, name, args))
  return new GoFunc(type, () => sprint(base))
}

function int64(value: bigint): Value {
  return new SizedNumber(int64Type, BigInt.asIntN(64, value))
}

function wrongArgument(): never {
  throw new Fault("reflect: Call with an argument of the wrong type")
}

function timeArgument(args: readonly Value[]): GoTime {
  const first = args[0]
  return first instanceof GoTime ? first : wrongArgument()
}

function durationArgument(args: readonly Value[]): bigint {
  const first = args[0]
  return isDuration(first) ? first.value : wrongArgument()
}

function ofTime(time: GoTime, name: string, args: readonly Value[]): Value {
  switch (name) {
    case "Unix":
      return int64(BigInt(splitNs(time.ns)[0]))
    case "UnixMilli":
      return int64(floorDivide(time.ns, 1_000_000n))
    case "UnixMicro":
      return int64(floorDivide(time.ns, 1000n))
    case "UnixNano":
      return int64(time.ns)
    case "String":
    case "GoString":
      return formatGoTime(time)
    case "Format":
      return formatLayout(time, String(args[0]))
    case "IsZero":
      return time.ns === zeroTime
    case "IsDST":
      return time.zone.offsetAt(splitNs(time.ns)[0]).isDst
    case "UTC":
    case "Local":
      return timeOf(time.ns, utc)
    case "Location":
      return locationOf(time.zone)
    case "In":
      return args[0] instanceof GoLocation ? timeOf(time.ns, args[0].zone) : wrongArgument()
    default:
      return fieldOfTime(time, name) ?? comparedTime(time, name, args)
  }
}

function fieldOfTime(time: GoTime, name: string): Value | undefined {
  const at = civilOf(time.ns, time.zone)
  switch (name) {
    case "Year":
      return BigInt(at.year)
    case "Month":
      return new NamedInteger(monthType, BigInt(at.month))
    case "Day":
      return BigInt(at.day)
    case "Hour":
      return BigInt(at.hour)
    case "Minute":
      return BigInt(at.minute)
    case "Second":
      return BigInt(at.second)
    case "Nanosecond":
      return BigInt(at.nanosecond)
    case "YearDay":
      return BigInt(at.yearDay)
    case "Weekday":
      return new NamedInteger(weekdayType, BigInt(at.weekday))
    case "ISOWeek":
      return BigInt(isoYear(at.year, at.yearDay, at.weekday))
    case "Zone":
      return at.abbreviation
    default:
      return undefined
  }
}

function isoYear(year: number, yearDay: number, weekday: number): number {
  const week = Math.floor((yearDay - (weekday === 0 ? 7 : weekday) + 10) / 7)
  if (week < 1) return year - 1
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const last = 4 - (((weekday + 6) % 7) + 1) + yearDay
  return week > 52 && last > (isLeap ? 366 : 365) ? year + 1 : year
}

function comparedTime(time: GoTime, name: string, args: readonly Value[]): Value {
  switch (name) {
    case "Before":
      return time.ns < timeArgument(args).ns
    case "After":
      return time.ns > timeArgument(args).ns
    case "Equal":
      return time.ns === timeArgument(args).ns
    case "Compare": {
      const other = timeArgument(args).ns
      return time.ns < other ? -1n : time.ns > other ? 1n : 0n
    }
    case "Sub":
      return durationOf(saturate(time.ns - timeArgument(args).ns))
    case "Add":
      return timeOf(time.ns + durationArgument(args), time.zone)
    case "Truncate":
      return timeOf(time.ns - sinceZero(time.ns, durationArgument(args)), time.zone)
    case "Round":
      return timeOf(roundTime(time.ns, durationArgument(args)), time.zone)
    case "AddDate":
      return addDate(time, args)
    default:
      throw new Fault(`type time.Time has no method ${name}`)
  }
}

function saturate(ns: bigint): bigint {
  const most = 2n ** 63n - 1n
  return ns > most ? most : ns < -most - 1n ? -most - 1n : ns
}

function floorDivide(value: bigint, unit: bigint): bigint {
  const rest = ((value % unit) + unit) % unit
  return (value - rest) / unit
}

function sinceZero(ns: bigint, unit: bigint): bigint {
  return unit <= 0n ? 0n : ns - zeroTime - floorDivide(ns - zeroTime, unit) * unit
}

function roundTime(ns: bigint, unit: bigint): bigint {
  const rest = sinceZero(ns, unit)
  return rest + rest < unit || unit <= 0n ? ns - rest : ns + unit - rest
}

function addDate(time: GoTime, args: readonly Value[]): Value {
  const [years, months, days] = args.map(Number) as [number, number, number]
  const at = civilOf(time.ns, time.zone)
  const moved = { ...at, year: at.year + years, month: at.month + months, day: at.day + days }
  return timeOf(nsOfLocal(moved, time.zone), time.zone)
}

function ofDuration(ns: bigint, name: string, args: readonly Value[]): Value {
  const parts = (unit: bigint): number => Number(ns / unit) + Number(ns % unit) / Number(unit)
  switch (name) {
    case "Hours":
      return parts(3_600_000_000_000n)
    case "Minutes":
      return parts(60_000_000_000n)
    case "Seconds":
      return parts(1_000_000_000n)
    case "Milliseconds":
      return int64(ns / 1_000_000n)
    case "Microseconds":
      return int64(ns / 1000n)
    case "Nanoseconds":
      return int64(ns)
    case "String":
      return formatGoDuration(ns)
    case "Abs":
      return durationOf(saturate(ns < 0n ? -ns : ns))
    case "Truncate": {
      const unit = durationArgument(args)
      return durationOf(unit <= 0n ? ns : ns - (ns % unit))
    }
    default:
      return roundDuration(ns, durationArgument(args))
  }
}

function roundDuration(ns: bigint, unit: bigint): Value {
  if (unit <= 0n) return durationOf(ns)
  const size = ns < 0n ? -ns : ns
  const rest = size % unit
  const rounded = rest + rest < unit ? size - rest : size + unit - rest
  return durationOf(saturate(ns < 0n ? -rounded : rounded))
}
