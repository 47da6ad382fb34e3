import { byEach, compareNumber, compareText, type Stored } from "@argo-ts/kernel"
import { instantOf, isFinished, type Pod } from "../workloads.js"
import { readIndexes } from "./indexes.js"
import {
  failuresMark,
  ignoredFailuresMark,
  indexOf,
  isTracked,
  type Job,
  type UncountedPods,
} from "./job.js"
import { type FailureMeaning, meaningOf } from "./job-policies.js"

/** A failed pod, with what its failure means. */
export interface FailedPod {
  readonly pod: Stored<Pod>
  readonly meaning: FailureMeaning
}

/** What the pods of a Job say, with what it has counted before. */
export interface Tally {
  readonly active: readonly Stored<Pod>[]
  readonly terminating: readonly Stored<Pod>[]
  /** Pods that carry the finalizer. */
  readonly tracked: readonly Stored<Pod>[]
  /** Ends that are counted for good: by the status, or by it and a finalizer that is gone. */
  readonly settled: { readonly succeeded: number; readonly failed: number }
  /** Ends that the status names and whose finalizer is still there, and those that it is to name now. */
  readonly uncounted: Required<UncountedPods>
  readonly succeeded: number
  readonly failed: number
  readonly completed: ReadonlySet<number>
  readonly failedIndexes: ReadonlySet<number>
  /** Failed pods with the finalizer: of those that count and those that do not. */
  readonly failures: readonly FailedPod[]
}

/** How many completions there are to have; without a number there is no end of indexes. */
export function completionsOf({ spec }: Job): number {
  return spec.completions ?? Infinity
}

function isIndexed({ spec }: Job): boolean {
  return spec.completionMode === "Indexed"
}

/** True for a pod that is going without a node, or whose node is done with it: it will never say how it ended. */
function isSilent({ metadata, spec }: Pod): boolean {
  return spec.nodeName === undefined || metadata.deletionGracePeriodSeconds === 0
}

/** Whether a pod counts as failed: pods that are going do at once, unless the Job waits for their end. */
export function hasFailed({ spec }: Job, pod: Pod): boolean {
  if (pod.status?.phase === "Failed") return true
  if (pod.status?.phase === "Succeeded" || pod.metadata.deletionTimestamp === undefined) {
    return false
  }
  return spec.podReplacementPolicy !== "Failed" || isSilent(pod)
}

/** When a pod ended: by its containers, else by the request to go. */
export function endOf(pod: Pod): number {
  const { containerStatuses = [], initContainerStatuses = [], conditions } = pod.status ?? {}
  const ends = [...containerStatuses, ...initContainerStatuses].flatMap(
    ({ state }) => instantOf(state.terminated?.finishedAt) ?? [],
  )
  if (ends.length > 0) return Math.max(...ends)
  const unready = conditions?.find(({ type, status }) => type === "Ready" && status === "False")
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, creationTimestamp } = pod.metadata
  const told = instantOf(deletionTimestamp)
  if (told !== undefined) return told - deletionGracePeriodSeconds * 1000
  return instantOf(unready?.lastTransitionTime) ?? instantOf(creationTimestamp) ?? 0
}

/** Pods in the order in which they ended. */
export const byEnd: (left: Stored<Pod>, right: Stored<Pod>) => number = byEach<Stored<Pod>>(
  (left, right) => compareNumber(endOf(left), endOf(right)),
  (left, right) => compareText(left.metadata.name, right.metadata.name),
)

function numberIn(pod: Pod, mark: string): number {
  return Number(pod.metadata.annotations?.[mark] ?? 0)
}

/** How often pods of its index had failed before this one: those that counted, and those that did not. */
export function failuresBefore(pod: Pod): { readonly counted: number; readonly ignored: number } {
  return { counted: numberIn(pod, failuresMark), ignored: numberIn(pod, ignoredFailuresMark) }
}

function isIndexLost({ spec }: Job, { pod, meaning }: FailedPod): boolean {
  if (meaning.action === "FailIndex") return true
  const limit = spec.backoffLimitPerIndex ?? Infinity
  return meaning.action === "Count" && failuresBefore(pod).counted >= limit
}

function indexesOf(job: Job, tracked: readonly Stored<Pod>[], failures: readonly FailedPod[]) {
  const end = completionsOf(job)
  const completed = readIndexes(job.status?.completedIndexes, end)
  const failed = readIndexes(job.status?.failedIndexes, end)
  if (!isIndexed(job)) return { completed, failed }
  for (const pod of tracked) {
    const index = indexOf(pod)
    if (pod.status?.phase === "Succeeded" && index !== undefined && index < end) {
      completed.add(index)
    }
  }
  if (job.spec.backoffLimitPerIndex === undefined) return { completed, failed }
  for (const failure of failures) {
    const index = indexOf(failure.pod)
    if (index === undefined || index >= end || completed.has(index)) continue
    if (isIndexLost(job, failure)) failed.add(index)
  }
  return { completed, failed }
}

/** Adds up the uids that a status names: those whose finalizer is gone are counted for good. */
function settle(named: readonly string[] = [], open: ReadonlySet<string>) {
  const left = named.filter((uid) => open.has(uid))
  return { left, settled: named.length - left.length }
}

/** Counts the pods of a Job (spec/cluster §8.5): each end once, however often it is looked at. */
export function tallyPods(job: Job, pods: readonly Stored<Pod>[]): Tally {
  const { status = {} } = job
  const live = pods.filter((pod) => !isFinished(pod))
  const tracked = pods.filter(isTracked)
  const open = new Set(tracked.map(({ metadata }) => metadata.uid))
  const known = status.uncountedTerminatedPods ?? {}
  const succeeded = settle(known.succeeded, open)
  const failed = settle(known.failed, open)
  const failures = tracked
    .filter((pod) => hasFailed(job, pod))
    .toSorted(byEnd)
    .map((pod) => ({ pod, meaning: meaningOf(job, pod) }))
  const indexes = indexesOf(job, tracked, failures)
  const isForeign = (pod: Pod): boolean => {
    const index = indexOf(pod)
    return isIndexed(job) && (index === undefined || index >= completionsOf(job))
  }
  const named = new Set([...succeeded.left, ...failed.left])
  const succeededNow = isIndexed(job)
    ? []
    : tracked.filter(({ status: its, metadata }) => {
        return its?.phase === "Succeeded" && !named.has(metadata.uid)
      })
  const failedNow = failures.filter(({ pod, meaning }) => {
    return meaning.action !== "Ignore" && !named.has(pod.metadata.uid) && !isForeign(pod)
  })
  const uncounted = {
    succeeded: [...succeeded.left, ...succeededNow.map(({ metadata }) => metadata.uid)],
    failed: [...failed.left, ...failedNow.map(({ pod }) => pod.metadata.uid)],
  }
  const settled = {
    succeeded: (status.succeeded ?? 0) + succeeded.settled,
    failed: (status.failed ?? 0) + failed.settled,
  }
  return {
    active: live.filter(({ metadata }) => metadata.deletionTimestamp === undefined),
    terminating: live.filter(({ metadata }) => metadata.deletionTimestamp !== undefined),
    tracked,
    settled,
    uncounted,
    succeeded: isIndexed(job)
      ? indexes.completed.size
      : settled.succeeded + uncounted.succeeded.length,
    failed: settled.failed + uncounted.failed.length,
    completed: indexes.completed,
    failedIndexes: indexes.failed,
    failures,
  }
}
