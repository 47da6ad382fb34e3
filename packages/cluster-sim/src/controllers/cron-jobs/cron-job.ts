import type { Kind, KubernetesObject, ObjectMeta } from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import type { JobSpec } from "../jobs/job.js"

/** `status.active[]`: a Job that was started and has not been seen to end. */
export interface JobReference {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion?: string
}

/** `status` of a CronJob. */
export interface CronJobStatus {
  readonly active?: readonly JobReference[]
  /** The scheduled time of the last Job, not the time when it was made. */
  readonly lastScheduleTime?: string
  readonly lastSuccessfulTime?: string
}

/** A CronJob. */
export interface CronJob extends KubernetesObject {
  readonly spec: {
    readonly schedule: string
    readonly timeZone?: string
    readonly startingDeadlineSeconds?: number
    readonly concurrencyPolicy?: "Allow" | "Forbid" | "Replace"
    readonly suspend?: boolean
    readonly successfulJobsHistoryLimit?: number
    readonly failedJobsHistoryLimit?: number
    readonly jobTemplate: { readonly metadata?: ObjectMeta; readonly spec: JobSpec }
  }
  readonly status?: CronJobStatus
}

/** CronJobs. */
export const cronJobs: Kind<CronJob> = builtInKind("batch/v1", "CronJob") as Kind<CronJob>

/** On a Job of a CronJob: when it was to start, in the CronJob's zone. */
export const scheduledMark = "batch.kubernetes.io/cronjob-scheduled-timestamp"
