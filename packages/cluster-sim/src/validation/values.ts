import { isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import { type FieldError, notSupported, required, wrong } from "../api/errors.js"

/** The object of that name, or `{}`. Objects that are validated have been decoded: types are right. */
export function nested(object: JsonObject, name: string): JsonObject {
  const value = Object.hasOwn(object, name) ? object[name] : undefined
  return value !== undefined && isJsonObject(value) ? value : {}
}

/** The objects of the list of that name, or none. */
export function items(object: JsonObject, name: string): readonly JsonObject[] {
  const value = Object.hasOwn(object, name) ? object[name] : undefined
  return Array.isArray(value) ? (value as readonly JsonObject[]) : []
}

/** The texts of the list of that name, or none. */
export function texts(object: JsonObject, name: string): readonly string[] {
  const value = Object.hasOwn(object, name) ? object[name] : undefined
  return Array.isArray(value) ? (value as readonly string[]) : []
}

/** The text of that name, or an empty one. */
export function text(object: JsonObject, name: string): string {
  const value = Object.hasOwn(object, name) ? object[name] : undefined
  return typeof value === "string" ? value : ""
}

/** The number of that name, where there is one. */
export function number(object: JsonObject, name: string): number | undefined {
  const value = Object.hasOwn(object, name) ? object[name] : undefined
  return typeof value === "number" ? value : undefined
}

const notNegative = "must be greater than or equal to 0"

/** Complains of each of these numbers that is below zero. */
export function checkNotNegative(
  object: JsonObject,
  names: readonly string[],
  at: string,
  errors: FieldError[],
): void {
  for (const name of names) {
    const value = number(object, name)
    if (value !== undefined && value < 0) errors.push(wrong(`${at}.${name}`, value, notNegative))
  }
}

/** Complains of a text that is none of the supported ones. An absent one is not looked at. */
export function checkOneOf(
  value: JsonValue | undefined,
  supported: readonly string[],
  field: string,
  errors: FieldError[],
): void {
  if (value === undefined || supported.includes(value as string)) return
  errors.push(notSupported(field, value, supported))
}

/** Complains of each of these texts that is absent or empty. */
export function checkRequired(
  object: JsonObject,
  names: readonly string[],
  at: string,
  errors: FieldError[],
): void {
  for (const name of names) if (text(object, name) === "") errors.push(required(`${at}.${name}`))
}

const percent = /^[0-9]+%$/
const percentRule =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"

/** Complains of what is neither a count nor a percentage; of percentages over 100 where `isShare`. */
export function checkCountOrPercent(
  value: JsonValue | undefined,
  field: string,
  errors: FieldError[],
  isShare = false,
): void {
  if (value === undefined) return
  if (typeof value === "number") {
    if (value < 0) errors.push(wrong(field, value, notNegative))
  } else if (typeof value !== "string" || !percent.test(value)) {
    errors.push(wrong(field, value, percentRule))
  } else if (isShare && Number.parseInt(value, 10) > 100) {
    errors.push(wrong(field, value, "must not be greater than 100%"))
  }
}

/** True for `0` and `0%`. */
export function isNone(value: JsonValue | undefined): boolean {
  return value === 0 || (typeof value === "string" && Number.parseInt(value, 10) === 0)
}

/** Complains of a number that is no port. */
export function checkPort(value: number, field: string, errors: FieldError[]): void {
  if (value >= 1 && value <= 65_535) return
  errors.push(wrong(field, value, "must be between 1 and 65535, inclusive"))
}
