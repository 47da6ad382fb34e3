import { textAt } from "../read.js"
import { type HealthRule, health } from "./health.js"

/** `argoproj.io Workflow`. */
export const workflowHealth: HealthRule = (object) => {
  const message = textAt(object, "status", "message")
  switch (textAt(object, "status", "phase") ?? "") {
    case "":
    case "Pending":
    case "Running":
      return health("Progressing", message)
    case "Succeeded":
      return health("Healthy", message)
    case "Failed":
    case "Error":
      return health("Degraded", message)
    default:
      return health("Unknown", message)
  }
}
