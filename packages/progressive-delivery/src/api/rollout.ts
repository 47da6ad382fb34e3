import type { JsonObject, LabelSelector, ObjectMeta } from "@argo-ts/kernel"
import type { BlueGreenStrategy } from "./blue-green.js"
import type { CanaryStrategy } from "./canary.js"
import type { RolloutStatus } from "./rollout-status.js"

/** A pod template that is rolled out step by step, with automatic return to the last good one. */
export interface Rollout {
  readonly apiVersion: "argoproj.io/v1alpha1"
  readonly kind: "Rollout"
  readonly metadata: ObjectMeta
  readonly spec: RolloutSpec
  /** Written by the controller. */
  readonly status?: RolloutStatus
}

/** What is wanted of a {@link Rollout}. */
export interface RolloutSpec {
  /** How many pods. Default 1. */
  readonly replicas?: number
  /** Which pods belong to the rollout; has to select the labels of `template`. */
  readonly selector?: LabelSelector
  /** The pods to run: a Kubernetes PodTemplateSpec, passed on as it is. */
  readonly template?: JsonObject
  /** @unsupported a template taken from a Deployment, ReplicaSet or PodTemplate is not resolved yet */
  readonly workloadRef?: JsonObject
  /** Seconds a pod has to be ready before it counts as available. Default 0. */
  readonly minReadySeconds?: number
  /** Which earlier revisions are returned to without walking the steps. */
  readonly rollbackWindow?: RollbackWindow
  /** How many scaled-down ReplicaSets are kept. Default 10. */
  readonly revisionHistoryLimit?: number
  /** Stops progress, scaling and Service switches until false again. Default false. */
  readonly paused?: boolean
  /** Seconds without progress after which the rollout counts as Degraded. Default 600. */
  readonly progressDeadlineSeconds?: number
  /** Abort when the deadline passes during an update. Default false. */
  readonly progressDeadlineAbort?: boolean
  /** RFC 3339: pods created before it are evicted a few at a time, once it has come. */
  readonly restartAt?: string
  /** How many finished runs are kept. */
  readonly analysis?: AnalysisRunHistory
  /** How a new template replaces the old one: exactly one of the two. */
  readonly strategy?: RolloutStrategy
}

/** `spec.rollbackWindow`. */
export interface RollbackWindow {
  /** So many revisions back count as recent. */
  readonly revisions?: number
}

/** `spec.analysis`: how many finished AnalysisRuns are kept. */
export interface AnalysisRunHistory {
  /** Successful runs. Default 5. */
  readonly successfulRunHistoryLimit?: number
  /** Failed, inconclusive and errored runs. Default 5. */
  readonly unsuccessfulRunHistoryLimit?: number
}

/** `spec.strategy`: exactly one of the two. */
export interface RolloutStrategy {
  /** Shifts pods and traffic gradually. */
  readonly canary?: CanaryStrategy
  /** Runs both versions in full and switches a Service over. */
  readonly blueGreen?: BlueGreenStrategy
}
