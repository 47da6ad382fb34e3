import type { HealthStatusCode } from "../../api/status.js"
import { textAt } from "../read.js"
import { type HealthRule, health } from "./health.js"

/** A managed Application, judged by its own health; one without any yet is Progressing. */
export const applicationHealth: HealthRule = (object) => {
  const status = textAt(object, "status", "health", "status") as HealthStatusCode | undefined
  return health(status ?? "Progressing", textAt(object, "status", "health", "message"))
}
