import type { CelValue } from "@argo-ts/expr/cel"
import { isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import { fieldOf, type StructuralSchema } from "./schema.js"

const keywords = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
)

/** A field's name as rules write it: `__dash__`, `__slash__`, `__dot__`, and keywords in underscores. */
export function ruleName(name: string): string {
  if (keywords.has(name)) return `__${name}__`
  return name
    .replaceAll("__", "__underscores__")
    .replaceAll(".", "__dot__")
    .replaceAll("-", "__dash__")
    .replaceAll("/", "__slash__")
}

function scalar(schema: StructuralSchema | undefined, value: JsonValue): CelValue {
  if (typeof value === "number") {
    const isWhole = Number.isInteger(value) && schema?.type !== "number"
    return isWhole ? BigInt(value) : value
  }
  if (typeof value !== "string") return value as CelValue
  const format = schema?.limits["format"]
  if (format === "date-time" || format === "date") {
    const parsed = Date.parse(value)
    return Number.isNaN(parsed) ? value : new Date(parsed)
  }
  return value
}

/**
 * A value as rules see it: whole numbers as integers unless the schema says `number`, times as times. Of objects with a
 * schema only the fields that it knows are seen; keys of maps are left as they are.
 */
export function ruleValue(
  schema: StructuralSchema | undefined,
  value: JsonValue,
  isRoot = false,
): CelValue {
  if (Array.isArray(value)) {
    return (value as readonly JsonValue[]).map((item) => ruleValue(schema?.items, item))
  }
  return isJsonObject(value) ? ruleFields(schema, value, isRoot) : scalar(schema, value)
}

function ruleFields(
  schema: StructuralSchema | undefined,
  value: JsonObject,
  isRoot: boolean,
): CelValue {
  const seen: { [name: string]: CelValue } = {}
  const add = (name: string, each: CelValue): void => {
    Object.defineProperty(seen, name, { value: each, enumerable: true })
  }
  for (const [name, field] of Object.entries(value)) {
    const known = schema === undefined ? undefined : fieldOf(schema, name)
    const isOwn = schema?.properties.has(name) === true
    if (isRoot && (name === "apiVersion" || name === "kind")) add(name, field as string)
    else if (isRoot && name === "metadata") add(name, rootMetadata(field))
    else if (isOwn) add(ruleName(name), ruleValue(known, field))
    else if (known !== undefined || schema === undefined || schema.properties.size === 0) {
      add(name, ruleValue(known, field))
    }
  }
  return seen
}

/** Rules at the root see the name of their object and nothing else of its metadata. */
function rootMetadata(metadata: JsonValue): CelValue {
  if (!isJsonObject(metadata)) return {}
  const { name, generateName } = metadata
  return {
    ...(typeof name === "string" && { name }),
    ...(typeof generateName === "string" && { generateName }),
  }
}
