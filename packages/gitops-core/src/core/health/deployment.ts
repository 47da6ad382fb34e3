import { at, conditionOf, numberAt, textAt } from "../read.js"
import { type Health, type HealthRule, health } from "./health.js"

const waiting = "Waiting for rollout to finish:"

/** `apps/v1 Deployment` (spec/gitops §2.11). */
export const deploymentHealth: HealthRule = (object) => {
  if (object.apiVersion !== "apps/v1") {
    return health("Unknown", `unsupported Deployment GVK: ${object.apiVersion}, Kind=Deployment`)
  }
  if (at(object, "spec", "paused") === true) return health("Suspended", "Deployment is paused")
  const observed = numberAt(object, "status", "observedGeneration") ?? 0
  if ((object.metadata.generation ?? 0) > observed) {
    const finding = "observed deployment generation less than desired generation"
    return health("Progressing", `${waiting} ${finding}`)
  }
  return rolloutHealth(object)
}

function rolloutHealth(object: Parameters<HealthRule>[0]): Health {
  if (textAt(conditionOf(object, "Progressing"), "reason") === "ProgressDeadlineExceeded") {
    const name = object.metadata.name ?? ""
    return health("Degraded", `Deployment "${name}" exceeded its progress deadline`)
  }
  const wanted = numberAt(object, "spec", "replicas")
  const updated = numberAt(object, "status", "updatedReplicas") ?? 0
  const replicas = numberAt(object, "status", "replicas") ?? 0
  const available = numberAt(object, "status", "availableReplicas") ?? 0
  if (wanted !== undefined && updated < wanted) {
    const finding = `${updated} out of ${wanted} new replicas have been updated...`
    return health("Progressing", `${waiting} ${finding}`)
  }
  if (replicas > updated) {
    const finding = `${replicas - updated} old replicas are pending termination...`
    return health("Progressing", `${waiting} ${finding}`)
  }
  if (available < updated) {
    const finding = `${available} of ${updated} updated replicas are available...`
    return health("Progressing", `${waiting} ${finding}`)
  }
  return health("Healthy")
}
