import { isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import { parseBase64 } from "../go/base64.js"
import { parseDate } from "../go/date.js"
import { utc } from "../go/time.js"
import { Fault } from "../issue.js"
import { durationOf, locationOf, timeOf } from "../values/time-types.js"
import { float32Type, type GoType, intType, pointerTo, stringType } from "../values/types.js"
import {
  type CallContext,
  GoFunc,
  GoMap,
  GoStruct,
  mapValue,
  Pointer,
  RawString,
  SizedNumber,
  TypedNil,
  tagged,
  typeOf,
  type Value,
} from "../values/value.js"
import { createTypeNames, type TypeNames } from "./type-names.js"

/** What functions of an environment do, by name. */
export type Implementations = {
  readonly [name: string]: (args: readonly Value[], context: CallContext) => Value
}

/** What methods the structs of an environment have, by the name of their type: signature and what it does. */
export type Methods = {
  readonly [type: string]: {
    readonly [name: string]: readonly [
      signature: string,
      call: (fields: ReadonlyMap<string, Value>, args: readonly Value[]) => Value,
    ]
  }
}

interface Decoder {
  readonly types: TypeNames
  readonly functions: Implementations
  readonly methods: Methods
}

/** Reads values that carry their Go types, as {@link encodeValue} writes them. Throws a `Fault` for what is none. */
export function createDecoder(
  functions: Implementations = {},
  methods: Methods = {},
): (value: JsonValue) => Value {
  const decoder = { types: createTypeNames(), functions, methods }
  return (value) => decode(decoder, value, "")
}

function text(value: JsonValue | undefined): string {
  if (typeof value === "string") return value
  throw new Fault(`expected a text, found ${JSON.stringify(value) ?? "nothing"}`)
}

function whole(value: JsonValue | undefined): bigint {
  const digits = text(value)
  if (!/^-?\d+$/.test(digits)) throw new Fault(`expected a whole number, found ${digits}`)
  return BigInt(digits)
}

function decode(decoder: Decoder, value: JsonValue, path: string): Value {
  if (Array.isArray(value))
    return value.map((item: JsonValue, at) => decode(decoder, item, `${path}[${at}]`))
  if (!isJsonObject(value)) return value
  const [tag = ""] = Object.keys(value)
  const found = tag.startsWith("$") ? decodeTagged(decoder, value, path) : undefined
  return found === undefined ? decodeMap(decoder, value, path) : found
}

function decodeMap(decoder: Decoder, value: JsonObject, path: string): Value {
  return mapValue(
    Object.entries(value).map(([key, item]) => {
      const place = path === "" ? key : `${path}.${key}`
      return [key, decode(decoder, item ?? null, place)] as const
    }),
  )
}

function decodeTagged(decoder: Decoder, value: JsonObject, path: string): Value | undefined {
  const { types } = decoder
  const inner = (item: JsonValue | undefined): Value => decode(decoder, item ?? null, path)
  const [tag = ""] = Object.keys(value)
  const type = typeof value["t"] === "string" ? types.named(value["t"]) : undefined
  switch (tag) {
    case "$int":
    case "$uint":
      return type === undefined ? whole(value[tag]) : new SizedNumber(type, whole(value[tag]))
    case "$float":
      return type === float32Type
        ? new SizedNumber(float32Type, Math.fround(Number(value["$float"])))
        : Number(value["$float"])
    case "$nan":
      return Number.NaN
    case "$inf":
      return Number(value["$inf"]) * Infinity
    case "$nil":
      return value["$nil"] === true ? null : new TypedNil(types.named(text(value["$nil"])))
    case "$time":
      return decodeTime(text(value["$time"]))
    case "$duration":
      return durationOf(whole(value["$duration"]))
    case "$bytes":
      return bytes(text(value["$bytes"]))
    case "$rawstring":
      return new RawString(bytes(text(value["$rawstring"])))
    case "$location":
      return locationOf({ ...utc, name: text(value["$location"]) })
    case "$func":
      return decodeFunction(decoder, text(value["$func"]), path)
    case "$ptr":
      return decodePointer(decoder, inner(value["$ptr"]))
    default:
      return type === undefined ? undefined : decodeTyped(decoder, { value, path, type })
  }
}

function bytes(encoded: string): Uint8Array {
  const found = parseBase64(encoded)
  if (typeof found === "number") throw new Fault(`no base64 at ${found}`)
  return found
}

function decodeTime(written: string): Value {
  const parsed = parseDate(written, "2006-01-02T15:04:05.999999999Z07:00", utc)
  if (typeof parsed === "string") throw new Fault(parsed)
  return timeOf(parsed.ns, utc)
}

interface Typed {
  readonly value: JsonObject
  readonly path: string
  readonly type: GoType
}

function decodeTyped(decoder: Decoder, { value, path, type }: Typed): Value | undefined {
  const { $array: items, $object: fields, $map: pairs, $struct: struct } = value
  if (Array.isArray(items)) {
    const list = items.map((item: JsonValue, at) => decode(decoder, item, `${path}[${at}]`))
    return tagged(list, type)
  }
  if (isJsonObject(fields)) {
    const entries = Object.entries(fields)
    return new GoMap(
      type,
      new Map(entries.map(([key, item]) => [key, decode(decoder, item ?? null, "")])),
    )
  }
  if (Array.isArray(pairs)) {
    const entries = pairs.map((pair: JsonValue) => {
      const [key = null, item = null] = Array.isArray(pair) ? (pair as readonly JsonValue[]) : []
      return [decode(decoder, key, ""), decode(decoder, item, "")] as const
    })
    return new GoMap(type, new Map(entries))
  }
  return isJsonObject(struct) ? decodeStruct(decoder, struct, { path, name: type.name }) : undefined
}

function decodeFunction({ types, functions }: Decoder, signature: string, path: string): Value {
  const name = path.slice(path.lastIndexOf(".") + 1)
  const call = Object.hasOwn(functions, name) ? functions[name] : undefined
  return new GoFunc(types.func(signature), call ?? (() => null))
}

function decodePointer({ types }: Decoder, target: Value): Value {
  const type = pointerTo(typeOf(target))
  const isUser = target instanceof GoStruct && target.type.name === "main.User"
  if (!isUser) return new Pointer(type, target, undefined)
  const signature = types.func("func() string")
  const name = target.fields.get("Name")
  const methods = new Map([["PtrMethod", new GoFunc(signature, () => `ptr ${String(name)}`)]])
  const known = new Map([...(type.methods ?? []), ["PtrMethod", signature] as const])
  return new Pointer({ ...type, methods: known }, target, methods)
}

interface Place {
  readonly path: string
  readonly name: string
}

/** The recorded `User`: `tag` renames a field for expressions, `Hidden` is kept from them, the last is private. */
function decodeUser(decoder: Decoder, given: JsonObject, path: string): Value {
  const field = (name: string): Value => decode(decoder, given[name] ?? null, `${path}.${name}`)
  const [name, age, tag, hidden, friend] = ["Name", "Age", "Tag", "Hidden", "Friend"].map(field)
  const seen: readonly (readonly [string, Value])[] = [
    ["Name", name ?? null],
    ["Age", age ?? null],
    ["Tag", tag ?? null],
    ["tag", tag ?? null],
    ["Friend", friend ?? null],
  ]
  const printed = [name, age, tag, hidden, friend, ""].map((value) => value ?? null)
  const types: [string, GoType][] = [
    ["Name", stringType],
    ["Age", intType],
    ["tag", stringType],
  ]
  const shape = { fields: new Map(seen), types, printed }
  const struct = structOf(decoder, "main.User", shape)
  // A user's friend is a user.
  const known = struct.type.fields as Map<string, GoType> | undefined
  known?.set("Friend", pointerTo(struct.type))
  return struct
}

function decodeStruct(decoder: Decoder, given: JsonObject, { path, name }: Place): Value {
  if (name === "main.User") return decodeUser(decoder, given, path)
  const fields = new Map(
    Object.entries(given).map(([key, item]) => [
      key,
      decode(decoder, item ?? null, `${path}.${key}`),
    ]),
  )
  const types = [...fields].map(([key, item]) => [key, typeOf(item)] as const)
  return structOf(decoder, name, { fields, types })
}

function structOf(
  { types, methods }: Decoder,
  name: string,
  shape: {
    readonly fields: ReadonlyMap<string, Value>
    readonly types: readonly (readonly [string, GoType])[]
    readonly printed?: readonly Value[]
  },
): GoStruct {
  const own = Object.entries(methods[name] ?? {})
  const type = types.struct(name, () => ({
    kind: "struct",
    name,
    fields: new Map(shape.types),
    methods: new Map(own.map(([key, [signature]]) => [key, types.func(signature)])),
  }))
  const bound = own.map(
    ([key, [signature, call]]) =>
      [key, new GoFunc(types.func(signature), (args) => call(shape.fields, args))] as const,
  )
  const { printed } = shape
  return new GoStruct(type, shape.fields, new Map(bound), printed && { printed })
}
