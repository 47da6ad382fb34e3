import { countPoints, isAscii } from "../go/text.js"
import { typePreview } from "./encode.js"
import { JqError, noArray, noObject } from "./fault.js"
import {
  compareValues,
  fieldOf,
  isArray,
  isNumber,
  isObject,
  type JqObject,
  type JqValue,
} from "./value.js"

/** A whole number for an index: cut towards zero; NaN is far below every array. */
export function wholeOf(value: number | bigint): number {
  const whole = Math.trunc(Number(value))
  if (Number.isNaN(whole)) return Number.MIN_SAFE_INTEGER
  return Math.max(Math.min(whole, Number.MAX_SAFE_INTEGER), Number.MIN_SAFE_INTEGER)
}

/** `target[key]`. */
export function indexValue(target: JqValue, key: JqValue): JqValue {
  if (typeof key === "string") {
    if (isObject(target)) return fieldOf(target, key)
    if (target === null) return null
    throw noObject(target)
  }
  if (isNumber(key)) return itemAt(target, wholeOf(key))
  if (isArray(key)) {
    if (target === null) return null
    if (isArray(target)) return indicesOf(target, key)
    throw noArray(target)
  }
  if (!isObject(key)) throw badKey(target, key)
  if (target === null) return null
  const { from, to } = boundsOf(key)
  return sliceValue(target, from, to)
}

/** A key of a kind that the target has no use for. */
export function badKey(target: JqValue, key: JqValue): JqError {
  const kind = isArray(target)
    ? "a number for indexing an array"
    : typeof target === "string"
      ? "a number for indexing a string"
      : "a string for object key"
  return new JqError(() => `expected ${kind} but got: ${typePreview(key)}`)
}

function itemAt(target: JqValue, index: number): JqValue {
  if (target === null) return null
  if (isArray(target)) return target[index < 0 ? index + target.length : index] ?? null
  if (typeof target !== "string") throw noArray(target)
  if (isAscii(target)) return target[index < 0 ? index + target.length : index] ?? null
  const points = Array.from(target)
  return points[index < 0 ? index + points.length : index] ?? null
}

/** Where one array is found in another. */
export function indicesOf(target: readonly JqValue[], part: readonly JqValue[]): number[] {
  const found: number[] = []
  if (part.length === 0) return found
  const fits = (at: number): boolean =>
    part.every((item, index) => compareValues(target[at + index] ?? null, item) === 0)
  for (let at = 0; at + part.length <= target.length; at++) if (fits(at)) found.push(at)
  return found
}

/** The bounds of a slice, as paths carry them: `{"start": …, "end": …}`. */
export function boundsOf(key: JqObject): { readonly from: JqValue; readonly to: JqValue } {
  if (!Object.hasOwn(key, "start") || !Object.hasOwn(key, "end")) {
    throw new JqError(() => `expected "start" and "end" for slicing but got: ${typePreview(key)}`)
  }
  return { from: fieldOf(key, "start"), to: fieldOf(key, "end") }
}

/** Where a slice of something of a length starts and ends. */
export function rangeOf(
  target: JqValue,
  bounds: { readonly from: JqValue; readonly to: JqValue },
  length: number,
): readonly [start: number, end: number] {
  const placeOf = (bound: JqValue, missing: number): number => {
    if (bound === null) return missing
    if (!isNumber(bound)) throw badKey(target, bound)
    const at = wholeOf(bound)
    return Math.min(Math.max(at < 0 ? at + length : at, 0), length)
  }
  const end = placeOf(bounds.to, length)
  const start = placeOf(bounds.from, 0)
  return [start, Math.max(start, end)]
}

/** `target[from:to]`; null is an open end. */
export function sliceValue(target: JqValue, from: JqValue, to: JqValue): JqValue {
  if (target === null) return null
  if (isArray(target)) return target.slice(...rangeOf(target, { from, to }, target.length))
  if (typeof target !== "string") throw noArray(target)
  const range = rangeOf(target, { from, to }, countPoints(target))
  if (isAscii(target)) return target.slice(...range)
  return Array.from(target)
    .slice(...range)
    .join("")
}
