import { failed, ok, type Result } from "@argo-ts/kernel"
import type { CronWorkflow } from "../api/cron-workflow.js"
import { inspectManifest } from "../api/parse.js"
import { readSchedules } from "./schedules.js"

/** Reads a CronWorkflow: its fields, its schedules and zone, and everything about the workflow it starts. */
export function parseCronWorkflow(value: unknown): Result<CronWorkflow> {
  const { issues, object } = inspectManifest(value)
  if (object === undefined || object["kind"] !== "CronWorkflow") {
    const message = "expected a CronWorkflow"
    return failed(issues.length > 0 ? issues : [{ code: "InvalidValue", path: ["kind"], message }])
  }
  const cron = object as unknown as CronWorkflow
  const schedules = readSchedules(cron.spec)
  const all = schedules.ok ? issues : [...issues, ...schedules.issues]
  return all.length > 0 ? failed(all) : ok(cron)
}
