import type { ObjectMeta } from "@argo-ts/kernel"
import type { AnalysisRunStatus } from "./analysis-status.js"
import type { MetricProviderSpec } from "./metric-provider.js"
import type { AnalysisTemplateReference, DryRun, MeasurementRetention } from "./rollout-analysis.js"

/** Metrics and when they count as good, for the rollouts of one namespace. */
export interface AnalysisTemplate {
  readonly apiVersion: "argoproj.io/v1alpha1"
  readonly kind: "AnalysisTemplate"
  readonly metadata: ObjectMeta
  readonly spec: AnalysisTemplateSpec
}

/** Metrics and when they count as good, for the rollouts of all namespaces. */
export interface ClusterAnalysisTemplate {
  readonly apiVersion: "argoproj.io/v1alpha1"
  readonly kind: "ClusterAnalysisTemplate"
  readonly metadata: ObjectMeta
  readonly spec: AnalysisTemplateSpec
}

/** `spec` of both template kinds. */
export interface AnalysisTemplateSpec {
  readonly metrics?: readonly Metric[]
  /** Arguments the metrics may use as `{{args.name}}`. */
  readonly args?: readonly AnalysisArgument[]
  /** Metrics that are measured but do not decide. */
  readonly dryRun?: readonly DryRun[]
  readonly measurementRetention?: readonly MeasurementRetention[]
  /** Further templates whose metrics belong to this one. */
  readonly templates?: readonly AnalysisTemplateReference[]
}

/** One execution of an analysis. */
export interface AnalysisRun {
  readonly apiVersion: "argoproj.io/v1alpha1"
  readonly kind: "AnalysisRun"
  readonly metadata: ObjectMeta
  readonly spec: AnalysisRunSpec
  /** Written by the controller. */
  readonly status?: AnalysisRunStatus
}

/** What is measured by an {@link AnalysisRun}. */
export interface AnalysisRunSpec {
  readonly metrics: readonly Metric[]
  readonly args?: readonly AnalysisArgument[]
  /** True ends the run; what was good so far stays good. Default false. */
  readonly terminate?: boolean
  readonly dryRun?: readonly DryRun[]
  readonly measurementRetention?: readonly MeasurementRetention[]
  /** When a finished run is deleted. Default never. */
  readonly ttlStrategy?: TtlStrategy
}

/** `spec.ttlStrategy`: seconds after the end. The more specific field wins. */
export interface TtlStrategy {
  readonly secondsAfterCompletion?: number
  readonly secondsAfterSuccess?: number
  readonly secondsAfterFailure?: number
}

/** One argument of an analysis. */
export interface AnalysisArgument {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: ArgumentSource
}

/** Where an argument's value comes from. */
export interface ArgumentSource {
  /** A key of a Secret of the same namespace; read at each measurement and never written down. */
  readonly secretKeyRef?: SecretKeyReference
  /** A field of the rollout that starts the run. */
  readonly fieldRef?: FieldReference
}

/** Names one key of a Secret. */
export interface SecretKeyReference {
  readonly name: string
  readonly key: string
}

/** Names a field, such as `metadata.labels['env']`. */
export interface FieldReference {
  readonly fieldPath: string
}

/** One thing that is measured, and when it counts as good. */
export interface Metric {
  /** Unique in its run. */
  readonly name: string
  /** Time between two measurements, such as `30s`. Needed for more than one. */
  readonly interval?: string
  /** Time before the first measurement. Default none. */
  readonly initialDelay?: string
  /** How many measurements. Default 1, or without end when `interval` is set. */
  readonly count?: number | string
  /** True means success; an expression over `result`. */
  readonly successCondition?: string
  /** True means failure; an expression over `result`. */
  readonly failureCondition?: string
  /** More failures than this fail the metric; -1 means any number is fine. Default 0. */
  readonly failureLimit?: number | string
  /** More inconclusive measurements than this make the metric Inconclusive. Default 0. */
  readonly inconclusiveLimit?: number | string
  /** More errors in a row than this make the metric Error. Default 4. */
  readonly consecutiveErrorLimit?: number | string
  /** So many successes in a row end the metric as Successful; 0 means off. Default 0. */
  readonly consecutiveSuccessLimit?: number | string
  /** Where the value comes from: exactly one field. */
  readonly provider: MetricProviderSpec
}
