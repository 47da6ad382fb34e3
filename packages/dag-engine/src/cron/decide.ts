import {
  type Condition,
  compareText,
  type EpochMs,
  epochMs,
  formatInstant,
  type KeyedAction,
} from "@argo-ts/kernel"
import type { ActiveRun, CronWorkflow, CronWorkflowStatus } from "../api/cron-workflow.js"
import type { Workflow } from "../api/workflow.js"
import { readInstant, unset } from "../core/instants.js"
import { holds } from "./conditions.js"
import { runOf, scheduledTimeAnnotation } from "./run-of.js"
import { readSchedules, type Schedules } from "./schedules.js"

/** What a CronWorkflow wants done. */
export type CronAction = KeyedAction &
  (
    | { readonly type: "Submit"; readonly workflow: Workflow }
    | { readonly type: "Terminate"; readonly name: string }
    | { readonly type: "Delete"; readonly name: string }
  )

/** What is known when a CronWorkflow is decided about. */
export interface ObservedCron {
  /** Its runs: the workflows that carry its label. */
  readonly runs: readonly Workflow[]
  /** Up to when its schedules have been served; absent: by nobody since this program began, so missed runs may be caught up. */
  readonly servedUntil?: EpochMs
}

/** The outcome of one look at a CronWorkflow. */
export interface CronDecision {
  readonly status: CronWorkflowStatus
  readonly actions: readonly CronAction[]
  /** When the next run is due. */
  readonly wakeAt?: EpochMs
  /** What to hand in as `servedUntil` the next time. */
  readonly servedUntil: EpochMs
}

const keptSucceeded = 3
const keptFailed = 1

interface Look {
  readonly cron: CronWorkflow
  readonly schedules: Schedules
  readonly now: EpochMs
  readonly actions: CronAction[]
  readonly runs: readonly Workflow[]
  status: CronWorkflowStatus
}

/**
 * One look at a CronWorkflow (spec/workflows §2.23): counts runs that ended, deletes what history has no room for, and
 * starts what is due. Starting the same instant twice makes the same name: the second time is no second run.
 */
export function decideCron(cron: CronWorkflow, observed: ObservedCron, now: EpochMs): CronDecision {
  const read = readSchedules(cron.spec)
  if (!read.ok) {
    const messages = read.issues.map(({ message }) => message).join("; ")
    const status = withCondition(cron.status ?? {}, now, specError("True", messages))
    return { status, actions: [], servedUntil: now }
  }
  const look: Look = {
    cron,
    schedules: read.value,
    now,
    actions: [],
    runs: observed.runs,
    status: withCondition(cron.status ?? {}, now, specError("False", "")),
  }
  countEnded(look)
  trimHistory(look)
  stopIfAsked(look)
  for (const at of dueTimes(look, observed.servedUntil)) serve(look, at)
  const isOver = look.status.phase === "Stopped" || cron.spec.suspend === true
  const next = isOver ? undefined : look.schedules.next(now)
  return {
    status: { phase: "Active", ...look.status },
    actions: look.actions,
    servedUntil: now,
    ...(next === undefined ? {} : { wakeAt: next }),
  }
}

interface NewCondition extends Pick<Condition, "type" | "status"> {
  readonly message: string
}

function specError(status: "True" | "False", message: string): NewCondition {
  return { type: "SpecError", status, message }
}

function withCondition(
  status: CronWorkflowStatus,
  now: EpochMs,
  condition: NewCondition,
): CronWorkflowStatus {
  const others = (status.conditions ?? []).filter(({ type }) => type !== condition.type)
  if (condition.status === "False") {
    return others.length === (status.conditions ?? []).length
      ? status
      : { ...status, conditions: others }
  }
  const old = status.conditions?.find(({ type }) => type === condition.type)
  if (old?.message === condition.message) return status
  const at = formatInstant(now)
  return {
    ...status,
    conditions: [...others, { ...condition, lastTransitionTime: at } as Condition],
  }
}

/**
 * The status after a run was submitted, or could not be: `fault` says why. Such a run is not active, counts as failed, and
 * is told of by the condition SubmissionError until another can be submitted.
 */
export function noteSubmission(
  status: CronWorkflowStatus,
  { name, fault }: { readonly name: string; readonly fault: string | undefined },
  now: EpochMs,
): CronWorkflowStatus {
  const type = "SubmissionError"
  if (fault === undefined) return withCondition(status, now, { type, status: "False", message: "" })
  const message = `Failed to submit Workflow: ${fault}`
  return {
    ...withCondition(status, now, { type, status: "True", message }),
    active: (status.active ?? []).filter((run) => run.name !== name),
    failed: (status.failed ?? 0) + 1,
  }
}

function isEnded({ status }: Workflow): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed" || status?.phase === "Error"
}

/**
 * Runs that are over are counted, each once. The status says of each up to `lastScheduledTime` whether it still counts: as long as it
 * is active. One after that has begun without anybody being able to write it down. So what is known of a run may be old.
 */
function countEnded(look: Look): void {
  const { status, cron } = look
  const recorded = new Set((status.active ?? []).map(({ name }) => name))
  let { succeeded = 0, failed = 0 } = status
  let last = readInstant(status.lastScheduledTime)
  const active: ActiveRun[] = []
  for (const run of look.runs) {
    const at = scheduledTime(run, cron)
    const isNew = at === undefined ? !isEnded(run) : at > readInstant(status.lastScheduledTime)
    if (!isNew && !recorded.has(run.metadata.name)) continue
    last = Math.max(last, at ?? unset)
    if (!isEnded(run)) active.push(referenceTo(run))
    else if (run.status?.phase === "Succeeded") succeeded++
    else failed++
  }
  const scheduled = last === unset ? {} : { lastScheduledTime: formatInstant(epochMs(last)) }
  look.status = { ...status, active, succeeded, failed, ...scheduled }
}

