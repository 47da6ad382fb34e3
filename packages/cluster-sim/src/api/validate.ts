import { equalJson, type JsonObject, matchesLabels, type UntypedObject } from "@argo-ts/kernel"
import { bindingErrors, roleErrors } from "../access/check-policy.js"
import { definitionErrors } from "../definitions/check-definition.js"
import type { KindRules } from "../kinds/rules.js"
import { part, type StoredObject } from "../store/stored-object.js"
import { type FieldError, forbiddenField, required, wrong } from "./errors.js"

type Check = (object: UntypedObject, before: StoredObject | undefined) => FieldError[]

function fields(object: JsonObject, name: string): JsonObject {
  const value = object[name]
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : {}
}

function replicaErrors(spec: JsonObject): FieldError[] {
  const { replicas } = spec
  const isCount = typeof replicas === "number" && Number.isInteger(replicas) && replicas >= 0
  if (replicas === undefined || isCount) return []
  return [wrong("spec.replicas", replicas, "must be greater than or equal to 0")]
}

function templateErrors(template: JsonObject, at: string): FieldError[] {
  const containers = fields(template, "spec")["containers"]
  if (!Array.isArray(containers) || containers.length === 0) {
    return [required(`${at}.spec.containers`)]
  }
  return containerErrors(containers as readonly JsonObject[], `${at}.spec.containers`)
}

function containerErrors(containers: readonly JsonObject[], at: string): FieldError[] {
  const seen = new Set<unknown>()
  return containers.flatMap((container, index) => {
    const errors: FieldError[] = []
    const { name, image } = container
    if (typeof name !== "string" || name === "") errors.push(required(`${at}[${index}].name`))
    else if (seen.has(name)) {
      const message = `Duplicate value: ${JSON.stringify(name)}`
      errors.push({ field: `${at}[${index}].name`, reason: "FieldValueDuplicate", message })
    }
    seen.add(name)
    if (typeof image !== "string" || image === "") errors.push(required(`${at}[${index}].image`))
    return errors
  })
}

const workloadErrors: Check = (object, before) => {
  const spec = part(object, "spec")
  const template = fields(spec, "template")
  const labels = fields(fields(template, "metadata"), "labels") as { [key: string]: string }
  const errors = [...replicaErrors(spec)]
  const { selector } = spec
  if (selector === undefined) errors.push(required("spec.selector"))
  else if (!matchesLabels(selector as object, labels)) {
    const why = "`selector` does not match template `labels`"
    errors.push(wrong("spec.template.metadata.labels", labels, why))
  }
  errors.push(...templateErrors(template, "spec.template"))
  if (before !== undefined && !equalJson(part(before, "spec")["selector"], selector)) {
    errors.push(wrong("spec.selector", selector ?? null, "field is immutable"))
  }
  return errors
}

const jobErrors: Check = (object, before) => {
  const spec = part(object, "spec")
  const template = fields(spec, "template")
  const policy = fields(template, "spec")["restartPolicy"]
  const errors = templateErrors(template, "spec.template")
  if (policy !== "Never" && policy !== "OnFailure") {
    const field = "spec.template.spec.restartPolicy"
    if (policy === undefined || policy === "Always") {
      errors.push(required(field, 'valid values: "OnFailure", "Never"'))
    } else errors.push(wrong(field, policy, 'valid values: "OnFailure", "Never"'))
  }
  if (before === undefined) return errors
  const old = part(before, "spec")
  for (const name of ["selector", "template", "completions"]) {
    if (!equalJson(old[name], spec[name])) {
      errors.push(wrong(`spec.${name}`, spec[name] ?? null, "field is immutable"))
    }
  }
  return errors
}

const podErrors: Check = (object) => templateErrors({ spec: part(object, "spec") }, "").map(noDot)

function noDot(error: FieldError): FieldError {
  return { ...error, field: error.field.replace(/^\./, "") }
}

const dataErrors: Check = (object, before) => {
  const errors: FieldError[] = []
  for (const name of ["data", "binaryData"]) {
    for (const key of Object.keys(part(object, name))) {
      if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key)) {
        const why = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
        errors.push(wrong(`${name}[${key}]`, key, why))
      }
    }
  }
  if (before === undefined) return errors
  if (before["type"] !== object["type"]) {
    errors.push(wrong("type", object["type"] ?? null, "field is immutable"))
  }
  if (before["immutable"] === true) {
    for (const name of ["data", "binaryData", "immutable"]) {
      if (!equalJson(before[name], object[name])) {
        errors.push(forbiddenField(name, "field is immutable when `immutable` is set"))
      }
    }
  }
  return errors
}

const checks: { readonly [kind: string]: Check } = {
  Deployment: workloadErrors,
  ReplicaSet: workloadErrors,
  StatefulSet: workloadErrors,
  DaemonSet: workloadErrors,
  Job: jobErrors,
  Pod: podErrors,
  ConfigMap: dataErrors,
  Secret: dataErrors,
  CustomResourceDefinition: definitionErrors,
  Role: roleErrors,
  ClusterRole: roleErrors,
  RoleBinding: bindingErrors,
  ClusterRoleBinding: bindingErrors,
}

/** What is wrong with an object beyond its metadata. Custom resources without a definition are taken as they are. */
export function kindErrors(
  rules: KindRules,
  object: UntypedObject,
  before: StoredObject | undefined,
): FieldError[] {
  if (!rules.isBuiltIn) return rules.custom?.errors(object, before) ?? []
  return checks[rules.kind.kind]?.(object, before) ?? []
}
