import type { AnalysisRun, AnalysisTemplate, ClusterAnalysisTemplate } from "../api/analysis.js"
import type { Pod, ReplicaSet, Service } from "../api/foreign.js"

/** Facts a rollout's decision depends on. Lists are in any order. */
export interface ObservedRollout {
  /** Owned by the rollout. */
  readonly replicaSets: readonly ReplicaSet[]
  /** Those the rollout names, as far as they exist. */
  readonly services: readonly Service[]
  /** Owned by the rollout. */
  readonly analysisRuns: readonly AnalysisRun[]
  /** Those the rollout names, and those they name, as far as they exist. */
  readonly analysisTemplates: readonly AnalysisTemplate[]
  /** Those the rollout names, and those they name, as far as they exist. */
  readonly clusterAnalysisTemplates: readonly ClusterAnalysisTemplate[]
  /** What the traffic router shows; absent while it shows nothing, and without traffic routing. */
  readonly traffic?: ObservedTraffic
  /** The rollout's pods; needed only while `restartAt` is not done. */
  readonly pods?: readonly Pod[]
}

/** Weights as the router shows them. */
export interface ObservedTraffic {
  readonly canary: number
  readonly stable: number
  /** Whether traffic really flows so; absent where the router cannot tell. */
  readonly verified?: boolean
}

/** Nothing observed yet. */
export const nothingObserved: ObservedRollout = {
  replicaSets: [],
  services: [],
  analysisRuns: [],
  analysisTemplates: [],
  clusterAnalysisTemplates: [],
}
