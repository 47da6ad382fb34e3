/**
 * Argo Workflows as a library: a workflow is opened, events go in, status changes and actions come out.
 *
 * @packageDocumentation
 */
export type {
  ArchiveStrategy,
  Artifact,
  BasicAuth,
  GitArtifact,
  HttpArtifact,
  HttpArtifactAuth,
  HttpArtifactHeader,
  RawArtifact,
  S3Artifact,
  SecretKeyRef,
  TarStrategy,
} from "./api/artifact.js"
export type {
  CronWorkflow,
  CronWorkflowSpec,
  CronWorkflowStatus,
} from "./api/cron-workflow.js"
export type { WorkflowEventBinding } from "./api/event-binding.js"
export {
  clusterWorkflowTemplates,
  cronWorkflows,
  workflowEventBindings,
  workflowKinds,
  workflows,
  workflowTemplates,
} from "./api/kinds.js"
export type {
  DataTemplate,
  HttpHeader,
  HttpTemplate,
  PluginTemplate,
  ResourceTemplate,
} from "./api/leaf.js"
export type { Metrics, PrometheusMetric } from "./api/metrics.js"
export type {
  Arguments,
  ConfigMapKeyRef,
  Inputs,
  Outputs,
  Parameter,
  ValueFrom,
} from "./api/parameter.js"
export {
  parseClusterWorkflowTemplate,
  parseWorkflow,
  parseWorkflowEventBinding,
  parseWorkflowTemplate,
} from "./api/parse.js"
export type {
  NodeFlag,
  NodeOutputs,
  NodePhase,
  NodeStatus,
  NodeType,
  WorkflowPhase,
  WorkflowStatus,
} from "./api/status.js"
export type {
  Backoff,
  ContinueOn,
  DagTask,
  DagTemplate,
  LifecycleHook,
  RetryStrategy,
  Sequence,
  SuspendTemplate,
  TemplateRef,
  WorkflowStep,
} from "./api/step.js"
export type {
  Container,
  ContainerNode,
  ContainerSetTemplate,
  EnvVar,
  PodMetadata,
  ScriptTemplate,
  Template,
  UserContainer,
} from "./api/template.js"
export type {
  ClusterWorkflowTemplate,
  TtlStrategy,
  Workflow,
  WorkflowMetadata,
  WorkflowSpec,
  WorkflowTemplate,
  WorkflowTemplateRef,
} from "./api/workflow.js"
export type { ArtifactStore } from "./artifacts/artifact-store.js"
export { directoryArtifactStore } from "./artifacts/directory.js"
export type {
  ArtifactDriver,
  ArtifactLocationField,
  ArtifactPlace,
  ArtifactRequest,
} from "./artifacts/driver.js"
export { type GitArtifactOptions, gitArtifacts } from "./artifacts/git.js"
export { type HttpArtifactOptions, httpArtifacts } from "./artifacts/http.js"
export { type TemporaryArtifactStore, temporaryArtifactStore } from "./artifacts/temporary.js"
export type {
  Action,
  ClaimAction,
  CollectAction,
  ContainerOutcome,
  DaemonPlace,
  MeasureAction,
  Measurement,
  MemoEntry,
  NodeArtifact,
  Outcome,
  StartAction,
  StopAction,
  VolumeClaim,
  WorkflowEvent,
} from "./core/actions.js"
export {
  type FoldOptions,
  foldStatus,
  type NodeAdded,
  type NodeChanged,
  type NodeProgress,
  type StatusChange,
  type StatusFold,
  type WorkflowChanged,
} from "./core/changes.js"
export { type Compatibility, upstreamCompatibility } from "./core/compatibility.js"
export type { ConfigMapSource } from "./core/config-map-values.js"
export { type WorkflowDefaults, withWorkflowDefaults } from "./core/effective-spec.js"
export {
  createLockTable,
  type LockAnswer,
  type LockNews,
  type LockRequest,
  type LockTable,
} from "./core/locks.js"
export { nodeId, podName } from "./core/names.js"
export { narrowNodes } from "./core/narrow.js"
export {
  type DecideOptions,
  decideWorkflow,
  type ObservedNodes,
  type OpenOptions,
  type OpenWorkflow,
  openWorkflow,
  type Transition,
  type WorkflowDecision,
} from "./core/open.js"
export {
  type ResubmitOptions,
  type RetryOptions,
  resubmitWorkflow,
  retryWorkflow,
} from "./core/restart.js"
export type { FoundRepository, RepositorySource, TemplateSource } from "./core/run.js"
export type { LeafSurroundings, Scheduling } from "./core/surroundings.js"
export { type SuppliedValues, suppliedFault, unsuppliedFault } from "./core/suspend.js"
export { type BoundEventData, bindEvent } from "./events/bind.js"
export { type ArtifactPlaces, fetchArtifact } from "./executors/artifacts.js"
export { dataExecutor } from "./executors/data.js"
export type {
  ClaimRequest,
  Executor,
  ExecutorWorld,
  ReleaseRequest,
  Task,
} from "./executors/executor.js"
export {
  functionExecutor,
  type StepContext,
  type StepFunction,
  type StepFunctions,
  type StepResult,
} from "./executors/functions.js"
export { type HttpExecutorOptions, httpExecutor } from "./executors/http.js"
export { parseOutcomes } from "./executors/outcomes.js"
export { type Plugin, type Plugins, pluginExecutor } from "./executors/plugin.js"
export {
  type ProcessExecutor,
  type ProcessOptions,
  processExecutor,
} from "./executors/process/executor.js"
export type { ReadSecret } from "./executors/secrets.js"
export { type OutcomeRule, type RandomOutcomes, simulateExecutor } from "./executors/simulate.js"
export { formatGraph, type GraphFormat } from "./graph/format.js"
export { createLocks, type LockLimits, type Locks, type LocksOptions } from "./runtime/locks.js"
export { createMemoCaches, type MemoAge, type MemoCaches, type MemoPlace } from "./runtime/memo.js"
export type { MetricsSink } from "./runtime/metrics-sink.js"
export {
  InvalidWorkflowError,
  prepareWorkflow,
  type SubmitOptions,
} from "./runtime/prepare.js"
export {
  type OpenRun,
  openRun,
  type RunEvent,
  type RunOptions,
  runWorkflow,
} from "./runtime/run.js"
export { formatTree } from "./runtime/tree.js"
export { workflowJson } from "./runtime/workflow-json.js"
export { type JournalOptions, type JournalStore, journalStore, readRun } from "./stores/journal.js"
export { memoryStore, noStore } from "./stores/memory.js"
export { runKey, type Store, type StoredRun } from "./stores/store.js"
