import {
  compareText,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  recordOf,
} from "@argo-ts/kernel"
import type { CompiledLoop } from "./compile-types.js"
import { compact, escapeHtml, hasOddNumber, marshal, partsOf } from "./go-json.js"
import type { Rendered, Scope } from "./languages.js"

/** A value that a loop runs over. */
export interface LoopValue {
  readonly value: JsonValue
  /** It as compact JSON, where its numbers are not written as JavaScript writes them. */
  readonly written: string | undefined
}

/** One element that a loop runs over. */
export interface Item extends LoopValue {
  readonly index: number
}

/** A value as `{{item}}` inserts it: strings as they are, everything else as JSON, a map by its sorted keys. */
export function itemText({ value, written }: LoopValue): string {
  if (typeof value === "string") return value
  if (written === undefined) return marshal(isJsonObject(value) ? sorted(value) : value)
  if (!isJsonObject(value)) return escapeHtml(written)
  const members = partsOf(written).toSorted(([left], [right]) => compareText(left, right))
  return escapeHtml(`{${members.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(",")}}`)
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

/** True where `{{item.key}}` stands for something. */
export function hasField({ value }: LoopValue, key: string): boolean {
  return isJsonObject(value) && Object.hasOwn(value, key)
}

/** `{{item.key}}`: a text as it is, everything else as JSON, its maps as they were written. */
export function itemField({ value, written }: LoopValue, key: string): string | undefined {
  if (!isJsonObject(value) || !Object.hasOwn(value, key)) return undefined
  const field = value[key] as JsonValue
  if (typeof field === "string") return field
  const text = written === undefined ? undefined : partsOf(written).find(([name]) => name === key)
  return text?.[1] ?? JSON.stringify(field)
}

/** The item as its node's name shows it: `(0:x)`, `(1:k:v,l:w)`; parentheses removed. */
export function itemSuffix(item: Item): string {
  return `(${item.index}:${describe(item).replace(/[()]/g, "")})`
}

function describe({ value, written }: LoopValue): string {
  if (isJsonObject(value)) {
    // The pairs are sorted, not the keys: `a1:x` stands before `a:x`.
    const pairs =
      written === undefined
        ? Object.keys(value).map((key) => `${key}:${shown(JSON.stringify(value[key]))}`)
        : partsOf(written).map(([key, text]) => `${key}:${shown(text)}`)
    return pairs.sort(compareText).join(",")
  }
  if (!Array.isArray(value)) return shown(written ?? JSON.stringify(value))
  const elements =
    written === undefined ? value.map((each) => JSON.stringify(each)) : textsIn(written)
  return `[${elements.map(shown).join(" ")}]`
}

function textsIn(list: string): readonly string[] {
  return partsOf(list).map(([, text]) => text)
}

/** A text shows as JSON writes it between its quotes: a line break in an item is none in a name. */
function shown(json: string): string {
  return json.startsWith('"') ? json.slice(1, -1) : json
}

const itemsMax = 1_000_000

/** The items of a loop, with the tags in its own fields replaced. */
export function expandLoop(loop: CompiledLoop, scope: Scope): Rendered<readonly LoopValue[]> {
  const rendered = loop.text.render(scope, () => true)
  if (!rendered.ok) return rendered
  if (loop.kind === "items") {
    const values = rendered.value as readonly JsonValue[]
    return { ok: true, value: values.map((value) => ({ value, written: undefined })) }
  }
  if (loop.kind === "param") return parseItems(rendered.value as string)
  return expandSequence(rendered.value as { readonly [key: string]: JsonValue })
}

function parseItems(text: string): Rendered<readonly LoopValue[]> {
  let value: unknown
  try {
    value = JSON.parse(text.trim())
  } catch {
    value = undefined
  }
  if (Array.isArray(value)) return { ok: true, value: loopValues(value, text) }
  const shown = text.length > 100 ? `${text.slice(0, 100)}…` : text
  return { ok: false, message: `withParam value could not be parsed as a JSON list: ${shown}` }
}

function loopValues(values: readonly JsonValue[], text: string): readonly LoopValue[] {
  if (!hasOddNumber(text)) return values.map((value) => ({ value, written: undefined }))
  const written = textsIn(compact(text))
  return values.map((value, index) => ({ value, written: written[index] as string }))
}

function expandSequence(sequence: {
  readonly [key: string]: JsonValue
}): Rendered<readonly LoopValue[]> {
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
  const items: LoopValue[] = []
  const step = start <= end ? 1 : -1
  for (let number = start; number !== end + step; number += step) {
    items.push({ value: formatNumber(format, number), written: undefined })
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
