import { parseTime } from "../go/date.js"
import { formatGoDuration, parseGoDuration } from "../go/duration.js"
import { formatLayout } from "../go/layout.js"
import { utc } from "../go/time.js"
import type { Zone } from "../issue.js"
import { timeOf } from "../values/time-types.js"
import { type CallContext, GoTime, SizedNumber, type Value } from "../values/value.js"
import { toInteger } from "./convert.js"
import { aliases, define, type FunctionTable, refuse, text, textOf } from "./define.js"

const second = 1_000_000_000n
const zeroTime = -62_135_596_800n * second

function nowOf({ now }: CallContext): bigint {
  return now === undefined ? refuse("this evaluation has no clock") : BigInt(now) * 1_000_000n
}

/** A date argument: a time, or whole seconds; anything else silently means now, as upstream has it. */
function instantOf(value: Value | undefined, context: CallContext): bigint {
  if (value instanceof GoTime) return value.ns
  if (typeof value === "bigint") return value * second
  if (value instanceof SizedNumber && typeof value.value === "bigint") return value.value * second
  return nowOf(context)
}

function format(
  layout: string,
  value: Value | undefined,
  zone: Zone,
  context: CallContext,
): string {
  return formatLayout(timeOf(instantOf(value, context), zone), layout)
}

function zoneOf(name: string, context: CallContext): Zone {
  return name === "" || name === "UTC" ? utc : (context.zones(name) ?? utc)
}

function modified(args: readonly Value[], isStrict: boolean, context: CallContext): Value {
  const by = parseGoDuration(text(args, 0))
  const [, time] = args
  if (!(time instanceof GoTime)) {
    return refuse("wrong type for value; expected time.Time")
  }
  void context
  if (typeof by === "string") return isStrict ? refuse(by) : time
  return timeOf(time.ns + by, time.zone)
}

function parsed(args: readonly Value[], isStrict: boolean): Value {
  const found = parseTime(text(args, 1), text(args, 0), utc)
  if (typeof found !== "string") return timeOf(found.ns, found.zone)
  return isStrict ? refuse(found) : timeOf(zeroTime, utc)
}

function durationOfSeconds(value: Value | undefined): string {
  const isText = typeof value === "string" && /^[+-]?\d+$/.test(value)
  const isInt64 = value instanceof SizedNumber && value.type.name === "int64"
  return formatGoDuration(isText || isInt64 ? BigInt.asIntN(64, toIntegerText(value) * second) : 0n)
}

function toIntegerText(value: Value): bigint {
  return typeof value === "string" ? BigInt(value.replace("+", "")) : toInteger(value)
}

const hour = 3600n * second
const units: readonly (readonly [size: bigint, name: string])[] = [
  [24n * 365n * hour, "y"],
  [24n * 30n * hour, "mo"],
  [24n * hour, "d"],
  [hour, "h"],
  [60n * second, "m"],
  [second, "s"],
]

function roundedDuration(value: Value | undefined, context: CallContext): string {
  const ns = durationNs(value, context)
  const size = ns < 0n ? -ns : ns
  const unit = units.find(([least]) => size > least)
  return unit === undefined ? "0s" : `${ns < 0n ? "-" : ""}${size / unit[0]}${unit[1]}`
}

function durationNs(value: Value | undefined, context: CallContext): bigint {
  if (typeof value === "string") {
    const parsedNs = parseGoDuration(value)
    return typeof parsedNs === "string" ? 0n : parsedNs
  }
  if (value instanceof GoTime) return nowOf(context) - value.ns
  return value instanceof SizedNumber && value.type.name === "int64" ? toInteger(value) : 0n
}

function wholeSeconds(ns: bigint): bigint {
  const half = ns < 0n ? -second / 2n : second / 2n
  return ((ns + half) / second) * second
}

const plain: FunctionTable = {
  ago: define("a", ([value], context) =>
    formatGoDuration(wholeSeconds(nowOf(context) - instantOf(value, context))),
  ),
  date: define("sa", (args, context) => format(text(args, 0), args[1], utc, context)),
  dateInZone: define("sas", (args, context) =>
    format(text(args, 0), args[1], zoneOf(text(args, 2), context), context),
  ),
  dateModify: define("sa", (args, context) => modified(args, false, context)),
  duration: define("a", ([value]) => durationOfSeconds(value)),
  durationRound: define("a", ([value], context) => roundedDuration(value, context)),
  htmlDate: define("a", ([value], context) => format("2006-01-02", value, utc, context)),
  htmlDateInZone: define("as", ([value, zone], context) =>
    format("2006-01-02", value, zoneOf(textOf(zone), context), context),
  ),
  mustDateModify: define("sa", (args, context) => modified(args, true, context)),
  mustToDate: define("ss", (args) => parsed(args, true)),
  now: define("", (_, context) => timeOf(nowOf(context), utc)),
  toDate: define("ss", (args) => parsed(args, false)),
  unixEpoch: define("a", ([time]) =>
    time instanceof GoTime
      ? String(time.ns / second - (time.ns < 0n && time.ns % second !== 0n ? 1n : 0n))
      : refuse("wrong type for value; expected time.Time"),
  ),
}

/** Dates; the process of upstream runs in UTC. */
export const dateFunctions: FunctionTable = {
  ...plain,
  ...aliases(plain, {
    date_in_zone: "dateInZone",
    date_modify: "dateModify",
    must_date_modify: "mustDateModify",
  }),
}
