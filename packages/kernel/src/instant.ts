import { failed, ok, type Result } from "./issue.js"

/** Milliseconds since 1970-01-01T00:00:00Z. The only way time appears inside a core. */
export type EpochMs = number & { readonly __unit: "EpochMs" }

/** Brands a number of milliseconds since the epoch. */
export function epochMs(milliseconds: number): EpochMs {
  return milliseconds as EpochMs
}

const dayMs = 86_400_000
const rfc3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(?:([Zz])|([+-])(\d{2}):(\d{2}))$/

/** Days from 1970-01-01 to a civil date of the proleptic Gregorian calendar. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** A calendar date: month 1–12, day 1–31. */
export interface CivilDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** The civil date that lies `days` after 1970-01-01. */
export function civilFromDays(days: number): CivilDate {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}

/** Two digits of a text as a number; NaN where they are none. */
function twoAt(text: string, index: number): number {
  const [tens, ones] = [text.charCodeAt(index) - 48, text.charCodeAt(index + 1) - 48]
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}

/** The form in which servers write times, whole seconds in UTC; undefined where it is another, or no time. */
function wholeSecond(text: string): EpochMs | undefined {
  if (text.length !== 20 || text[4] !== "-" || text[7] !== "-" || text[10] !== "T") return undefined
  if (text[13] !== ":" || text[16] !== ":" || text[19] !== "Z") return undefined
  const [month, day] = [twoAt(text, 5), twoAt(text, 8)]
  const [hour, minute, second] = [twoAt(text, 11), twoAt(text, 14), twoAt(text, 17)]
  const year = twoAt(text, 0) * 100 + twoAt(text, 2)
  // Days that not every month has, and whatever is no digit, are looked at more closely.
  const isPlain = year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= 28
  if (!isPlain || !(hour <= 23 && minute <= 59 && second <= 59)) return undefined
  const ofDay = ((hour * 60 + minute) * 60 + second) * 1000
  return epochMs(daysFromCivil(year, month, day) * dayMs + ofDay)
}

/** Reads an RFC 3339 timestamp (any offset, up to nine fraction digits, cut to milliseconds). */
export function parseInstant(text: string): Result<EpochMs> {
  const whole = wholeSecond(text)
  if (whole !== undefined) return ok(whole)
  const match = rfc3339.exec(text)
  if (match === null) return invalidInstant(text)
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const days = daysFromCivil(year, month, day)
  const back = civilFromDays(days)
  const isCivil = back.year === year && back.month === month && back.day === day
  if (!isCivil || hour > 23 || minute > 59 || second > 59) return invalidInstant(text)
  const fraction = match[7] === undefined ? 0 : Math.floor(Number(`0.${match[7]}`) * 1000)
  const offsetMinutes = match[9] === undefined ? 0 : Number(match[10]) * 60 + Number(match[11])
  const offsetMs = (match[9] === "-" ? -offsetMinutes : offsetMinutes) * 60_000
  const ofDay = ((hour * 60 + minute) * 60 + second) * 1000 + fraction
  return ok(epochMs(days * dayMs + ofDay - offsetMs))
}

function invalidInstant(text: string): Result<EpochMs> {
  const message = `expected an RFC 3339 time like 2026-01-31T12:00:00Z, found ${JSON.stringify(text)}`
  return failed([{ code: "InvalidValue", path: [], message }])
}

function two(value: number): string {
  return value < 10 ? `0${value}` : `${value}`
}

function format(at: EpochMs, fraction: string): string {
  const days = Math.floor(at / dayMs)
  const { year, month, day } = civilFromDays(days)
  const seconds = Math.floor((at - days * dayMs) / 1000)
  const time = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}T${time}${fraction}Z`
}

/** What was written last: much is written at one instant, and all of it may hold the same text. */
let latest = { second: Number.NaN, text: "" }

/** Writes an instant as Kubernetes' `Time`: RFC 3339 in UTC, whole seconds. */
export function formatInstant(at: EpochMs): string {
  const second = Math.floor(at / 1000)
  if (second !== latest.second) latest = { second, text: format(at, "") }
  return latest.text
}

let latestMicro = { at: Number.NaN, text: "" }

/** Writes an instant as Kubernetes' `MicroTime`: RFC 3339 in UTC with six fraction digits. */
export function formatMicroInstant(at: EpochMs): string {
  if (at === latestMicro.at) return latestMicro.text
  const milliseconds = Math.floor(at - Math.floor(at / 1000) * 1000)
  const text = format(at, `.${String(milliseconds).padStart(3, "0")}000`)
  latestMicro = { at, text }
  return text
}
