import { equalJson, isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import { type FieldError, required, unsupported, wrong } from "../api/errors.js"
import { hasFormat, isInRange } from "./formats.js"
import { fieldOf, type StructuralSchema } from "./schema.js"

/** The name of a value's type, as messages print it. */
export function typeName(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return "null"
  if (Array.isArray(value)) return "array"
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number"
  return typeof value
}

function mistyped(path: string, wanted: string, shown: JsonValue): FieldError {
  const text = JSON.stringify(shown)
  const message = `Invalid value: ${JSON.stringify(shown)}: ${path} in body must be of type ${wanted}: ${text}`
  return { field: path, reason: "FieldValueTypeInvalid", message }
}

function hasType(schema: StructuralSchema, value: JsonValue): boolean {
  const found = typeName(value)
  if (value === null) return schema.isNullable || (schema.type === "" && !schema.isIntOrString)
  if (schema.isIntOrString) return found === "integer" || found === "string"
  if (schema.type === "" || schema.type === found) return true
  return schema.type === "number" && found === "integer"
}

function tooLong(field: string, most: number): FieldError {
  const message = `Too long: may not be more than ${most} bytes`
  return { field, reason: "FieldValueTooLong", message }
}

function tooMany(field: string, found: number, most: number): FieldError {
  const message = `Too many: ${found}: must have at most ${most} items`
  return { field, reason: "FieldValueTooMany", message }
}

function limit(schema: StructuralSchema, name: string): number | undefined {
  const value = schema.limits[name]
  return typeof value === "number" ? value : undefined
}

function textErrors(schema: StructuralSchema, value: string, path: string): FieldError[] {
  const errors: FieldError[] = []
  const [least, most] = [limit(schema, "minLength"), limit(schema, "maxLength")]
  const length = Array.from(value).length
  if (most !== undefined && length > most) errors.push(tooLong(path, most))
  if (least !== undefined && length < least) {
    errors.push(wrong(path, value, `${path} in body should be at least ${least} chars long`))
  }
  if (schema.pattern !== undefined && !schema.pattern.test(value)) {
    errors.push(wrong(path, value, `${path} in body should match '${schema.pattern.source}'`))
  }
  const { format } = schema.limits
  if (typeof format === "string" && !hasFormat(value, format)) {
    errors.push(mistyped(path, format, value))
  }
  return errors
}

function numberErrors(schema: StructuralSchema, value: number, path: string): FieldError[] {
  const errors: FieldError[] = []
  const say = (what: string): void => {
    errors.push(wrong(path, value, `${path} in body should be ${what}`))
  }
  const [least, most] = [limit(schema, "minimum"), limit(schema, "maximum")]
  const isAbove = schema.limits["exclusiveMinimum"] === true
  const isBelow = schema.limits["exclusiveMaximum"] === true
  const factor = limit(schema, "multipleOf")
  if (most !== undefined && (isBelow ? value >= most : value > most)) {
    say(isBelow ? `less than ${most}` : `less than or equal to ${most}`)
  }
  if (least !== undefined && (isAbove ? value <= least : value < least)) {
    say(isAbove ? `greater than ${least}` : `greater than or equal to ${least}`)
  }
  if (factor !== undefined && factor > 0 && !isMultiple(value, factor)) {
    say(`a multiple of ${factor}`)
  }
  const { format } = schema.limits
  if (typeof format === "string" && !isInRange(value, format)) {
    errors.push(mistyped(path, format, value))
  }
  return errors
}

function isMultiple(value: number, factor: number): boolean {
  const quotient = value / factor
  return Math.abs(quotient - Math.round(quotient)) < 1e-9
}

function listErrors(
  schema: StructuralSchema,
  value: readonly JsonValue[],
  place: Place,
): FieldError[] {
  const { path } = place
  const errors: FieldError[] = []
  const [least, most] = [limit(schema, "minItems"), limit(schema, "maxItems")]
  if (most !== undefined && value.length > most) errors.push(tooMany(path, value.length, most))
  if (least !== undefined && value.length < least) {
    errors.push(wrong(path, value.length, `${path} in body should have at least ${least} items`))
  }
  const { items } = schema
  if (items === undefined) return errors
  const old = correlate(schema, place.old)
  for (const [index, item] of value.entries()) {
    errors.push(...valueErrors(items, item, { path: `${path}[${index}]`, old: old(item) }))
  }
  return errors
}

/** The text that tells an item of a list of type map apart. */
export function itemKey(schema: StructuralSchema, item: JsonValue): string {
  if (schema.list !== "map" || !isJsonObject(item)) return JSON.stringify(item)
  const values = schema.listKeys.map((key) => {
    const own = Object.hasOwn(item, key) ? item[key] : undefined
    return own ?? schema.items?.properties.get(key)?.default ?? null
  })
  return JSON.stringify(values)
}

/** Finds the old value of an item, where items of this list can be told apart. */
export function correlate(
  schema: StructuralSchema,
  old: JsonValue | undefined,
): (item: JsonValue) => JsonValue | undefined {
  if (schema.list !== "map" || !Array.isArray(old)) return () => undefined
  const byKey = new Map((old as readonly JsonValue[]).map((item) => [itemKey(schema, item), item]))
  return (item) => byKey.get(itemKey(schema, item))
}

function objectErrors(schema: StructuralSchema, value: JsonObject, place: Place): FieldError[] {
  const { path } = place
  const errors: FieldError[] = []
  const count = Object.keys(value).length
  const [least, most] = [limit(schema, "minProperties"), limit(schema, "maxProperties")]
  if (most !== undefined && count > most) errors.push(tooMany(path, count, most))
  if (least !== undefined && count < least) {
    errors.push(wrong(path, count, `${path} in body should have at least ${least} properties`))
  }
  for (const name of schema.required) {
    if (!Object.hasOwn(value, name)) errors.push(required(below(path, name)))
  }
  const old = place.old !== undefined && isJsonObject(place.old) ? place.old : {}
  for (const [name, field] of Object.entries(value)) {
    const known = fieldOf(schema, name)
    if (known === undefined) continue
    const before = Object.hasOwn(old, name) ? old[name] : undefined
    errors.push(...valueErrors(known, field, { path: below(path, name), old: before }))
  }
  return errors
}

/** The path of a field. */
export function below(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`
}

/** `"spec" must validate at least one schema (anyOf)` */
function junctor(path: string, what: string): FieldError {
  return wrong(path, "", `${JSON.stringify(path)} ${what}`)
}

function fewest(outcomes: readonly FieldError[][]): FieldError[] {
  return outcomes.reduce(
    (best, each) => (each.length < best.length ? each : best),
    outcomes[0] ?? [],
  )
}

function junctorErrors(schema: StructuralSchema, value: JsonValue, place: Place): FieldError[] {
  const { path } = place
  const inner = (each: StructuralSchema): FieldError[] => valueErrors(each, value, { path })
  const errors: FieldError[] = []
  if (schema.anyOf.length > 0) {
    const outcomes = schema.anyOf.map(inner)
    if (outcomes.every((each) => each.length > 0)) {
      errors.push(junctor(path, "must validate at least one schema (anyOf)"), ...fewest(outcomes))
    }
  }
  if (schema.oneOf.length > 0) {
    const outcomes = schema.oneOf.map(inner)
    const valid = outcomes.filter((each) => each.length === 0).length
    if (valid !== 1) {
      const found = valid === 0 ? "Found none valid" : `Found ${valid} valid alternatives`
      errors.push(junctor(path, `must validate one and only one schema (oneOf). ${found}`))
      if (valid === 0) errors.push(...fewest(outcomes))
    }
  }
  const all = schema.allOf.flatMap(inner)
  if (all.length > 0) {
    errors.push(junctor(path, "must validate all the schemas (allOf)"), ...all)
  }
  if (schema.not !== undefined && inner(schema.not).length === 0) {
    errors.push(junctor(path, "must not validate the schema (not)"))
  }
  return errors
}

/** Where a value lies, and what was there before. */
export interface Place {
  readonly path: string
  /** A value that says the same as the stored one is not checked again: what was accepted stays acceptable. */
  readonly old?: JsonValue | undefined
}

function embeddedErrors(value: JsonObject, path: string): FieldError[] {
  return ["apiVersion", "kind"].flatMap((name) => {
    const own = value[name]
    const isGiven = typeof own === "string" && own !== ""
    return isGiven ? [] : [required(below(path, name), "must not be empty")]
  })
}

function enumErrors(schema: StructuralSchema, value: JsonValue, path: string): FieldError[] {
  const known = schema.limits["enum"]
  if (!Array.isArray(known) || known.some((each) => equalJson(each, value))) return []
  return [unsupported(path, value, known as readonly string[])]
}

/** What is wrong with a value, by its schema, in the order of its fields. */
export function valueErrors(
  schema: StructuralSchema,
  value: JsonValue,
  place: Place,
): FieldError[] {
  if (place.old !== undefined && equalJson(place.old, value)) return []
  const { path } = place
  if (!hasType(schema, value)) {
    const wanted = schema.isIntOrString ? "integer,string" : schema.type
    return [mistyped(path, wanted, typeName(value))]
  }
  if (value === null) return []
  const errors = [...junctorErrors(schema, value, place), ...enumErrors(schema, value, path)]
  if (typeof value === "string") errors.push(...textErrors(schema, value, path))
  else if (typeof value === "number") errors.push(...numberErrors(schema, value, path))
  else if (Array.isArray(value)) errors.push(...listErrors(schema, value, place))
  else if (isJsonObject(value)) {
    if (schema.isEmbedded) errors.push(...embeddedErrors(value, path))
    errors.push(...objectErrors(schema, value, place))
  }
  return errors
}

/** Items of sets and maps that are there twice. */
export function duplicateErrors(
  schema: StructuralSchema,
  value: JsonValue,
  path: string,
): FieldError[] {
  if (Array.isArray(value)) {
    const list = value as readonly JsonValue[]
    const seen = new Set<string>()
    const errors: FieldError[] = []
    for (const [index, item] of list.entries()) {
      const at = `${path}[${index}]`
      const key = itemKey(schema, item)
      if (schema.list !== "atomic" && seen.has(key)) {
        const message = `Duplicate value: ${JSON.stringify(shownKey(schema, item))}`
        errors.push({ field: at, reason: "FieldValueDuplicate", message })
      }
      seen.add(key)
      if (schema.items !== undefined) errors.push(...duplicateErrors(schema.items, item, at))
    }
    return errors
  }
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([name, field]) => {
    const known = fieldOf(schema, name)
    return known === undefined ? [] : duplicateErrors(known, field, below(path, name))
  })
}

function shownKey(schema: StructuralSchema, item: JsonValue): JsonValue {
  if (schema.list !== "map" || !isJsonObject(item)) return item
  return Object.fromEntries(
    schema.listKeys.flatMap((key) => (Object.hasOwn(item, key) ? [[key, item[key] ?? null]] : [])),
  )
}
