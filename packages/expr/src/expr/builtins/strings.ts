import { utf8Bytes } from "@argo-ts/kernel"
import { byteLength, decodeLossy } from "../../go/text.js"
import { stringSlice } from "../../values/types.js"
import { isList, RawString, TypedNil, tagged, typeOf, type Value } from "../../values/value.js"
import { failAt, toInt } from "../operators.js"
import { type Builtin, notAssertable } from "./builtin.js"

/** A string argument as text; raw bytes lose what is not UTF-8. */
export function textArgument(args: readonly Value[], index: number, at: number): string {
  const value = args[index]
  if (typeof value === "string") return value
  if (value instanceof RawString) return decodeLossy(value.bytes)
  if (value === undefined) return failAt("not enough arguments", at)
  return notAssertable(value, "string", at)
}

/** An int argument; absent gives undefined. */
export function intArgument(args: readonly Value[], index: number, at: number): number | undefined {
  const value = args[index]
  if (value === undefined) return undefined
  return Number(toInt(value, at))
}

const goSpace =
  "[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+"
const leading = new RegExp(`^${goSpace}`)
const trailing = new RegExp(`${goSpace}$`)

function trim(args: readonly Value[], at: number): Value {
  const text = textArgument(args, 0, at)
  if (args.length < 2) return trimSpace(text)
  const set = new Set(textArgument(args, 1, at))
  const points = [...text]
  let start = 0
  let end = points.length
  while (start < end && set.has(points[start] as string)) start++
  while (end > start && set.has(points[end - 1] as string)) end--
  return points.slice(start, end).join("")
}

/** `strings.TrimSpace`. */
export function trimSpace(text: string): string {
  const cut = text.replace(leading, "")
  let end = cut.length
  while (end > 0 && trailing.test(cut[end - 1] as string)) end--
  return cut.slice(0, end)
}

/** `strings.SplitN` / `SplitAfterN`: undefined for n = 0, which gives nil. */
export function splitText(
  text: string,
  separator: string,
  limit: number,
  keep: boolean,
): string[] | undefined {
  if (limit === 0) return undefined
  const pieces: string[] = []
  if (separator === "") {
    const points = [...text]
    const whole = limit < 0 || points.length <= limit ? points.length : limit - 1
    pieces.push(...points.slice(0, whole))
    if (whole < points.length) pieces.push(points.slice(whole).join(""))
    return pieces
  }
  let start = 0
  while (limit < 0 || pieces.length < limit - 1) {
    const found = text.indexOf(separator, start)
    if (found < 0) break
    pieces.push(text.slice(start, found + (keep ? separator.length : 0)))
    start = found + separator.length
  }
  pieces.push(text.slice(start))
  return pieces
}

function split(keep: boolean): Builtin {
  return (args, frame, at) => {
    const limit = intArgument(args, 2, at) ?? -1
    const pieces = splitText(textArgument(args, 0, at), textArgument(args, 1, at), limit, keep)
    if (pieces === undefined) return new TypedNil(stringSlice)
    frame.step(pieces.length)
    return tagged(pieces, stringSlice)
  }
}

/** `strings.Replace`. */
export function replaceText(text: string, old: string, replacement: string, limit: number): string {
  if (limit === 0 || old === replacement) return text
  if (old !== "") {
    const pieces = splitText(text, old, limit < 0 ? -1 : limit + 1, false) as string[]
    return pieces.join(replacement)
  }
  let out = ""
  let count = 0
  const points = [...text]
  for (let index = 0; index <= points.length; index++) {
    if (limit < 0 || count < limit) out += replacement
    count++
    out += points[index] ?? ""
  }
  return out
}

function repeat(args: readonly Value[], at: number, charge: (units: number) => void): Value {
  const text = textArgument(args, 0, at)
  const count = intArgument(args, 1, at) ?? 0
  if (count < 0)
    return failAt(`invalid argument for repeat (expected positive integer, got ${count})`, at)
  if (count > 1_000_000) charge(Number.POSITIVE_INFINITY)
  charge(byteLength(text) * count)
  return text.repeat(count)
}

function join(args: readonly Value[], at: number): Value {
  const glue = args.length > 1 ? textArgument(args, 1, at) : ""
  const items = args[0]
  if (items instanceof TypedNil) return ""
  if (items === undefined || !isList(items)) {
    return failAt(`invalid argument for join (type ${typeOf(items ?? null).name})`, at)
  }
  return items.map((_, index) => textArgument(items, index, at)).join(glue)
}

function byteIndex(text: string, index: number): Value {
  return index < 0 ? -1n : BigInt(utf8Bytes(text.slice(0, index)).length)
}

const upper = new Map([
  ["ß", "ß"],
  ["ŉ", "ŉ"],
  ["ǰ", "ǰ"],
  ["ΐ", "ΐ"],
  ["ΰ", "ΰ"],
  ["և", "և"],
])

/** Upper case per code point, as Go maps it: no letter becomes two. */
export function goUpper(text: string): string {
  if (!/[^\0-\x7f]/.test(text)) return text.toUpperCase()
  return [...text].map((char) => upper.get(char) ?? single(char, char.toUpperCase())).join("")
}

/** Lower case per code point, as Go maps it. */
export function goLower(text: string): string {
  if (!/[^\0-\x7f]/.test(text)) return text.toLowerCase()
  return [...text].map((char) => (char === "İ" ? "i" : single(char, char.toLowerCase()))).join("")
}

function single(char: string, mapped: string): string {
  return [...mapped].length === 1 ? mapped : char
}

function prefixed(name: "startsWith" | "endsWith"): Builtin {
  return (args, _frame, at) => textArgument(args, 0, at)[name](textArgument(args, 1, at))
}

/** The built-ins about text. */
export const stringBuiltins: readonly (readonly [string, Builtin])[] = [
  ["trim", (args, _frame, at) => trim(args, at)],
  [
    "trimPrefix",
    (args, _frame, at) => {
      const text = textArgument(args, 0, at)
      const prefix = args.length > 1 ? textArgument(args, 1, at) : " "
      return text.startsWith(prefix) ? text.slice(prefix.length) : text
    },
  ],
  [
    "trimSuffix",
    (args, _frame, at) => {
      const text = textArgument(args, 0, at)
      const suffix = args.length > 1 ? textArgument(args, 1, at) : " "
      return text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text
    },
  ],
  ["upper", (args, _frame, at) => goUpper(textArgument(args, 0, at))],
  ["lower", (args, _frame, at) => goLower(textArgument(args, 0, at))],
  ["split", split(false)],
  ["splitAfter", split(true)],
  [
    "replace",
    (args, _frame, at) => {
      const limit = intArgument(args, 3, at) ?? -1
      return replaceText(
        textArgument(args, 0, at),
        textArgument(args, 1, at),
        textArgument(args, 2, at),
        limit,
      )
    },
  ],
  ["repeat", (args, frame, at) => repeat(args, at, (units) => frame.charge(units))],
  ["join", (args, _frame, at) => join(args, at)],
  [
    "indexOf",
    (args, _frame, at) => {
      const text = textArgument(args, 0, at)
      return byteIndex(text, text.indexOf(textArgument(args, 1, at)))
    },
  ],
  [
    "lastIndexOf",
    (args, _frame, at) => {
      const text = textArgument(args, 0, at)
      return byteIndex(text, text.lastIndexOf(textArgument(args, 1, at)))
    },
  ],
  ["hasPrefix", prefixed("startsWith")],
  ["hasSuffix", prefixed("endsWith")],
]
