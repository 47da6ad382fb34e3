import type { EventRecord } from "@argo-ts/k8s"
import {
  byEach,
  compareNumber,
  compareText,
  type EpochMs,
  epochMs,
  formatInstant,
  type Stored,
} from "@argo-ts/kernel"
import { finalConditionOf, type Job } from "../jobs/job.js"
import { instantOf } from "../workloads.js"
import type { CronJob, CronJobStatus, JobReference } from "./cron-job.js"
import { readTimetable, type Timetable } from "./schedule.js"

/** A Job to start. */
export interface JobStart {
  readonly name: string
  readonly at: EpochMs
  /** `at` as the Job's annotation has it. */
  readonly stamp: string
}

/** What to do about a CronJob, in this order. */
export interface CronJobDecision {
  /** Ended Jobs beyond the history. */
  readonly expired: readonly Stored<Job>[]
  /** Running Jobs that make room for the next one. */
  readonly replaced: readonly JobReference[]
  readonly start?: JobStart
  /** Without what `start` adds to it. */
  readonly status: CronJobStatus
  readonly events: readonly EventRecord[]
  readonly wakeAt?: EpochMs
}

function later(left: string | undefined, right: string | undefined): string | undefined {
  const [first, second] = [instantOf(left), instantOf(right)]
  if (second === undefined) return left
  return first === undefined || second > first ? right : left
}

interface Review {
  readonly active: readonly JobReference[]
  readonly lastSuccessfulTime: string | undefined
  readonly events: readonly EventRecord[]
}

function normal(reason: string, message: string): EventRecord {
  return { type: "Normal", reason, message }
}

/** Takes ended and missing Jobs off the active list. */
function reviewJobs({ status = {} }: CronJob, jobs: readonly Stored<Job>[]): Review {
  const known = new Set((status.active ?? []).map(({ uid }) => uid))
  const ended = new Set<string>()
  const found = new Set<string>()
  const events: EventRecord[] = []
  let { lastSuccessfulTime } = status
  for (const job of jobs) {
    const { uid, name } = job.metadata
    const final = finalConditionOf(job)
    found.add(uid)
    if (final === undefined) {
      if (known.has(uid)) continue
      const message = `Saw a job that the controller did not create or forgot: ${name}`
      events.push({ type: "Warning", reason: "UnexpectedJob", message })
      continue
    }
    ended.add(uid)
    if (final.type === "Complete") {
      lastSuccessfulTime = later(lastSuccessfulTime, job.status?.completionTime)
    }
    if (!known.has(uid)) continue
    const message = `Saw completed job: ${name}, condition: ${final.type}`
    events.push(normal("SawCompletedJob", message))
  }
  for (const { uid, name } of status.active ?? []) {
    if (!found.has(uid)) events.push(normal("MissingJob", `Active job went missing: ${name}`))
  }
  const active = (status.active ?? []).filter(({ uid }) => found.has(uid) && !ended.has(uid))
  return { active, lastSuccessfulTime, events }
}

const byStart = byEach<Stored<Job>>(
  (left, right) =>
    compareNumber(
      instantOf(left.status?.startTime) ?? Infinity,
      instantOf(right.status?.startTime) ?? Infinity,
    ),
  (left, right) => compareText(left.metadata.name, right.metadata.name),
)

/** Ended Jobs beyond those that are kept, oldest first: so many that succeeded, and so many that failed. */
function expiredJobs({ spec }: CronJob, jobs: readonly Stored<Job>[]): readonly Stored<Job>[] {
  return (
    [
      ["Complete", spec.successfulJobsHistoryLimit],
      ["Failed", spec.failedJobsHistoryLimit],
    ] as const
  ).flatMap(([type, limit = Infinity]) => {
    const ended = jobs.filter((job) => finalConditionOf(job)?.type === type).toSorted(byStart)
    return ended.slice(0, Math.max(0, ended.length - limit))
  })
}

