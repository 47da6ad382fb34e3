import type { EventRecord } from "@argo-ts/k8s"
import {
  type EpochMs,
  epochMs,
  findCondition,
  formatInstant,
  type Stored,
  setCondition,
} from "@argo-ts/kernel"
import { inDeletionOrder } from "../deletion-order.js"
import { type Pod, readySince } from "../workloads.js"
import { writeIndexes } from "./indexes.js"
import {
  finalConditionOf,
  indexOf,
  isTracked,
  type Job,
  type JobCondition,
  type JobStatus,
} from "./job.js"
import { completionOf, deadlineOf, type Outcome, outcomeOf } from "./job-outcome.js"
import { failuresToFollow, indexRetryAt, retryAt } from "./job-retries.js"
import { completionsOf, failuresBefore, hasFailed, type Tally, tallyPods } from "./job-tally.js"

/** A pod to make. */
export interface JobPod {
  /** For Jobs with indexes. */
  readonly index?: number
  /** For Jobs with `backoffLimitPerIndex`: how often the index has failed, and how often that did not count. */
  readonly failures?: { readonly counted: number; readonly ignored: number }
}

/** What to do about a Job, in this order. */
export interface JobDecision {
  /** Pods that are too many: they lose their finalizer first, so that nobody counts their end. */
  readonly surplus: readonly Stored<Pod>[]
  /** Pods that end with the Job. */
  readonly remove: readonly Stored<Pod>[]
  readonly create: readonly JobPod[]
  /** To be written before anything is released; `active` lacks the pods to be made. */
  readonly status: JobStatus
  /** Pods whose end the status has counted: they lose their finalizer. */
  readonly release: readonly Stored<Pod>[]
  readonly events: readonly EventRecord[]
  readonly wakeAt?: EpochMs
}

const burst = 500

/** What is known of a Job at an instant. */
interface Look {
  readonly job: Job
  readonly pods: readonly Stored<Pod>[]
  readonly tally: Tally
  readonly now: EpochMs
}

function conditionOf(
  type: string,
  { reason, message }: Pick<Outcome, "reason" | "message">,
  now: EpochMs,
): JobCondition {
  const at = formatInstant(now)
  return { type, status: "True", lastProbeTime: at, lastTransitionTime: at, reason, message }
}

/** The status that the pods give; `stopping` are active pods that are about to be deleted. */
function statusOf(look: Look, stopping: readonly Stored<Pod>[] = []): JobStatus {
  const { job, tally } = look
  const { conditions, startTime } = job.status ?? {}
  const going = new Set(stopping)
  const staying = tally.active.filter((pod) => !going.has(pod))
  const isIndexed = job.spec.completionMode === "Indexed"
  const { settled, uncounted } = tally
  const positive = (name: string, count: number): object => (count > 0 ? { [name]: count } : {})
  const named = (name: string, uids: readonly string[]): object =>
    uids.length > 0 ? { [name]: uids } : {}
  const hasIndexLimit = isIndexed && job.spec.backoffLimitPerIndex !== undefined
  return {
    ...(conditions === undefined ? {} : { conditions }),
    ...(startTime === undefined ? {} : { startTime }),
    ...positive("active", staying.length),
    ...positive("succeeded", isIndexed ? tally.completed.size : settled.succeeded),
    ...positive("failed", settled.failed),
    terminating: tally.terminating.length + stopping.length,
    ...(tally.completed.size > 0 ? { completedIndexes: writeIndexes(tally.completed) } : {}),
    ...(hasIndexLimit ? { failedIndexes: writeIndexes(tally.failedIndexes) } : {}),
    uncountedTerminatedPods: {
      ...named("succeeded", uncounted.succeeded),
      ...named("failed", uncounted.failed),
    },
    ready: staying.filter((pod) => readySince(pod) !== undefined).length,
  }
}

function isSettled({ uncounted }: Tally): boolean {
  return uncounted.succeeded.length + uncounted.failed.length === 0
}

function endEvent({ type, reason, message }: Outcome): EventRecord {
  if (type === "Failed") return { type: "Warning", reason, message }
  return { type: "Normal", reason: "Completed", message: "Job completed" }
}

