import type { JsonObject, UntypedObject } from "@argo-ts/kernel"
import { annotation, names } from "../annotations.js"
import { hookTypesOf } from "../hooks.js"
import { at, conditionOf, numberAt, objectsAt, textAt } from "../read.js"
import { type Health, type HealthRule, health } from "./health.js"

/** `v1 Pod` (spec/gitops §2.11). */
export const podHealth: HealthRule = (object) => {
  const containers = objectsAt(object, "status", "containerStatuses")
  const isLongRunning = runsForEver(object)
  const stuck = containers.filter(isStuck)
  if (isLongRunning && stuck.length > 0) {
    const messages = stuck.map((one) => textAt(one, "state", "waiting", "message") ?? "")
    return health("Degraded", messages.join(", "))
  }
  const message = textAt(object, "status", "message") ?? ""
  switch (textAt(object, "status", "phase")) {
    case "Pending":
      return health("Progressing", message)
    case "Succeeded":
      return health("Healthy", message)
    case "Failed":
      return health("Degraded", message === "" ? failureOf(object) : message)
    case "Running":
      return isLongRunning ? runningHealth(object, containers) : health("Progressing", message)
    default:
      return health("Unknown", message)
  }
}

function runsForEver(object: UntypedObject): boolean {
  const policy = textAt(object, "spec", "restartPolicy") ?? "Always"
  const isForced = annotation(object, names.ignoreRestartPolicy) === "true"
  return policy === "Always" || (isForced && hookTypesOf(object).length === 0)
}

function isStuck(container: JsonObject): boolean {
  const reason = textAt(container, "state", "waiting", "reason") ?? ""
  return reason.startsWith("Err") || reason.endsWith("Error") || reason.endsWith("BackOff")
}

function failureOf(object: UntypedObject): string {
  const all = [
    ...objectsAt(object, "status", "initContainerStatuses"),
    ...objectsAt(object, "status", "containerStatuses"),
  ]
  for (const container of all) {
    const message = textAt(container, "state", "terminated", "message") ?? ""
    if (message !== "") return message
    if (textAt(container, "state", "terminated", "reason") === "OOMKilled") return "OOMKilled"
    const code = numberAt(container, "state", "terminated", "exitCode") ?? 0
    const name = textAt(container, "name") ?? ""
    if (code !== 0) return `container "${name}" failed with exit code ${code}`
  }
  return ""
}

function runningHealth(object: UntypedObject, containers: readonly JsonObject[]): Health {
  const message = textAt(object, "status", "message") ?? ""
  if (textAt(conditionOf(object, "Ready"), "status") === "True") return health("Healthy", message)
  const hasRestarted = containers.some((one) => at(one, "lastState", "terminated") !== undefined)
  return health(hasRestarted ? "Degraded" : "Progressing", message)
}
