import { type CronProgram, compileCron } from "@argo-ts/expr/cron"
import { systemZones } from "@argo-ts/expr/zones"
import { type EpochMs, failed, type Issue, ok, type Result } from "@argo-ts/kernel"
import type { CronWorkflowSpec } from "../api/cron-workflow.js"

/** The schedules of a CronWorkflow, read. */
export interface Schedules {
  /** The first instant after another that one of them names. */
  next(after: EpochMs): EpochMs | undefined
  /** For each, in the order of the spec, the last instant before another. */
  previous(before: EpochMs): readonly (EpochMs | undefined)[]
}

/** Reads all schedules of a spec, in its zone. */
export function readSchedules(
  spec: Pick<CronWorkflowSpec, "schedules" | "timezone">,
): Result<Schedules> {
  const issues: Issue[] = []
  const { timezone = "" } = spec
  const zone = timezone === "" ? undefined : systemZones(timezone)
  if (timezone !== "" && zone === undefined) {
    const message = `there is no time zone ${JSON.stringify(timezone)}`
    issues.push({ code: "InvalidValue", path: ["spec", "timezone"], message })
  }
  if (spec.schedules.length === 0) {
    const message = "needs at least one schedule"
    issues.push({ code: "InvalidValue", path: ["spec", "schedules"], message })
  }
  const programs: CronProgram[] = []
  for (const [index, source] of spec.schedules.entries()) {
    const compiled = compileCron(source, {
      zones: systemZones,
      ...(zone === undefined ? {} : { zone }),
    })
    if (compiled.ok) programs.push(compiled.value)
    else {
      const message = compiled.issues[0]?.message ?? "is no schedule"
      issues.push({ code: "InvalidValue", path: ["spec", "schedules", index], message })
    }
  }
  if (issues.length > 0) return failed(issues)
  return ok({
    next(after) {
      const times = programs.flatMap((program) => program.next(after) ?? [])
      return times.length === 0 ? undefined : (Math.min(...times) as EpochMs)
    },
    previous: (before) => programs.map((program) => program.previous(before)),
  })
}
