import type { JsonValue } from "@argo-ts/kernel"
import { mapValue } from "../values/value.js"
import { itemsOf, type JsonType, membersOf, skipBlanks, typeOfRaw, unquote } from "./scan.js"

/** What a path found. */
export interface GjsonResult {
  readonly exists: boolean
  readonly type: JsonType
  /** The text of the value as the document has it. */
  readonly raw: string
  /** The value as text: strings unquoted, null empty, objects and arrays as they are written. */
  readonly string: string
  readonly value: JsonValue
  readonly number: number
}

/** What a path found that is not there. */
export const nothing: GjsonResult = {
  exists: false,
  type: "Null",
  raw: "",
  string: "",
  value: null,
  number: 0,
}

/** A raw value as a result. */
export function resultOf(text: string): GjsonResult {
  const raw = text.slice(skipBlanks(text, 0)).trimEnd()
  if (raw === "") return nothing
  const type = typeOfRaw(raw)
  return {
    exists: true,
    type,
    raw,
    string: stringOf(raw, type),
    value: valueOf(raw, 0),
    number: numberOf(raw, type),
  }
}

/** A text as gjson parses it: an object or a list takes everything to the end of the text with it. */
export function parsed(text: string): GjsonResult {
  const start = text.slice(skipBlanks(text, 0))
  if (!start.startsWith("{") && !start.startsWith("[")) return resultOf(text)
  return { ...resultOf(start), raw: start, string: start }
}

function stringOf(raw: string, type: JsonType): string {
  switch (type) {
    case "String":
      return unquote(raw)
    case "Number":
      return /^-?\d+$/.test(raw) ? raw : plainNumber(numberOf(raw, type))
    case "True":
      return "true"
    case "False":
      return "false"
    case "Null":
      return ""
    default:
      return raw
  }
}

/** A number without an exponent, as `strconv.FormatFloat(x, 'f', -1, 64)` writes it. */
export function plainNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN"
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf"
  const text = String(value)
  if (!text.includes("e")) return Object.is(value, -0) ? "-0" : text
  const [mantissa = "", exponent = "0"] = text.split("e")
  const sign = mantissa.startsWith("-") ? "-" : ""
  const [whole = "", fraction = ""] = mantissa.replace("-", "").split(".")
  const power = Number(exponent)
  if (power >= 0) return `${sign}${(whole + fraction).padEnd(whole.length + power, "0")}`
  return `${sign}0.${"0".repeat(-power - whole.length)}${whole}${fraction}`
}

function numberOf(raw: string, type: JsonType): number {
  if (type === "True") return 1
  const text = type === "String" ? unquote(raw) : raw
  if (type !== "Number" && type !== "String") return 0
  const value = Number(text.trim() === "" ? "0" : text)
  return Number.isNaN(value) && text.toLowerCase() !== "nan" ? 0 : value
}

/** A raw value as JSON. */
export function valueOf(raw: string, depth: number): JsonValue {
  const type = typeOfRaw(raw)
  switch (type) {
    case "String":
      return unquote(raw)
    case "Number":
      return numberOf(raw, type)
    case "True":
      return true
    case "False":
      return false
    case "Null":
      return null
    default:
      if (depth > 500) return null
      if (raw.startsWith("[")) return itemsOf(raw).map((item) => valueOf(item, depth + 1))
      return mapValue(
        membersOf(raw).map(({ key, raw: inner }) => [key, valueOf(inner, depth + 1)] as const),
      ) as JsonValue
  }
}
