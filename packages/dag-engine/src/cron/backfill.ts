import { type EpochMs, failed, formatInstant, ok, type Result } from "@argo-ts/kernel"
import type { CronWorkflow } from "../api/cron-workflow.js"
import type { Workflow, WorkflowSpec } from "../api/workflow.js"
import { cronLabel, runOf } from "./run-of.js"
import { readSchedules } from "./schedules.js"

/** The label of a run that makes up for one that a CronWorkflow has not had; it names the CronWorkflow. */
export const backfillLabel = "workflows.argoproj.io/backfill"

/** Which runs are made up for; `argo cron backfill`. */
export interface BackfillOptions {
  /** What this backfill is called: part of its runs' names, and the mutex that they take turns by. */
  readonly name: string
  /** Runs are made for what the schedules name after this instant, … */
  readonly start: EpochMs
  /** … up to this one. */
  readonly end: EpochMs
  /** True: all may run at the same time. Default: they hold a mutex, and run one after another. */
  readonly isParallel?: boolean
  /** The argument that tells a run its instant, as RFC 3339 has it. Default: `cronScheduleTime`. */
  readonly argument?: string
  /** The most runs; where there would be more, the period is refused. Default: 1000. */
  readonly maxRuns?: number
}

const maxRunsDefault = 1000
const nameMax = 63
const topPriority = 2 ** 31 - 1

/**
 * The runs that a CronWorkflow would have had in a period, to be submitted by whoever asks, oldest first. `suspend`, `when`
 * and `concurrencyPolicy` have no say, and its history does not count them. Issues: schedules that cannot be read, an `end`
 * before its `start`, more runs than wanted.
 */
export function backfillRuns(
  cron: CronWorkflow,
  options: BackfillOptions,
): Result<readonly Workflow[]> {
  const schedules = readSchedules(cron.spec)
  if (!schedules.ok) return schedules
  const { start, end, maxRuns = maxRunsDefault } = options
  if (end < start) return refuse("end", `${formatInstant(end)} is before ${formatInstant(start)}`)
  const runs: Workflow[] = []
  for (
    let at = schedules.value.next(start);
    at !== undefined && at <= end;
    at = schedules.value.next(at)
  ) {
    if (runs.length === maxRuns) {
      const found = `there are more than ${maxRuns} runs up to ${formatInstant(end)}`
      return refuse("end", `${found}: expected a shorter period, or a higher limit`)
    }
    runs.push(backfilled(cron, at, options))
  }
  return ok(runs)
}

function refuse(field: string, message: string): Result<never> {
  return failed([{ code: "InvalidValue", path: [field], message }])
}

function backfilled(cron: CronWorkflow, at: EpochMs, options: BackfillOptions): Workflow {
  const { metadata, spec, ...head } = runOf(cron, at)
  const { [cronLabel]: cronName = "", ...labels } = metadata.labels ?? {}
  const suffix = `-${Math.floor(at / 1000)}`
  const prefix = `${cronName}-backfill-${options.name.toLowerCase()}`
  return {
    ...head,
    metadata: {
      ...metadata,
      name: prefix.slice(0, nameMax - suffix.length) + suffix,
      labels: { ...labels, [backfillLabel]: cronName },
    },
    spec: inTurn(withArgument(spec, at, options), options),
  }
}

function withArgument(spec: WorkflowSpec, at: EpochMs, options: BackfillOptions): WorkflowSpec {
  const { argument: name = "cronScheduleTime" } = options
  const others = (spec.arguments?.parameters ?? []).filter((each) => each.name !== name)
  const parameters = [...others, { name, value: formatInstant(at) }]
  return { ...spec, arguments: { ...spec.arguments, parameters } }
}

/** One after another, and before whatever else waits. */
function inTurn(spec: WorkflowSpec, { name, isParallel }: BackfillOptions): WorkflowSpec {
  if (isParallel === true) return spec
  const mutexes = [...(spec.synchronization?.mutexes ?? []), { name }]
  return { ...spec, priority: topPriority, synchronization: { ...spec.synchronization, mutexes } }
}
