import type { JsonObject } from "@argo-ts/kernel"
import type { RolloutAnalysis, RolloutAnalysisBackground } from "./rollout-analysis.js"
import type { TrafficRouting } from "./traffic-routing.js"

/** `spec.strategy.canary`: a growing share of pods or traffic for the new version. */
export interface CanaryStrategy {
  /** Selects the pods of the new version. Required by most routers. */
  readonly canaryService?: string
  /** Selects the pods of the last good version. Required by most routers. */
  readonly stableService?: string
  /** What happens one after the other. None: a rolling update within surge and unavailable. */
  readonly steps?: readonly CanaryStep[]
  /** Sends traffic by weight instead of by the number of pods. */
  readonly trafficRouting?: TrafficRouting
  /** Pods above `replicas` during an update: a number or a percentage (rounded up). Default 25%. */
  readonly maxSurge?: number | string
  /** Pods that may be missing during an update: a number or a percentage (rounded down). Default 25%. */
  readonly maxUnavailable?: number | string
  /** Judged all the while the steps run. */
  readonly analysis?: RolloutAnalysisBackground
  /** Seconds the old pods are kept after promotion; only with traffic routing. Default 30. */
  readonly scaleDownDelaySeconds?: number
  /** How many old ReplicaSets are kept up at once during their delay. Default: all. */
  readonly scaleDownDelayRevisionLimit?: number
  /** Seconds the canary is kept after an abort, with traffic routing; 0 keeps it for good. Default 30. */
  readonly abortScaleDownDelaySeconds?: number
  /** Shrinks the stable pods as traffic leaves them; only with traffic routing. Default false. */
  readonly dynamicStableScale?: boolean
  /** At least so many pods in a ReplicaSet that has any; only with traffic routing. */
  readonly minPodsPerReplicaSet?: number
  /** When a step counts as scaled. Default: all pods available. */
  readonly replicaProgressThreshold?: ReplicaProgressThreshold
  /** @unsupported alternating Services are not built yet */
  readonly pingPong?: JsonObject
  /** @unsupported metadata of live pods is not changed yet */
  readonly canaryMetadata?: JsonObject
  /** @unsupported metadata of live pods is not changed yet */
  readonly stableMetadata?: JsonObject
  /** @unsupported anti-affinity is not injected yet */
  readonly antiAffinity?: JsonObject
}

/** `replicaProgressThreshold`: how much of the canary has to be available. */
export interface ReplicaProgressThreshold {
  readonly type: "Percent" | "Pods"
  /** Per cent of the wanted pods, or pods. */
  readonly value: number
}

/** One item of `steps`: exactly one field. */
export interface CanaryStep {
  /** Per cent of traffic (or pods) for the new version, 0 to `maxTrafficWeight`. */
  readonly setWeight?: number
  /** Waits for a time or for a human. */
  readonly pause?: PauseStep
  /** @unsupported experiments are not run yet */
  readonly experiment?: JsonObject
  /** Runs an analysis to its end. */
  readonly analysis?: RolloutAnalysis
  /** Scales the canary apart from its weight; only with traffic routing. */
  readonly setCanaryScale?: SetCanaryScaleStep
  /** @unsupported header routes are not built yet */
  readonly setHeaderRoute?: JsonObject
  /** @unsupported mirror routes are not built yet */
  readonly setMirrorRoute?: JsonObject
  /** @unsupported step plugins are not built yet */
  readonly plugin?: JsonObject
}

/** `steps[].pause`. */
export interface PauseStep {
  /** Seconds, or a duration like `1h30m`. Absent: until somebody promotes. */
  readonly duration?: number | string
}

/** `steps[].setCanaryScale`: exactly one field. Holds until the next such step. */
export interface SetCanaryScaleStep {
  /** So many pods. */
  readonly replicas?: number
  /** Pods for so much weight. */
  readonly weight?: number
  /** Back to what the traffic weight needs. */
  readonly matchTrafficWeight?: boolean
}
