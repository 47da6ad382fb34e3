import type { Condition, ObjectMeta } from "@argo-ts/kernel"
import type { WorkflowSpec } from "./workflow.js"

/** When a CronWorkflow stops for good. */
export interface StopStrategy {
  /** expr-lang over `cronworkflow`; where it holds nothing is started any more. */
  readonly expression: string
}

/** `workflowMetadata` of a CronWorkflow: what its runs are created with. */
export interface RunMetadata {
  readonly labels?: { readonly [key: string]: string }
  readonly annotations?: { readonly [key: string]: string }
  readonly finalizers?: readonly string[]
}

/** `spec` of a CronWorkflow. */
export interface CronWorkflowSpec {
  /** Five-field schedules, `@hourly` and the like, or `@every 5m`; each may begin with `CRON_TZ=…`. */
  readonly schedules: readonly string[]
  /** @unsupported the form before Argo Workflows 4; write `schedules`, a list */
  readonly schedule?: unknown
  /** An IANA zone. Default UTC. */
  readonly timezone?: string
  /** What to do while an earlier run goes on. Default Allow. */
  readonly concurrencyPolicy?: "Allow" | "Forbid" | "Replace"
  /** How many seconds late a missed run may still begin after a restart. Default: missed runs stay missed. */
  readonly startingDeadlineSeconds?: number
  /** True: nothing is started. Default false. */
  readonly suspend?: boolean
  /** How many runs that succeeded are kept. Default 3. */
  readonly successfulJobsHistoryLimit?: number
  /** How many runs that failed are kept. Default 1. */
  readonly failedJobsHistoryLimit?: number
  readonly workflowSpec: WorkflowSpec
  readonly workflowMetadata?: RunMetadata
  /** expr-lang over `cronworkflow`, in the way of a step's `when`. Default: always. */
  readonly when?: string
  readonly stopStrategy?: StopStrategy
}

/** A run that goes on. */
export interface ActiveRun {
  readonly apiVersion?: string
  readonly kind?: string
  readonly name?: string
  readonly namespace?: string
  readonly uid?: string
}

/** `status` of a CronWorkflow. */
export interface CronWorkflowStatus {
  readonly active?: readonly ActiveRun[]
  /** RFC 3339. */
  readonly lastScheduledTime?: string
  readonly conditions?: readonly Condition[]
  readonly succeeded?: number
  readonly failed?: number
  readonly phase?: "Active" | "Stopped"
}

/** Runs a workflow again and again. */
export interface CronWorkflow {
  readonly apiVersion: "argoproj.io/v1alpha1"
  readonly kind: "CronWorkflow"
  readonly metadata: ObjectMeta
  readonly spec: CronWorkflowSpec
  readonly status?: CronWorkflowStatus
}
