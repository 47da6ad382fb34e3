import type { FieldReference, SecretKeyReference } from "./analysis.js"

/** An analysis as a rollout asks for it: templates, and arguments for them. */
export interface RolloutAnalysis {
  /** Which templates; their metrics are judged together. */
  readonly templates?: readonly AnalysisTemplateReference[]
  /** Values for the templates' arguments. */
  readonly args?: readonly RolloutAnalysisArgument[]
  /** Metrics that are measured but do not decide. */
  readonly dryRun?: readonly DryRun[]
  /** How many measurements are kept. */
  readonly measurementRetention?: readonly MeasurementRetention[]
  /** Labels and annotations for the AnalysisRun. */
  readonly analysisRunMetadata?: AnalysisRunMetadata
}

/** The background analysis of a canary. */
export interface RolloutAnalysisBackground extends RolloutAnalysis {
  /** Starts when this step is reached. Default: with the first step. */
  readonly startingStep?: number
}

/** Names an AnalysisTemplate. */
export interface AnalysisTemplateReference {
  readonly templateName: string
  /** True: a ClusterAnalysisTemplate. Default false. */
  readonly clusterScope?: boolean
}

/** One argument: a value or where it comes from. */
export interface RolloutAnalysisArgument {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: RolloutArgumentSource
}

/** Where an argument's value comes from. */
export interface RolloutArgumentSource {
  /** The hash of the new (`Latest`) or of the last good (`Stable`) pods. */
  readonly podTemplateHashValue?: "Latest" | "Stable"
  /** A field of the rollout, such as `metadata.labels['env']`. */
  readonly fieldRef?: FieldReference
  /** A key of a Secret of the same namespace; read at each measurement and never written down. */
  readonly secretKeyRef?: SecretKeyReference
}

/** Metrics that are measured but do not decide. */
export interface DryRun {
  /** A regular expression of RE2; matches the whole name when anchored. */
  readonly metricName: string
}

/** How many measurements of a metric are kept. */
export interface MeasurementRetention {
  /** A regular expression of RE2. */
  readonly metricName: string
  /** Default 10. */
  readonly limit: number
}

/** Labels and annotations for an AnalysisRun. */
export interface AnalysisRunMetadata {
  readonly labels?: { readonly [key: string]: string }
  readonly annotations?: { readonly [key: string]: string }
}
