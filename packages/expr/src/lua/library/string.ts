import { goSprintf } from "../../go/printf.js"
import { int64Type } from "../../values/types.js"
import { SizedNumber, type Value } from "../../values/value.js"
import { toBytes, toText } from "../bytes.js"
import { ArgumentFault, raise } from "../fault.js"
import { index, textOf } from "../operators.js"
import { allMatches, findMatch, type Match, type Search } from "../pattern.js"
import { LuaTable } from "../table.js"
import {
  type Host,
  HostFunction,
  LuaClosure,
  type LuaValue,
  numberText,
  readNumber,
  typeName,
} from "../value.js"
import type { Functions } from "./library.js"
import { type Parameters, textAt, wholeAt } from "./parameters.js"

const textMax = 16_777_216

/** A place from the start, or from the end where it is negative, as an offset within the text. */
function offsetOf(text: string, place: number): number {
  const from = place < 0 ? text.length + place : place - 1
  return Math.min(Math.max(from, 0), text.length)
}

function sub(parameters: Parameters): string {
  const text = textAt(parameters, 1)
  const from = offsetOf(text, wholeAt(parameters, 2))
  const last = wholeAt(parameters, 3, -1)
  const to = last < 0 ? text.length + last + 1 : Math.min(last, text.length)
  return from < to ? text.slice(from, to) : ""
}

function bytes(parameters: Parameters): readonly LuaValue[] {
  const text = textAt(parameters, 1)
  const first = wholeAt(parameters, 2, 1)
  const last = wholeAt(parameters, 3, first)
  const from = first < 0 ? text.length + first : first - 1
  const to = last < 0 ? text.length + last + 1 : last
  const found = text.slice(Math.max(0, from), Math.max(0, Math.min(to, text.length)))
  return Array.from(found, (unit) => unit.charCodeAt(0))
}

function repeat(host: Host, parameters: Parameters): string {
  const text = textAt(parameters, 1)
  const count = Math.max(0, wholeAt(parameters, 2))
  if (text.length * count > textMax) return raise("the text is too long")
  host.allocate(text.length * count)
  return text.repeat(count)
}

function searchOf(parameters: Parameters): Search {
  return { text: textAt(parameters, 1), pattern: textAt(parameters, 2) }
}

function capturesOr({ start, end, captures }: Match, text: string): readonly LuaValue[] {
  return captures.length > 0 ? captures : [text.slice(start, end)]
}

function find(host: Host, parameters: Parameters): readonly LuaValue[] {
  const search = searchOf(parameters)
  const { text, pattern } = search
  // gopher-lua finds an empty pattern at the start, wherever it is sought.
  if (pattern === "") return [1, 0]
  const from = offsetOf(text, wholeAt(parameters, 3, 1))
  const isPlain = parameters[3] !== undefined && parameters[3] !== false
  if (isPlain) {
    const at = text.indexOf(pattern, from)
    return at < 0 ? [undefined] : [at + 1, at + pattern.length]
  }
  const match = findMatch(host, search, from)
  return match === undefined ? [undefined] : [match.start + 1, match.end, ...match.captures]
}

function match(host: Host, parameters: Parameters): readonly LuaValue[] {
  const search = searchOf(parameters)
  const from = offsetOf(search.text, wholeAt(parameters, 3, 1))
  const found = findMatch(host, search, from)
  // As upstream: no value at all, not nil.
  return found === undefined ? [] : capturesOr(found, search.text)
}

function gmatch(host: Host, parameters: Parameters): readonly LuaValue[] {
  const search = searchOf(parameters)
  const matches = allMatches(host, search)
  const next = (): readonly LuaValue[] => {
    const step = matches.next()
    return step.done === true ? [undefined] : capturesOr(step.value, search.text)
  }
  return [new HostFunction("gmatchIterator", next)]
}

type Replacer = (found: Match) => LuaValue

function replacerOf(host: Host, search: Search, value: LuaValue): Replacer {
  const { text } = search
  if (typeof value === "string") return (found) => expand(value, found, text)
  if (value instanceof LuaTable) return (found) => index(host, value, capturesOr(found, text)[0])
  if (value instanceof LuaClosure || value instanceof HostFunction) {
    return (found) => host.call(value, capturesOr(found, text))[0]
  }
  throw new ArgumentFault(3, `string or table or function expected, got ${typeName(value)}`)
}

/** Fills `%0` to `%9` in. */
function expand(template: string, found: Match, text: string): string {
  return template.replace(/%(.?)/gs, (_whole, letter: string) => {
    if (!/[0-9]/.test(letter)) return letter
    if (letter === "0") return text.slice(found.start, found.end)
    const capture = capturesOr(found, text)[Number(letter) - 1]
    if (capture === undefined) return raise("invalid capture index")
    return typeof capture === "number" ? numberText(capture) : String(capture)
  })
}

