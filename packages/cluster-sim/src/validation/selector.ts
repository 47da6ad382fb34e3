import { equalJson, type JsonObject, matchesLabels } from "@argo-ts/kernel"
import { type FieldError, forbiddenField, required, wrong, wrongGo } from "../api/errors.js"
import { goMap, goSelector } from "./go-value.js"
import { labelValueComplaints, qualifiedComplaints } from "./names.js"
import { items, nested, text, texts } from "./values.js"

/** Complains of labels that are none. */
export function checkLabels(labels: JsonObject, field: string, errors: FieldError[]): void {
  for (const [key, value] of Object.entries(labels)) {
    for (const why of qualifiedComplaints(key)) errors.push(wrong(field, key, why))
    for (const why of labelValueComplaints(`${value}`)) errors.push(wrong(field, value, why))
  }
}

function checkExpression(expression: JsonObject, at: string, errors: FieldError[]): void {
  const operator = text(expression, "operator")
  const count = texts(expression, "values").length
  if (operator === "In" || operator === "NotIn") {
    const why = "must be specified when `operator` is 'In' or 'NotIn'"
    if (count === 0) errors.push(required(`${at}.values`, why))
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    const why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
    if (count > 0) errors.push(forbiddenField(`${at}.values`, why))
  } else errors.push(wrong(`${at}.operator`, operator, "not a valid selector operator"))
  const key = text(expression, "key")
  for (const why of qualifiedComplaints(key)) errors.push(wrong(`${at}.key`, key, why))
}

/** Complains of a selector whose labels or expressions are none. */
export function checkSelector(selector: JsonObject, at: string, errors: FieldError[]): void {
  checkLabels(nested(selector, "matchLabels"), `${at}.matchLabels`, errors)
  for (const [index, expression] of items(selector, "matchExpressions").entries()) {
    checkExpression(expression, `${at}.matchExpressions[${index}]`, errors)
  }
}

/** True for a selector that selects everything. */
export function isEmptySelector(selector: JsonObject): boolean {
  const labels = Object.keys(nested(selector, "matchLabels"))
  return labels.length === 0 && items(selector, "matchExpressions").length === 0
}

/** Complains where pods of a template are not those that its owner selects. */
export function checkTemplateLabels(spec: JsonObject, errors: FieldError[]): void {
  const labels = nested(nested(nested(spec, "template"), "metadata"), "labels")
  const selector = nested(spec, "selector")
  // No selector selects nothing; an empty one everything.
  const isThere = spec["selector"] !== undefined
  if (isThere && matchesLabels(selector, labels as { readonly [key: string]: string })) return
  const given = nested(nested(spec, "template"), "metadata")["labels"]
  const why = "`selector` does not match template `labels`"
  errors.push(wrongGo("spec.template.metadata.labels", goMap(given), why))
}

/** Complains of a selector that is another one than before. */
export function checkSelectorKept(spec: JsonObject, old: JsonObject, errors: FieldError[]): void {
  if (equalJson(spec["selector"], old["selector"])) return
  const value = goSelector(nested(spec, "selector"))
  errors.push(wrongGo("spec.selector", value, "field is immutable"))
}