/** The instant that a run of this CronWorkflow stands for; others, that people began, stand for none. */
function scheduledTime({ metadata }: Workflow, { metadata: cron }: CronWorkflow) {
  const isOwned = metadata.ownerReferences?.some(({ uid }) => uid === cron.uid) === true
  const at = readInstant(metadata.annotations?.[scheduledTimeAnnotation])
  return isOwned && at !== unset ? at : undefined
}

function referenceTo({ apiVersion, kind, metadata }: Workflow): ActiveRun {
  const { name = "", namespace, uid } = metadata
  return {
    apiVersion,
    kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
  }
}

/** Deletes the oldest of what ended, by when it ended. */
function trimHistory(look: Look): void {
  const { successfulJobsHistoryLimit = keptSucceeded, failedJobsHistoryLimit = keptFailed } =
    look.cron.spec
  const ended = look.runs.filter(isEnded)
  const good = ended.filter(({ status }) => status?.phase === "Succeeded")
  const bad = ended.filter(({ status }) => status?.phase !== "Succeeded")
  for (const [runs, limit] of [
    [good, successfulJobsHistoryLimit],
    [bad, failedJobsHistoryLimit],
  ] as const) {
    const newestFirst = runs.toSorted(
      (left, right) =>
        readInstant(right.status?.finishedAt) - readInstant(left.status?.finishedAt) ||
        compareText(left.metadata.name ?? "", right.metadata.name ?? ""),
    )
    for (const { metadata } of newestFirst.slice(Math.max(0, limit))) {
      const { name = "" } = metadata
      look.actions.push({ type: "Delete", key: `${name}/delete`, name })
    }
  }
}

function stopIfAsked(look: Look): void {
  const { expression } = look.cron.spec.stopStrategy ?? {}
  if (expression === undefined || look.status.phase === "Stopped") return
  if (judge(look, "stopStrategy.expression", expression)) {
    look.status = { ...look.status, phase: "Stopped" }
  }
}

/** True where an expression holds; one that cannot be told is written down, and does not hold. */
function judge(look: Look, field: string, expression: string): boolean {
  const verdict = holds({ ...look.cron, status: look.status }, expression, look.now)
  if (verdict.ok) return verdict.value
  const condition = {
    type: "SpecError",
    status: "True",
    message: `${field}: ${verdict.message}`,
  } as const
  look.status = withCondition(look.status, look.now, condition)
  return false
}

const dueMax = 100

/** The instants to serve now: those since the last look, or after a restart one that was missed. */
function dueTimes(look: Look, servedUntil: EpochMs | undefined): readonly EpochMs[] {
  if (servedUntil === undefined) {
    const missed = missedTime(look)
    return missed === undefined ? [] : [missed]
  }
  const due: EpochMs[] = []
  // Somebody else may have served some since.
  const last = readInstant(look.status.lastScheduledTime)
  for (
    let at = look.schedules.next(
      epochMs(last > look.now ? servedUntil : Math.max(servedUntil, last)),
    );
    at !== undefined && at <= look.now;
    at = look.schedules.next(at)
  ) {
    due.push(at)
    if (due.length === dueMax) break
  }
  return due
}

/** The label of a CronWorkflow that its `stopStrategy` has stopped. */
export const cronCompletedLabel = "cronworkflows.argoproj.io/completed"

/** The annotation that says for which schedules `lastScheduledTime` holds. */
export const lastScheduleAnnotation = "cronworkflows.argoproj.io/last-used-schedule"

/** At most one missed run: the latest of the first schedule whose latest is not too late. */
function missedTime({ cron, schedules, status, now }: Look): EpochMs | undefined {
  const { startingDeadlineSeconds } = cron.spec
  const last = readInstant(status.lastScheduledTime)
  if (startingDeadlineSeconds === undefined || last === unset) return undefined
  const used = cron.metadata.annotations?.[lastScheduleAnnotation]
  if (used !== undefined && used !== scheduleText(cron)) return undefined
  return schedules
    .previous(now)
    .find((at) => at !== undefined && at > last && now <= at + startingDeadlineSeconds * 1000)
}

/** All schedules with their zone, as one text. */
export function scheduleText({ spec }: CronWorkflow): string {
  const zone = spec.timezone === undefined ? "" : `CRON_TZ=${spec.timezone} `
  return spec.schedules.map((schedule) => zone + schedule).join(",")
}

/** Starts one run, unless something speaks against it. */
function serve(look: Look, at: EpochMs): void {
  const { cron } = look
  const { spec } = cron
  if (spec.suspend === true || look.status.phase === "Stopped") return
  if (spec.when !== undefined && spec.when !== "" && !judge(look, "when", spec.when)) return
  const active = look.status.active ?? []
  if (active.length > 0 && spec.concurrencyPolicy === "Forbid") return
  if (spec.concurrencyPolicy === "Replace") {
    for (const { name = "" } of active) {
      look.actions.push({ type: "Terminate", key: `${name}/terminate`, name })
    }
  }
  const workflow = runOf(cron, at)
  const { name = "" } = workflow.metadata
  look.status = { ...look.status, lastScheduledTime: formatInstant(epochMs(Math.max(at, 0))) }
  if (look.runs.some(({ metadata }) => metadata.name === name)) return
  look.actions.push({ type: "Submit", key: `${name}/submit`, workflow })
  look.status = { ...look.status, active: [...active, referenceTo(workflow)] }
}
