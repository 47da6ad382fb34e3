import type { Condition, JsonObject } from "@argo-ts/kernel"
import type { AnalysisPhase } from "./analysis-status.js"

/** How a rollout stands. */
export type RolloutPhase = "Progressing" | "Paused" | "Healthy" | "Degraded"

/** Why the controller waits. */
export type PauseReason =
  | "CanaryPauseStep"
  | "BlueGreenPause"
  | "InconclusiveAnalysisRun"
  | "InconclusiveExperiment"

/** One reason to wait. Removing it from the list resumes. */
export interface PauseCondition {
  readonly reason: PauseReason
  /** RFC 3339. */
  readonly startTime: string
}

/** `status` of a Rollout. */
export interface RolloutStatus {
  readonly phase?: RolloutPhase
  readonly message?: string
  /** True: go back to the last good version and stay there. */
  readonly abort?: boolean
  /** RFC 3339: when the abort began. */
  readonly abortedAt?: string
  readonly pauseConditions?: readonly PauseCondition[]
  /** True while, or just after, the controller itself paused. */
  readonly controllerPause?: boolean
  /** True: skip what is left of the update. */
  readonly promoteFull?: boolean
  /** Hash of `spec.template`. */
  readonly currentPodHash?: string
  /** Hash of the steps. */
  readonly currentStepHash?: string
  readonly currentStepIndex?: number
  /** Hash of the last good pods; absent until the first deployment is complete. */
  readonly stableRS?: string
  readonly replicas?: number
  readonly updatedReplicas?: number
  readonly readyReplicas?: number
  readonly availableReplicas?: number
  /** Pods that an autoscaler counts. */
  readonly HPAReplicas?: number
  /** Selector of the pods that an autoscaler counts. */
  readonly selector?: string
  readonly collisionCount?: number
  /** The generation this status speaks of, as text. */
  readonly observedGeneration?: string
  readonly conditions?: readonly Condition[]
  readonly canary?: CanaryStatus
  readonly blueGreen?: BlueGreenStatus
  /** RFC 3339: the `restartAt` that is done. */
  readonly restartedAt?: string
  /** Upstream's field; never written here. */
  readonly workloadObservedGeneration?: string
  /** Upstream's field; never written here. */
  readonly alb?: JsonObject
  /** Upstream's field; never written here. */
  readonly albs?: readonly JsonObject[]
  /** Upstream's field; never written here. */
  readonly duration?: JsonObject
}

/** `status.canary`. */
export interface CanaryStatus {
  readonly currentStepAnalysisRunStatus?: CurrentRun
  readonly currentBackgroundAnalysisRunStatus?: CurrentRun
  readonly weights?: TrafficWeights
  /** Upstream's field; never written here. */
  readonly currentExperiment?: string
  /** Upstream's field; never written here. */
  readonly stablePingPong?: string
  /** Upstream's field; never written here. */
  readonly stepPluginStatuses?: readonly JsonObject[]
}

/** `status.blueGreen`. */
export interface BlueGreenStatus {
  /** Hash that the preview Service selects. */
  readonly previewSelector?: string
  /** Hash that the active Service selects. */
  readonly activeSelector?: string
  /** True once the preview may grow to its full size. */
  readonly scaleUpPreviewCheckPoint?: boolean
  readonly prePromotionAnalysisRunStatus?: CurrentRun
  readonly postPromotionAnalysisRunStatus?: CurrentRun
}

/** The AnalysisRun that counts at the moment. */
export interface CurrentRun {
  readonly name: string
  readonly status: AnalysisPhase
  readonly message?: string
}

/** How traffic is split, as the router last showed it. */
export interface TrafficWeights {
  readonly canary: WeightDestination
  readonly stable: WeightDestination
  readonly additional?: readonly WeightDestination[]
  /** Whether the router confirmed the weights; absent where it cannot. */
  readonly verified?: boolean
}

/** One destination of traffic. */
export interface WeightDestination {
  readonly weight: number
  readonly serviceName?: string
  readonly podTemplateHash?: string
}
