/** The kinds of Go types that values and static checks distinguish. */
export type TypeKind =
  | "any"
  | "nil"
  | "bool"
  | "string"
  | "int"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "float32"
  | "float64"
  | "slice"
  | "map"
  | "struct"
  | "func"
  | "pointer"

/** A Go type, as far as it can be observed by an expression. */
export interface GoType {
  readonly kind: TypeKind
  /** As Go prints it: `map[string]interface {}`. Equal names mean equal types. */
  readonly name: string
  readonly elem?: GoType
  readonly key?: GoType
  /** Fields of a struct, or the known keys of an environment. */
  readonly fields?: ReadonlyMap<string, GoType>
  /** True where a key that is not among `fields` is a mistake. */
  readonly strict?: boolean
  readonly methods?: ReadonlyMap<string, GoType>
  readonly params?: readonly GoType[]
  readonly results?: readonly GoType[]
  readonly variadic?: boolean
}

const basic = (kind: TypeKind, name: string = kind): GoType => ({ kind, name })

export const anyType: GoType = basic("any", "interface {}")
export const nilType: GoType = basic("nil", "<nil>")
export const boolType: GoType = basic("bool")
export const stringType: GoType = basic("string")
export const intType: GoType = basic("int")
export const float64Type: GoType = basic("float64")
export const float32Type: GoType = basic("float32")
export const int8Type: GoType = basic("int8")
export const int16Type: GoType = basic("int16")
export const int32Type: GoType = basic("int32")
export const int64Type: GoType = basic("int64")
export const uintType: GoType = basic("uint")
export const uint8Type: GoType = basic("uint8")
export const uint16Type: GoType = basic("uint16")
export const uint32Type: GoType = basic("uint32")
export const uint64Type: GoType = basic("uint64")
export const errorType: GoType = basic("any", "error")

const slices = new Map<string, GoType>()

/** The type `[]elem`. */
export function sliceOf(elem: GoType): GoType {
  const known = slices.get(elem.name)
  if (known !== undefined && known.elem === elem) return known
  const type: GoType = { kind: "slice", name: `[]${elem.name}`, elem }
  if (slices.size < 256) slices.set(elem.name, type)
  return type
}

export const anySlice: GoType = sliceOf(anyType)
export const intSlice: GoType = sliceOf(intType)
export const stringSlice: GoType = sliceOf(stringType)
export const bytesType: GoType = sliceOf(uint8Type)
/** The pairs of `toPairs`: an array of two. */
export const pairType: GoType = { kind: "slice", name: "[2]interface {}", elem: anyType }

/** The type `map[key]elem`. */
export function mapOf(key: GoType, elem: GoType): GoType {
  return { kind: "map", name: `map[${key.name}]${elem.name}`, key, elem }
}

export const anyMap: GoType = mapOf(stringType, anyType)
export const anyKeyMap: GoType = mapOf(anyType, anyType)
export const groupMap: GoType = mapOf(anyType, anySlice)

/** The type `*elem`. */
export function pointerTo(elem: GoType): GoType {
  const methods = elem.methods
  return { kind: "pointer", name: `*${elem.name}`, elem, ...(methods && { methods }) }
}

/** What a function takes and gives. */
export interface Signature {
  readonly params: readonly GoType[]
  readonly results: readonly GoType[]
  readonly variadic?: boolean
}

/** The type of a function. The last parameter of a variadic one is the type of each further argument. */
export function funcOf({ params, results, variadic = false }: Signature): GoType {
  const written = params.map((param, index) =>
    variadic && index === params.length - 1 ? `...${param.name}` : param.name,
  )
  const out = results.map((result) => result.name)
  const tail = out.length === 0 ? "" : out.length === 1 ? ` ${out[0]}` : ` (${out.join(", ")})`
  return { kind: "func", name: `func(${written.join(", ")})${tail}`, params, results, variadic }
}

const integerKinds = new Set<TypeKind>([
  "int",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
])

/** True for a plain integer type (a named one such as a duration is not). */
export function isIntegerType(type: GoType): boolean {
  return integerKinds.has(type.kind) && type.name === type.kind
}

/** True for `float32` and `float64`. */
export function isFloatType(type: GoType): boolean {
  return type.kind === "float64" || type.kind === "float32"
}

/** True for every plain number type. */
export function isNumberType(type: GoType): boolean {
  return isFloatType(type) || isIntegerType(type)
}

/** Bits of an integer kind; 64 for `int` and `uint`. */
export function bitsOf(kind: TypeKind): number {
  const digits = /\d+$/.exec(kind)
  return digits === null ? 64 : Number(digits[0])
}

/** Wraps an integer into a kind's range, as Go's conversions do. */
export function wrapInteger(kind: TypeKind, value: bigint): bigint {
  return kind.startsWith("u")
    ? BigInt.asUintN(bitsOf(kind), value)
    : BigInt.asIntN(bitsOf(kind), value)
}
