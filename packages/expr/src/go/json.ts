import { Fault } from "../issue.js"
import {
  GoFunc,
  GoMap,
  GoStruct,
  GoTime,
  isList,
  isPlainMap,
  NamedInteger,
  Pointer,
  RawString,
  SizedNumber,
  Special,
  TypedNil,
  typeOf,
  type Value,
} from "../values/value.js"
import { base64 } from "./base64.js"
import { compareUtf8, decodeLossy, goJsonString } from "./text.js"
import { formatRfc3339Nano } from "./time.js"

/** Go's `json.Marshal`, compact, keys sorted. Throws a `Fault` for what JSON cannot write. */
export function goJson(value: Value): string {
  return write(value, "", "")
}

/** Go's `json.MarshalIndent` with two blanks. */
export function goJsonIndented(value: Value): string {
  return write(value, "\n", "  ")
}

/** A float as Go writes it in JSON. */
export function goJsonFloat(value: number): string {
  if (!Number.isFinite(value)) {
    const text = Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf"
    throw new Fault(`json: unsupported value: ${text}`)
  }
  return Object.is(value, -0) ? "-0" : String(value)
}

function write(value: Value, newline: string, unit: string): string {
  switch (typeof value) {
    case "string":
      return goJsonString(value)
    case "number":
      return goJsonFloat(value)
    case "boolean":
      return value ? "true" : "false"
    case "bigint":
      return String(value)
    default:
      break
  }
  if (value === null || value === undefined || typeof value === "function") return "null"
  if (value instanceof Uint8Array) return `"${base64(value)}"`
  if (isList(value)) return writeList(value, newline, unit)
  if (value instanceof Special) return writeSpecial(value, newline, unit)
  return isPlainMap(value) ? writeEntries(Object.entries(value), newline, unit) : "null"
}

function writeList(items: readonly Value[], newline: string, unit: string): string {
  if (items.length === 0) return "[]"
  const inner = newline + unit
  const written = items.map((item) => inner + write(item, inner, unit))
  return `[${written.join(",")}${newline}]`
}

function writeEntries(
  entries: (readonly [string, Value])[],
  newline: string,
  unit: string,
): string {
  if (entries.length === 0) return "{}"
  const inner = newline + unit
  const colon = unit === "" ? ":" : ": "
  const written = entries
    .toSorted(([a], [b]) => compareUtf8(a, b))
    .map(([key, item]) => `${inner}${goJsonString(key)}${colon}${write(item, inner, unit)}`)
  return `{${written.join(",")}${newline}}`
}

function writeSpecial(value: Special, newline: string, unit: string): string {
  if (value instanceof SizedNumber) {
    return typeof value.value === "number" ? goJsonFloat32(value.value) : String(value.value)
  }
  if (value instanceof NamedInteger) return String(value.value)
  if (value instanceof RawString) return goJsonString(decodeLossy(value.bytes))
  if (value instanceof TypedNil) return "null"
  if (value instanceof GoTime) return `"${formatRfc3339Nano(value)}"`
  if (value instanceof Pointer) return write(value.target, newline, unit)
  if (value instanceof GoStruct) {
    return value.json === undefined
      ? writeEntries([...value.fields], newline, unit)
      : write(value.json, newline, unit)
  }
  if (value instanceof GoMap) {
    const kind = value.type.key?.kind
    if (kind === "any") throw new Fault(`json: unsupported type: ${value.type.name}`)
    const entries = [...value.entries].map(([key, item]) => [String(key), item] as const)
    return writeEntries(entries, newline, unit)
  }
  if (value instanceof GoFunc) throw new Fault(`json: unsupported type: ${value.type.name}`)
  return typeOf(value).name.endsWith("Location") ? "{}" : "null"
}

function goJsonFloat32(value: number): string {
  for (let digits = 1; digits <= 9; digits++) {
    const text = Number(value.toPrecision(digits))
    if (Math.fround(text) === value) return goJsonFloat(text)
  }
  return goJsonFloat(value)
}
