import { numberAt, textAt } from "../read.js"
import { type HealthRule, health } from "./health.js"

/** `apps/v1 DaemonSet` (spec/gitops §2.11). */
export const daemonSetHealth: HealthRule = (object) => {
  if (object.apiVersion !== "apps/v1") {
    return health("Unknown", `unsupported DaemonSet GVK: ${object.apiVersion}, Kind=DaemonSet`)
  }
  const name = object.metadata.name ?? ""
  const status = (field: string): number => numberAt(object, "status", field) ?? 0
  if ((object.metadata.generation ?? 0) > status("observedGeneration")) {
    const finding = "observed daemon set generation less than desired generation"
    return health("Progressing", `Waiting for rollout to finish: ${finding}`)
  }
  const [desired, updated] = [status("desiredNumberScheduled"), status("updatedNumberScheduled")]
  const finding = `${updated} out of ${desired} new pods have been updated`
  if (textAt(object, "spec", "updateStrategy", "type") === "OnDelete") {
    return health("Healthy", `daemon set ${finding}`)
  }
  if (updated < desired) {
    return health(
      "Progressing",
      `Waiting for daemon set "${name}" rollout to finish: ${finding}...`,
    )
  }
  const available = status("numberAvailable")
  if (available < desired) {
    const rest = `${available} of ${desired} updated pods are available...`
    return health("Progressing", `Waiting for daemon set "${name}" rollout to finish: ${rest}`)
  }
  return health("Healthy")
}
