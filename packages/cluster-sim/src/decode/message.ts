import { protoMessages, protoRoots } from "../http/data/proto.gen.js"
import { moreRoots, moreTypes } from "./more-types.js"
import { readNotation } from "./notation.js"

/** What one value of a field is. */
export type ValueType =
  | "string"
  | "bool"
  | "int"
  | "bytes"
  | "quantity"
  | "time"
  | "microTime"
  | "intOrString"
  | "message"
  | "any"

/** A field of a message. */
export interface Field {
  readonly shape: "one" | "list" | "map"
  readonly type: ValueType
  /** How Go names the type of one value, for messages. */
  readonly goType: string
  readonly message: Message | undefined
  /** True where the server writes nothing for an empty value. */
  readonly dropsEmpty: boolean
  /** True for objects and lists that are there even where nobody gave any. */
  readonly isAlways: boolean
}

/** The fields that the server knows of one kind of object, at any depth. */
export interface Message {
  /** `PodSpec` */
  readonly name: string
  readonly fields: ReadonlyMap<string, Field>
}

type Row = readonly [name: string, type: string, flags: string]

interface Tables {
  readonly roots: ReadonlyMap<string, string>
  readonly rows: ReadonlyMap<string, readonly Row[]>
  readonly messages: Map<string, Message>
}

/** Read from their texts once, when the first object is decoded; they never change. */
let tables: Tables | undefined

/** Rows as the table of protobuf has them, of a type in the notation of {@link moreTypes}. */
function rowsOf(name: string, text: string): readonly Row[] {
  return readNotation(name, text).map(({ field, type, form, flags, isKeptAsItIs }) => {
    if (isKeptAsItIs && flags.includes("o")) return [field, "*", flags]
    const shape = form === "list" ? "r" : form === "map" ? "m" : ""
    return [field, isKeptAsItIs || type === "any" ? "*" : type, flags + shape]
  })
}

function load(): Tables {
  if (tables !== undefined) return tables
  const roots = JSON.parse(protoRoots) as { readonly [kind: string]: string }
  const numbered = JSON.parse(protoMessages) as {
    readonly [name: string]: readonly (readonly [number, string, string, string?])[]
  }
  const rows = new Map<string, readonly Row[]>()
  for (const [message, fields] of Object.entries(numbered)) {
    rows.set(
      message,
      fields.map(([, name, type, flags = ""]) => [name, type, flags]),
    )
  }
  for (const [name, text] of Object.entries(moreTypes)) rows.set(name, rowsOf(name, text))
  const all = new Map([...Object.entries(roots), ...Object.entries(moreRoots)])
  for (const root of all.values()) {
    const typed: readonly Row[] = ["apiVersion", "kind"].map((name) => [name, "string", ""])
    rows.set(root, [...typed, ...(rows.get(root) ?? [])])
  }
  tables = {
    roots: all,
    rows,
    messages: new Map(),
  }
  return tables
}

const scalars: ReadonlyMap<string, readonly [ValueType, string]> = new Map([
  ["string", ["string", "string"]],
  ["bool", ["bool", "bool"]],
  ["int32", ["int", "int32"]],
  ["int64", ["int", "int64"]],
  ["bytes", ["bytes", "[]uint8"]],
  ["api.resource.Quantity", ["quantity", "resource.Quantity"]],
  ["meta.v1.Time", ["time", "v1.Time"]],
  ["meta.v1.MicroTime", ["microTime", "v1.MicroTime"]],
  ["util.intstr.IntOrString", ["intOrString", "intstr.IntOrString"]],
  ["meta.v1.FieldsV1", ["any", "v1.FieldsV1"]],
  ["*", ["any", ""]],
])

/** `v1.PodSpec` of `core.v1.PodSpec`. */
function goName(type: string): string {
  return type.split(".").slice(-2).join(".")
}

function fieldOf(type: string, flags: string): Field {
  const shape = flags.includes("r") ? "list" : flags.includes("m") ? "map" : "one"
  const isKept = flags.includes("p") || flags.includes("z")
  const scalar = scalars.get(type)
  if (scalar !== undefined) {
    const [valueType, goType] = scalar
    const isAlways = shape !== "one" && flags.includes("z")
    return { shape, type: valueType, goType, message: undefined, dropsEmpty: !isKept, isAlways }
  }
  const dropsEmpty = !isKept && shape !== "one"
  const isAlways = shape === "one" ? !flags.includes("p") : flags.includes("z")
  const message = compile(type)
  return { shape, type: "message", goType: goName(type), message, dropsEmpty, isAlways }
}

function compile(type: string): Message | undefined {
  const { rows, messages } = load()
  const known = messages.get(type)
  const own = rows.get(type)
  if (known !== undefined || own === undefined) return known
  const fields = new Map<string, Field>()
  const message: Message = { name: type.slice(type.lastIndexOf(".") + 1), fields }
  // Registered before its fields are: messages may contain themselves.
  messages.set(type, message)
  for (const [name, fieldType, flags] of own) {
    if (!flags.includes("i")) fields.set(name, fieldOf(fieldType, flags))
    else for (const [inner, field] of compile(fieldType)?.fields ?? []) fields.set(inner, field)
  }
  return message
}

/** The fields of a built-in kind; `undefined` for kinds whose fields are not known. */
export function messageOf(apiVersion: string, kind: string): Message | undefined {
  const root = load().roots.get(`${apiVersion}/${kind}`)
  return root === undefined ? undefined : compile(root)
}

/** The fields of metadata, which all kinds share. */
export function metadataMessage(): Message {
  return compile("meta.v1.ObjectMeta") as Message
}
