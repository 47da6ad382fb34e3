import { civilFromDays, daysFromCivil } from "@argo-ts/kernel"
import type { Zone } from "../issue.js"
import type { GoTime } from "../values/value.js"

/** UTC. */
export const utc: Zone = {
  name: "UTC",
  offsetAt: () => ({ seconds: 0, abbreviation: "UTC", isDst: false }),
}

/** A zone that never changes its offset. */
export function fixedZone(name: string, seconds: number): Zone {
  return { name, offsetAt: () => ({ seconds, abbreviation: name, isDst: false }) }
}

/** An instant as a calendar shows it in its zone. */
export interface Civil {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly nanosecond: number
  /** 0 = Sunday. */
  readonly weekday: number
  readonly yearDay: number
  readonly offset: number
  readonly abbreviation: string
}

const second = 1_000_000_000n

/** Whole seconds since the epoch, rounded down, and the nanoseconds above them. */
export function splitNs(ns: bigint): readonly [seconds: number, nanosecond: number] {
  const rest = ((ns % second) + second) % second
  return [Number((ns - rest) / second), Number(rest)]
}

/** The calendar fields of an instant in a zone. */
export function civilOf(ns: bigint, zone: Zone): Civil {
  const [epoch, nanosecond] = splitNs(ns)
  const { seconds: offset, abbreviation } = zone.offsetAt(epoch)
  const local = epoch + offset
  const days = Math.floor(local / 86_400)
  const ofDay = local - days * 86_400
  const { year, month, day } = civilFromDays(days)
  return {
    year,
    month,
    day,
    hour: Math.floor(ofDay / 3600),
    minute: Math.floor(ofDay / 60) % 60,
    second: ofDay % 60,
    nanosecond,
    weekday: (((days + 4) % 7) + 7) % 7,
    yearDay: days - daysFromCivil(year, 1, 1) + 1,
    offset,
    abbreviation,
  }
}

/** A local time of a calendar. */
export interface LocalTime {
  readonly year: number
  /** May lie outside 1–12; carried into the year. */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly nanosecond: number
}

/** `time.Date`: the offset at the wall time read as UTC is a first guess, the one at the instant it gives counts. */
export function nsOfLocal(local: LocalTime, zone: Zone): bigint {
  const months = local.year * 12 + (local.month - 1)
  const year = Math.floor(months / 12)
  const days = daysFromCivil(year, months - year * 12 + 1, 1) + local.day - 1
  const wall = days * 86_400 + local.hour * 3600 + local.minute * 60 + local.second
  const guess = zone.offsetAt(wall).seconds
  const offset = zone.offsetAt(wall - guess).seconds
  return BigInt(wall - offset) * second + BigInt(local.nanosecond)
}

/** A number with leading zeros. */
export function padded(value: number, width: number): string {
  const digits = String(Math.abs(value)).padStart(width, "0")
  return value < 0 ? `-${digits}` : digits
}

/** An offset as `+02:00`; `Z` for none. */
export function formatOffset(seconds: number, colon: string, zulu: boolean): string {
  if (zulu && seconds === 0) return "Z"
  const size = Math.abs(seconds)
  const sign = seconds < 0 ? "-" : "+"
  return `${sign}${padded(Math.floor(size / 3600), 2)}${colon}${padded(Math.floor(size / 60) % 60, 2)}`
}

function fraction(nanosecond: number): string {
  return nanosecond === 0 ? "" : `.${String(nanosecond).padStart(9, "0").replace(/0+$/, "")}`
}

function dateAndTime(at: Civil, separator: string): string {
  const date = `${padded(at.year, 4)}-${padded(at.month, 2)}-${padded(at.day, 2)}`
  const time = `${padded(at.hour, 2)}:${padded(at.minute, 2)}:${padded(at.second, 2)}`
  return `${date}${separator}${time}${fraction(at.nanosecond)}`
}

/** `time.RFC3339Nano`. */
export function formatRfc3339Nano(time: GoTime): string {
  const at = civilOf(time.ns, time.zone)
  return dateAndTime(at, "T") + formatOffset(at.offset, ":", true)
}

/** The abbreviation of a zone, or its offset where it has none. */
export function zoneText(at: Civil): string {
  return at.abbreviation === "" ? formatOffset(at.offset, "", false) : at.abbreviation
}

/** `time.Time.String`. */
export function formatGoTime(time: GoTime): string {
  const at = civilOf(time.ns, time.zone)
  return `${dateAndTime(at, " ")} ${formatOffset(at.offset, "", false)} ${zoneText(at)}`
}
