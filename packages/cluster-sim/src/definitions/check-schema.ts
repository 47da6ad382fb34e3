import { compileRegexp } from "@argo-ts/expr/regexp"
import { isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import { type FieldError, forbiddenField, required, unsupported, wrong } from "../api/errors.js"
import { listOf, partOf, textOf } from "./definition.js"
import { fillDefaults, prune } from "./prune.js"
import { compileRules } from "./rules.js"
import { parseSchema } from "./schema.js"
import { valueErrors } from "./validate-value.js"

const unsupportedWords = [
  "$ref",
  "definitions",
  "dependencies",
  "patternProperties",
  "additionalItems",
  "id",
  "deprecated",
  "discriminator",
  "readOnly",
  "writeOnly",
  "xml",
]
const types = ["array", "boolean", "integer", "number", "object", "string"]
/** What alternatives may not say: it belongs to the structure, which is the same in all of them. */
const structuralWords = [
  "type",
  "title",
  "description",
  "default",
  "nullable",
  "additionalProperties",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-embedded-resource",
  "x-kubernetes-int-or-string",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-map-type",
]

type What = "root" | "object fields" | "array items"

function typeErrors(raw: JsonObject, path: string, what: What): FieldError[] {
  const type = textOf(raw, "type")
  const isFree =
    raw["x-kubernetes-int-or-string"] === true ||
    raw["x-kubernetes-preserve-unknown-fields"] === true
  if (type === "") {
    if (isFree && what !== "root") return []
    const where = what === "root" ? "at the root" : `for specified ${what}`
    return [required(`${path}.type`, `must not be empty ${where}`)]
  }
  if (raw["x-kubernetes-int-or-string"] === true) {
    return [forbiddenField(`${path}.type`, "must be empty if x-kubernetes-int-or-string is true")]
  }
  if (!types.includes(type)) return [unsupported(`${path}.type`, type, types)]
  if (what === "root" && type !== "object") {
    return [wrong(`${path}.type`, type, "must be object at the root")]
  }
  return []
}

function wordErrors(raw: JsonObject, path: string): FieldError[] {
  const errors = unsupportedWords
    .filter((word) => Object.hasOwn(raw, word) && raw[word] !== false)
    .map((word) => forbiddenField(`${path}.${word}`, `${word} is not supported`))
  if (raw["uniqueItems"] === true) {
    const why = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
    errors.push(forbiddenField(`${path}.uniqueItems`, why))
  }
  const hasProperties = Object.keys(partOf(raw, "properties")).length > 0
  const { additionalProperties } = raw
  if (additionalProperties === false) {
    const why = "additionalProperties cannot be set to false"
    errors.push(forbiddenField(`${path}.additionalProperties`, why))
  } else if (additionalProperties !== undefined && hasProperties) {
    const why = "additionalProperties and properties are mutual exclusive"
    errors.push(forbiddenField(`${path}.additionalProperties`, why))
  }
  if (Array.isArray(raw["items"])) {
    errors.push(forbiddenField(`${path}.items`, "items must be a schema object and not an array"))
  }
  if (raw["x-kubernetes-preserve-unknown-fields"] === false) {
    const field = `${path}.x-kubernetes-preserve-unknown-fields`
    errors.push(wrong(field, false, "must be true or undefined"))
  }
  return errors
}

function patternErrors(raw: JsonObject, path: string): FieldError[] {
  const pattern = textOf(raw, "pattern")
  const compiled = pattern === "" ? undefined : compileRegexp(pattern)
  if (compiled === undefined || compiled.ok) return []
  const why = `must be a valid regular expression, but isn't: ${compiled.issues[0]?.message ?? ""}`
  return [wrong(`${path}.pattern`, pattern, why)]
}

function listTypeErrors(raw: JsonObject, path: string): FieldError[] {
  const list = textOf(raw, "x-kubernetes-list-type")
  if (list === "") return []
  const field = `${path}.x-kubernetes-list-type`
  const errors: FieldError[] = []
  if (!["atomic", "set", "map"].includes(list)) {
    errors.push(unsupported(field, list, ["atomic", "set", "map"]))
  }
  if (textOf(raw, "type") !== "array") {
    errors.push(
      wrong(
        `${path}.type`,
        textOf(raw, "type"),
        "must be array if x-kubernetes-list-type is specified",
      ),
    )
  }
  if (list !== "map") return errors
  const keys = raw["x-kubernetes-list-map-keys"]
  const keysField = `${path}.x-kubernetes-list-map-keys`
  if (!Array.isArray(keys) || keys.length === 0) {
    return [...errors, required(keysField, "must not be empty if x-kubernetes-list-type is map")]
  }
  const items = partOf(raw, "items")
  const needed = Array.isArray(items["required"]) ? items["required"] : []
  for (const [index, key] of (keys as readonly JsonValue[]).entries()) {
    const property = partOf(partOf(items, "properties"), String(key))
    if (Object.keys(property).length === 0) {
      const why = "entries in x-kubernetes-list-map-keys must reference properties of the items"
      errors.push(wrong(`${keysField}[${index}]`, key, why))
    } else if (!needed.includes(key) && property["default"] === undefined) {
      const at = `${path}.items.properties[${String(key)}].default`
      const why =
        "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"
      errors.push(required(at, why))
    }
  }
  return errors
}

function ruleProblems(raw: JsonObject, path: string): FieldError[] {
  const list = listOf(raw, "x-kubernetes-validations")
  return compileRules(raw["x-kubernetes-validations"]).problems.map(({ field, index, message }) => {
    const at = `${path}.x-kubernetes-validations[${index}].${field}`
    return wrong(at, list[index]?.[field] ?? "", message)
  })
}

function defaultErrors(raw: JsonObject, path: string): FieldError[] {
  const value = raw["default"]
  if (value === undefined || value === null) return []
  const schema = parseSchema(raw)
  const at = `${path}.default`
  const errors = valueErrors(schema, fillDefaults(value, schema), { path: at })
  if (errors.length > 0 || !isJsonObject(value)) return errors
  const { unknown } = prune(value, schema)
  return unknown.map((name) => wrong(at, value, `must not have unknown fields, found ${name}`))
}

function alternativeErrors(raw: JsonObject, path: string): FieldError[] {
  const isIntOrString = raw["x-kubernetes-int-or-string"] === true
  const inner = ["allOf", "anyOf", "oneOf"].flatMap((word) =>
    listOf(raw, word).map((each, index) => ({ each, at: `${path}.${word}[${index}]`, word })),
  )
  const not = raw["not"]
  if (not !== undefined && isJsonObject(not))
    inner.push({ each: not, at: `${path}.not`, word: "not" })
  return inner.flatMap(({ each, at, word }) =>
    withinAlternative(each, at, isIntOrString && word === "anyOf"),
  )
}

function withinAlternative(raw: JsonObject, path: string, mayHaveType: boolean): FieldError[] {
  const errors = structuralWords
    .filter((word) => Object.hasOwn(raw, word) && !(mayHaveType && word === "type"))
    .map((word) => forbiddenField(`${path}.${word}`, "must be empty to be structural"))
  for (const [name, each] of Object.entries(partOf(raw, "properties"))) {
    if (isJsonObject(each))
      errors.push(...withinAlternative(each, `${path}.properties[${name}]`, false))
  }
  const { items } = raw
  if (items !== undefined && isJsonObject(items)) {
    errors.push(...withinAlternative(items, `${path}.items`, false))
  }
  return [...errors, ...patternErrors(raw, path), ...alternativeErrors(raw, path)]
}

const namingWords = ["type", "properties", "description", "required"]

function metadataErrors(raw: JsonObject, path: string): FieldError[] {
  const metadata = partOf(partOf(raw, "properties"), "metadata")
  const at = `${path}.properties[metadata]`
  const other = Object.keys(metadata).filter((word) => !namingWords.includes(word))
  const fields = Object.keys(partOf(metadata, "properties"))
  const isNaming = fields.every((name) => name === "name" || name === "generateName")
  if (other.length === 0 && isNaming) return []
  const why =
    "must not specify anything other than name and generateName, but metadata is implicitly specified"
  return [forbiddenField(at, why)]
}

/** What keeps a schema from being structural, and what else is wrong with it. */
export function schemaErrors(raw: JsonObject, path: string, what: What = "root"): FieldError[] {
  const errors = [
    ...typeErrors(raw, path, what),
    ...wordErrors(raw, path),
    ...patternErrors(raw, path),
    ...listTypeErrors(raw, path),
    ...alternativeErrors(raw, path),
    ...ruleProblems(raw, path),
  ]
  if (what === "root" || raw["x-kubernetes-embedded-resource"] === true) {
    errors.push(...metadataErrors(raw, path))
  }
  for (const [name, each] of Object.entries(partOf(raw, "properties"))) {
    if (name === "metadata" && what === "root") continue
    if (!isJsonObject(each)) continue
    errors.push(...schemaErrors(each, `${path}.properties[${name}]`, "object fields"))
  }
  const { items, additionalProperties: additional } = raw
  if (items !== undefined && isJsonObject(items)) {
    errors.push(...schemaErrors(items, `${path}.items`, "array items"))
  } else if (textOf(raw, "type") === "array") {
    errors.push(required(`${path}.items`, "must be specified"))
  }
  if (additional !== undefined && isJsonObject(additional)) {
    errors.push(...schemaErrors(additional, `${path}.additionalProperties`, "object fields"))
  }
  // A default is checked against the schema, which has to be one.
  return errors.length > 0 ? errors : defaultErrors(raw, path)
}
