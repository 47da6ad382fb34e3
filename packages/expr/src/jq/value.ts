import { compareUtf8 } from "../go/text.js"

/**
 * What jq computes with: JSON, and a bigint for an integer outside ±(2^53 − 1), which gojq keeps exact.
 * An integer within that range is a plain number.
 */
export type JqValue = null | boolean | number | bigint | string | readonly JqValue[] | JqObject

/** A JSON object. Only its own keys count; results have no prototype. */
export interface JqObject {
  readonly [key: string]: JqValue
}

/** An object under construction: no prototype, so that every key is data. */
export interface OpenObject {
  [key: string]: JqValue
}

/** An empty object under construction. */
export function openObject(): OpenObject {
  return Object.create(null)
}

/** True for an array. `Array.isArray` forgets the element type. */
export function isArray(value: JqValue): value is readonly JqValue[] {
  return Array.isArray(value)
}

/** True for an object that is no array. */
export function isObject(value: JqValue): value is JqObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** True for a number of either form. */
export function isNumber(value: JqValue): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint"
}

/** False for null and false alone. */
export function isTruthy(value: JqValue): boolean {
  return value !== null && value !== false
}

/** A value's own field; null where it has none. */
export function fieldOf(object: JqObject, key: string): JqValue {
  return Object.hasOwn(object, key) ? (object[key] ?? null) : null
}

/** The keys of an object in the order gojq gives them: by code point. */
export function sortedKeys(object: JqObject): string[] {
  const keys = Object.keys(object)
  for (let index = 1; index < keys.length; index++) {
    if (compareUtf8(keys[index - 1] ?? "", keys[index] ?? "") > 0) return keys.sort(compareUtf8)
  }
  return keys
}

/** The name of a value's type. */
export function typeName(value: JqValue): string {
  if (value === null) return "null"
  switch (typeof value) {
    case "boolean":
      return "boolean"
    case "string":
      return "string"
    case "object":
      return isArray(value) ? "array" : "object"
    default:
      return "number"
  }
}

/** An exact integer in its one form: a number within the safe range, else a bigint. */
export function integerOf(value: bigint): number | bigint {
  const near = Number(value)
  return Number.isSafeInteger(near) ? near : value
}

function rank(value: JqValue): number {
  if (value === null) return 0
  switch (typeof value) {
    case "boolean":
      return value ? 2 : 1
    case "string":
      return 4
    case "object":
      return isArray(value) ? 5 : 6
    default:
      return 3
  }
}

function compareNumbers(left: number | bigint, right: number | bigint): number {
  if (typeof left === "bigint" && typeof right === "bigint") {
    return left < right ? -1 : left > right ? 1 : 0
  }
  const a = Number(left)
  const b = Number(right)
  // NaN sorts below everything, itself included, as in gojq.
  if (a < b || Number.isNaN(a)) return -1
  return a === b ? 0 : 1
}

function compareArrays(left: readonly JqValue[], right: readonly JqValue[]): number {
  const shared = Math.min(left.length, right.length)
  for (let index = 0; index < shared; index++) {
    const order = compareValues(left[index] ?? null, right[index] ?? null)
    if (order !== 0) return order
  }
  return left.length - right.length
}

function compareObjects(left: JqObject, right: JqObject): number {
  const leftKeys = sortedKeys(left)
  const rightKeys = sortedKeys(right)
  const order = compareArrays(leftKeys, rightKeys)
  if (order !== 0) return order
  for (const key of leftKeys) {
    const inner = compareValues(fieldOf(left, key), fieldOf(right, key))
    if (inner !== 0) return inner
  }
  return 0
}

/** jq's total order: null, false, true, numbers, strings, arrays, objects. */
export function compareValues(left: JqValue, right: JqValue): number {
  if (typeof left === "number" && typeof right === "number") return compareNumbers(left, right)
  if (typeof left === "string" && typeof right === "string") return compareUtf8(left, right)
  if (isNumber(left) && isNumber(right)) return compareNumbers(left, right)
  const order = rank(left) - rank(right)
  if (order !== 0 || left === right) return order
  if (isArray(left) && isArray(right)) return compareArrays(left, right)
  return isObject(left) && isObject(right) ? compareObjects(left, right) : 0
}
