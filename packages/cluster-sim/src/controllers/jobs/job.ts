import {
  type Condition,
  controllerOf,
  type EpochMs,
  findCondition,
  type Kind,
  type KubernetesObject,
  type LabelSelector,
} from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { instantOf, type Pod, type PodTemplate } from "../workloads.js"

/** Which exit codes a rule is about; without a name those of any container. */
export interface ExitCodeRequirement {
  readonly containerName?: string
  readonly operator: "In" | "NotIn"
  readonly values: readonly number[]
}

/** One line of `spec.podFailurePolicy.rules`: the first that a failed pod matches decides what it counts for. */
export interface PodFailureRule {
  readonly action: "FailJob" | "FailIndex" | "Ignore" | "Count"
  readonly onExitCodes?: ExitCodeRequirement
  readonly onPodConditions?: readonly { readonly type: string; readonly status: string }[]
}

/** One line of `spec.successPolicy.rules`. */
export interface SuccessRule {
  readonly succeededIndexes?: string
  readonly succeededCount?: number
}

/** `spec` of a Job. */
export interface JobSpec {
  readonly parallelism?: number
  readonly completions?: number
  readonly completionMode?: "NonIndexed" | "Indexed"
  readonly backoffLimit?: number
  readonly backoffLimitPerIndex?: number
  readonly maxFailedIndexes?: number
  readonly activeDeadlineSeconds?: number
  readonly suspend?: boolean
  readonly ttlSecondsAfterFinished?: number
  readonly podFailurePolicy?: { readonly rules: readonly PodFailureRule[] }
  readonly successPolicy?: { readonly rules: readonly SuccessRule[] }
  readonly podReplacementPolicy?: "TerminatingOrFailed" | "Failed"
  readonly manualSelector?: boolean
  readonly managedBy?: string
  readonly selector?: LabelSelector
  readonly template: PodTemplate
}

/** Ended pods that still carry the tracking finalizer, by uid: counted already, and not to be counted again. */
export interface UncountedPods {
  readonly succeeded?: readonly string[]
  readonly failed?: readonly string[]
}

/** A condition of a Job. */
export interface JobCondition extends Condition {
  readonly lastProbeTime?: string
}

/** `status` of a Job. */
export interface JobStatus {
  readonly conditions?: readonly JobCondition[]
  readonly startTime?: string
  readonly completionTime?: string
  readonly active?: number
  readonly succeeded?: number
  readonly failed?: number
  readonly terminating?: number
  readonly completedIndexes?: string
  readonly failedIndexes?: string
  readonly uncountedTerminatedPods?: UncountedPods
  readonly ready?: number
}

/** A Job. */
export interface Job extends KubernetesObject {
  readonly spec: JobSpec
  readonly status?: JobStatus
}

/** Jobs. */
export const jobs: Kind<Job> = builtInKind("batch/v1", "Job") as Kind<Job>

/** On every pod of a Job until the Job has counted its end. */
export const trackingFinalizer = "batch.kubernetes.io/job-tracking"
/** Label and annotation of a pod of an indexed Job. */
export const indexMark = "batch.kubernetes.io/job-completion-index"
/** How often pods of its index had failed when a pod was made, and how often that did not count. */
export const failuresMark = "batch.kubernetes.io/job-index-failure-count"
export const ignoredFailuresMark = "batch.kubernetes.io/job-index-ignored-failure-count"

const ownController = "kubernetes.io/job-controller"

/** True for a Job that another controller runs: ours leaves it alone. */
export function isManagedElsewhere({ spec }: Job): boolean {
  return spec.managedBy !== undefined && spec.managedBy !== ownController
}

/** The condition that ended a Job: `Complete` or `Failed`. */
export function finalConditionOf(job: Job): JobCondition | undefined {
  const { conditions } = job.status ?? {}
  return ["Complete", "Failed"]
    .map((type) => findCondition(conditions, type))
    .find((condition) => condition?.status === "True")
}

/** When a Job ended, for good or bad. */
export function finishedAt(job: Job): EpochMs | undefined {
  return instantOf(finalConditionOf(job)?.lastTransitionTime)
}

/** True for a pod whose end its Job has still to count. */
export function isTracked({ metadata }: Pod): boolean {
  return metadata.finalizers?.includes(trackingFinalizer) === true
}

/** The completion index of a pod. */
export function indexOf({ metadata }: Pod): number | undefined {
  const text = metadata.annotations?.[indexMark]
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

/** True where the object's managing owner is the Job of that uid. */
export function isOf(object: KubernetesObject, uid: string): boolean {
  return controllerOf(object)?.uid === uid
}
