import { isJsonObject, type JsonValue } from "@argo-ts/kernel"
import type { FieldError } from "../api/errors.js"
import { ruleValue } from "./rule-values.js"
import type { ValidationRule } from "./rules.js"
import { fieldOf, type StructuralSchema } from "./schema.js"
import { below, correlate, typeName } from "./validate-value.js"

/** A value that rules are about, and what was there before. */
interface Subject {
  readonly value: JsonValue
  readonly old: JsonValue | undefined
  readonly path: string
  readonly isRoot: boolean
}

function fieldAt(path: string, fieldPath: string): string {
  if (fieldPath === "") return path
  const below_ = fieldPath.replace(/^\./, "").replaceAll(/\['([^']*)'\]/g, ".$1")
  return path === "" ? below_.replace(/^\./, "") : `${path}.${below_.replace(/^\./, "")}`
}

function errorOf(rule: ValidationRule, subject: Subject, text: string): FieldError {
  const field = fieldAt(subject.path, rule.fieldPath) || "<nil>"
  const shown = JSON.stringify(typeName(subject.value))
  switch (rule.reason) {
    case "FieldValueForbidden":
      return { field, reason: rule.reason, message: `Forbidden: ${text}` }
    case "FieldValueRequired":
      return { field, reason: rule.reason, message: `Required value: ${text}` }
    case "FieldValueDuplicate":
      return { field, reason: rule.reason, message: `Duplicate value: ${shown}` }
    default:
      return { field, reason: rule.reason, message: `Invalid value: ${shown}: ${text}` }
  }
}

function messageOf(
  rule: ValidationRule,
  values: Parameters<ValidationRule["program"]["evaluate"]>[0],
): string {
  const computed = rule.messageProgram?.evaluate(values)
  // A message that cannot be computed, or is none, gives way to the plain one.
  if (computed?.ok === true && typeof computed.value === "string") {
    const text = computed.value.trim()
    if (text !== "" && !text.includes("\n")) return text
  }
  return rule.message === "" ? `failed rule: ${rule.source}` : rule.message
}

function ruleErrors(schema: StructuralSchema, subject: Subject): FieldError[] {
  const { value, old, isRoot, path } = subject
  if (schema.rules.length === 0) return []
  const self = ruleValue(schema, value, isRoot)
  const oldSelf = old === undefined ? undefined : ruleValue(schema, old, isRoot)
  return schema.rules.flatMap((rule) => {
    if (rule.isTransition && !rule.isOldOptional && oldSelf === undefined) return []
    const values = { self, oldSelf }
    const result = rule.program.evaluate(values)
    if (result.ok && result.value === true) return []
    if (result.ok) return [errorOf(rule, subject, messageOf(rule, values))]
    const why = `${result.issues[0]?.message ?? ""} evaluating rule: ${rule.message || rule.source}`
    return [
      errorOf({ ...rule, reason: "FieldValueInvalid", fieldPath: "" }, { ...subject, path }, why),
    ]
  })
}

/** What the rules of a schema have against a value, outer ones first. Values that did not change keep their verdict. */
export function rulesErrors(schema: StructuralSchema, subject: Subject): FieldError[] {
  const errors = ruleErrors(schema, subject)
  const { value, old, path } = subject
  if (Array.isArray(value)) {
    const { items } = schema
    if (items === undefined) return errors
    const oldOf = correlate(schema, old)
    for (const [index, item] of (value as readonly JsonValue[]).entries()) {
      const at = `${path}[${index}]`
      errors.push(...rulesErrors(items, { value: item, old: oldOf(item), path: at, isRoot: false }))
    }
    return errors
  }
  if (!isJsonObject(value)) return errors
  const oldFields = old !== undefined && isJsonObject(old) ? old : {}
  for (const [name, field] of Object.entries(value)) {
    const known = fieldOf(schema, name)
    if (known === undefined || field === null) continue
    const before = Object.hasOwn(oldFields, name) ? oldFields[name] : undefined
    const at = below(path, name)
    errors.push(...rulesErrors(known, { value: field, old: before, path: at, isRoot: false }))
  }
  return errors
}