/** What has not ended when a Job fails has failed with it. */
function failAll(look: Look, outcome: Outcome): Tally {
  const { job, tally } = look
  if (outcome.type === "Complete") return tally
  const named = new Set([...tally.uncounted.failed, ...tally.uncounted.succeeded])
  const isForeign = (pod: Pod): boolean =>
    job.spec.completionMode === "Indexed" && (indexOf(pod) ?? Infinity) >= completionsOf(job)
  const lost = tally.tracked.filter(
    (pod) =>
      pod.status?.phase !== "Succeeded" &&
      !hasFailed(job, pod) &&
      !named.has(pod.metadata.uid) &&
      !isForeign(pod),
  )
  const failed = [...tally.uncounted.failed, ...lost.map(({ metadata }) => metadata.uid)]
  return { ...tally, uncounted: { ...tally.uncounted, failed } }
}

/** Announces the outcome, ends the pods, and declares the end once the last of them is gone and counted. */
function finish(given: Look, outcome: Outcome): JobDecision {
  const look = { ...given, tally: failAll(given, outcome) }
  const { tally, now } = look
  const { active, terminating } = tally
  const target = outcome.type === "Complete" ? "SuccessCriteriaMet" : "FailureTarget"
  const status = statusOf(look, active)
  const announcement = conditionOf(target, outcome, now)
  const isKnown = findCondition(status.conditions, target)?.status === "True"
  const conditions = isKnown ? status.conditions : setCondition(status.conditions, announcement)
  const common = { surplus: [], remove: active, create: [], release: tally.tracked }
  const isOver = active.length + terminating.length === 0 && isSettled(tally)
  if (!isOver) return { ...common, status: { ...status, conditions: conditions ?? [] }, events: [] }
  const ended = {
    ...status,
    conditions: setCondition(conditions, conditionOf(outcome.type, outcome, now)),
    ...(outcome.type === "Complete" ? { completionTime: formatInstant(now) } : {}),
  }
  return { ...common, status: ended, events: [endEvent(outcome)] }
}

/** Pods whose end is counted once the status is written. */
function toRelease({ job, pods, tally }: Look): readonly Stored<Pod>[] {
  const kept = new Set(failuresToFollow(job, pods, tally).values())
  return tally.tracked.filter(
    (pod) => pod.status?.phase === "Succeeded" || (hasFailed(job, pod) && !kept.has(pod)),
  )
}

const suspension = { reason: "JobSuspended", message: "Job suspended" }
const resumption = { reason: "JobResumed", message: "Job resumed" }

/** A suspended Job has no pods, and the time that it is suspended does not count against its deadline. */
function suspend(look: Look): JobDecision {
  const { tally, now } = look
  const { startTime: _none, ...status } = statusOf(look, tally.active)
  const isNews = findCondition(status.conditions, "Suspended")?.status !== "True"
  const condition = conditionOf("Suspended", suspension, now)
  const event: EventRecord = { type: "Normal", reason: "Suspended", message: suspension.message }
  return {
    surplus: tally.active,
    remove: [],
    create: [],
    status: isNews ? { ...status, conditions: setCondition(status.conditions, condition) } : status,
    release: toRelease(look),
    events: isNews ? [event] : [],
  }
}

function isResumed({ status }: Job): boolean {
  return findCondition(status?.conditions, "Suspended")?.status === "True"
}

/** Which active pods are too many: those of one index but one, those of no index, then whoever goes first. */
function surplusOf({ job, tally }: Look, wanted: number): readonly Stored<Pod>[] {
  const leastUseful = tally.active.toSorted(inDeletionOrder)
  const rest: Stored<Pod>[] = []
  const surplus: Stored<Pod>[] = []
  if (job.spec.completionMode === "Indexed") {
    const taken = new Set<number>()
    for (const pod of leastUseful.toReversed()) {
      const index = indexOf(pod)
      const isUseful = index !== undefined && index < completionsOf(job) && !taken.has(index)
      if (isUseful) {
        taken.add(index)
        rest.unshift(pod)
      } else surplus.push(pod)
    }
  } else rest.push(...leastUseful)
  const more = Math.max(0, tally.active.length - wanted - surplus.length)
  return [...surplus, ...rest.slice(0, more)].slice(0, burst)
}

interface Missing {
  readonly create: readonly JobPod[]
  /** When something that is missing may be made. */
  readonly waitUntil: number
}

