import {
  type Condition,
  type EpochMs,
  epochMs,
  findCondition,
  formatInstant,
  type Stored,
  setCondition,
} from "@argo-ts/kernel"
import {
  instantOf,
  isFinished,
  type Job,
  type JobStatus,
  type Pod,
  readySince,
} from "./workloads.js"

/** What to do about a Job. */
export interface JobDecision {
  readonly status: JobStatus
  /** Completion indexes of pods to create; `undefined` entries for Jobs without indexes. */
  readonly create: readonly (number | undefined)[]
  readonly remove: readonly Stored<Pod>[]
  /** True where the Job itself is to go: its time after the end is over. */
  readonly isExpired: boolean
  readonly wakeAt?: EpochMs
}

/** Label and annotation of a pod of an indexed Job. */
export const indexMark = "batch.kubernetes.io/job-completion-index"
const backoffBaseMs = 10_000
const backoffMaxMs = 600_000

interface Counts {
  readonly active: readonly Stored<Pod>[]
  readonly terminating: readonly Stored<Pod>[]
  readonly succeeded: number
  readonly failed: number
  readonly restarts: number
  readonly completed: ReadonlySet<number>
  readonly lastFailureAt: number | undefined
}

function indexOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[indexMark]
  return text === undefined ? undefined : Number(text)
}

function endOf(pod: Pod): number {
  const ends = (pod.status?.containerStatuses ?? []).map(
    (each) => instantOf(each.state.terminated?.finishedAt) ?? 0,
  )
  return Math.max(0, ...ends)
}

function count(job: Job, pods: readonly Stored<Pod>[]): Counts {
  const live = pods.filter((pod) => !isFinished(pod))
  const active = live.filter((pod) => pod.metadata.deletionTimestamp === undefined)
  const failures = pods.filter((pod) => pod.status?.phase === "Failed")
  const successes = pods.filter((pod) => pod.status?.phase === "Succeeded")
  const isIndexed = job.spec.completionMode === "Indexed"
  const completed = new Set(readIndexes(job.status?.completedIndexes))
  for (const pod of successes) {
    const index = indexOf(pod)
    if (index !== undefined) completed.add(index)
  }
  const restarts = live.reduce(
    (total, pod) => total + (pod.status?.containerStatuses?.[0]?.restartCount ?? 0),
    0,
  )
  return {
    active,
    terminating: live.filter((pod) => pod.metadata.deletionTimestamp !== undefined),
    // Finished pods may be deleted by somebody: what was counted once stays counted.
    succeeded: isIndexed ? completed.size : Math.max(job.status?.succeeded ?? 0, successes.length),
    failed: Math.max(job.status?.failed ?? 0, failures.length),
    restarts,
    completed,
    lastFailureAt: failures.length === 0 ? undefined : Math.max(...failures.map(endOf)),
  }
}

function readIndexes(text: string | undefined): number[] {
  if (text === undefined || text === "") return []
  return text.split(",").flatMap((range) => {
    const [from = 0, to = from] = range.split("-").map(Number)
    return Array.from({ length: to - from + 1 }, (_each, index) => from + index)
  })
}

function writeIndexes(indexes: ReadonlySet<number>): string {
  const ranges: [number, number][] = []
  for (const index of [...indexes].toSorted((left, right) => left - right)) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === index - 1) last[1] = index
    else ranges.push([index, index])
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(",")
}

interface Outcome {
  readonly type: "Complete" | "Failed"
  readonly reason: string
  readonly message: string
}

function outcomeOf(job: Job, counts: Counts, now: EpochMs): Outcome | undefined {
  const { completions, backoffLimit = 6, activeDeadlineSeconds } = job.spec
  const known = job.status?.conditions?.find((each) => each.type === "FailureTarget")
  if (known !== undefined) {
    return { type: "Failed", reason: known.reason ?? "", message: known.message ?? "" }
  }
  const isDone =
    completions === undefined
      ? counts.succeeded > 0 && counts.active.length === 0
      : counts.succeeded >= completions
  if (isDone) {
    const message = "Reached expected number of succeeded pods"
    return { type: "Complete", reason: "CompletionsReached", message }
  }
  if (counts.failed + counts.restarts > backoffLimit) {
    const message = "Job has reached the specified backoff limit"
    return { type: "Failed", reason: "BackoffLimitExceeded", message }
  }
  const start = instantOf(job.status?.startTime)
  const isLate =
    activeDeadlineSeconds !== undefined &&
    start !== undefined &&
    now >= start + activeDeadlineSeconds * 1000
  const message = "Job was active longer than specified deadline"
  return isLate ? { type: "Failed", reason: "DeadlineExceeded", message } : undefined
}

function isOver(job: Job): boolean {
  const conditions = job.status?.conditions
  return ["Complete", "Failed"].some((type) => findCondition(conditions, type)?.status === "True")
}

