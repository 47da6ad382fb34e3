import type { Stored } from "@argo-ts/kernel"
import type { Pod } from "../workloads.js"
import { indexOf, isTracked, type Job } from "./job.js"
import { byEnd, completionsOf, endOf, failuresBefore, hasFailed, type Tally } from "./job-tally.js"

const baseMs = 10_000
const mostMs = 600_000

function waitMs(failures: number): number {
  return Math.min(baseMs * 2 ** Math.max(0, failures - 1), mostMs)
}

/** When a Job may make its next pod: after 10 s for one failure since the last success, twice that for two, …, at most 600 s. */
export function retryAt(job: Job, pods: readonly Stored<Pod>[]): number {
  // A pod that goes without the finalizer was surplus, or suspended: nobody counts its end.
  const isCounted = (pod: Pod): boolean =>
    pod.metadata.deletionTimestamp === undefined || isTracked(pod)
  let failures = 0
  let lastAt = 0
  for (const pod of pods.filter(isCounted).toSorted(byEnd)) {
    if (pod.status?.phase === "Succeeded") failures = 0
    else if (hasFailed(job, pod)) {
      failures++
      lastAt = endOf(pod)
    }
  }
  return failures === 0 ? 0 : lastAt + waitMs(failures)
}

/** How often a pod's index had failed before it, whether or not that counted. */
function attemptOf(pod: Pod): number {
  const { counted, ignored } = failuresBefore(pod)
  return counted + ignored
}

/**
 * By index, the failed pod that is to be followed by another: it keeps its finalizer until that one is there, since
 * only it knows how often the index has failed. For Jobs with `backoffLimitPerIndex`.
 */
export function failuresToFollow(
  job: Job,
  pods: readonly Stored<Pod>[],
  tally: Tally,
): ReadonlyMap<number, Stored<Pod>> {
  const found = new Map<number, Stored<Pod>>()
  if (job.spec.backoffLimitPerIndex === undefined) return found
  for (const { pod } of tally.failures) {
    const index = indexOf(pod)
    if (index === undefined || index >= completionsOf(job)) continue
    if (tally.completed.has(index) || tally.failedIndexes.has(index)) continue
    const known = found.get(index)
    if (known === undefined || attemptOf(pod) > attemptOf(known)) found.set(index, pod)
  }
  for (const pod of pods) {
    const index = indexOf(pod)
    const failed = index === undefined ? undefined : found.get(index)
    if (index !== undefined && failed !== undefined && attemptOf(pod) > attemptOf(failed)) {
      found.delete(index)
    }
  }
  return found
}

/** When an index may be tried again. */
export function indexRetryAt(failed: Stored<Pod> | undefined): number {
  return failed === undefined ? 0 : endOf(failed) + waitMs(attemptOf(failed) + 1)
}
