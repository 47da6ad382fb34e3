import { compileCron } from "@argo-ts/expr/cron"
import { systemZones } from "@argo-ts/expr/zones"
import { equalJson, type JsonObject } from "@argo-ts/kernel"
import { type FieldError, required, wrong, wrongGo } from "../api/errors.js"
import { part } from "../store/stored-object.js"
import type { Check } from "./check.js"
import { goSelector } from "./go-value.js"
import { checkJobPolicies } from "./job-policies.js"
import { checkTemplate } from "./pods.js"
import { checkTemplateLabels } from "./selector.js"
import { checkNotNegative, checkOneOf, nested, number, text } from "./values.js"

const counts = [
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
  "backoffLimit",
  "ttlSecondsAfterFinished",
  "backoffLimitPerIndex",
  "maxFailedIndexes",
]

function checkIndexes(spec: JsonObject, at: string, errors: FieldError[]): void {
  if (spec["completionMode"] === "Indexed") {
    if (spec["completions"] === undefined) {
      const why = "when completion mode is Indexed"
      errors.push(required(`${at}.completions`, why))
    }
    return
  }
  const limit = number(spec, "backoffLimitPerIndex")
  if (limit === undefined) return
  errors.push(wrong(`${at}.backoffLimitPerIndex`, limit, "requires indexed completion mode"))
}

function checkRestart(spec: JsonObject, at: string, errors: FieldError[]): void {
  const policy = text(nested(nested(spec, "template"), "spec"), "restartPolicy")
  const field = `${at}.template.spec.restartPolicy`
  if (policy !== "OnFailure" && policy !== "Never") {
    errors.push(required(field, 'valid values: "OnFailure", "Never"'))
  } else if (policy === "OnFailure" && spec["podFailurePolicy"] !== undefined) {
    const why = 'only "Never" is supported when podFailurePolicy is specified'
    errors.push(wrong(field, policy, why))
  }
}

function checkJobSpec(spec: JsonObject, at: string, errors: FieldError[]): void {
  checkNotNegative(spec, counts, at, errors)
  checkOneOf(spec["completionMode"], ["NonIndexed", "Indexed"], `${at}.completionMode`, errors)
  checkIndexes(spec, at, errors)
  checkTemplate(nested(spec, "template"), `${at}.template`, errors)
  checkRestart(spec, at, errors)
  checkJobPolicies(spec, at, errors)
}

const immutable = "field is immutable"
const fixed = [
  "completionMode",
  "podFailurePolicy",
  "backoffLimitPerIndex",
  "successPolicy",
  "managedBy",
]

/** What a suspended Job that never started may change in its template: where its pods are to run. */
function unplaced(template: JsonObject): JsonObject {
  const { metadata: _metadata, ...rest } = template
  const {
    affinity: _affinity,
    nodeSelector: _selector,
    tolerations: _tolerations,
    schedulingGates: _gates,
    ...spec
  } = nested(template, "spec")
  return { ...rest, spec }
}

function checkCompletions(spec: JsonObject, old: JsonObject, errors: FieldError[]): void {
  const completions = number(spec, "completions")
  if (completions === number(old, "completions")) return
  if (spec["completionMode"] !== "Indexed" || completions === undefined) {
    errors.push(wrong("spec.completions", completions ?? null, immutable))
    return
  }
  const isTandem = completions === number(spec, "parallelism")
  const isChanged = number(spec, "parallelism") !== number(old, "parallelism")
  if (isTandem && isChanged) return
  const why = "can only be modified in tandem with spec.parallelism"
  errors.push(wrong("spec.completions", completions, why))
}

function checkJobUpdate(
  spec: JsonObject,
  old: JsonObject,
  isOpen: boolean,
  errors: FieldError[],
): void {
  checkCompletions(spec, old, errors)
  if (!equalJson(spec["selector"], old["selector"])) {
    errors.push(wrongGo("spec.selector", goSelector(nested(spec, "selector")), immutable))
  }
  const [template, former] = [nested(spec, "template"), nested(old, "template")]
  const isSame = isOpen
    ? equalJson(unplaced(template), unplaced(former))
    : equalJson(template, former)
  if (!isSame) errors.push(wrong("spec.template", template, immutable))
  for (const name of fixed) {
    if (equalJson(spec[name], old[name])) continue
    errors.push(wrong(`spec.${name}`, spec[name] ?? null, immutable))
  }
}

/** What is wrong with a Job. */
export const checkJob: Check = ({ object, before }, errors) => {
  const spec = part(object, "spec")
  checkJobSpec(spec, "spec", errors)
  if (before === undefined) {
    if (spec["manualSelector"] === true) {
      if (spec["selector"] === undefined) errors.push(required("spec.selector"))
      else checkTemplateLabels(spec, errors)
    }
    return
  }
  const old = part(before, "spec")
  const isStarted = part(before, "status")["startTime"] !== undefined
  checkJobUpdate(spec, old, old["suspend"] === true && !isStarted, errors)
}

function checkSchedule(schedule: string, field: string, errors: FieldError[]): void {
  if (schedule === "") {
    errors.push(required(field))
    return
  }
  if (/^(CRON_)?TZ=/.test(schedule)) {
    const why = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
    errors.push(wrong(field, schedule, why))
    return
  }
  const compiled = compileCron(schedule)
  if (compiled.ok) return
  errors.push(wrong(field, schedule, compiled.issues[0]?.message ?? "is no schedule"))
}

function checkZone(spec: JsonObject, errors: FieldError[]): void {
  const { timeZone } = spec
  if (timeZone === undefined) return
  const field = "spec.timeZone"
  const name = String(timeZone)
  if (name === "") {
    errors.push(wrong(field, name, "timeZone must be nil or non-empty string"))
  } else if (name.toLowerCase() === "local") {
    const why =
      "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
    errors.push(wrong(field, name, why))
  } else if (systemZones(name) === undefined) {
    errors.push(wrong(field, name, `unknown time zone ${name}`))
  }
}

/** What is wrong with a CronJob. */
export const checkCronJob: Check = ({ object }, errors) => {
  const { name = "" } = object.metadata
  if (name.length > 52) {
    errors.push(wrong("metadata.name", name, "must be no more than 52 characters"))
  }
  const spec = part(object, "spec")
  checkSchedule(text(spec, "schedule"), "spec.schedule", errors)
  checkZone(spec, errors)
  checkNotNegative(spec, ["startingDeadlineSeconds"], "spec", errors)
  const policies = ["Allow", "Forbid", "Replace"]
  checkOneOf(spec["concurrencyPolicy"], policies, "spec.concurrencyPolicy", errors)
  const limits = ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"]
  checkNotNegative(spec, limits, "spec", errors)
  checkJobSpec(nested(nested(spec, "jobTemplate"), "spec"), "spec.jobTemplate.spec", errors)
}
