import type { Zone } from "../issue.js"
import {
  anyMap,
  anySlice,
  boolType,
  bytesType,
  float64Type,
  type GoType,
  intType,
  nilType,
  stringType,
} from "./types.js"

/**
 * What expressions compute with. Go's `float64` — every JSON number — is a JavaScript number, Go's `int` a bigint
 * (measured as fast as a boxed integer, and exact to 64 bits); strings, booleans, null, arrays (`[]any`) and plain
 * objects (`map[string]any`) are themselves, so that JSON enters without a copy. Everything else is a `Special`.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Value[]
  | { readonly [key: string]: Value }
  | Special

/** Values that JSON cannot write. Being instances, no data can forge them. */
export abstract class Special {
  /** The Go type. */
  abstract readonly type: GoType
}

/** A number of another kind than `int` and `float64`. */
export class SizedNumber extends Special {
  readonly type: GoType
  readonly value: bigint | number
  constructor(type: GoType, value: bigint | number) {
    super()
    this.type = type
    this.value = value
  }
}

/** A Go string whose bytes are not valid UTF-8. */
export class RawString extends Special {
  readonly type: GoType = stringType
  readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    super()
    this.bytes = bytes
  }
}

/** A map that is not `map[string]any`: other key or element type. */
export class GoMap extends Special {
  readonly type: GoType
  readonly entries: ReadonlyMap<Value, Value>
  constructor(type: GoType, entries: ReadonlyMap<Value, Value>) {
    super()
    this.type = type
    this.entries = entries
  }
}

/** A typed nil: a nil slice, map or pointer. */
export class TypedNil extends Special {
  readonly type: GoType
  constructor(type: GoType) {
    super()
    this.type = type
  }
}

/** A pointer that is not nil. */
export class Pointer extends Special {
  readonly type: GoType
  readonly target: Value
  /** Methods that only the pointer has. */
  readonly methods: ReadonlyMap<string, GoFunc> | undefined
  constructor(type: GoType, target: Value, methods?: ReadonlyMap<string, GoFunc>) {
    super()
    this.type = type
    this.target = target
    this.methods = methods
  }
}

/** An integer type with a name of its own: `time.Duration`, `time.Month`, `time.Weekday`. */
export class NamedInteger extends Special {
  readonly type: GoType
  readonly value: bigint
  constructor(type: GoType, value: bigint) {
    super()
    this.type = type
    this.value = value
  }
}

/** An instant with its zone. */
export class GoTime extends Special {
  readonly type: GoType
  /** Nanoseconds since 1970-01-01T00:00:00Z. */
  readonly ns: bigint
  readonly zone: Zone
  constructor(type: GoType, ns: bigint, zone: Zone) {
    super()
    this.type = type
    this.ns = ns
    this.zone = zone
  }
}

/** A time zone as a value. */
export class GoLocation extends Special {
  readonly type: GoType
  readonly zone: Zone
  constructor(type: GoType, zone: Zone) {
    super()
    this.type = type
    this.zone = zone
  }
}

/** What a function may use while it is called. */
export interface CallContext {
  /** Instant of `now()` in milliseconds since the epoch; undefined where there is no clock. */
  readonly now: number | undefined
  readonly zones: (name: string) => Zone | undefined
  /** Adds to the memory budget; throws once it is exceeded. */
  readonly charge: (units: number) => void
}

/** A callable value. Throw a `Fault` to fail. */
export class GoFunc extends Special {
  readonly type: GoType
  readonly call: (args: readonly Value[], context: CallContext) => Value
  constructor(type: GoType, call: (args: readonly Value[], context: CallContext) => Value) {
    super()
    this.type = type
    this.call = call
  }
}

/** A struct: named fields and methods. */
export class GoStruct extends Special {
  readonly type: GoType
  readonly fields: ReadonlyMap<string, Value>
  /** Methods by name; each already bound to this value. */
  readonly methods: ReadonlyMap<string, GoFunc>
  /** What it is in JSON, where tags or a method of its own decide; default its fields by their names. */
  readonly json: Value | undefined
  /** What `%v` prints, where expressions see the fields otherwise; default its fields. */
  readonly printed: readonly Value[] | undefined
  constructor(
    type: GoType,
    fields: ReadonlyMap<string, Value>,
    methods: ReadonlyMap<string, GoFunc>,
    shown: { readonly json?: Value; readonly printed?: readonly Value[] } = {},
  ) {
    super()
    this.type = type
    this.fields = fields
    this.methods = methods
    this.json = shown.json
    this.printed = shown.printed
  }
}

/** Marks an array with its Go type where that is not `[]any`. */
export const sliceType: unique symbol = Symbol("go slice type")

interface TaggedArray {
  [sliceType]?: GoType
}

/** Marks a fresh array as a slice of another type than `[]any`. */
export function tagged(items: Value[], type: GoType): Value[] {
  if (type !== anySlice) (items as TaggedArray)[sliceType] = type
  return items
}

/** The Go type of an array. */
export function typeOfArray(items: readonly Value[]): GoType {
  return (items as TaggedArray)[sliceType] ?? anySlice
}

/** True for a list value. */
export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

/** True for `map[string]any`: a plain object. */
export function isPlainMap(value: Value): value is { readonly [key: string]: Value } {
  return (
    typeof value === "object" &&
    value !== null &&
    !(value instanceof Special) &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  )
}

/** The Go type of a value. */
export function typeOf(value: Value): GoType {
  switch (typeof value) {
    case "number":
      return float64Type
    case "string":
      return stringType
    case "boolean":
      return boolType
    case "bigint":
      return intType
    case "object":
      if (value === null) return nilType
      if (value instanceof Special) return value.type
      if (isList(value)) return typeOfArray(value)
      return value instanceof Uint8Array ? bytesType : anyMap
    default:
      return nilType
  }
}

/** True for nil and for typed nils: what `??` replaces and `== nil` finds. */
export function isNil(value: Value): boolean {
  return value === null || value === undefined || value instanceof TypedNil
}

/** A read-only null-prototype object of entries with user-chosen keys. */
export function mapValue(entries: Iterable<readonly [string, Value]>): { [key: string]: Value } {
  const record = Object.create(null) as { [key: string]: Value }
  for (const [key, value] of entries) record[key] = value
  return record
}