/** Pods of the lowest free indexes; those that have failed wait for their turn and hold up nobody. */
function missingIndexes(look: Look, count: number): Missing {
  const { job, pods, tally, now } = look
  const isSlow = job.spec.podReplacementPolicy === "Failed"
  const busy = [...tally.active, ...(isSlow ? tally.terminating : [])].map(indexOf)
  const taken = new Set([...tally.completed, ...tally.failedIndexes, ...busy])
  const failed = failuresToFollow(job, pods, tally)
  const hasLimit = job.spec.backoffLimitPerIndex !== undefined
  const create: JobPod[] = []
  let waitUntil = Infinity
  for (let index = 0; index < completionsOf(job) && create.length < count; index++) {
    if (taken.has(index)) continue
    const last = failed.get(index)
    const at = indexRetryAt(last)
    if (at > now) waitUntil = Math.min(waitUntil, at)
    else create.push(hasLimit ? { index, failures: failuresAfter(look, last) } : { index })
  }
  return { create, waitUntil }
}

/** The count that the next pod of an index is made with. */
function failuresAfter({ tally }: Look, last: Stored<Pod> | undefined) {
  if (last === undefined) return { counted: 0, ignored: 0 }
  const { counted, ignored } = failuresBefore(last)
  const failure = tally.failures.find(({ pod }) => pod === last)
  const isIgnored = failure?.meaning.action === "Ignore"
  return isIgnored ? { counted, ignored: ignored + 1 } : { counted: counted + 1, ignored }
}

function wantedOf({ job, tally }: Look): number {
  const { parallelism = 1, completions } = job.spec
  if (completions !== undefined) {
    return Math.max(0, Math.min(parallelism, completions - tally.succeeded))
  }
  // Once one has succeeded the others may end, and no new one begins.
  return tally.succeeded > 0 ? tally.active.length : parallelism
}

/** Which pods a running Job lacks. */
function missingOf(look: Look, wanted: number): Missing {
  const { job, pods, tally, now } = look
  const isSlow = job.spec.podReplacementPolicy === "Failed"
  const here = tally.active.length + (isSlow ? tally.terminating.length : 0)
  const count = Math.min(burst, wanted - here)
  if (count <= 0) return { create: [], waitUntil: Infinity }
  const isPerIndex = job.spec.backoffLimitPerIndex !== undefined
  const waitUntil = isPerIndex ? 0 : retryAt(job, pods)
  if (waitUntil > now) return { create: [], waitUntil }
  if (job.spec.completionMode === "Indexed") return missingIndexes(look, count)
  return { create: Array.from({ length: count }, () => ({})), waitUntil: Infinity }
}

/** What a Job that goes on needs. */
function goOn(look: Look): JobDecision {
  const { job, now } = look
  const wanted = wantedOf(look)
  const surplus = surplusOf(look, wanted)
  const { create, waitUntil } =
    surplus.length > 0 ? { create: [], waitUntil: Infinity } : missingOf(look, wanted)
  const resumed = isResumed(job)
  const startTime = resumed ? formatInstant(now) : (job.status?.startTime ?? formatInstant(now))
  const status = { ...statusOf(look, surplus), startTime }
  const condition = { ...conditionOf("Suspended", resumption, now), status: "False" as const }
  const event: EventRecord = { type: "Normal", reason: "Resumed", message: resumption.message }
  const wakeAt = Math.min(waitUntil, deadlineOf(job, startTime) ?? Infinity)
  return {
    surplus,
    remove: [],
    create,
    status: resumed
      ? { ...status, conditions: setCondition(status.conditions, condition) }
      : status,
    release: toRelease(look),
    events: resumed ? [event] : [],
    ...(Number.isFinite(wakeAt) ? { wakeAt: epochMs(wakeAt) } : {}),
  }
}

/**
 * What a Job needs next: a function of the Job, the pods it owns and the time (spec/cluster §8.5). Ended pods are
 * named in the status before their finalizer goes, and counted once it has gone: an interruption between the two
 * counts none twice.
 */
export function decideJob(job: Job, pods: readonly Stored<Pod>[], now: EpochMs): JobDecision {
  if (finalConditionOf(job) !== undefined) {
    const status = job.status ?? {}
    const release = pods.filter(isTracked)
    return { surplus: [], remove: [], create: [], status, release, events: [] }
  }
  const tally = tallyPods(job, pods)
  const look: Look = { job, pods, tally, now }
  const outcome = outcomeOf(job, pods, tally, now) ?? completionOf(job, tally)
  if (outcome !== undefined) return finish(look, outcome)
  return job.spec.suspend === true ? suspend(look) : goOn(look)
}
