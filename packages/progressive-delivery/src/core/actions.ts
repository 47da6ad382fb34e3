import type { KeyedAction } from "@argo-ts/kernel"
import type { AnalysisRun } from "../api/analysis.js"
import type { ReplicaSet } from "../api/foreign.js"

/** Annotations to set; null removes one. */
export type AnnotationChanges = { readonly [key: string]: string | null }

/** What a rollout wants done. Keys are stable; performing one twice is harmless. */
export type RolloutAction = KeyedAction &
  (
    | { readonly type: "AnnotateRollout"; readonly annotations: AnnotationChanges }
    | { readonly type: "CreateReplicaSet"; readonly replicaSet: ReplicaSet }
    | {
        readonly type: "AnnotateReplicaSet"
        readonly name: string
        readonly annotations: AnnotationChanges
      }
    | {
        readonly type: "ScaleReplicaSet"
        readonly name: string
        readonly from: number
        readonly replicas: number
        readonly annotations: AnnotationChanges
      }
    | { readonly type: "DeleteReplicaSet"; readonly name: string }
    | { readonly type: "PointService"; readonly service: string; readonly hash: string }
    | {
        readonly type: "SetWeight"
        /** Of `weightMax`. */
        readonly canary: number
        readonly stable: number
        readonly weightMax: number
      }
    | { readonly type: "CreateAnalysisRun"; readonly run: AnalysisRun }
    | { readonly type: "TerminateAnalysisRun"; readonly name: string }
    | { readonly type: "DeleteAnalysisRun"; readonly name: string }
    | { readonly type: "EvictPod"; readonly name: string }
  )
