import { daysFromCivil } from "@argo-ts/kernel"
import type { Zone } from "../issue.js"
import { splitLayout } from "./layout.js"
import { monthName, weekdayName } from "./sprint.js"
import { fixedZone, nsOfLocal, utc } from "./time.js"

const layouts = [
  "2006-01-02",
  "15:04:05",
  "2006-01-02 15:04:05",
  "2006-01-02T15:04:05Z07:00",
  "02 Jan 06 15:04 MST",
  "Monday, 02-Jan-06 15:04:05 MST",
  "Mon, 02 Jan 2006 15:04:05 MST",
]

/** A parsed instant and the zone it was written in. */
export interface ParsedTime {
  readonly ns: bigint
  readonly zone: Zone
}

/** The `date` of expr-lang: a layout, or the first of seven that fits. A text with the reason where it fails. */
export function parseDate(
  text: string,
  layout: string | undefined,
  zone: Zone,
): ParsedTime | string {
  if (layout !== undefined) return parseTime(text, layout, zone)
  for (const candidate of layouts) {
    const parsed = parseTime(text, candidate, zone)
    if (typeof parsed !== "string") return parsed
  }
  return `invalid date ${text}`
}

interface Fields {
  year: number
  month: number
  day: number
  yearDay: number
  hour: number
  minute: number
  second: number
  nanosecond: number
  isPm: boolean
  isAm: boolean
  offset: number | undefined
  zoneName: string
}

/** `time.ParseInLocation`. A text with the reason where it fails. */
export function parseTime(text: string, layout: string, zone: Zone): ParsedTime | string {
  const fields: Fields = {
    year: 0,
    month: -1,
    day: -1,
    yearDay: -1,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    isPm: false,
    isAm: false,
    offset: undefined,
    zoneName: "",
  }
  let rest = text
  const parts = splitLayout(layout)
  for (const [index, part] of parts.entries()) {
    const next = parts[index + 1]
    const taken =
      part.token === ""
        ? takeLiteral(rest, part.literal)
        : takeToken(rest, part.token, fields, next?.token ?? "")
    if (taken === undefined) {
      const what = part.token === "" ? part.literal : part.token
      return `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(what)}`
    }
    if (typeof taken !== "number") return `parsing time ${JSON.stringify(text)}: ${taken.reason}`
    rest = rest.slice(taken)
  }
  if (rest !== "")
    return `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}`
  return finish(fields, text, zone)
}

function takeLiteral(text: string, literal: string): number | undefined {
  let at = 0
  for (let index = 0; index < literal.length; index++) {
    if (literal[index] === " ") {
      if (at < text.length && text[at] !== " ") return undefined
      while (literal[index + 1] === " ") index++
      while (text[at] === " ") at++
      continue
    }
    if (text[at] !== literal[index]) return undefined
    at++
  }
  return at
}

type Taken = number | undefined | { readonly reason: string }

const widths: ReadonlyMap<string, readonly [keyof Fields, RegExp, number, number]> = new Map([
  ["2006", ["year", /^\d{4}/, 0, 9999]],
  ["01", ["month", /^\d{2}/, 1, 12]],
  ["1", ["month", /^\d{1,2}/, 1, 12]],
  ["02", ["day", /^\d{2}/, 0, 99]],
  ["2", ["day", /^\d{1,2}/, 0, 99]],
  ["_2", ["day", /^ ?\d{1,2}/, 0, 99]],
  ["002", ["yearDay", /^\d{3}/, 0, 999]],
  ["__2", ["yearDay", /^ {0,2}\d{1,3}/, 0, 999]],
  ["15", ["hour", /^\d{1,2}/, 0, 23]],
  ["03", ["hour", /^\d{2}/, 0, 12]],
  ["3", ["hour", /^\d{1,2}/, 0, 12]],
  ["04", ["minute", /^\d{2}/, 0, 59]],
  ["4", ["minute", /^\d{1,2}/, 0, 59]],
  ["05", ["second", /^\d{2}/, 0, 59]],
  ["5", ["second", /^\d{1,2}/, 0, 59]],
])

function takeToken(text: string, token: string, fields: Fields, next: string): Taken {
  const known = widths.get(token)
  if (known !== undefined) {
    const [field, pattern, least, most] = known
    const match = pattern.exec(text)
    if (match === null) return undefined
    const value = Number(match[0])
    if (value < least || value > most) return { reason: `${field} out of range` }
    ;(fields as unknown as Record<string, number>)[field] = value
    let length = match[0].length
    if (field === "second" && !/^[.,]/.test(next)) {
      const fraction = /^[.,]\d+/.exec(text.slice(length))
      if (fraction !== null) {
        fields.nanosecond = nanoseconds(fraction[0])
        length += fraction[0].length
      }
    }
    return length
  }
  return takeName(text, token, fields) ?? takeZone(text, token, fields)
}

function nanoseconds(fraction: string): number {
  return Number(fraction.slice(1, 10).padEnd(9, "0"))
}

