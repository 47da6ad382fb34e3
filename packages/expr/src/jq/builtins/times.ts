import { type Civil, civilOf, nsOfLocal, splitNs, utc } from "../../go/time.js"
import { Fault } from "../../issue.js"
import { failedOn, inapplicable } from "../fault.js"
import { lift } from "../filter.js"
import { growText, type Machine } from "../machine.js"
import { strftime } from "../strftime.js"
import { MisfitTime, strptime } from "../strptime.js"
import { isArray, isNumber, type JqValue } from "../value.js"
import { type Entry, ofInput, ofValues } from "./table.js"

const billion = 1_000_000_000
// Beyond this many seconds a calendar computed in floats is not exact to the day.
const secondsMax = 1e15

/** Nanoseconds since the epoch of a number of seconds. */
function nsOfSeconds(value: number): bigint | undefined {
  if (!(Math.abs(value) <= secondsMax)) return undefined
  const part = Math.trunc((value - Math.floor(value)) * billion)
  return BigInt(Math.trunc(value)) * BigInt(billion) + BigInt(part)
}

/** Nanoseconds since the epoch of a broken-down time: year, month from 0, day, hour, minute, second, weekday, day of year. */
function nsOfFields(value: readonly JqValue[]): bigint | undefined {
  const fields = value.map((field) => (isNumber(field) ? Number(field) : Number.NaN))
  if (fields.length !== 8 || fields.some((field) => !(Math.abs(field) <= secondsMax)))
    return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields.map(Math.trunc)
  if (Math.abs(year) > 30_000_000) return undefined
  const exact = fields[5] ?? 0
  const nanosecond = Math.trunc((exact - Math.trunc(exact)) * billion)
  return nsOfLocal({ year, month: month + 1, day, hour, minute, second, nanosecond }, utc)
}

function nsOf(value: JqValue): bigint | undefined {
  if (isNumber(value)) return nsOfSeconds(Number(value))
  return isArray(value) ? nsOfFields(value) : undefined
}

/** A time as its fields: year, month from 0, day, hour, minute, second, weekday, day of the year. */
function fieldsOf(at: Civil): JqValue {
  const second = at.second + at.nanosecond / billion
  return [at.year, at.month - 1, at.day, at.hour, at.minute, second, at.weekday, at.yearDay - 1]
}

function broken(name: string): Entry {
  return ofInput(name, (value) => {
    const ns = isNumber(value) ? nsOfSeconds(Number(value)) : undefined
    if (ns === undefined) throw inapplicable(name, value)
    return fieldsOf(civilOf(ns, utc))
  })
}

function mktime(value: JqValue): JqValue {
  const ns = isArray(value) ? nsOfFields(value) : undefined
  if (ns === undefined) throw inapplicable("mktime", value)
  const [seconds, nanosecond] = splitNs(ns)
  return seconds + nanosecond / billion
}

interface Writing {
  readonly name: string
  readonly value: JqValue
  readonly format: JqValue
  readonly args: readonly JqValue[]
}

function written({ name, value, format, args }: Writing, machine: Machine): JqValue {
  const ns = nsOf(value)
  if (ns === undefined || typeof format !== "string") throw inapplicable(name, value, args)
  const text = strftime(civilOf(ns, utc), splitNs(ns)[0], format)
  growText(machine, text.length)
  return text
}

function parsed(value: JqValue, format: JqValue): bigint {
  if (typeof value !== "string" || typeof format !== "string") {
    throw inapplicable("strptime", value, [format])
  }
  try {
    return strptime(value, format)
  } catch (thrown) {
    if (!(thrown instanceof MisfitTime)) throw thrown
    const reason = `failed to parse ${JSON.stringify(value)} with ${JSON.stringify(format)}: ${thrown.reason}`
    throw failedOn("strptime", value, [format], reason)
  }
}

const isoFormat = "%Y-%m-%dT%H:%M:%SZ"

function todate(value: JqValue, machine: Machine): JqValue {
  return written({ name: "strftime", value, format: isoFormat, args: [isoFormat] }, machine)
}

function fromdate(value: JqValue): JqValue {
  return splitNs(parsed(value, "%Y-%m-%dT%H:%M:%S%z"))[0]
}

/** Functions of time. Local time is UTC: a program depends on no machine's zone. */
export const times: readonly Entry[] = [
  [
    "now/0",
    (_args, machine) =>
      lift([], () => {
        if (machine.now === undefined) throw new Fault("now needs the option `now`", -1, "run")
        return machine.now / 1000
      }),
  ],
  broken("gmtime"),
  broken("localtime"),
  ofInput("mktime", mktime),
  ofInput("todate", todate),
  ofInput("todateiso8601", todate),
  ofInput("fromdate", fromdate),
  ofInput("fromdateiso8601", fromdate),
  ...["strftime", "strflocaltime"].map((name) =>
    ofValues(`${name}/1`, (value, [format = null], machine) =>
      written({ name, value, format, args: [format] }, machine),
    ),
  ),
  ofValues("strptime/1", (value, [format = null]) => fieldsOf(civilOf(parsed(value, format), utc))),
]
