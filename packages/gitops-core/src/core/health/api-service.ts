import { conditionOf, textAt } from "../read.js"
import { type HealthRule, health } from "./health.js"

/** `apiregistration.k8s.io APIService`. */
export const apiServiceHealth: HealthRule = (object) => {
  const available = conditionOf(object, "Available")
  if (available === undefined) return health("Progressing", "Waiting to be processed")
  const message = `${textAt(available, "reason") ?? ""}: ${textAt(available, "message") ?? ""}`
  return health(textAt(available, "status") === "True" ? "Healthy" : "Progressing", message)
}
