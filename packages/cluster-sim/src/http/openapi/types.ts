import { moreTypes } from "../../decode/more-types.js"
import { readNotation } from "../../decode/notation.js"
import { protoMessages } from "../data/proto.gen.js"

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

/** Reads every known type: those of protobuf requests, and those that are written down besides. */
export function readTypes(): TypeTable {
  const messages = JSON.parse(protoMessages) as { readonly [name: string]: readonly ProtoField[] }
  const types = new Map<string, readonly TypeField[]>()
  for (const name of Object.keys(messages)) {
    if (aliases[name] === undefined && !lists.has(name)) types.set(name, fieldsOf(messages, name))
  }
  for (const [name, text] of Object.entries(moreTypes)) {
    const fields = readNotation(name, text).map(({ field, type, form, isRequired }) => {
      return { name: field, type: aliases[type] ?? type, form, isRequired }
    })
    types.set(name, fields)
  }
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
