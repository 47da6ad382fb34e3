import { GoFunc, GoStruct, type Value } from "@argo-ts/expr/values"

type GoType = GoFunc["type"]

/** A text. */
export const stringType: GoType = { kind: "string", name: "string" }
/** Whatever there is. */
export const anyType: GoType = { kind: "any", name: "interface {}" }
const boolType: GoType = { kind: "bool", name: "bool" }
/** Where Freight comes from. */
export const originType: GoType = { kind: "struct", name: "v1alpha1.FreightOrigin" }

/** What a function takes: `rest` any number of further arguments. */
export interface Parameters {
  readonly params: readonly GoType[]
  readonly rest?: GoType
  readonly result?: GoType
}

/** A function of an expression, with arguments checked as upstream's types check them. */
export function functionOf(
  { params, rest, result = anyType }: Parameters,
  call: (args: readonly Value[]) => Value,
): GoFunc {
  const all = rest === undefined ? params : [...params, rest]
  const written = all.map(({ name }, at) => (at === params.length ? `...${name}` : name))
  const name = `func(${written.join(", ")}) ${result.name}`
  const isVariadic = rest !== undefined
  const type: GoType = { kind: "func", name, params: all, results: [result], variadic: isVariadic }
  return new GoFunc(type, call)
}

/** A function of nothing that is true or false. */
export function flagOf(value: boolean): GoFunc {
  return functionOf({ params: [], result: boolType }, () => value)
}

/** A text argument; upstream's types allow nothing else in its place. */
export function textIn(value: Value | undefined): string {
  return typeof value === "string" ? value : ""
}

/** A Go struct: fields by their Go names; `json` is what writing it as JSON gives. */
export function structOf(
  name: string,
  fields: readonly (readonly [string, Value])[],
  rest: {
    readonly json?: Value
    readonly methods?: readonly (readonly [string, GoFunc])[]
  } = {},
): GoStruct {
  const { json, methods = [] } = rest
  const shown = json === undefined ? {} : { json }
  return new GoStruct({ kind: "struct", name }, new Map(fields), new Map(methods), shown)
}