function ended(job: Job, now: EpochMs): JobDecision {
  const status = job.status ?? {}
  const idle = { status, create: [], remove: [] }
  const { ttlSecondsAfterFinished: ttl } = job.spec
  const final = status.conditions?.find(
    (each) => each.type === "Complete" || each.type === "Failed",
  )
  const at = instantOf(final?.lastTransitionTime)
  if (ttl === undefined || at === undefined) return { ...idle, isExpired: false }
  const goneAt = epochMs(at + ttl * 1000)
  return now >= goneAt
    ? { ...idle, isExpired: true }
    : { ...idle, isExpired: false, wakeAt: goneAt }
}

function withCondition(
  status: JobStatus,
  condition: Omit<Condition, "lastTransitionTime">,
  now: EpochMs,
): JobStatus {
  const lastTransitionTime = formatInstant(now)
  return {
    ...status,
    conditions: setCondition(status.conditions, { ...condition, lastTransitionTime }),
  }
}

function statusOf(job: Job, counts: Counts): JobStatus {
  const { conditions, startTime, completionTime } = job.status ?? {}
  const ready = counts.active.filter((pod) => readySince(pod) !== undefined).length
  const optional = (name: string, value: number): object => (value > 0 ? { [name]: value } : {})
  const isIndexed = job.spec.completionMode === "Indexed"
  return {
    ...optional("active", counts.active.length),
    ready,
    terminating: counts.terminating.length,
    ...optional("succeeded", counts.succeeded),
    ...optional("failed", counts.failed),
    ...(startTime === undefined ? {} : { startTime }),
    ...(completionTime === undefined ? {} : { completionTime }),
    ...(isIndexed ? { completedIndexes: writeIndexes(counts.completed) } : {}),
    ...(conditions === undefined ? {} : { conditions }),
  }
}

function decideSuspended(job: Job, counts: Counts, now: EpochMs): JobDecision {
  const { startTime: _start, ...status } = statusOf(job, counts)
  const condition = {
    type: "Suspended",
    status: "True",
    reason: "JobSuspended",
    message: "Job suspended",
  } as const
  return {
    status: withCondition(status, condition, now),
    create: [],
    remove: counts.active,
    isExpired: false,
  }
}

function finish(
  outcome: Outcome,
  status: JobStatus,
  moment: { counts: Counts; now: EpochMs },
): JobDecision {
  const { counts, now } = moment
  const { type, reason, message } = outcome
  const target = type === "Complete" ? "SuccessCriteriaMet" : "FailureTarget"
  let next = withCondition(status, { type: target, status: "True", reason, message }, now)
  const isQuiet = counts.active.length === 0 && counts.terminating.length === 0
  if (isQuiet) {
    next = withCondition(next, { type, status: "True", reason, message }, now)
    if (type === "Complete") next = { ...next, completionTime: formatInstant(now) }
  }
  return { status: next, create: [], remove: counts.active, isExpired: false }
}

/** Which pods are missing now: lowest free indexes first. */
function missing(job: Job, counts: Counts): readonly (number | undefined)[] {
  const { parallelism = 1, completions, completionMode } = job.spec
  const left = completions === undefined ? parallelism : completions - counts.succeeded
  const isWindingDown = completions === undefined && counts.succeeded > 0
  const wanted = isWindingDown ? 0 : Math.min(parallelism, left)
  const short = Math.max(0, wanted - counts.active.length)
  if (completionMode !== "Indexed") return Array.from({ length: short }, () => undefined)
  const taken = new Set([...counts.completed, ...counts.active.map(indexOf)])
  const free: number[] = []
  for (let index = 0; index < (completions ?? 0) && free.length < short; index++) {
    if (!taken.has(index)) free.push(index)
  }
  return free
}

/** What a Job needs next: a function of the Job, its pods and the time (spec/cluster §8.5). */
export function decideJob(job: Job, pods: readonly Stored<Pod>[], now: EpochMs): JobDecision {
  if (isOver(job)) return ended(job, now)
  const counts = count(job, pods)
  if (job.spec.suspend === true) return decideSuspended(job, counts, now)
  const startTime = job.status?.startTime ?? formatInstant(now)
  let status: JobStatus = { ...statusOf(job, counts), startTime }
  if (findCondition(status.conditions, "Suspended")?.status === "True") {
    const resumed = {
      type: "Suspended",
      status: "False",
      reason: "JobResumed",
      message: "Job resumed",
    } as const
    status = withCondition(status, resumed, now)
  }
  const outcome = outcomeOf(job, counts, now)
  if (outcome !== undefined) return finish(outcome, status, { counts, now })
  const { activeDeadlineSeconds } = job.spec
  const start = instantOf(startTime) ?? now
  const deadline =
    activeDeadlineSeconds === undefined ? Infinity : start + activeDeadlineSeconds * 1000
  const backoff = Math.min(backoffBaseMs * 2 ** Math.max(0, counts.failed - 1), backoffMaxMs)
  const retryAt = counts.lastFailureAt === undefined ? 0 : counts.lastFailureAt + backoff
  const create = now < retryAt ? [] : missing(job, counts)
  const wakeAt = Math.min(deadline, retryAt > now ? retryAt : Infinity)
  const wake = Number.isFinite(wakeAt) ? { wakeAt: epochMs(wakeAt) } : {}
  return { status, create, remove: [], isExpired: false, ...wake }
}
