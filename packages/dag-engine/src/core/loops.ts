import {
  compareText,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  recordOf,
} from "@argo-ts/kernel"
import type { CompiledLoop } from "./compile-types.js"
import type { Rendered, Scope } from "./languages.js"

/** One element that a loop runs over. */
export interface Item {
  readonly index: number
  readonly value: JsonValue
}

/** A value as `{{item}}` inserts it: strings as they are, everything else as JSON, a map by its sorted keys. */
export function itemText(value: JsonValue): string {
  if (typeof value === "string") return value
  return JSON.stringify(isJsonObject(value) ? sorted(value) : value)
}

function sorted(map: JsonObject): JsonObject {
  return recordOf(
    Object.keys(map)
      .sort(compareText)
      .map((key) => [key, map[key] as JsonValue] as const),
  )
}

/** A value that the specification holds: every map in it by its sorted keys, as the API server keeps them. */
export function inKeyOrder(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(inKeyOrder)
  if (!isJsonObject(value)) return value
  const entries = Object.entries(sorted(value)).map(
    ([key, inner]) => [key, inKeyOrder(inner)] as const,
  )
  return recordOf(entries)
}

/** `{{item.key}}`. */
export function itemField(value: JsonValue, key: string): JsonValue | undefined {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

/** The item as its node's name shows it: `(0:x)`, `(1:k:v,l:w)`; parentheses removed. */
export function itemSuffix(item: Item): string {
  return `(${item.index}:${describe(item.value).replace(/[()]/g, "")})`
}

function describe(value: JsonValue): string {
  if (isJsonObject(value)) {
    // The pairs are sorted, not the keys: `a1:x` stands before `a:x`.
    return Object.keys(value)
      .map((key) => `${key}:${shown(value[key] as JsonValue)}`)
      .sort(compareText)
      .join(",")
  }
  return Array.isArray(value) ? `[${value.map(shown).join(" ")}]` : shown(value)
}

/** A text shows as JSON writes it between its quotes: a line break in an item is none in a name. */
function shown(value: JsonValue): string {
  const text = JSON.stringify(value)
  return typeof value === "string" ? text.slice(1, -1) : text
}

/** A value inside an item: its maps are as they were written. */
export function plainText(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value)
}

const itemsMax = 1_000_000

/** The items of a loop, with the tags in its own fields replaced. */
export function expandLoop(loop: CompiledLoop, scope: Scope): Rendered<readonly JsonValue[]> {
  const rendered = loop.text.render(scope, () => true)
  if (!rendered.ok) return rendered
  if (loop.kind === "items") return { ok: true, value: rendered.value as readonly JsonValue[] }
  if (loop.kind === "param") return parseItems(rendered.value as string)
  return expandSequence(rendered.value as { readonly [key: string]: JsonValue })
}

function parseItems(text: string): Rendered<readonly JsonValue[]> {
  let value: unknown
  try {
    value = JSON.parse(text.trim())
  } catch {
    value = undefined
  }
  if (Array.isArray(value)) return { ok: true, value }
  const shown = text.length > 100 ? `${text.slice(0, 100)}…` : text
  return { ok: false, message: `withParam value could not be parsed as a JSON list: ${shown}` }
}

function expandSequence(sequence: {
  readonly [key: string]: JsonValue
}): Rendered<readonly JsonValue[]> {
  const start = integerOf(sequence["start"] ?? 0)
  const count = sequence["count"] === undefined ? undefined : integerOf(sequence["count"])
  const end = count === undefined ? integerOf(sequence["end"] ?? 0) : (start ?? 0) + count - 1
  if (start === undefined || end === undefined || (count === undefined && "count" in sequence)) {
    return {
      ok: false,
      message: `withSequence needs whole numbers, found ${JSON.stringify(sequence)}`,
    }
  }
  if (count !== undefined && count <= 0) return { ok: true, value: [] }
  if (Math.abs(end - start) >= itemsMax) {
    return { ok: false, message: `withSequence would make more than ${itemsMax} items` }
  }
  const format = sequence["format"] === undefined ? "%d" : String(sequence["format"])
  const items: string[] = []
  const step = start <= end ? 1 : -1
  for (let number = start; number !== end + step; number += step) {
    items.push(formatNumber(format, number))
  }
  return { ok: true, value: items }
}

function integerOf(value: JsonValue): number | undefined {
  const number = typeof value === "number" ? value : Number(String(value).trim() || Number.NaN)
  return Number.isSafeInteger(number) ? number : undefined
}

/** `%d`, `%x`, `%X`, `%o`, `%b`, `%c`, `%q` with flags and width, as Go's printf writes one integer. */
function formatNumber(format: string, number: number): string {
  return format.replace(
    /%([-+0 ]*)(\d*)([dxXobcv%])/g,
    (_all, flags: string, width: string, verb: string) => {
      if (verb === "%") return "%"
      const digits = digitsOf(Math.abs(number), verb)
      const sign = number < 0 ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : ""
      const size = Number(width)
      if (flags.includes("-")) return (sign + digits).padEnd(size)
      return flags.includes("0")
        ? sign + digits.padStart(size - sign.length, "0")
        : (sign + digits).padStart(size)
    },
  )
}

function digitsOf(number: number, verb: string): string {
  if (verb === "x") return number.toString(16)
  if (verb === "X") return number.toString(16).toUpperCase()
  if (verb === "o") return number.toString(8)
  if (verb === "b") return number.toString(2)
  return verb === "c" ? String.fromCodePoint(Math.min(number, 0x10ffff)) : String(number)
}