interface Turn {
  readonly replaced: readonly JobReference[]
  readonly start?: JobStart
  readonly events: readonly EventRecord[]
}

const idle: Turn = { replaced: [], events: [] }

/** Whether the scheduled time that has come is served, and how. */
function serve(
  cronJob: CronJob,
  active: readonly JobReference[],
  at: EpochMs,
  timetable: Timetable,
): Turn {
  const { concurrencyPolicy = "Allow" } = cronJob.spec
  const name = `${cronJob.metadata.name}-${Math.floor(at / 60_000)}`
  if (active.some((each) => each.name === name)) return idle
  if (concurrencyPolicy === "Forbid" && active.length > 0) {
    const message =
      "Not starting job because prior execution is running and concurrency policy is Forbid"
    return { ...idle, events: [normal("JobAlreadyActive", message)] }
  }
  const start = { name, at, stamp: timetable.format(at) }
  return { replaced: concurrencyPolicy === "Replace" ? active : [], start, events: [] }
}

interface Due {
  readonly turn: Turn
  readonly wakeAt?: EpochMs
}

const tooMany =
  "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"

/** The latest scheduled time that has not been served, if it is not too late, and when the next one comes. */
function turnOf(cronJob: CronJob, active: readonly JobReference[], now: EpochMs): Due {
  const timetable = readTimetable(cronJob)
  if ("reason" in timetable)
    return { turn: { ...idle, events: [{ type: "Warning", ...timetable }] } }
  const { metadata, spec, status } = cronJob
  const known = instantOf(status?.lastScheduleTime) ?? instantOf(metadata.creationTimestamp) ?? now
  const { startingDeadlineSeconds = Infinity } = spec
  const latest = timetable.latest(known, now)
  const following = timetable.next(latest?.at ?? known)
  const wake = following === undefined ? {} : { wakeAt: following }
  // What has passed its deadline is not looked at again: nothing tells that it was missed.
  const isDue = latest !== undefined && latest.at + startingDeadlineSeconds * 1000 > now
  if (!isDue) return { turn: idle, ...wake }
  const { at, isCrowded } = latest
  const turn = serve(cronJob, active, at, timetable)
  // With a deadline only what lies within it was missed.
  const from = epochMs(Math.max(known, now - startingDeadlineSeconds * 1000))
  const isTold = isCrowded && timetable.latest(from, now)?.isCrowded === true
  const warning: EventRecord = { type: "Warning", reason: "TooManyMissedTimes", message: tooMany }
  return { turn: isTold ? { ...turn, events: [warning, ...turn.events] } : turn, ...wake }
}

/** What a CronJob needs next: a function of it, the Jobs that it owns and the time (spec/cluster §8.6). */
export function decideCronJob(
  cronJob: CronJob,
  jobs: readonly Stored<Job>[],
  now: EpochMs,
): CronJobDecision {
  const { active, lastSuccessfulTime, events } = reviewJobs(cronJob, jobs)
  const { lastScheduleTime } = cronJob.status ?? {}
  const isOff = cronJob.spec.suspend === true || cronJob.metadata.deletionTimestamp !== undefined
  const { turn, ...wake } = isOff ? { turn: idle } : turnOf(cronJob, active, now)
  const replaced = new Set(turn.replaced)
  const left = active.filter((each) => !replaced.has(each))
  const status: CronJobStatus = {
    ...(left.length > 0 ? { active: left } : {}),
    ...(lastScheduleTime === undefined ? {} : { lastScheduleTime }),
    ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
  }
  return {
    expired: expiredJobs(cronJob, jobs),
    ...turn,
    status,
    events: [...events, ...turn.events],
    ...wake,
  }
}

/** The status once a Job has been started. */
export function startedStatus(
  status: CronJobStatus,
  { at }: JobStart,
  reference: JobReference,
): CronJobStatus {
  const others = (status.active ?? []).filter(({ uid }) => uid !== reference.uid)
  return { ...status, active: [...others, reference], lastScheduleTime: formatInstant(at) }
}
