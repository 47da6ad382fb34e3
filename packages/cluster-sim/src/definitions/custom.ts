import type { JsonValue, UntypedObject } from "@argo-ts/kernel"
import type { FieldError } from "../api/errors.js"
import type { CustomKind } from "../kinds/custom-kind.js"
import { asJson, asObject, type StoredObject } from "../store/stored-object.js"
import type { DefinitionVersion } from "./definition.js"
import { fillDefaults, prune } from "./prune.js"
import { rulesErrors } from "./rule-errors.js"
import { fieldOf, hasRules, keepsUnknown, type StructuralSchema } from "./schema.js"
import { duplicateErrors, valueErrors } from "./validate-value.js"

/** Errors after which rules are not asked: what they would see is not what the schema promises them. */
const blocking = new Set([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
])

const unchecked: FieldError = {
  field: "<nil>",
  reason: "FieldValueInvalid",
  message:
    'Invalid value: "null": some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
}

/** The root without what the server itself checks. */
function bodySchema(schema: StructuralSchema): StructuralSchema {
  const own = ["apiVersion", "kind"]
  const properties = new Map([...schema.properties].filter(([name]) => !own.includes(name)))
  const metadata = properties.get("metadata")
  if (metadata !== undefined) properties.set("metadata", { ...metadata, type: "object" })
  return { ...schema, properties, required: schema.required.filter((name) => !own.includes(name)) }
}

function errorsOf(
  schema: StructuralSchema,
  object: UntypedObject,
  before: StoredObject | undefined,
): FieldError[] {
  const value: JsonValue = asJson(object)
  const old: JsonValue | undefined = before === undefined ? undefined : asJson(before)
  // The metadata changes with every write, so that the root is never as it was.
  const errors = [
    ...valueErrors(schema, value, { path: "", old }),
    ...duplicateErrors(schema, value, ""),
  ]
  if (!hasRules(schema)) return errors
  if (errors.some(({ reason }) => blocking.has(reason))) return [...errors, unchecked]
  return [...errors, ...rulesErrors(schema, { value, old, path: "", isRoot: true })]
}

/** A kind's behaviour as one version of a definition has it. */
export function createCustomKind(version: DefinitionVersion): CustomKind {
  const schema = bodySchema(version.schema)
  return {
    scale: version.scale,
    warning: version.warning,
    selectableFields: version.selectableFields.map((path) => path.replace(/^\./, "")),
    admit(object) {
      const { value, unknown } = prune(asJson(object), version.schema)
      const filled = fillDefaults(value, version.schema)
      return { object: asObject(filled as never), unknown }
    },
    errors: (object, before) => errorsOf(schema, object, before),
    undeclared: (config) => prune(asJson(config), version.schema).unknown,
  }
}

/** True where a definition's schema knows a path of names. */
export function knowsPath(schema: StructuralSchema, path: readonly string[]): boolean {
  let at: StructuralSchema | undefined = schema
  for (const name of path) {
    if (at === undefined) return false
    if (keepsUnknown(at) && fieldOf(at, name) === undefined) return true
    at = fieldOf(at, name)
  }
  return at !== undefined
}
