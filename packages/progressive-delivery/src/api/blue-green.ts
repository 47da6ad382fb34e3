import type { JsonObject } from "@argo-ts/kernel"
import type { RolloutAnalysis } from "./rollout-analysis.js"

/** `spec.strategy.blueGreen`: two full sets of pods and one switch of a Service. */
export interface BlueGreenStrategy {
  /** The Service that carries production traffic. */
  readonly activeService: string
  /** The Service that always selects the newest pods. */
  readonly previewService?: string
  /** False: a human promotes. Default true. */
  readonly autoPromotionEnabled?: boolean
  /** Seconds between the preview being ready and its promotion. Default 0. */
  readonly autoPromotionSeconds?: number
  /** Pods of the preview until it is about to be promoted. Default: all of `replicas`. */
  readonly previewReplicaCount?: number
  /** Seconds the old pods are kept after the switch. Default 30. */
  readonly scaleDownDelaySeconds?: number
  /** How many old ReplicaSets are kept up at once during their delay. Default: all. */
  readonly scaleDownDelayRevisionLimit?: number
  /** Seconds the preview is kept after an abort; 0 keeps it for good. Default 30. */
  readonly abortScaleDownDelaySeconds?: number
  /** Has to succeed before the switch. */
  readonly prePromotionAnalysis?: RolloutAnalysis
  /** Has to succeed after the switch, or the Service goes back. */
  readonly postPromotionAnalysis?: RolloutAnalysis
  /** @unsupported anti-affinity is not injected yet */
  readonly antiAffinity?: JsonObject
  /** How many pods a restart may take down at once: a number or a percentage. Default 25%. */
  readonly maxUnavailable?: number | string
  /** @unsupported metadata of live pods is not changed yet */
  readonly activeMetadata?: JsonObject
  /** @unsupported metadata of live pods is not changed yet */
  readonly previewMetadata?: JsonObject
}
