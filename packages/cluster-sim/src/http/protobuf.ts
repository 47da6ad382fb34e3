import { ClusterError } from "@argo-ts/k8s"
import type { JsonObject, JsonValue } from "@argo-ts/kernel"
import { protoMessages, protoRoots } from "./data/proto.gen.js"

type Field = readonly [number: number, name: string, type: string, flags: string]

interface Message {
  readonly fields: readonly Field[]
  readonly byNumber: ReadonlyMap<number, Field>
}

/** The tables, read from their text when the first such request comes. */
let tables:
  | { readonly roots: ReadonlyMap<string, string>; readonly messages: ReadonlyMap<string, Message> }
  | undefined

function load(): NonNullable<typeof tables> {
  if (tables !== undefined) return tables
  const roots = JSON.parse(protoRoots) as { readonly [kind: string]: string }
  const messages = JSON.parse(protoMessages) as { readonly [name: string]: readonly Field[] }
  tables = {
    roots: new Map(Object.entries(roots)),
    messages: new Map(
      Object.entries(messages).map(([name, fields]) => [
        name,
        { fields, byNumber: new Map(fields.map((field) => [field[0], field])) },
      ]),
    ),
  }
  return tables
}

const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00])
const depthMax = 64

function malformed(): never {
  throw new ClusterError("BadRequest", "the request body is no protobuf of Kubernetes")
}

/** One field as it lies in the bytes. */
interface Wire {
  readonly number: number
  readonly value: bigint | Buffer
}

function* wiresOf(bytes: Buffer): IterableIterator<Wire> {
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) return malformed()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    return malformed()
  }
  while (at < bytes.length) {
    const tag = varint()
    const [number, type] = [Number(tag >> 3n), Number(tag & 7n)]
    if (type === 0) yield { number, value: varint() }
    else if (type === 2) {
      const length = Number(varint())
      if (at + length > bytes.length) malformed()
      yield { number, value: bytes.subarray(at, at + length) }
      at += length
    } else malformed()
  }
}

function bufferOf(value: bigint | Buffer): Buffer {
  return typeof value === "bigint" ? malformed() : value
}

function scalar(type: string, value: bigint | Buffer): JsonValue | undefined {
  switch (type) {
    case "string":
      return bufferOf(value).toString("utf8")
    case "bytes":
      return bufferOf(value).toString("base64")
    case "bool":
      return value === 1n
    case "int32":
    case "int64":
      return typeof value === "bigint" ? Number(BigInt.asIntN(64, value)) : malformed()
    default:
      return undefined
  }
}

const emptyOf: { readonly [type: string]: JsonValue } = {
  string: "",
  bytes: "",
  bool: false,
  int32: 0,
  int64: 0,
}

/** Types that are written in JSON otherwise than as their messages. */
function special(type: string, bytes: Buffer): JsonValue | undefined {
  const fields = new Map([...wiresOf(bytes)].map(({ number, value }) => [number, value]))
  const whole = (number: number): number =>
    Number(BigInt.asIntN(64, (fields.get(number) as bigint | undefined) ?? 0n))
  const text = (number: number): string => {
    const found = fields.get(number)
    return found === undefined || typeof found === "bigint" ? "" : found.toString("utf8")
  }
  switch (type) {
    case "meta.v1.Time":
    case "meta.v1.MicroTime":
      return fields.size === 0 ? null : `${new Date(whole(1) * 1000).toISOString().slice(0, 19)}Z`
    case "resource.Quantity":
    case "api.resource.Quantity":
      return text(1)
    case "intstr.IntOrString":
    case "util.intstr.IntOrString":
      return whole(1) === 1 ? text(3) : whole(2)
    case "meta.v1.FieldsV1":
      return JSON.parse(text(1) || "{}") as JsonValue
    default:
      return undefined
  }
}

function isSpecial(type: string): boolean {
  return /(?:Time|Quantity|IntOrString|FieldsV1)$/.test(type)
}

