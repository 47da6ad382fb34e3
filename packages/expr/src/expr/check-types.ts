import { Fault } from "../issue.js"
import { anyType, type GoType, isIntegerType, isNumberType } from "../values/types.js"

/** A question about a type. */
export type TypeTest = (type: GoType) => boolean

export const isAny: TypeTest = (type) => type.kind === "any"
export const isNilType: TypeTest = (type) => type.kind === "nil"
export const isBoolType: TypeTest = (type) => type.kind === "bool"
export const isStringType: TypeTest = (type) => type.kind === "string"
export const isTimeType: TypeTest = (type) => type.name === "time.Time"
export const isDurationType: TypeTest = (type) => type.name === "time.Duration"
export const isArrayType: TypeTest = (type) => type.kind === "slice"
export const isMapType: TypeTest = (type) => type.kind === "map"
export const isBytesType: TypeTest = (type) => type.name === "[]uint8"

/** A type without the pointers around it. */
export function dereferenced(type: GoType): GoType {
  let inner = type
  while (inner.kind === "pointer" && inner.elem !== undefined) inner = inner.elem
  return inner
}

/** How operators name a type in messages. */
export function shown(type: GoType): string {
  return isNilType(type) ? "unknown" : type.name
}

/** How built-ins name a type in messages. */
export function shownByBuiltin(type: GoType): string {
  return isNilType(type) ? "%!s(<nil>)" : type.name
}

/** Fails the static check. */
export function failCheck(message: string, at: number): never {
  throw new Fault(message, at, "check")
}

/** True where one side is unknown and the other unknown or of an accepted type. */
export function eitherAny(left: GoType, right: GoType, tests: readonly TypeTest[]): boolean {
  const isAccepted = (type: GoType): boolean => isAny(type) || tests.some((test) => test(type))
  return (isAny(left) || isAny(right)) && isAccepted(left) && isAccepted(right)
}

function isNumberKind(type: GoType): boolean {
  return /^(u?int|float)/.test(type.kind)
}

/** True where values of two types may be compared with `==`. */
export function isComparable(left: GoType, right: GoType): boolean {
  if (isAny(left) || isAny(right) || isNilType(left) || isNilType(right)) return true
  if (isNumberType(left) && isNumberType(right)) return true
  if (isNumberKind(left) || isNumberKind(right)) return left.name === right.name
  return left.kind === right.kind
}

/** True where a value of a type may be passed for a parameter, integers for floats included. */
export function isAssignable(from: GoType, to: GoType): boolean {
  if (isAny(to) || isAny(from)) return true
  if (from.name === to.name) return true
  return isIntegerType(from) && isNumberType(to)
}

/** True where nil may be passed. */
export function acceptsNil(type: GoType): boolean {
  return type.kind === "any" || type.kind === "pointer"
}

/** The type two branches share. */
export function joined(left: GoType, right: GoType): GoType {
  if (isNilType(left) && isNilType(right)) return left
  if (isNilType(left)) return right
  if (isNilType(right)) return left
  return left.name === right.name ? left : anyType
}
