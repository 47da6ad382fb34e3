import { objectsAt, textAt } from "../read.js"
import { type HealthRule, health } from "./health.js"

/** `batch/v1 Job`: conditions count whatever their status says, except `Suspended` (spec/gitops §2.11). */
export const jobHealth: HealthRule = (object) => {
  if (object.apiVersion !== "batch/v1") {
    return health("Unknown", `unsupported Job GVK: ${object.apiVersion}, Kind=Job`)
  }
  let failure: string | undefined
  let isComplete = false
  let message = ""
  let suspension: string | undefined
  for (const condition of objectsAt(object, "status", "conditions")) {
    const text = textAt(condition, "message") ?? ""
    const type = textAt(condition, "type")
    if (type === "Failed") failure = text
    if (type === "Failed" || type === "Complete" || type === "Suspended") {
      isComplete = true
      message = text
    }
    if (type === "Suspended" && textAt(condition, "status") === "True") suspension = text
  }
  if (!isComplete) return health("Progressing", message)
  if (failure !== undefined) return health("Degraded", failure)
  return suspension !== undefined ? health("Suspended", suspension) : health("Healthy", message)
}
