/** A field of a type in the notation of `more-types.ts`. */
export interface NotedField {
  readonly field: string
  /** `string`, `bool`, `int32`, `int64`, `bytes`, `any`, or the whole name of a type. */
  readonly type: string
  readonly form: "one" | "list" | "map"
  readonly isRequired: boolean
  /** True where objects are not read any further. */
  readonly isKeptAsItIs: boolean
  /** Those of the table of protobuf. */
  readonly flags: string
}

const short: { readonly [name: string]: string } = {
  o: "meta.v1.ObjectMeta",
  T: "meta.v1.Time",
  M: "meta.v1.MicroTime",
  Q: "api.resource.Quantity",
  I: "util.intstr.IntOrString",
}
const plain: ReadonlySet<string> = new Set(["string", "bool", "int32", "int64", "bytes", "any"])
const form = /^(\w+)(!?):([\w.]+)(\[\]|\{\})?(~?)(?:\/([a-z]+))?$/

function longName(type: string, group: string): string {
  const known = short[type]
  if (known !== undefined) return known
  if (plain.has(type)) return type
  if (type.startsWith("m.")) return `meta.v1.${type.slice(2)}`
  if (type.startsWith("c.")) return `core.v1.${type.slice(2)}`
  return type.includes(".") ? type : `${group}.${type}`
}

/** Reads the fields of a type; `name` is the type's own, whose group its fields' types are of. */
export function readNotation(name: string, text: string): readonly NotedField[] {
  const group = name.slice(0, name.lastIndexOf("."))
  return text.split(" ").map((word) => {
    const [, field = "", bang, type = "", brackets, kept, flags = ""] = form.exec(word) ?? []
    return {
      field,
      type: longName(type, group),
      form: brackets === "[]" ? "list" : brackets === "{}" ? "map" : "one",
      isRequired: bang === "!",
      isKeptAsItIs: kept === "~",
      flags,
    }
  })
}
