/**
 * Argo Rollouts as a library: canary and blue-green rollouts, judged by analyses. Decisions are pure functions; the
 * subpath `./kubernetes` runs them over a cluster.
 *
 * @packageDocumentation
 */
export type {
  AnalysisArgument,
  AnalysisRun,
  AnalysisRunSpec,
  AnalysisTemplate,
  AnalysisTemplateSpec,
  ArgumentSource,
  ClusterAnalysisTemplate,
  FieldReference,
  Metric,
  SecretKeyReference,
  TtlStrategy,
} from "./api/analysis.js"
export type {
  AnalysisPhase,
  AnalysisRunStatus,
  Measurement,
  MetricResult,
  RunSummary,
} from "./api/analysis-status.js"
export type { BlueGreenStrategy } from "./api/blue-green.js"
export type {
  CanaryStep,
  CanaryStrategy,
  PauseStep,
  ReplicaProgressThreshold,
  SetCanaryScaleStep,
} from "./api/canary.js"
export type { Experiment } from "./api/experiment.js"
export {
  type Pod,
  type ReplicaSet,
  type Secret,
  type Service,
  type TrafficSplit,
  trafficSplits,
} from "./api/foreign.js"
export {
  analysisRuns,
  analysisTemplates,
  clusterAnalysisTemplates,
  experiments,
  rolloutKinds,
  rollouts,
} from "./api/kinds.js"
export type {
  MetricHeader,
  MetricProviderSpec,
  PrometheusMetric,
  WebMetric,
} from "./api/metric-provider.js"
export {
  parseAnalysisRun,
  parseAnalysisTemplate,
  parseClusterAnalysisTemplate,
  parseExperiment,
  parseRollout,
} from "./api/parse.js"
export type {
  AnalysisRunHistory,
  RollbackWindow,
  Rollout,
  RolloutSpec,
  RolloutStrategy,
} from "./api/rollout.js"
export type {
  AnalysisRunMetadata,
  AnalysisTemplateReference,
  DryRun,
  MeasurementRetention,
  RolloutAnalysis,
  RolloutAnalysisArgument,
  RolloutAnalysisBackground,
  RolloutArgumentSource,
} from "./api/rollout-analysis.js"
export type {
  BlueGreenStatus,
  CanaryStatus,
  CurrentRun,
  PauseCondition,
  PauseReason,
  RolloutPhase,
  RolloutStatus,
  TrafficWeights,
  WeightDestination,
} from "./api/rollout-status.js"
export type { SmiTrafficRouting, TrafficRouting } from "./api/traffic-routing.js"
export type { AnnotationChanges, RolloutAction } from "./core/actions.js"
export {
  type AnalysisRunAction,
  type AnalysisRunDecision,
  decideAnalysisRun,
} from "./core/analysis/decide-analysis-run.js"
export {
  type AnalysisRunReason,
  analysisRunReason,
  explainAnalysisRun,
} from "./core/analysis/explain.js"
export type { Measured, MeasuredResult, ObservedAnalysisRun } from "./core/analysis/measured.js"
export { decideRollout, type RolloutDecision } from "./core/decide-rollout.js"
export { type RolloutEvent, rolloutEvents } from "./core/events.js"
export {
  describeReason,
  explainRollout,
  type RolloutReason,
  rolloutReason,
  type StepPlace,
} from "./core/explain.js"
export { nothingObserved, type ObservedRollout, type ObservedTraffic } from "./core/observed.js"
export { podTemplateHash, stepHash } from "./core/pod-hash.js"
export {
  type BasicCanaryInput,
  idealSplit,
  nextBasicCanary,
  type ReplicaSplit,
  type RolloutBounds,
  type RoutedCanaryInput,
  rolloutBounds,
  routedCanary,
} from "./core/replica-arithmetic.js"
export { type Simulation, type SimulationRow, simulateRollout } from "./core/simulate.js"
export type { SimulatedMeasurement, SimulationOptions } from "./core/simulated-world.js"
export {
  abort,
  pause,
  promote,
  promoteFull,
  restart,
  resume,
  retry,
  setImage,
  terminateRun,
  undo,
  type VerbPatch,
} from "./core/verbs.js"
export type {
  MetricAnswer,
  MetricProvider,
  MetricProviders,
  MetricQuestion,
} from "./metrics/metric-provider.js"
export { createPrometheusProvider, type PrometheusOptions } from "./metrics/prometheus.js"
export { createWebProvider } from "./metrics/web.js"
export { createInMemoryRouter, inMemoryRouterName } from "./traffic/in-memory-router.js"
export type { TrafficRoute, TrafficRouter, TrafficRouters } from "./traffic/traffic-router.js"
