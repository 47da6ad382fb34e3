import type { JsonObject, JsonValue } from "@argo-ts/kernel"

/** Where Freight comes from. */
export interface FreightOrigin {
  readonly kind: "Warehouse"
  readonly name: string
}

/** A named value; the value may hold `${{ }}` expressions. */
export interface ExpressionVariable {
  readonly name: string
  /** Default empty. */
  readonly value?: string
}

/** When a step that fails is tried again. */
export interface StepRetry {
  /** A duration; absent or not positive: the step's own (none, 5m for `argocd-update`). */
  readonly timeout?: string
  /** How many errors end the step. Default 1. */
  readonly errorThreshold?: number
}

/** One step of a promotion. */
export interface PromotionStep {
  /**
   * Which step runs: `git-clone`, `git-clear`, `git-commit`, `git-push`, `copy`, `delete`, `yaml-update`, `http`,
   * `argocd-update`, `compose-output`, `set-metadata`, `fail`.
   */
  readonly uses?: string
  /**
   * Takes over the steps of a PromotionTask.
   * @unsupported promotion tasks are not built yet
   */
  readonly task?: JsonObject
  /** Name under which outputs are found. Default `step-N`, N from 1. */
  readonly as?: string
  /** An expression that yields a boolean. Default: no earlier step has failed. */
  readonly if?: string
  /** True: this step's failure does not fail the promotion. Default false. */
  readonly continueOnError?: boolean
  readonly retry?: StepRetry
  readonly vars?: readonly ExpressionVariable[]
  /** What the step needs; texts may hold expressions. */
  readonly config?: JsonValue
}

/** A Git commit that is part of Freight. */
export interface GitCommitReference {
  readonly repoURL: string
  readonly id: string
  readonly branch?: string
  readonly tag?: string
  readonly message?: string
  readonly author?: string
  readonly committer?: string
  readonly subscriptionName?: string
}

/** A container image that is part of Freight. */
export interface ImageReference {
  readonly repoURL: string
  readonly tag?: string
  readonly digest?: string
  readonly annotations?: { readonly [key: string]: string }
  readonly subscriptionName?: string
}

/** A Helm chart that is part of Freight. */
export interface ChartReference {
  readonly repoURL: string
  readonly name?: string
  readonly version: string
  readonly subscriptionName?: string
}

/** Anything else that is part of Freight. */
export interface ArtifactReference {
  readonly artifactType: string
  readonly subscriptionName: string
  readonly version: string
  readonly metadata?: JsonValue
}

/** What Freight is, without the object around it. */
export interface FreightReference {
  readonly name?: string
  readonly origin: FreightOrigin
  readonly commits?: readonly GitCommitReference[]
  readonly images?: readonly ImageReference[]
  readonly charts?: readonly ChartReference[]
  readonly artifacts?: readonly ArtifactReference[]
}

/** One AnalysisRun and how it ended. */
export interface VerificationInfo {
  readonly id: string
  readonly actor?: string
  readonly startTime?: string
  readonly finishTime?: string
  /** `Pending`, `Running`, `Successful`, `Failed`, `Error`, `Inconclusive`. */
  readonly phase: string
  readonly message?: string
  readonly analysisRun?: AnalysisRunReference
}

/** Which AnalysisRun, and where it stands. */
export interface AnalysisRunReference {
  readonly namespace: string
  readonly name: string
  readonly phase: string
}

/** Freight of each origin that is in a Stage together. */
export interface FreightCollection {
  /** SHA-1 of the sorted Freight names, joined with commas. */
  readonly id: string
  /** By origin: `Warehouse/shop`. */
  readonly items: { readonly [origin: string]: FreightReference }
  /** Newest first, at most ten. */
  readonly verificationHistory?: readonly VerificationInfo[]
}
