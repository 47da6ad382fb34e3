import { base64, parseBase64 } from "../../dist/go/base64.js"
import { parseDate } from "../../dist/go/date.js"
import { formatGoDuration } from "../../dist/go/duration.js"
import { formatGoFloat, formatGoFloat32 } from "../../dist/go/number.js"
import { formatGoTime, formatRfc3339Nano, utc } from "../../dist/go/time.js"
import { valueOfKey } from "../../dist/values/keys.js"
import { durationOf, locationOf, timeOf } from "../../dist/values/time-types.js"
import * as T from "../../dist/values/types.js"
import {
  GoFunc,
  GoLocation,
  GoMap,
  GoStruct,
  GoTime,
  NamedInteger,
  Pointer,
  RawString,
  SizedNumber,
  TypedNil,
  tagged,
  typeOf,
  typeOfArray,
} from "../../dist/values/value.js"

const basics = new Map(
  [
    T.anyType,
    T.stringType,
    T.boolType,
    T.intType,
    T.int8Type,
    T.int16Type,
    T.int32Type,
    T.int64Type,
    T.uintType,
    T.uint8Type,
    T.uint16Type,
    T.uint32Type,
    T.uint64Type,
    T.float32Type,
    T.float64Type,
  ].map((type) => [type.name, type]),
)
const structs = new Map()

/** A type by its Go name. */
export function typeNamed(name) {
  const known = basics.get(name) ?? structs.get(name)
  if (known !== undefined) return known
  if (name.startsWith("[]")) return T.sliceOf(typeNamed(name.slice(2)))
  if (name.startsWith("*")) return T.pointerTo(typeNamed(name.slice(1)))
  const map = /^map\[([^\]]*)\](.*)$/.exec(name)
  if (map !== null) return T.mapOf(typeNamed(map[1]), typeNamed(map[2]))
  return {
    kind: "struct",
    name,
    get fields() {
      return structs.get(name)?.fields
    },
    get methods() {
      return structs.get(name)?.methods
    },
  }
}

/** A golden's encoded value as ours. `functions` gives implementations by path. */
export function decode(value, functions = {}, path = "") {
  if (value === null || typeof value !== "object") return typeof value === "number" ? value : value
  if (Array.isArray(value))
    return value.map((item, index) => decode(item, functions, `${path}[${index}]`))
  const [tag] = Object.keys(value)
  switch (tag) {
    case "$int":
    case "$uint":
      return value.t === undefined
        ? BigInt(value[tag])
        : new SizedNumber(typeNamed(value.t), BigInt(value[tag]))
    case "$float":
      return value.t === "float32"
        ? new SizedNumber(T.float32Type, Math.fround(Number(value.$float)))
        : Number(value.$float)
    case "$nan":
      return Number.NaN
    case "$inf":
      return value.$inf * Infinity
    case "$nil":
      return value.$nil === true ? null : new TypedNil(typeNamed(value.$nil))
    case "$time": {
      const parsed = parseDate(value.$time, "2006-01-02T15:04:05.999999999Z07:00", utc)
      return timeOf(parsed.ns, utc)
    }
    case "$duration":
      return durationOf(BigInt(value.$duration))
    case "$bytes":
      return parseBase64(value.$bytes)
    case "$array":
      return tagged(
        value.$array.map((item, index) => decode(item, functions, `${path}[${index}]`)),
        typeNamed(value.t),
      )
    case "$object":
      return new GoMap(
        typeNamed(value.t),
        new Map(Object.entries(value.$object).map(([k, v]) => [k, decode(v)])),
      )
    case "$map":
      return new GoMap(
        typeNamed(value.t),
        new Map(value.$map.map(([k, v]) => [decode(k), decode(v)])),
      )
    case "$ptr": {
      const target = decode(value.$ptr, functions, path)
      const name = target instanceof GoStruct ? target.fields.get("Name") : undefined
      const methods = new Map([["PtrMethod", new GoFunc(ptrMethod, () => `ptr ${name}`)]])
      return new Pointer(
        userPointer(typeOf(target)),
        target,
        name === undefined ? undefined : methods,
      )
    }
    case "$struct":
      return decodeStruct(value, functions, path)
    case "$func":
      return decodeFunction(value.$func, functions[path.split(".").at(-1)])
    case "$location":
      return locationOf({ ...utc, name: value.$location })
    default: {
      const out = Object.create(null)
      for (const [key, item] of Object.entries(value))
        out[key] = decode(item, functions, path === "" ? key : `${path}.${key}`)
      return out
    }
  }
}

const ptrMethod = functionTypeOf("func() string")
function userPointer(type) {
  const pointer = T.pointerTo(type)
  if (type.name !== "main.User") return pointer
  return { ...pointer, methods: new Map([...(type.methods ?? []), ["PtrMethod", ptrMethod]]) }
}
function functionTypeOf() {
  return T.funcOf({ params: [], results: [T.stringType] })
}

function splitTypes(text) {
  const parts = []
  let depth = 0
  let start = 0
  for (let at = 0; at <= text.length; at++) {
    const char = text[at]
    if (char === "(" || char === "[" || char === "{") depth++
    else if (char === ")" || char === "]" || char === "}") depth--
    else if ((char === "," && depth === 0) || at === text.length) {
      parts.push(text.slice(start, at).trim())
      start = at + 1
    }
  }
  return parts.filter((part) => part !== "")
}

