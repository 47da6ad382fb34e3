import { at, numberAt, textAt } from "../read.js"
import { type HealthRule, health } from "./health.js"

/** `apps/v1 StatefulSet` (spec/gitops §2.11). */
export const statefulSetHealth: HealthRule = (object) => {
  if (object.apiVersion !== "apps/v1") {
    return health("Unknown", `unsupported StatefulSet GVK: ${object.apiVersion}, Kind=StatefulSet`)
  }
  const status = (field: string): number => numberAt(object, "status", field) ?? 0
  const observed = status("observedGeneration")
  if (observed === 0 || (object.metadata.generation ?? 0) > observed) {
    return health("Progressing", "Waiting for statefulset spec update to be observed...")
  }
  const replicas = numberAt(object, "spec", "replicas")
  const ready = status("readyReplicas")
  if (replicas !== undefined && ready < replicas) {
    return health("Progressing", `Waiting for ${replicas - ready} pods to be ready...`)
  }
  const type = textAt(object, "spec", "updateStrategy", "type")
  const updated = status("updatedReplicas")
  if (
    type === "RollingUpdate" &&
    at(object, "spec", "updateStrategy", "rollingUpdate") !== undefined
  ) {
    const partition = numberAt(object, "spec", "updateStrategy", "rollingUpdate", "partition")
    const wanted = (replicas ?? 0) - (partition ?? 0)
    if (replicas !== undefined && partition !== undefined && updated < wanted) {
      const finding = `${updated} out of ${wanted} new pods have been updated...`
      return health("Progressing", `Waiting for partitioned roll out to finish: ${finding}`)
    }
    const finding = `${updated} new pods have been updated...`
    return health("Healthy", `partitioned roll out complete: ${finding}`)
  }
  if (type === "OnDelete") return health("Healthy", `statefulset has ${ready} ready pods`)
  const update = textAt(object, "status", "updateRevision") ?? ""
  const current = textAt(object, "status", "currentRevision") ?? ""
  if (update !== current) {
    const finding = `${updated} pods at revision ${update}...`
    return health("Progressing", `waiting for statefulset rolling update to complete ${finding}`)
  }
  const finding = `${status("currentReplicas")} pods at revision ${current}...`
  return health("Healthy", `statefulset rolling update complete ${finding}`)
}