function valueOf(type: string, wire: bigint | Buffer, depth: number): JsonValue {
  const plain = scalar(type, wire)
  if (plain !== undefined) return plain
  const bytes = bufferOf(wire)
  return isSpecial(type) ? (special(type, bytes) ?? null) : decodeMessage(type, bytes, depth + 1)
}

function entryOf(type: string, bytes: Buffer, depth: number): readonly [string, JsonValue] {
  let key = ""
  let value: JsonValue = emptyOf[type] ?? (isSpecial(type) ? "" : {})
  for (const wire of wiresOf(bytes)) {
    if (wire.number === 1) key = bufferOf(wire.value).toString("utf8")
    else if (wire.number === 2) value = valueOf(type, wire.value, depth)
  }
  return [key, value]
}

/** True for a value that Go leaves out of JSON. */
function isEmpty(value: JsonValue): boolean {
  if (value === null || value === "" || value === 0 || value === false) return true
  return typeof value === "object" && !Array.isArray(value) && Object.keys(value).length === 0
}

function decodeMessage(name: string, bytes: Buffer, depth: number): JsonObject {
  const message = load().messages.get(name)
  if (message === undefined || depth > depthMax) return malformed()
  const found = new Map<string, JsonValue>()
  for (const { number, value } of wiresOf(bytes)) {
    const field = message.byNumber.get(number)
    if (field === undefined) continue
    const [, json, type, flags] = field
    if (flags.includes("r")) {
      const before = (found.get(json) ?? []) as readonly JsonValue[]
      found.set(json, [...before, valueOf(type, value, depth)])
    } else if (flags.includes("m")) {
      const before = (found.get(json) ?? {}) as JsonObject
      const [key, item] = entryOf(type, bufferOf(value), depth)
      found.set(json, { ...before, [key]: item })
    } else if (flags.includes("i")) {
      for (const [key, item] of Object.entries(valueOf(type, value, depth) as JsonObject)) {
        found.set(key, item ?? null)
      }
    } else {
      found.set(json, valueOf(type, value, depth))
    }
  }
  return written(message, found)
}

/** The fields that JSON shows, in the message's order. */
function written(message: Message, found: ReadonlyMap<string, JsonValue>): JsonObject {
  const inlined = [...found].filter(([key]) => !message.fields.some(([, json]) => json === key))
  const own = message.fields.flatMap(([, json, , flags]): (readonly [string, JsonValue])[] => {
    const value = found.get(json)
    if (value === undefined || flags.includes("i")) return []
    return isEmpty(value) && !/[pz]/.test(flags) ? [] : [[json, value]]
  })
  return Object.fromEntries([...inlined, ...own])
}

/** Decodes a request body in Kubernetes' protobuf envelope, for the kinds that kubectl sends so. */
export function decodeProtobuf(body: Buffer): JsonObject {
  if (!body.subarray(0, 4).equals(magic)) malformed()
  let [apiVersion, kind] = ["", ""]
  let raw = Buffer.alloc(0)
  for (const { number, value } of wiresOf(body.subarray(4))) {
    if (number === 2) raw = bufferOf(value) as typeof raw
    if (number !== 1) continue
    for (const inner of wiresOf(bufferOf(value))) {
      if (inner.number === 1) apiVersion = bufferOf(inner.value).toString("utf8")
      if (inner.number === 2) kind = bufferOf(inner.value).toString("utf8")
    }
  }
  const { roots } = load()
  const root =
    roots.get(`${apiVersion}/${kind}`) ??
    (kind === "DeleteOptions" ? roots.get("meta/v1/DeleteOptions") : undefined)
  if (root === undefined) {
    const message = `protobuf of ${apiVersion} ${kind} is not read here; send JSON`
    throw new ClusterError("UnsupportedMediaType", message)
  }
  return { apiVersion, kind, ...decodeMessage(root, raw, 0) }
}