function gsub(host: Host, parameters: Parameters): readonly LuaValue[] {
  const search = searchOf(parameters)
  const replace = replacerOf(host, search, parameters[2])
  const limit = wholeAt(parameters, 4, -1)
  const parts: string[] = []
  let from = 0
  let count = 0
  const matches = allMatches(host, search, limit < 0 ? undefined : limit)
  for (const found of matches) {
    count++
    const whole = search.text.slice(found.start, found.end)
    const value = replace(found)
    const isKept = value === undefined || value === false
    if (!isKept && typeof value !== "string" && typeof value !== "number") {
      return raise(`invalid replacement value (a ${typeName(value)})`)
    }
    const text = isKept ? whole : typeof value === "number" ? numberText(value) : String(value)
    host.allocate(text.length)
    parts.push(search.text.slice(from, found.start), text)
    from = found.end
  }
  return [parts.join("") + search.text.slice(from), count]
}

const wholeVerbs = "bcdoxXU"
const floatVerbs = "eEfFgG"
const sizeMax = 1_000_000

function wholeNumber(value: number): Value {
  const bounded = Number.isFinite(value) ? Math.trunc(value) : -(2 ** 63)
  return new SizedNumber(int64Type, BigInt.asIntN(64, BigInt(bounded)))
}

/** A value as one verb of Go's `fmt` prints it. */
function formatted(host: Host, flags: string, verb: string, value: LuaValue): string {
  if (typeof value === "number") {
    if (verb === "q" || verb === "s") return goSprintf(`%${flags}${verb}`, [numberText(value)])
    const letter = verb === "i" ? "d" : verb
    const isWhole =
      wholeVerbs.includes(letter) || (!floatVerbs.includes(letter) && Number.isInteger(value))
    return goSprintf(`%${flags}${letter}`, [isWhole ? wholeNumber(value) : value])
  }
  if (typeof value === "string") {
    const isNumeral = verb === "d" || verb === "i"
    // Upstream prints a text that spells a number as text, and one that does not as 0.
    if (isNumeral && readNumber(value) === undefined)
      return goSprintf(`%${flags}d`, [wholeNumber(0)])
    return toBytes(goSprintf(`%${flags}${isNumeral ? "s" : verb}`, [toText(value)]))
  }
  if (verb === "t" && typeof value === "boolean") return goSprintf(`%${flags}t`, [value])
  return toBytes(goSprintf(`%${flags}${verb === "d" ? "v" : verb}`, [toText(textOf(host, value))]))
}

function format(host: Host, parameters: Parameters): string {
  const source = textAt(parameters, 1)
  host.spend(source.length / 4)
  let place = 1
  const parts: string[] = []
  let from = 0
  for (const directive of source.matchAll(/%([-+# 0]*)([0-9]*)(\.[0-9]*)?(.?)/gs)) {
    const [whole, flags = "", width = "", precision = "", verb = ""] = directive
    parts.push(source.slice(from, directive.index))
    from = directive.index + whole.length
    if (Number(width) > sizeMax || Number(precision.slice(1)) > sizeMax) {
      return raise("the width of a format is too large")
    }
    if (verb === "%") parts.push("%")
    else if (verb === "") parts.push("%!(NOVERB)")
    else if (place >= parameters.length) parts.push(`%!${verb}(MISSING)`)
    else parts.push(formatted(host, flags + width + precision, verb, parameters[place++]))
  }
  const text = parts.join("") + source.slice(from)
  host.allocate(text.length)
  return text
}

function characters(parameters: Parameters): string {
  return parameters.map((_, at) => String.fromCharCode(wholeAt(parameters, at + 1) & 255)).join("")
}

/** The functions of `string`, which are the methods of texts too. */
export const stringFunctions: Functions = {
  byte: (_host, parameters) => bytes(parameters),
  char: (_host, parameters) => [characters(parameters)],
  dump: () => raise("string.dump is not available to scripts"),
  find,
  format: (host, parameters) => [format(host, parameters)],
  gmatch,
  gsub,
  len: (_host, parameters) => [textAt(parameters, 1).length],
  lower: (_host, parameters) => [toBytes(toText(textAt(parameters, 1)).toLowerCase())],
  match,
  rep: (host, parameters) => [repeat(host, parameters)],
  reverse: (_host, parameters) => [Array.from(textAt(parameters, 1)).toReversed().join("")],
  sub: (_host, parameters) => [sub(parameters)],
  upper: (_host, parameters) => [toBytes(toText(textAt(parameters, 1)).toUpperCase())],
}
