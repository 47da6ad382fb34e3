import { durationType, monthType, weekdayType } from "./time-types.js"
import {
  float32Type,
  type GoType,
  int8Type,
  int16Type,
  int32Type,
  int64Type,
  uint8Type,
  uint16Type,
  uint32Type,
  uint64Type,
  uintType,
} from "./types.js"
import { NamedInteger, SizedNumber, type Value } from "./value.js"

const keyPrefix = "\0go:"
const keyTypes: ReadonlyMap<string, GoType> = new Map(
  [
    int8Type,
    int16Type,
    int32Type,
    int64Type,
    uintType,
    uint8Type,
    uint16Type,
    uint32Type,
    uint64Type,
    float32Type,
  ].map((type) => [type.name, type]),
)

const namedTypes: ReadonlyMap<string, GoType> = new Map(
  [durationType, monthType, weekdayType].map((type) => [type.name, type]),
)

/** A value as a key of a `GoMap`: sized and named numbers have no identity of their own and are written as text. */
export function keyOfValue(value: Value): Value {
  return value instanceof SizedNumber || value instanceof NamedInteger
    ? `${keyPrefix}${value.type.name}:${String(value.value)}`
    : value
}

/** The value that a key of a `GoMap` stands for. */
export function valueOfKey(key: Value): Value {
  if (typeof key !== "string" || !key.startsWith(keyPrefix)) return key
  const [name = "", digits = "0"] = key.slice(keyPrefix.length).split(":")
  const named = namedTypes.get(name)
  if (named !== undefined) return new NamedInteger(named, BigInt(digits))
  const type = keyTypes.get(name)
  if (type === undefined) return key
  return new SizedNumber(type, type === float32Type ? Number(digits) : BigInt(digits))
}
