import { conditionOf, numberAt, textAt } from "../read.js"
import { type HealthRule, health } from "./health.js"

/** `apps/v1 ReplicaSet` (spec/gitops §2.11). */
export const replicaSetHealth: HealthRule = (object) => {
  if (object.apiVersion !== "apps/v1") {
    return health("Unknown", `unsupported ReplicaSet GVK: ${object.apiVersion}, Kind=ReplicaSet`)
  }
  const observed = numberAt(object, "status", "observedGeneration") ?? 0
  if ((object.metadata.generation ?? 0) > observed) {
    const finding = "observed replica set generation less than desired generation"
    return health("Progressing", `Waiting for rollout to finish: ${finding}`)
  }
  const failure = conditionOf(object, "ReplicaFailure")
  if (textAt(failure, "status") === "True") {
    return health("Degraded", textAt(failure, "message") ?? "")
  }
  const wanted = numberAt(object, "spec", "replicas")
  const available = numberAt(object, "status", "availableReplicas") ?? 0
  if (wanted !== undefined && available < wanted) {
    const finding = `${available} out of ${wanted} new replicas are available...`
    return health("Progressing", `Waiting for rollout to finish: ${finding}`)
  }
  return health("Healthy")
}
