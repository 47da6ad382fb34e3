import { epochMs } from "@argo-ts/kernel"
import { formatLayout } from "../../go/layout.js"
import { goTime } from "../../go/strftime.js"
import { raise } from "../fault.js"
import { LuaTable } from "../table.js"
import { type Host, type LuaValue, toNumber } from "../value.js"
import type { Functions } from "./library.js"
import { numberAt, type Parameters, tableAt, textAt } from "./parameters.js"

/** What the letters of `os.date` are in Go's layouts: `a` and `x` are as odd upstream. */
const layouts: ReadonlyMap<string, string> = new Map([
  ["a", "mon"],
  ["A", "Monday"],
  ["b", "Jan"],
  ["B", "January"],
  ["c", "02 Jan 06 15:04 MST"],
  ["d", "02"],
  ["F", "2006-01-02"],
  ["H", "15"],
  ["I", "03"],
  ["m", "01"],
  ["M", "04"],
  ["p", "PM"],
  ["P", "pm"],
  ["S", "05"],
  ["x", "15/04/05"],
  ["X", "15:04:05"],
  ["y", "06"],
  ["Y", "2006"],
  ["z", "-0700"],
  ["Z", "MST"],
])

function now(host: Host): number {
  return host.now ?? raise("the time is not known to this evaluation")
}

interface Fields {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly min: number
  readonly sec: number
  readonly wday: number
  readonly yday: number
}

const dayMs = 86_400_000

/** The fields of an instant in UTC (Gregorian, proleptic). */
function fieldsOf(ms: number): Fields {
  const time = goTime(epochMs(ms))
  const part = (layout: string): number => Number(formatLayout(time, layout))
  const year = part("2006")
  const startOfYear = daysBefore(year, 1) * dayMs
  const days = Math.floor(ms / dayMs)
  return {
    year,
    month: part("01"),
    day: part("02"),
    hour: part("15"),
    min: part("04"),
    sec: part("05"),
    wday: (((days + 4) % 7) + 7) % 7,
    yday: Math.floor((ms - startOfYear) / dayMs) + 1,
  }
}

/** Days from the epoch to the first of a month; months beyond a year run on. */
function daysBefore(year: number, month: number): number {
  const months = year * 12 + month - 1
  const y = Math.floor(months / 12)
  const m = months - y * 12
  const shifted = m < 2 ? y - 1 : y
  const era = Math.floor(shifted / 400)
  const ofEra = shifted - era * 400
  const ofYear = Math.floor((153 * ((m + 10) % 12) + 2) / 5)
  return (
    era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468
  )
}

function secondsOf(table: LuaTable): number {
  const field = (name: string, fallback?: number): number => {
    const value = table.get(name)
    const number = toNumber(value) ?? fallback
    if (number === undefined) return raise(`field '${name}' missing in date table`)
    return Math.trunc(number)
  }
  const days = daysBefore(field("year"), field("month")) + field("day") - 1
  return days * 86_400 + field("hour", 12) * 3600 + field("min", 0) * 60 + field("sec", 0)
}

function time(host: Host, parameters: Parameters): readonly LuaValue[] {
  if (parameters.length === 0 || parameters[0] === undefined) return [Math.floor(now(host) / 1000)]
  return [secondsOf(tableAt(parameters, 1))]
}

const instantMax = 8.64e15

function date(host: Host, parameters: Parameters): readonly LuaValue[] {
  const format = textAt(parameters, 1, "%c").replace(/^!/, "")
  const ms = parameters.length > 1 ? Math.trunc(numberAt(parameters, 2)) * 1000 : now(host)
  if (!(Math.abs(ms) <= instantMax)) return raise("the time is out of range")
  if (format.startsWith("*t")) return [dateTable(ms)]
  const instant = goTime(epochMs(ms))
  host.allocate(format.length * 8)
  const text = format.replace(/%(.)/gs, (whole, letter: string) => {
    if (letter === "w") return String(fieldsOf(ms).wday)
    const layout = layouts.get(letter)
    return layout === undefined ? (letter === "%" ? "%" : whole) : formatLayout(instant, layout)
  })
  return [text]
}

function dateTable(ms: number): LuaTable {
  const { wday, ...rest } = fieldsOf(ms)
  const table = new LuaTable()
  for (const [name, value] of Object.entries({ ...rest, wday: wday + 1 })) table.set(name, value)
  table.set("isdst", false)
  return table
}

/** `os` as scripts of a delivery have it: only what time it is. Local time is UTC. */
export const osFunctions: Functions = { date, time }
