/**
 * The values that expressions compute with, and their way to and from JSON.
 *
 * @packageDocumentation
 */
import type { EpochMs, JsonValue } from "@argo-ts/kernel"
import { goJson } from "../go/json.js"
import { utc } from "../go/time.js"
import { timeOf } from "./time-types.js"
import { type GoTime, isList, isPlainMap, mapValue, type Value } from "./value.js"

export {
  GoFunc,
  GoMap,
  GoStruct,
  GoTime,
  isNil,
  NamedInteger,
  Pointer,
  RawString,
  SizedNumber,
  Special,
  TypedNil,
  typeOf,
  type Value,
} from "./value.js"

/** An instant as a Go time in UTC: it can be compared with `now()` and subtracted from it. */
export function instantValue(at: EpochMs): GoTime {
  return timeOf(BigInt(at) * 1_000_000n, utc)
}

/** A value as plain JSON: ints become numbers, times RFC 3339 texts. Throws nothing; what JSON cannot write is null. */
export function fromValue(value: Value): JsonValue {
  if (
    value === null ||
    typeof value === "string" ||
    typeof value === "boolean" ||
    typeof value === "number"
  )
    return value
  if (typeof value === "bigint") return Number(value)
  if (isList(value)) return value.map(fromValue)
  if (isPlainMap(value)) {
    return mapValue(
      Object.entries(value).map(([key, item]) => [key, fromValue(item)] as const),
    ) as JsonValue
  }
  try {
    return JSON.parse(goJson(value)) as JsonValue
  } catch {
    return null
  }
}
