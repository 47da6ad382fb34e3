import { type EpochMs, findCondition, type Stored } from "@argo-ts/kernel"
import { instantOf, isFinished, type Pod } from "../workloads.js"
import { isTracked, type Job } from "./job.js"
import { fulfilledRule, meaningOf } from "./job-policies.js"
import { completionsOf, hasFailed, type Tally } from "./job-tally.js"

/** How a Job ends. */
export interface Outcome {
  readonly type: "Complete" | "Failed"
  readonly reason: string
  readonly message: string
}

function failure(reason: string, message: string): Outcome {
  return { type: "Failed", reason, message }
}

/** The outcome that the status has announced. */
function announced({ status }: Job): Outcome | undefined {
  for (const [condition, type] of [
    ["FailureTarget", "Failed"],
    ["SuccessCriteriaMet", "Complete"],
  ] as const) {
    const found = findCondition(status?.conditions, condition)
    if (found?.status !== "True") continue
    return { type, reason: found.reason ?? "", message: found.message ?? "" }
  }
  return undefined
}

function fatalFailure(job: Job, pods: readonly Stored<Pod>[]): Outcome | undefined {
  for (const pod of pods) {
    const isSurplus = pod.metadata.deletionTimestamp !== undefined && !isTracked(pod)
    if (isSurplus || !hasFailed(job, pod)) continue
    const { action, message } = meaningOf(job, pod)
    if (action === "FailJob") return failure("PodFailurePolicy", message)
  }
  return undefined
}

/** Restarts of containers count as failures where pods restart them. */
function isPastRestarts({ spec }: Job, pods: readonly Stored<Pod>[]): boolean {
  if (spec.template.spec.restartPolicy !== "OnFailure") return false
  const { backoffLimit = 6 } = spec
  let restarts = 0
  for (const pod of pods) {
    if (isFinished(pod)) continue
    const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {}
    for (const { restartCount } of [...initContainerStatuses, ...containerStatuses]) {
      restarts += restartCount
    }
  }
  return backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit
}

/** When a Job has been active for as long as it may. */
export function deadlineOf({ spec }: Job, startTime: string | undefined): number | undefined {
  const start = instantOf(startTime)
  const { activeDeadlineSeconds } = spec
  if (start === undefined || activeDeadlineSeconds === undefined || spec.suspend === true) {
    return undefined
  }
  return start + activeDeadlineSeconds * 1000
}

function indexedOutcome(job: Job, tally: Tally): Outcome | undefined {
  if (job.spec.completionMode !== "Indexed") return undefined
  const { maxFailedIndexes = Infinity } = job.spec
  const failed = tally.failedIndexes.size
  if (failed > maxFailedIndexes) {
    const message = "Job has exceeded the specified maximal number of failed indexes"
    return failure("MaxFailedIndexesExceeded", message)
  }
  if (failed > 0 && tally.completed.size + failed >= completionsOf(job)) {
    return failure("FailedIndexes", "Job has failed indexes")
  }
  const rule = fulfilledRule(job, tally.completed)
  if (rule === undefined) return undefined
  const message = `Matched rules at index ${rule}`
  return { type: "Complete", reason: "SuccessPolicy", message }
}

/** Whether a Job has ended or is about to, and why: what was announced stays (spec/cluster §8.5). */
export function outcomeOf(
  job: Job,
  pods: readonly Stored<Pod>[],
  tally: Tally,
  now: EpochMs,
): Outcome | undefined {
  const known = announced(job) ?? fatalFailure(job, pods)
  if (known !== undefined) return known
  if (tally.failed > (job.spec.backoffLimit ?? 6) || isPastRestarts(job, pods)) {
    return failure("BackoffLimitExceeded", "Job has reached the specified backoff limit")
  }
  if (now >= (deadlineOf(job, job.status?.startTime) ?? Infinity)) {
    return failure("DeadlineExceeded", "Job was active longer than specified deadline")
  }
  return indexedOutcome(job, tally)
}

/** Complete where enough pods have succeeded; without a number of completions once one has and none is left. */
export function completionOf(job: Job, tally: Tally): Outcome | undefined {
  const { completions } = job.spec
  const isDone =
    completions === undefined
      ? tally.succeeded > 0 && tally.active.length === 0
      : tally.succeeded >= completions
  if (!isDone) return undefined
  const message = "Reached expected number of succeeded pods"
  return { type: "Complete", reason: "CompletionsReached", message }
}
