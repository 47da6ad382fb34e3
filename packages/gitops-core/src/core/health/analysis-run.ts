import { textAt } from "../read.js"
import { type HealthRule, health } from "./health.js"

/** `argoproj.io AnalysisRun`. */
export const analysisRunHealth: HealthRule = (object) => {
  const phase = textAt(object, "status", "phase")
  const text = textAt(object, "status", "message")
  const message = text === "" ? undefined : text
  switch (phase) {
    case "Pending":
    case "Running":
      return health("Progressing", "Analysis run is running")
    case "Successful":
      return health("Healthy", message ?? "Analysis run completed successfully")
    case "Failed":
      return health("Degraded", message ?? "Analysis run failed")
    case "Error":
      return health("Degraded", message ?? "Analysis run had an error")
    case "Inconclusive":
      return health("Unknown", message ?? "Analysis run was inconclusive")
    default: {
      const finding = "status has not been reconciled."
      return health("Progressing", `Waiting for analysis run to finish: ${finding}`)
    }
  }
}
