import { textAt } from "../read.js"
import { type HealthRule, health } from "./health.js"

/** `v1 PersistentVolumeClaim`. */
export const volumeClaimHealth: HealthRule = (object) => {
  switch (textAt(object, "status", "phase")) {
    case "Lost":
      return health("Degraded")
    case "Pending":
      return health("Progressing")
    case "Bound":
      return health("Healthy")
    default:
      return health("Unknown")
  }
}
