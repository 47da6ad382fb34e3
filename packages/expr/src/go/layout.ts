import type { GoTime } from "../values/value.js"
import { monthName, weekdayName } from "./sprint.js"
import { type Civil, civilOf, padded, zoneText } from "./time.js"

const tokens = [
  "January",
  "Jan",
  "Monday",
  "Mon",
  "MST",
  "2006",
  "_2006",
  "__2",
  "_2",
  "002",
  "01",
  "02",
  "03",
  "04",
  "05",
  "06",
  "15",
  "PM",
  "pm",
  "-070000",
  "-07:00:00",
  "-0700",
  "-07:00",
  "-07",
  "Z070000",
  "Z07:00:00",
  "Z0700",
  "Z07:00",
  "Z07",
  "1",
  "2",
  "3",
  "4",
  "5",
].toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1))

/** A piece of a layout: a token that means something, or literal text. */
export interface LayoutPart {
  readonly token: string
  readonly literal: string
}

/** Splits a Go time layout into tokens and literals. */
export function splitLayout(layout: string): readonly LayoutPart[] {
  const parts: LayoutPart[] = []
  let literal = ""
  let at = 0
  while (at < layout.length) {
    const token = tokenAt(layout, at)
    if (token === "") {
      literal += layout[at]
      at++
      continue
    }
    const start = token === "_2006" ? 1 : 0
    if (start === 1) literal += "_"
    if (literal !== "") parts.push({ token: "", literal })
    literal = ""
    parts.push({ token: token.slice(start), literal: "" })
    at += token.length
  }
  if (literal !== "") parts.push({ token: "", literal })
  return parts
}

function tokenAt(layout: string, at: number): string {
  const fraction = /^[.,](0+|9+)(?!\d)/.exec(layout.slice(at, at + 64))
  if (fraction !== null) return fraction[0]
  for (const token of tokens) {
    if (!layout.startsWith(token, at)) continue
    const isName = token === "Jan" || token === "Mon"
    if (isName && /^[a-z]/.test(layout.slice(at + 3))) continue
    return token
  }
  return ""
}

/** `Time.Format`. */
export function formatLayout(time: GoTime, layout: string): string {
  const at = civilOf(time.ns, time.zone)
  return splitLayout(layout)
    .map((part) => (part.token === "" ? part.literal : formatToken(part.token, at)))
    .join("")
}

function formatToken(token: string, at: Civil): string {
  if (/^[.,]/.test(token)) return formatFraction(token, at.nanosecond)
  if (/^[-Z]/.test(token)) return formatZone(token, at.offset)
  return formatDate(token, at) ?? formatClock(token, at)
}

function formatDate(token: string, at: Civil): string | undefined {
  switch (token) {
    case "January":
      return monthName(at.month)
    case "Jan":
      return monthName(at.month).slice(0, 3)
    case "Monday":
      return weekdayName(at.weekday)
    case "Mon":
      return weekdayName(at.weekday).slice(0, 3)
    case "2006":
      return padded(at.year, 4)
    case "06":
      return padded(((at.year % 100) + 100) % 100, 2)
    case "01":
      return padded(at.month, 2)
    case "1":
      return String(at.month)
    case "02":
      return padded(at.day, 2)
    case "_2":
      return String(at.day).padStart(2, " ")
    case "2":
      return String(at.day)
    case "002":
      return padded(at.yearDay, 3)
    case "__2":
      return String(at.yearDay).padStart(3, " ")
    default:
      return undefined
  }
}

function formatClock(token: string, at: Civil): string {
  const hour12 = at.hour % 12 === 0 ? 12 : at.hour % 12
  switch (token) {
    case "15":
      return padded(at.hour, 2)
    case "03":
      return padded(hour12, 2)
    case "3":
      return String(hour12)
    case "04":
      return padded(at.minute, 2)
    case "4":
      return String(at.minute)
    case "05":
      return padded(at.second, 2)
    case "5":
      return String(at.second)
    case "PM":
      return at.hour >= 12 ? "PM" : "AM"
    case "pm":
      return at.hour >= 12 ? "pm" : "am"
    default:
      return zoneText(at)
  }
}

function formatFraction(token: string, nanosecond: number): string {
  const digits = String(nanosecond)
    .padStart(9, "0")
    .slice(0, token.length - 1)
    .padEnd(token.length - 1, "0")
  if (token[1] === "0") return token.slice(0, 1) + digits
  const kept = digits.replace(/0+$/, "")
  return kept === "" ? "" : token.slice(0, 1) + kept
}

function formatZone(token: string, offset: number): string {
  if (token.startsWith("Z") && offset === 0) return "Z"
  const size = Math.abs(offset)
  const colon = token.includes(":") ? ":" : ""
  const digits = token.replace(/\D/g, "").length
  let text = (offset < 0 ? "-" : "+") + padded(Math.floor(size / 3600), 2)
  if (digits >= 4) text += colon + padded(Math.floor(size / 60) % 60, 2)
  if (digits >= 6) text += colon + padded(size % 60, 2)
  return text
}
