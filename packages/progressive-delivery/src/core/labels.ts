/** Label of ReplicaSets and pods, and key of Service selectors: which pod template. */
export const hashLabel = "rollouts-pod-template-hash"
/** Annotation of rollouts, ReplicaSets and AnalysisRuns: the how-manieth template. */
export const revisionAnnotation = "rollout.argoproj.io/revision"
/** Annotation of ReplicaSets: revisions it had before, comma-separated. */
export const revisionHistoryAnnotation = "rollout.argoproj.io/revision-history"
/** Annotation of ReplicaSets: `spec.replicas` of the rollout when it was last scaled. */
export const desiredReplicasAnnotation = "rollout.argoproj.io/desired-replicas"
/** Annotation of ReplicaSets: RFC 3339 instant at which it is scaled to zero. */
export const scaleDownDeadlineAnnotation = "scale-down-deadline"
/** Annotation of Services: the rollout that writes their selector. */
export const managedByAnnotation = "argo-rollouts.argoproj.io/managed-by-rollouts"
/** Label of AnalysisRuns: `Step`, `Background`, `PrePromotion` or `PostPromotion`. */
export const runTypeLabel = "rollout-type"
/** Label of AnalysisRuns of a step: its index. */
export const stepIndexLabel = "step-index"
