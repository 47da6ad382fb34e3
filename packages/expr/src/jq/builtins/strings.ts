import { byteLength, countPoints, isAscii } from "../../go/text.js"
import { indicesOf, wholeOf } from "../access.js"
import { operation, splitText } from "../arithmetic.js"
import { textOf, typePreview } from "../encode.js"
import { inapplicable, JqError, noArray } from "../fault.js"
import { grow, growText, type Machine, spend } from "../machine.js"
import { eachChild } from "../recurse.js"
import { isArray, isNumber, type JqValue } from "../value.js"
import { type Entry, ofInput, ofValues } from "./table.js"

type Change = (text: string, machine: Machine) => JqValue

/** A function of a text. */
function ofText(name: string, change: Change): Entry {
  return ofInput(name, (value, machine) => {
    if (typeof value !== "string") throw inapplicable(name, value)
    spend(machine, value.length / 8)
    return change(value, machine)
  })
}

/** A function of a text and another one. */
function ofTexts(name: string, change: (text: string, other: string) => JqValue): Entry {
  return ofValues(`${name}/1`, (value, [other = null], machine) => {
    if (typeof value !== "string" || typeof other !== "string") {
      throw inapplicable(name, value, [other])
    }
    spend(machine, value.length / 8)
    return change(value, other)
  })
}

function withoutPrefix(text: string, prefix: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : text
}

function withoutSuffix(text: string, suffix: string): string {
  return text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text
}

// Unicode's White_Space, as Go trims it.
const blanks = "[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+"
const leading = new RegExp(`^${blanks}`)
const trailing = new RegExp(`${blanks}$`)

function explode(text: string, machine: Machine): JqValue {
  grow(machine, text.length)
  return Array.from(text, (character) => {
    const point = character.codePointAt(0) ?? 0
    return point >= 0xd800 && point <= 0xdfff ? 0xfffd : point
  })
}

function implode(value: JqValue, machine: Machine): JqValue {
  if (!isArray(value)) throw inapplicable("implode", value)
  growText(machine, value.length)
  const characters = value.map((item) => {
    const point = isNumber(item) ? wholeOf(item) : -1
    if (point < 0 || point > 0x10_ffff) throw inapplicable("implode", value)
    return point >= 0xd800 && point <= 0xdfff ? "\ufffd" : String.fromCodePoint(point)
  })
  return characters.join("")
}

/** Where a text is found in another, in code points. */
function textIndices(text: string, part: string): number[] {
  const found: number[] = []
  if (part === "") return found
  const isPlain = isAscii(text)
  let points = 0
  let from = 0
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    points += isPlain ? at - from : countPoints(text.slice(from, at))
    from = at
    found.push(points)
  }
  return found
}

function found(value: JqValue, part: JqValue, machine: Machine): readonly number[] | null {
  if (value === null) return null
  if (typeof value === "string") {
    if (typeof part !== "string")
      throw new JqError(`expected a string but got: ${typePreview(part)}`)
    spend(machine, value.length)
    return textIndices(value, part)
  }
  if (!isArray(value)) throw noArray(value)
  spend(machine, value.length)
  return indicesOf(value, isArray(part) ? part : [part])
}

function indices(value: JqValue, part: JqValue, machine: Machine): JqValue {
  const all = found(value, part, machine)
  if (all !== null) grow(machine, all.length)
  return all
}

/** `join`: null is empty; numbers and booleans are written; all else does not add to a text. */
function join(value: JqValue, separator: JqValue, machine: Machine): JqValue {
  const add = operation("+", machine)
  let joined: JqValue = null
  eachChild(value, undefined, (item) => {
    spend(machine, 1)
    const isWritten = isNumber(item) || typeof item === "boolean"
    const before = joined === null ? "" : add(joined, separator)
    joined = add(before, item === null ? "" : isWritten ? textOf(item) : item)
    return true
  })
  return joined ?? ""
}

function lowered(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

function raised(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase())
}

/** Functions of texts. */
export const strings: readonly Entry[] = [
  ofText("utf8bytelength", (text) => byteLength(text)),
  ofText("ascii_downcase", lowered),
  ofText("ascii_upcase", raised),
  ofText("explode", explode),
  ofInput("implode", implode),
  ofText("ltrim", (text) => text.replace(leading, "")),
  ofText("rtrim", trimEnd),
  ofText("trim", (text) => trimEnd(text.replace(leading, ""))),
  ofTexts("startswith", (text, prefix) => text.startsWith(prefix)),
  ofTexts("endswith", (text, suffix) => text.endsWith(suffix)),
  ofTexts("ltrimstr", withoutPrefix),
  ofTexts("rtrimstr", withoutSuffix),
  ofTexts("trimstr", (text, part) =>
    part === "" ? text : withoutSuffix(withoutPrefix(text, part), part),
  ),
  ofValues("split/1", (value, [separator = null], machine) => {
    if (typeof value !== "string" || typeof separator !== "string") {
      throw inapplicable("split", value, [separator])
    }
    spend(machine, value.length / 8)
    return splitText(machine, value, separator)
  }),
  ofValues("join/1", (value, [separator = null], machine) => join(value, separator, machine)),
  ofValues("indices/1", (value, [part = null], machine) => indices(value, part, machine)),
  ofValues("index/1", (value, [part = null], machine) => found(value, part, machine)?.[0] ?? null),
  ofValues(
    "rindex/1",
    (value, [part = null], machine) => found(value, part, machine)?.at(-1) ?? null,
  ),
]

/** `$` after a run of blanks would look at every run; from the end it is one. */
function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && trailing.test(text[end - 1] ?? "")) end--
  return text.slice(0, end)
}