/** The type of a Go function as it is printed. */
export function functionType(signature) {
  const close = matching(signature, 4)
  const written = splitTypes(signature.slice(5, close))
  const variadic = written.at(-1)?.startsWith("...") === true
  const params = written.map((name) => typeNamed(name.replace("...", "")))
  const tail = signature.slice(close + 1).trim()
  const results =
    tail === ""
      ? []
      : splitTypes(tail.startsWith("(") ? tail.slice(1, -1) : tail).map((name) =>
          name === "error" ? T.errorType : typeNamed(name),
        )
  return T.funcOf({ params, results, variadic })
}

function matching(text, at) {
  let depth = 0
  for (let index = at; index < text.length; index++) {
    if (text[index] === "(") depth++
    else if (text[index] === ")" && --depth === 0) return index
  }
  return text.length
}

function decodeFunction(signature, call = () => null) {
  return new GoFunc(functionType(signature), call)
}

const methodsOfStructs = {
  "main.Foo": {
    String: ["func() string", () => "foo"],
    Qux: ["func(string) string", (fields, [s]) => fields.get("Bar") + s],
  },
  "main.FuzzFoo": {
    String: ["func() string", () => "foo"],
    Qux: ["func(string) string", (fields, [s]) => fields.get("Bar") + s],
  },
  "main.User": {
    Hello: ["func(string) string", (fields, [x]) => `hello ${x} from ${fields.get("Name")}`],
  },
}

function decodeStruct(value, functions, path) {
  const given = { ...value.$struct }
  if (value.t === "main.User") {
    const friend = given.Friend
    const ordered = {
      Name: given.Name,
      Age: given.Age,
      Tag: given.Tag,
      tag: given.Tag,
      Friend: friend,
    }
    const fields = new Map(
      Object.entries(ordered).map(([key, item]) => [
        key,
        decode(item, functions, `${path}.${key}`),
      ]),
    )
    return structOf(value.t, fields, {
      Name: T.stringType,
      Age: T.intType,
      tag: T.stringType,
      Friend: T.pointerTo({ kind: "struct", name: "main.User" }),
    })
  }
  const fields = new Map(
    Object.entries(given).map(([key, item]) => [key, decode(item, functions, `${path}.${key}`)]),
  )
  return structOf(
    value.t,
    fields,
    Object.fromEntries([...fields].map(([key, item]) => [key, typeOf(item)])),
  )
}

function structOf(name, fields, types) {
  let type = structs.get(name)
  const methods = methodsOfStructs[name] ?? {}
  if (type === undefined) {
    const methodTypes = new Map(
      Object.entries(methods).map(([key, [signature]]) => [key, functionType(signature)]),
    )
    type = { kind: "struct", name, fields: new Map(Object.entries(types)), methods: methodTypes }
    structs.set(name, type)
  }
  const bound = new Map(
    Object.entries(methods).map(([key, [signature, call]]) => [
      key,
      new GoFunc(functionType(signature), (args) => call(fields, args)),
    ]),
  )
  return new GoStruct(type, fields, bound)
}

/** A value of ours as the goldens write it. */
export function encode(value) {
  if (value === null || value === undefined) return { $nil: true }
  if (typeof value === "bigint") return { $int: String(value) }
  if (typeof value === "number") return encodeFloat(value)
  if (typeof value !== "object") return value
  if (value instanceof Uint8Array) return { $bytes: base64(value) }
  if (Array.isArray(value)) return encodeList(value)
  if (value instanceof SizedNumber) {
    const { name } = value.type
    if (name === "float32") return { $float: formatGoFloat32(value.value), t: name }
    return { [name.startsWith("u") ? "$uint" : "$int"]: String(value.value), t: name }
  }
  if (value instanceof NamedInteger) {
    if (value.type.name === "time.Duration")
      return { $duration: String(value.value), s: formatGoDuration(value.value) }
    return { $int: String(value.value), t: value.type.name }
  }
  if (value instanceof GoTime)
    return { $time: formatRfc3339Nano(value), loc: value.zone.name, s: formatGoTime(value) }
  if (value instanceof TypedNil) return { $nil: value.type.name }
  if (value instanceof GoFunc) return { $func: value.type.name }
  if (value instanceof GoLocation) return { $location: value.zone.name }
  if (value instanceof RawString) return { $rawstring: base64(value.bytes) }
  if (value instanceof Pointer) return { $ptr: encode(value.target), t: value.type.name }
  if (value instanceof GoStruct) return encodeStruct(value)
  if (value instanceof GoMap) return encodeMap(value)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encode(item)]))
}

function encodeFloat(value) {
  if (Number.isNaN(value)) return { $nan: true }
  if (!Number.isFinite(value)) return { $inf: value > 0 ? 1 : -1 }
  return { $float: formatGoFloat(value) }
}

function encodeList(value) {
  const type = typeOfArray(value)
  const items = value.map(encode)
  if (value.length > 2000)
    return { $bigarray: value.length, first: items[0], last: items.at(-1), t: type.name }
  return type.name === "[]interface {}" ? items : { $array: items, t: type.name }
}

function encodeStruct(value) {
  const fields = Object.fromEntries([...value.fields].map(([key, item]) => [key, encode(item)]))
  if (value.type.name !== "main.User") return { $struct: fields, t: value.type.name }
  const { tag, ...rest } = fields
  return {
    $struct: { ...rest, Tag: tag, Hidden: rest.Name === "Pat" ? "" : "h" },
    t: value.type.name,
  }
}

function encodeMap(value) {
  const { name } = value.type
  const entries = [...value.entries].map(([key, item]) => [encode(valueOfKey(key)), encode(item)])
  if (value.type.key?.name === "string") return { $object: Object.fromEntries(entries), t: name }
  return {
    $map: entries.sort(([a], [b]) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    t: name,
  }
}