function takeName(text: string, token: string, fields: Fields): Taken {
  const lower = text.toLowerCase()
  const among = (names: readonly string[]): number =>
    names.findIndex((name) => lower.startsWith(name.toLowerCase()))
  const months = Array.from({ length: 12 }, (_, index) => monthName(index + 1))
  const days = Array.from({ length: 7 }, (_, index) => weekdayName(index))
  switch (token) {
    case "January":
    case "Jan": {
      const names = token === "Jan" ? months.map((name) => name.slice(0, 3)) : months
      const found = among(names)
      fields.month = found + 1
      return found < 0 ? undefined : (names[found] as string).length
    }
    case "Monday":
    case "Mon": {
      const names = token === "Mon" ? days.map((name) => name.slice(0, 3)) : days
      const found = among(names)
      return found < 0 ? undefined : (names[found] as string).length
    }
    case "06": {
      const match = /^\d{2}/.exec(text)
      if (match === null) return undefined
      fields.year = Number(match[0]) + (Number(match[0]) >= 69 ? 1900 : 2000)
      return 2
    }
    case "PM":
    case "pm": {
      const half = text.slice(0, 2)
      const pm = token === "PM" ? "PM" : "pm"
      const am = token === "PM" ? "AM" : "am"
      if (half !== pm && half !== am) return undefined
      fields.isPm = half === pm
      fields.isAm = half === am
      return 2
    }
    default:
      return undefined
  }
}

function takeZone(text: string, token: string, fields: Fields): Taken {
  if (/^[.,]/.test(token)) {
    const isExact = token[1] === "0"
    const match = /^[.,]\d+/.exec(text)
    if (!isExact && match === null) return 0
    if (match === null || (isExact && match[0].length < token.length)) return undefined
    const length = isExact ? token.length : match[0].length
    fields.nanosecond = nanoseconds(text.slice(0, length))
    return length
  }
  if (token === "MST") return takeZoneName(text, fields)
  if (token.startsWith("Z") && text.startsWith("Z")) {
    fields.offset = 0
    fields.zoneName = "UTC"
    return 1
  }
  const colon = token.includes(":") ? ":" : ""
  const digits = token.replace(/\D/g, "").length
  const pattern = `^([+-])(\\d{2})${digits >= 4 ? `${colon}(\\d{2})` : "()"}${digits >= 6 ? `${colon}(\\d{2})` : "()"}`
  const match = new RegExp(pattern).exec(text)
  if (match === null) return undefined
  const [, sign, hours, minutes, seconds] = match
  const outside =
    Number(hours) > 24
      ? "hour"
      : Number(minutes) > 60
        ? "minute"
        : Number(seconds) > 60
          ? "second"
          : undefined
  if (outside !== undefined) return { reason: `time zone offset ${outside} out of range` }
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  fields.offset = sign === "-" ? -size : size
  return match[0].length
}

const zoneName =
  /^(?:ChST|MeST|GMT[+-](\d+)|[+-](?:\d+)|[A-Z]{4}T(?![A-Z])|[A-Z]{3}T(?![A-Z])|WITA(?![A-Z])|[A-Z]{3}(?![A-Z]))/

function takeZoneName(text: string, fields: Fields): Taken {
  const match = zoneName.exec(text)
  if (match === null || Number(match[1] ?? /^[+-](\d+)/.exec(match[0])?.[1] ?? 0) > 23)
    return undefined
  fields.zoneName = match[0]
  return match[0].length
}

function daysIn(year: number, month: number): number {
  return (
    daysFromCivil(month === 12 ? year + 1 : year, month === 12 ? 1 : month + 1, 1) -
    daysFromCivil(year, month, 1)
  )
}

function finish(fields: Fields, text: string, zone: Zone): ParsedTime | string {
  let { month, day, hour } = fields
  if (fields.isPm && hour < 12) hour += 12
  if (fields.isAm && hour === 12) hour = 0
  if (fields.yearDay >= 0 && month < 0) {
    month = 1
    day = fields.yearDay
    const last = daysFromCivil(fields.year + 1, 1, 1) - daysFromCivil(fields.year, 1, 1)
    if (day < 1 || day > last)
      return `parsing time ${JSON.stringify(text)}: day-of-year out of range`
  } else {
    month = month < 0 ? 1 : month
    day = day < 0 ? 1 : day
    if (day < 1 || day > daysIn(fields.year, month))
      return `parsing time ${JSON.stringify(text)}: day out of range`
  }
  const local = { ...fields, month, day, hour }
  if (fields.offset !== undefined) {
    const ns = nsOfLocal(local, utc) - BigInt(fields.offset) * 1_000_000_000n
    if (fields.offset === 0 && fields.zoneName === "UTC") return { ns, zone: utc }
    const here = zone.offsetAt(Number(ns / 1_000_000_000n))
    if (
      here.seconds === fields.offset &&
      (fields.zoneName === "" || here.abbreviation === fields.zoneName)
    ) {
      return { ns, zone }
    }
    return { ns, zone: fixedZone(fields.zoneName, fields.offset) }
  }
  if (fields.zoneName === "") return { ns: nsOfLocal(local, zone), zone }
  return {
    ns: nsOfLocal(local, utc),
    zone: fields.zoneName === "UTC" ? utc : fixedZone(fields.zoneName, 0),
  }
}
