import type { Pattern } from "@argo-ts/expr/regexp"
import { compilePattern } from "@argo-ts/expr/regexp"
import { equalJson, isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import { compileRules, type ValidationRule } from "./rules.js"

/** A structural schema, read once: what a value of a custom resource may be, at each of its places. */
export interface StructuralSchema {
  /** Empty where the schema names none: a number or a text, or anything. */
  readonly type: string
  readonly isIntOrString: boolean
  readonly isNullable: boolean
  /** Unknown fields stay. */
  readonly isOpen: boolean
  /** An object with kind, version and metadata of its own. */
  readonly isEmbedded: boolean
  readonly properties: ReadonlyMap<string, StructuralSchema>
  /** Of a map: what its values are; `true` for anything. */
  readonly additional: StructuralSchema | boolean
  readonly items: StructuralSchema | undefined
  readonly default: JsonValue | undefined
  readonly list: "atomic" | "set" | "map"
  readonly listKeys: readonly string[]
  readonly isAtomicMap: boolean
  readonly required: readonly string[]
  readonly pattern: Pattern | undefined
  /** The plain constraints: `maximum`, `enum`, `format`, … */
  readonly limits: JsonObject
  readonly allOf: readonly StructuralSchema[]
  readonly anyOf: readonly StructuralSchema[]
  readonly oneOf: readonly StructuralSchema[]
  readonly not: StructuralSchema | undefined
  readonly rules: readonly ValidationRule[]
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : ""
}

function texts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((each: JsonValue) => typeof each === "string") : []
}

function schemas(value: JsonValue | undefined): readonly StructuralSchema[] {
  return Array.isArray(value)
    ? (value as readonly JsonValue[]).filter(isJsonObject).map(parseSchema)
    : []
}

/** What a place holds whatever its own schema says about it: the two forms of a number or a text. */
function patternOf(source: JsonValue | undefined): Pattern | undefined {
  if (typeof source !== "string" || source === "") return undefined
  try {
    return compilePattern(source)
  } catch {
    // Refused when the definition was created, with the reason.
    return undefined
  }
}

function listOf(raw: JsonObject): StructuralSchema["list"] {
  const list = raw["x-kubernetes-list-type"]
  return list === "set" || list === "map" ? list : "atomic"
}

const intOrStringForm: JsonValue = [{ type: "integer" }, { type: "string" }]

/** Reads a schema that has been checked; what it cannot read counts as absent. */
export function parseSchema(raw: JsonObject): StructuralSchema {
  const properties = raw["properties"]
  const { items, not } = raw
  const isIntOrString = raw["x-kubernetes-int-or-string"] === true
  const anyOf = isIntOrString && equalJson(raw["anyOf"], intOrStringForm) ? [] : raw["anyOf"]
  const additional = raw["additionalProperties"]
  return {
    type: text(raw["type"]),
    isIntOrString,
    isNullable: raw["nullable"] === true,
    isOpen: raw["x-kubernetes-preserve-unknown-fields"] === true,
    isEmbedded: raw["x-kubernetes-embedded-resource"] === true,
    properties: new Map(
      Object.entries(properties !== undefined && isJsonObject(properties) ? properties : {})
        .filter((entry): entry is [string, JsonObject] => isJsonObject(entry[1]))
        .map(([name, each]) => [name, parseSchema(each)]),
    ),
    additional:
      additional !== undefined && isJsonObject(additional)
        ? parseSchema(additional)
        : additional === true,
    items: items !== undefined && isJsonObject(items) ? parseSchema(items) : undefined,
    default: raw["default"],
    list: listOf(raw),
    listKeys: texts(raw["x-kubernetes-list-map-keys"]),
    isAtomicMap: raw["x-kubernetes-map-type"] === "atomic",
    required: texts(raw["required"]),
    pattern: patternOf(raw["pattern"]),
    limits: raw,
    allOf: schemas(raw["allOf"]),
    anyOf: schemas(anyOf),
    oneOf: schemas(raw["oneOf"]),
    not: not !== undefined && isJsonObject(not) ? parseSchema(not) : undefined,
    rules: compileRules(raw["x-kubernetes-validations"]).rules,
  }
}

/** The schema of a field: named, or that of a map's values; undefined where the schema knows no such field. */
export function fieldOf(schema: StructuralSchema, name: string): StructuralSchema | undefined {
  const known = schema.properties.get(name)
  if (known !== undefined) return known
  return typeof schema.additional === "boolean" ? undefined : schema.additional
}

/** True where a field without a schema of its own stays. */
export function keepsUnknown(schema: StructuralSchema): boolean {
  return schema.isOpen || schema.additional === true
}

/** True where the schema, or one below it, has rules. */
export function hasRules(schema: StructuralSchema): boolean {
  if (schema.rules.length > 0) return true
  if (schema.items !== undefined && hasRules(schema.items)) return true
  if (typeof schema.additional !== "boolean" && hasRules(schema.additional)) return true
  return [...schema.properties.values()].some(hasRules)
}
