import { protoMessages } from "../data/proto.gen.js"
import { moreTypes } from "./more-types.js"

/** A field of a type. */
export interface TypeField {
  readonly name: string
  /** `string`, `bool`, `int32`, `int64`, `bytes`, `any`, or the name of a type. */
  readonly type: string
  readonly form: "one" | "list" | "map"
  readonly isRequired: boolean
}

/** Types of the Kubernetes API by their names: `core.v1.PodSpec`. */
export type TypeTable = ReadonlyMap<string, readonly TypeField[]>

type ProtoField = readonly [number: number, name: string, type: string, flags: string]

/** Types of the protobuf table that are written in JSON as texts or numbers. */
const aliases: { readonly [name: string]: string } = {
  "api.resource.Quantity": "quantity",
  "resource.Quantity": "quantity",
  "util.intstr.IntOrString": "intOrString",
  "intstr.IntOrString": "intOrString",
  "meta.v1.Time": "time",
  "meta.v1.MicroTime": "time",
  "meta.v1.FieldsV1": "any",
}

function formOf(flags: string): TypeField["form"] {
  if (flags.includes("r")) return "list"
  return flags.includes("m") ? "map" : "one"
}

/** Types that are lists in JSON, whatever they are in protobuf. */
const lists: ReadonlySet<string> = new Set([
  "authentication.v1.ExtraValue",
  "certificates.v1.ExtraValue",
])

function fieldsOf(
  messages: { readonly [name: string]: readonly ProtoField[] },
  name: string,
): readonly TypeField[] {
  return (messages[name] ?? []).flatMap(([, field, type, flags]): readonly TypeField[] => {
    if (flags.includes("i")) return fieldsOf(messages, type)
    const isRequired = flags.includes("z") && !flags.includes("r")
    return [{ name: field, type: aliases[type] ?? type, form: formOf(flags), isRequired }]
  })
}

const short: { readonly [name: string]: string } = {
  o: "meta.v1.ObjectMeta",
  T: "time",
  Q: "quantity",
  I: "intOrString",
}
const plain: ReadonlySet<string> = new Set(["string", "bool", "int32", "int64", "bytes", "any"])

function longName(type: string, group: string): string {
  const known = short[type]
  if (known !== undefined) return known
  if (plain.has(type)) return type
  if (type.startsWith("m.")) return `meta.v1.${type.slice(2)}`
  if (type.startsWith("c.")) return `core.v1.${type.slice(2)}`
  return type.includes(".") ? type : `${group}.${type}`
}

function readNotation(name: string, text: string): readonly TypeField[] {
  const group = name.slice(0, name.lastIndexOf("."))
  return text.split(" ").map((word) => {
    const [, field = "", bang, type = "", brackets] =
      /^(\w+)(!?):([\w.]+)(\[\]|\{\})?$/.exec(word) ?? []
    return {
      name: field,
      type: longName(type, group),
      form: brackets === "[]" ? "list" : brackets === "{}" ? "map" : "one",
      isRequired: bang === "!",
    }
  })
}

/** Reads every known type: those of protobuf requests, and those that are written down besides. */
export function readTypes(): TypeTable {
  const messages = JSON.parse(protoMessages) as { readonly [name: string]: readonly ProtoField[] }
  const types = new Map<string, readonly TypeField[]>()
  for (const name of Object.keys(messages)) {
    if (aliases[name] === undefined && !lists.has(name)) types.set(name, fieldsOf(messages, name))
  }
  for (const [name, text] of Object.entries(moreTypes)) types.set(name, readNotation(name, text))
  return types
}

/** The type of a built-in kind: `apps/v1` `Deployment` is `apps.v1.Deployment`. */
export function typeOfKind({
  group,
  version,
  kind,
}: {
  readonly group: string
  readonly version: string
  readonly kind: string
}): string {
  const [first = ""] = group.split(".")
  return `${group === "" ? "core" : first}.${version}.${kind}`
}
