import type { JsonObject } from "@argo-ts/kernel"
import { duplicate, type FieldError, notSupported, required, wrong } from "../api/errors.js"
import { checkOneOf, items, nested, number, text } from "./values.js"

const actions = ["Count", "FailIndex", "FailJob", "Ignore"]

/** A complaint about an object that is too long to print. */
function wrongWhole(field: string, why: string): FieldError {
  return { field, reason: "FieldValueInvalid", message: `Invalid value: ${why}` }
}

function checkCodes(
  codes: JsonObject,
  at: string,
  names: ReadonlySet<string>,
  errors: FieldError[],
): void {
  const container = codes["containerName"]
  if (typeof container === "string" && !names.has(container)) {
    const why = "must be one of the container or initContainer names in the pod template"
    errors.push(wrong(`${at}.containerName`, container, why))
  }
  const operator = text(codes, "operator")
  if (operator === "") {
    errors.push(required(`${at}.operator`, 'valid values: ["In" "NotIn"]'))
  } else checkOneOf(operator, ["In", "NotIn"], `${at}.operator`, errors)
  const list = codes["values"]
  const values = Array.isArray(list) ? (list as readonly number[]) : []
  if (values.length === 0) {
    errors.push(wrongWhole(`${at}.values`, "at least one value is required"))
  } else if (values.length > 255) {
    const message = `Too many: ${values.length}: must have at most 255 items`
    errors.push({ field: `${at}.values`, reason: "FieldValueTooMany", message })
  }
  const seen = new Set<number>()
  for (const [index, value] of values.entries()) {
    if (operator === "In" && value === 0) {
      errors.push(wrong(`${at}.values[${index}]`, 0, "must not be 0 for the In operator"))
    }
    if (seen.has(value)) errors.push(duplicate(`${at}.values[${index}]`, value))
    seen.add(value)
  }
  const isOrdered = values.every((value, index) => index === 0 || value >= (values[index - 1] ?? 0))
  if (!isOrdered) errors.push(wrong(`${at}.values`, values, "must be ordered"))
}

function checkConditions(rule: JsonObject, at: string, errors: FieldError[]): void {
  for (const [index, condition] of items(rule, "onPodConditions").entries()) {
    const place = `${at}.onPodConditions[${index}]`
    if (text(condition, "type") === "") errors.push(required(`${place}.type`))
    const status = text(condition, "status")
    const statuses = ["False", "True", "Unknown"]
    if (status === "") {
      errors.push(required(`${place}.status`, 'valid values: ["False" "True" "Unknown"]'))
    } else checkOneOf(status, statuses, `${place}.status`, errors)
  }
}

function namesIn(spec: JsonObject): ReadonlySet<string> {
  const pod = nested(nested(spec, "template"), "spec")
  const all = [...items(pod, "containers"), ...items(pod, "initContainers")]
  return new Set(all.map((container) => text(container, "name")))
}

function checkFailurePolicy(spec: JsonObject, at: string, errors: FieldError[]): void {
  const rules = items(nested(spec, "podFailurePolicy"), "rules")
  const names = namesIn(spec)
  if (rules.length > 20) {
    const message = `Too many: ${rules.length}: must have at most 20 items`
    errors.push({ field: `${at}.rules`, reason: "FieldValueTooMany", message })
  }
  for (const [index, rule] of rules.entries()) {
    const place = `${at}.rules[${index}]`
    const action = text(rule, "action")
    if (action === "") {
      const known = 'valid values: ["Count" "FailIndex" "FailJob" "Ignore"]'
      errors.push(required(`${place}.action`, known))
    } else if (action === "FailIndex" && spec["backoffLimitPerIndex"] === undefined) {
      errors.push(wrong(`${place}.action`, action, "requires the backoffLimitPerIndex to be set"))
    } else checkOneOf(action, actions, `${place}.action`, errors)
    const hasCodes = rule["onExitCodes"] !== undefined
    const hasConditions = items(rule, "onPodConditions").length > 0
    if (hasCodes && hasConditions) {
      const why = "specifying both OnExitCodes and OnPodConditions is not supported"
      errors.push(wrongWhole(place, why))
    } else if (!hasCodes && !hasConditions) {
      errors.push(
        wrongWhole(place, "specifying one of OnExitCodes and OnPodConditions is required"),
      )
    }
    if (hasCodes) checkCodes(nested(rule, "onExitCodes"), `${place}.onExitCodes`, names, errors)
    checkConditions(rule, place, errors)
  }
}

const ranges = /^\d+(-\d+)?(,\d+(-\d+)?)*$/

function checkSuccessPolicy(spec: JsonObject, at: string, errors: FieldError[]): void {
  const rules = items(nested(spec, "successPolicy"), "rules")
  if (rules.length === 0) {
    const why = "at least one rules must be specified when the successPolicy is specified"
    errors.push(required(`${at}.rules`, why))
  }
  const completions = number(spec, "completions") ?? 0
  for (const [index, rule] of rules.entries()) {
    const place = `${at}.rules[${index}]`
    const [indexes, count] = [rule["succeededIndexes"], number(rule, "succeededCount")]
    if (indexes === undefined && count === undefined) {
      const why = "at least one of succeededCount or succeededIndexes must be specified"
      errors.push(required(place, why))
    }
    if (typeof indexes === "string" && !ranges.test(indexes)) {
      const why = "error parsing succeededIndexes: cannot convert string to integer for index"
      errors.push(wrong(`${place}.succeededIndexes`, indexes, why))
    }
    if (count !== undefined && count > completions) {
      const why = `must be less than or equal to ${completions} (the number of specified completions)`
      errors.push(wrong(`${place}.succeededCount`, count, why))
    }
  }
}

/** Complains of the policies of a Job: what failures and successes mean, and when pods are replaced. */
export function checkJobPolicies(spec: JsonObject, at: string, errors: FieldError[]): void {
  const hasFailurePolicy = spec["podFailurePolicy"] !== undefined
  if (hasFailurePolicy) checkFailurePolicy(spec, `${at}.podFailurePolicy`, errors)
  if (spec["successPolicy"] !== undefined) {
    const field = `${at}.successPolicy`
    if (spec["completionMode"] === "Indexed") checkSuccessPolicy(spec, field, errors)
    else errors.push(wrong(field, spec["successPolicy"], "requires indexed completion mode"))
  }
  const known = hasFailurePolicy ? ["Failed"] : ["Failed", "TerminatingOrFailed"]
  const replacement = spec["podReplacementPolicy"]
  if (replacement !== undefined && !known.includes(String(replacement))) {
    errors.push(notSupported(`${at}.podReplacementPolicy`, replacement, known))
  }
  const isLimited = spec["backoffLimitPerIndex"] !== undefined
  if (spec["maxFailedIndexes"] !== undefined && !isLimited) {
    errors.push(required(`${at}.backoffLimitPerIndex`, "when maxFailedIndexes is specified"))
  }
}
