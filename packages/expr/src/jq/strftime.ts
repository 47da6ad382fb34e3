import { daysFromCivil } from "@argo-ts/kernel"
import { monthName, weekdayName } from "../go/sprint.js"
import type { Civil } from "../go/time.js"

/** How a directive is written: `%-d`, `%_10Y`, `%^B`. */
interface Style {
  readonly pad: string
  readonly width: number
  readonly isUpper: boolean
  readonly isSwapped: boolean
  readonly colons: number
}

/** A number with the padding and width it has by itself. */
interface Digits {
  readonly value: number
  readonly width: number
  readonly pad: string
}

function digits(value: number, width: number, pad = "0"): Digits {
  return { value, width, pad }
}

function hour12(hour: number): number {
  return hour % 12 === 0 ? 12 : hour % 12
}

/** Week of the year; weeks start on the given weekday, days before the first are week 0. */
function weekOf(at: Civil, firstDay: number): number {
  return Math.floor((at.yearDay - 1 + 7 - ((at.weekday - firstDay + 7) % 7)) / 7)
}

/** ISO year and week: the week belongs to the year of its Thursday. */
function isoWeek(at: Civil): { readonly year: number; readonly week: number } {
  const days = daysFromCivil(at.year, 1, 1) + at.yearDay - 1
  const thursday = days - ((at.weekday + 6) % 7) + 3
  let year = at.year
  if (thursday < daysFromCivil(year, 1, 1)) year--
  else if (thursday >= daysFromCivil(year + 1, 1, 1)) year++
  return { year, week: Math.floor((thursday - daysFromCivil(year, 1, 1)) / 7) + 1 }
}

/** Conversions that stand for several others, of both directions. */
export const composed: ReadonlyMap<string, string> = new Map([
  ["c", "%a %b %e %H:%M:%S %Y"],
  ["D", "%m/%d/%y"],
  ["x", "%m/%d/%y"],
  ["F", "%Y-%m-%d"],
  ["R", "%H:%M"],
  ["r", "%I:%M:%S %p"],
  ["T", "%H:%M:%S"],
  ["X", "%H:%M:%S"],
  ["v", "%e-%b-%Y"],
  ["+", "%a %b %e %H:%M:%S %Z %Y"],
])

type Numeric = (at: Civil, epoch: number) => Digits

const numerics: ReadonlyMap<string, Numeric> = new Map<string, Numeric>([
  ["C", (at) => digits(Math.floor(at.year / 100), 2)],
  ["d", (at) => digits(at.day, 2)],
  ["e", (at) => digits(at.day, 2, " ")],
  ["f", (at) => digits(Math.floor(at.nanosecond / 1000), 6)],
  ["G", (at) => digits(isoWeek(at).year, 4)],
  ["g", (at) => digits(isoWeek(at).year % 100, 2)],
  ["H", (at) => digits(at.hour, 2)],
  ["I", (at) => digits(hour12(at.hour), 2)],
  ["j", (at) => digits(at.yearDay, 3)],
  ["k", (at) => digits(at.hour, 2, " ")],
  // Midnight is 0 here, unlike for `I`: as upstream writes it.
  ["l", (at) => digits(at.hour > 12 ? at.hour - 12 : at.hour, 2, " ")],
  ["M", (at) => digits(at.minute, 2)],
  ["m", (at) => digits(at.month, 2)],
  ["S", (at) => digits(at.second, 2)],
  ["s", (_at, epoch) => digits(epoch, 1)],
  ["U", (at) => digits(weekOf(at, 0), 2)],
  ["u", (at) => digits(at.weekday === 0 ? 7 : at.weekday, 1)],
  ["V", (at) => digits(isoWeek(at).week, 2)],
  ["W", (at) => digits(weekOf(at, 1), 2)],
  ["w", (at) => digits(at.weekday, 1)],
  ["Y", (at) => digits(at.year, 4)],
  ["y", (at) => digits(((at.year % 100) + 100) % 100, 2)],
])

function nameOf(letter: string, at: Civil): string | undefined {
  switch (letter) {
    case "A":
      return weekdayName(at.weekday)
    case "a":
      return weekdayName(at.weekday).slice(0, 3)
    case "B":
      return monthName(at.month)
    case "b":
    case "h":
      return monthName(at.month).slice(0, 3)
    case "p":
      return at.hour < 12 ? "AM" : "PM"
    case "P":
      return at.hour < 12 ? "am" : "pm"
    case "Z":
      return at.abbreviation
    default:
      return undefined
  }
}

const characters: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["%", "%"],
])

function writeDigits({ value, width, pad }: Digits, style: Style): string {
  const size = String(Math.abs(value))
  const sign = value < 0 ? "-" : ""
  if (style.pad === "-") return (sign + size).padStart(style.width, " ")
  const filler = style.pad === "" ? pad : style.pad
  const most = Math.max(style.width, width)
  return filler === "0"
    ? sign + size.padStart(most - sign.length, "0")
    : (sign + size).padStart(most, " ")
}

function writeText(text: string, style: Style, letter: string): string {
  let cased = text
  if (style.isSwapped)
    cased = letter === "p" || letter === "Z" ? text.toLowerCase() : text.toUpperCase()
  if (style.isUpper) cased = text.toUpperCase()
  return cased.padStart(style.width, style.pad === "0" ? "0" : " ")
}

function offsetText(seconds: number, colons: number): string {
  const two = (value: number): string => String(value).padStart(2, "0")
  const size = Math.abs(seconds)
  const parts = [two(Math.floor(size / 3600)), two(Math.floor(size / 60) % 60), two(size % 60)]
  const shown = parts.slice(0, colons > 1 ? 3 : 2).join(colons > 0 ? ":" : "")
  return (seconds < 0 ? "-" : "+") + shown
}

const directive = /%([-_0^#]*)([0-9]{0,4})(:{0,2})([A-Za-z%+])/g

/** Writes an instant by a format of `strftime`; directives it does not know stay as they are. */
export function strftime(at: Civil, epoch: number, format: string): string {
  return format.replace(
    directive,
    (whole, ...[flags = "", width = "", colons = "", letter = ""]: string[]) => {
      const style: Style = {
        pad: [...flags].findLast((flag) => "-_0".includes(flag))?.replace("_", " ") ?? "",
        width: Math.min(Number(width), 1024),
        isUpper: flags.includes("^"),
        isSwapped: flags.includes("#"),
        colons: colons.length,
      }
      if (colons !== "" && letter !== "z") return whole
      return write(at, epoch, letter, style) ?? whole
    },
  )
}

function write(at: Civil, epoch: number, letter: string, style: Style): string | undefined {
  const character = characters.get(letter)
  if (character !== undefined) return character
  const numeric = numerics.get(letter)
  if (numeric !== undefined) return writeDigits(numeric(at, epoch), style)
  if (letter === "z") return writeText(offsetText(at.offset, style.colons), style, letter)
  const inner = composed.get(letter)
  const text = inner === undefined ? nameOf(letter, at) : strftime(at, epoch, inner)
  return text === undefined ? undefined : writeText(text, style, letter)
}
