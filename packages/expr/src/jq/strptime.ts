import { monthName, weekdayName } from "../go/sprint.js"
import { nsOfLocal, utc } from "../go/time.js"
import { composed } from "./strftime.js"

/** Why a text does not fit a format. */
export class MisfitTime {
  readonly reason: string
  constructor(reason: string) {
    this.reason = reason
  }
}

interface Fields {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  nanosecond: number
  isPm: boolean | undefined
  offset: number
  epoch: number | undefined
}

interface Reader {
  readonly text: string
  at: number
  readonly fields: Fields
}

type Assign = (fields: Fields, value: number) => void

const ignore: Assign = () => undefined

/** Numbers: how many digits at most, and what they set. */
const numbers: ReadonlyMap<string, readonly [digits: number, assign: Assign]> = new Map<
  string,
  readonly [number, Assign]
>([
  [
    "C",
    [2, (fields, value) => void (fields.year = value * 100 + (((fields.year % 100) + 100) % 100))],
  ],
  ["d", [2, (fields, value) => void (fields.day = value)]],
  ["e", [2, (fields, value) => void (fields.day = value)]],
  ["G", [4, (fields, value) => void (fields.year = value)]],
  ["H", [2, (fields, value) => void (fields.hour = value)]],
  ["I", [2, (fields, value) => void (fields.hour = value)]],
  ["k", [2, (fields, value) => void (fields.hour = value)]],
  ["l", [2, (fields, value) => void (fields.hour = value)]],
  ["M", [2, (fields, value) => void (fields.minute = value)]],
  ["m", [2, (fields, value) => void (fields.month = value)]],
  ["S", [2, (fields, value) => void (fields.second = value)]],
  ["s", [18, (fields, value) => void (fields.epoch = value)]],
  ["U", [2, ignore]],
  ["u", [1, ignore]],
  ["V", [2, ignore]],
  ["W", [2, ignore]],
  ["w", [1, ignore]],
  ["Y", [4, (fields, value) => void (fields.year = value)]],
  ["y", [2, (fields, value) => void (fields.year = value + (value >= 69 ? 1900 : 2000))]],
])

const months = Array.from({ length: 12 }, (_, index) => monthName(index + 1))
const weekdays = Array.from({ length: 7 }, (_, index) => weekdayName(index))

/** Reads a text by a format of `strptime`; nanoseconds since the epoch. Throws a `MisfitTime`. */
export function strptime(text: string, format: string): bigint {
  const fields: Fields = {
    year: 1900,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    isPm: undefined,
    offset: 0,
    epoch: undefined,
  }
  const reader: Reader = { text, at: 0, fields }
  readFormat(reader, format)
  if (reader.at < text.length) {
    throw new MisfitTime(`unconverted string: ${JSON.stringify(text.slice(reader.at))}`)
  }
  if (fields.epoch !== undefined) return BigInt(fields.epoch) * 1_000_000_000n
  let { hour } = fields
  if (fields.isPm === true && hour < 12) hour += 12
  if (fields.isPm === false && hour === 12) hour = 0
  const local = { ...fields, hour, second: fields.second - fields.offset }
  return nsOfLocal(local, utc)
}

function readFormat(reader: Reader, format: string): void {
  for (let index = 0; index < format.length; index++) {
    const character = format[index] ?? ""
    if (character !== "%") {
      expectText(reader, character)
      continue
    }
    index++
    const letter = format[index]
    if (letter === undefined) throw new MisfitTime("stray %")
    readDirective(reader, letter)
  }
}

function expectText(reader: Reader, character: string): void {
  if (reader.text[reader.at] !== character) throw new MisfitTime(`expected '${character}'`)
  reader.at++
}

function readDirective(reader: Reader, letter: string): void {
  const inner = composed.get(letter)
  if (inner !== undefined) return readFormat(reader, inner)
  const number = numbers.get(letter)
  if (number !== undefined) {
    const [digits, assign] = number
    assign(
      reader.fields,
      Number(
        takePattern(
          reader,
          letter,
          new RegExp(`${"ekl".includes(letter) ? " ?" : ""}(\\d{1,${digits}})`, "y"),
        ),
      ),
    )
    return
  }
  switch (letter) {
    case "%":
      return expectText(reader, "%")
    case "n":
    case "t":
      takePattern(reader, letter, /(\s)/y)
      return
    default:
      readSpecial(reader, letter)
  }
}

function readSpecial(reader: Reader, letter: string): void {
  const { fields } = reader
  switch (letter) {
    case "A":
    case "a":
      takeName(reader, letter, letter === "A" ? weekdays : weekdays.map(short))
      return
    case "B":
    case "b":
    case "h":
      fields.month = takeName(reader, letter, letter === "B" ? months : months.map(short)) + 1
      return
    case "f":
      fields.nanosecond = Number(takePattern(reader, letter, /(\d{1,9})/y).padEnd(9, "0"))
      return
    case "j":
      fields.month = 1
      fields.day = Number(takePattern(reader, letter, /(\d{1,3})/y))
      return
    case "p":
    case "P":
      fields.isPm = takePattern(reader, letter, /([AaPp][Mm])/y).toLowerCase() === "pm"
      return
    case "Z":
      takePattern(reader, letter, /([A-Za-z]+)/y)
      return
    case "z":
      fields.offset = offsetOf(
        takePattern(reader, letter, /(Z|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)/y),
      )
      return
    default:
      throw new MisfitTime(`unexpected format: "%${letter}"`)
  }
}

function short(name: string): string {
  return name.slice(0, 3)
}

function takePattern(reader: Reader, letter: string, pattern: RegExp): string {
  pattern.lastIndex = reader.at
  const found = pattern.exec(reader.text)
  if (found === null) throw new MisfitTime(`cannot parse %${letter}`)
  reader.at += found[0].length
  return found[1] ?? ""
}

function takeName(reader: Reader, letter: string, names: readonly string[]): number {
  const rest = reader.text.slice(reader.at, reader.at + 10).toLowerCase()
  const index = names.findIndex((name) => rest.startsWith(name.toLowerCase()))
  if (index < 0) throw new MisfitTime(`cannot parse %${letter}`)
  reader.at += (names[index] ?? "").length
  return index
}

function offsetOf(text: string): number {
  if (text === "Z") return 0
  const [hours = 0, minutes = 0, seconds = 0] = (text.match(/\d{2}/g) ?? []).map(Number)
  const size = hours * 3600 + minutes * 60 + seconds
  return text.startsWith("-") ? -size : size
}
