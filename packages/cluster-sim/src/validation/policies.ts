import type { JsonObject } from "@argo-ts/kernel"
import { type FieldError, forbiddenField, required, wrong } from "../api/errors.js"
import { part } from "../store/stored-object.js"
import type { Check } from "./check.js"
import { checkSelector } from "./selector.js"
import {
  checkCountOrPercent,
  checkOneOf,
  checkRequired,
  items,
  nested,
  number,
  text,
} from "./values.js"

const sources: { readonly [type: string]: string } = {
  Resource: "resource",
  ContainerResource: "containerResource",
  Pods: "pods",
  Object: "object",
  External: "external",
}

function checkTarget(target: JsonObject, at: string, errors: FieldError[]): void {
  if (text(target, "type") === "") {
    errors.push(required(`${at}.type`, "must specify a metric target type"))
  }
  checkOneOf(target["type"], ["Utilization", "Value", "AverageValue"], `${at}.type`, errors)
  const utilization = number(target, "averageUtilization")
  if (utilization !== undefined && utilization < 1) {
    errors.push(wrong(`${at}.averageUtilization`, utilization, "must be greater than 0"))
  }
}

function checkMetric(metric: JsonObject, at: string, errors: FieldError[]): void {
  const type = text(metric, "type")
  if (type === "") {
    errors.push(required(`${at}.type`, "must specify a metric source type"))
    return
  }
  checkOneOf(type, Object.keys(sources).toSorted(), `${at}.type`, errors)
  const name = Object.hasOwn(sources, type) ? sources[type] : undefined
  if (name === undefined) return
  const source = nested(metric, name)
  if (metric[name] === undefined) {
    const why = "must populate information for the given metric source"
    errors.push(required(`${at}.${name}`, why))
    return
  }
  if (name === "resource") {
    if (text(source, "name") === "") {
      errors.push(required(`${at}.resource.name`, "must specify a resource name"))
    }
    const { averageUtilization, averageValue } = nested(source, "target")
    if (averageUtilization === undefined && averageValue === undefined) {
      const why = "must set either a target raw value or a target utilization"
      errors.push(required(`${at}.resource.target.averageUtilization`, why))
    }
  }
  checkTarget(nested(source, "target"), `${at}.${name}.target`, errors)
}

/** What is wrong with a HorizontalPodAutoscaler. */
export const checkAutoscaler: Check = ({ object }, errors) => {
  const spec = part(object, "spec")
  const [min, max] = [number(spec, "minReplicas"), number(spec, "maxReplicas") ?? 0]
  if (min !== undefined && min < 1) {
    errors.push(wrong("spec.minReplicas", min, "must be greater than or equal to 1"))
  }
  if (max < 1) errors.push(wrong("spec.maxReplicas", max, "must be greater than 0"))
  if (min !== undefined && max < min) {
    const why = "must be greater than or equal to `minReplicas`"
    errors.push(wrong("spec.maxReplicas", max, why))
  }
  const target = nested(spec, "scaleTargetRef")
  checkRequired(target, ["kind", "name"], "spec.scaleTargetRef", errors)
  for (const [index, metric] of items(spec, "metrics").entries()) {
    checkMetric(metric, `spec.metrics[${index}]`, errors)
  }
}

/** What is wrong with a PodDisruptionBudget. */
export const checkDisruptionBudget: Check = ({ object }, errors) => {
  const spec = part(object, "spec")
  const { minAvailable, maxUnavailable } = spec
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    errors.push(wrong("spec", spec, "minAvailable and maxUnavailable cannot be both set"))
  }
  checkCountOrPercent(minAvailable, "spec.minAvailable", errors, true)
  checkCountOrPercent(maxUnavailable, "spec.maxUnavailable", errors, true)
  checkSelector(nested(spec, "selector"), "spec.selector", errors)
  const policies = ["AlwaysAllow", "IfHealthyBudget"]
  const policy = spec["unhealthyPodEvictionPolicy"]
  checkOneOf(policy, policies, "spec.unhealthyPodEvictionPolicy", errors)
}

const valueMax = 1_000_000_000

/** What is wrong with a PriorityClass. */
export const checkPriorityClass: Check = ({ object, before }, errors) => {
  const { name = "" } = object.metadata
  const value = Number(object["value"] ?? 0)
  if (name.startsWith("system-")) {
    const why = "priority class names with 'system-' prefix are reserved for system use only"
    errors.push(forbiddenField("metadata.name", why))
  } else if (value > valueMax) {
    const why = `maximum allowed value of a user defined priority is ${valueMax}`
    errors.push(forbiddenField("value", why))
  }
  if (before === undefined) return
  if (value !== Number(before["value"] ?? 0)) {
    errors.push(forbiddenField("value", "may not be changed in an update."))
  }
  if (object["preemptionPolicy"] !== before["preemptionPolicy"]) {
    errors.push(wrong("preemptionPolicy", object["preemptionPolicy"], "field is immutable"))
  }
}
