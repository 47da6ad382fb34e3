/**
 * Argo CD as a library: what an Application wants, what is there, and what to do about it — as a pure decision, and
 * as a driver over the cluster port.
 *
 * @packageDocumentation
 */
export type {
  AppProject,
  AppProjectSpec,
  ProjectDestination,
  ProjectKind,
} from "./api/app-project.js"
export type {
  Application,
  ApplicationInfo,
  ApplicationSpec,
  AutomatedSyncPolicy,
  ManagedNamespaceMetadata,
  ResourceIgnoreDifferences,
  SyncPolicy,
} from "./api/application.js"
export type { ApplicationSet } from "./api/application-set.js"
export { applicationSets, applications, appProjects, gitopsKinds } from "./api/kinds.js"
export type {
  Operation,
  OperationInitiator,
  RetryBackoff,
  RetryStrategy,
  SyncOperation,
  SyncOperationResource,
  SyncStrategy,
  SyncStrategyOptions,
} from "./api/operation.js"
export { parseApplication, parseApplicationSet, parseAppProject } from "./api/parse-application.js"
export type { ApplicationDestination, ApplicationSource, DirectorySource } from "./api/source.js"
export type {
  ApplicationCondition,
  ApplicationConditionType,
  ApplicationStatus,
  ApplicationSummary,
  ComparedTo,
  HealthStatus,
  HealthStatusCode,
  HookType,
  OperationPhase,
  OperationState,
  ResourceResult,
  ResourceStatus,
  ResultCode,
  RevisionHistory,
  SyncOperationResult,
  SyncPhase,
  SyncStatus,
  SyncStatusCode,
} from "./api/status.js"
export type { ActionOutcome, GitopsAction } from "./core/actions.js"
export {
  type Comparison,
  type ComparisonInput,
  compareState,
  type ManagedResource,
} from "./core/compare.js"
export {
  type ApplicationDecision,
  decideApplication,
  type ObservedApplication,
} from "./core/decide.js"
export { type Difference, diffObject } from "./core/diff.js"
export {
  type ApplicationReason,
  type ApplicationReasonCode,
  explainApplication,
  reasonOf,
} from "./core/explain.js"
export { type HealthOptions, healthOf } from "./core/health/assess.js"
export { type Health, isWorse } from "./core/health/health.js"
export type { ResourceRef } from "./core/resource.js"
export { defaultSettings, type GitopsSettings, type TrackingMethod } from "./core/settings.js"
export type { ObservedSource } from "./core/source.js"
export { buildSyncTasks, compareTasks, type SyncTask, type TaskInput } from "./core/sync-tasks.js"
export { plainRenderer } from "./renderers/plain-renderer.js"
export type { Renderer } from "./renderers/renderer.js"
export type { RepositorySource } from "./sources/repository-source.js"
