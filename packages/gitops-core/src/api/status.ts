import type { JsonObject } from "@argo-ts/kernel"
import type { ManagedNamespaceMetadata, ResourceIgnoreDifferences } from "./application.js"
import type { Operation, OperationInitiator } from "./operation.js"
import type { ApplicationDestination, ApplicationSource } from "./source.js"

/** Whether live and desired objects say the same. */
export type SyncStatusCode = "Synced" | "OutOfSync" | "Unknown"

/** How well something does, from best to worst. */
export type HealthStatusCode =
  | "Healthy"
  | "Suspended"
  | "Progressing"
  | "Missing"
  | "Degraded"
  | "Unknown"

/** Where an operation stands. The last three are final. */
export type OperationPhase = "Running" | "Terminating" | "Failed" | "Error" | "Succeeded"

/** When in a sync something runs. */
export type SyncPhase = "PreSync" | "Sync" | "PostSync" | "SyncFail"

/** What `argocd.argoproj.io/hook` may say. */
export type HookType = SyncPhase | "Skip" | "PreDelete" | "PostDelete"

/** What became of one object of a sync. */
export type ResultCode = "Synced" | "SyncFailed" | "Pruned" | "PruneSkipped"

/** What was compared. */
export interface ComparedTo {
  readonly source?: ApplicationSource
  readonly destination: ApplicationDestination
  readonly ignoreDifferences?: readonly ResourceIgnoreDifferences[]
  /**
   * Several sources.
   * @unsupported several sources are not built yet
   */
  readonly sources?: readonly JsonObject[]
}

/** `status.sync`. */
export interface SyncStatus {
  readonly status: SyncStatusCode
  readonly comparedTo?: ComparedTo
  /** Commit id of the desired objects. */
  readonly revision?: string
  /**
   * Revisions of several sources.
   * @unsupported several sources are not built yet
   */
  readonly revisions?: readonly string[]
}

/** How well something does, and why. */
export interface HealthStatus {
  readonly status?: HealthStatusCode
  readonly message?: string
  /** When `status` last changed. */
  readonly lastTransitionTime?: string
}

/** One managed object: `status.resources[]`. */
export interface ResourceStatus {
  readonly group?: string
  readonly version?: string
  readonly kind: string
  readonly namespace?: string
  readonly name: string
  /** Absent for hooks and skipped objects. */
  readonly status?: SyncStatusCode
  readonly health?: HealthStatus
  readonly hook?: boolean
  /** Live and ours, but no longer desired. */
  readonly requiresPruning?: boolean
  readonly requiresDeletionConfirmation?: boolean
  readonly syncWave?: number
}

/** What became of one object: `status.operationState.syncResult.resources[]`. */
export interface ResourceResult {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly status?: ResultCode
  readonly message?: string
  /** Only for hooks. */
  readonly hookType?: HookType
  /** Where the hook, or the wait for an object's health, stands. */
  readonly hookPhase?: OperationPhase
  readonly syncPhase?: SyncPhase
}

/** What a sync has done so far. */
export interface SyncOperationResult {
  readonly resources?: readonly ResourceResult[]
  /** Commit id: fixed when the operation starts. */
  readonly revision: string
  readonly source?: ApplicationSource
  readonly managedNamespaceMetadata?: ManagedNamespaceMetadata
  /**
   * When the last wave was applied, RFC 3339. Differs from Argo: ours only, so that the pause between two waves
   * survives a restart.
   */
  readonly waveStartedAt?: string
}

/** The last operation: `status.operationState`. */
export interface OperationState {
  readonly operation: Operation
  readonly phase: OperationPhase
  readonly message?: string
  readonly syncResult?: SyncOperationResult
  readonly startedAt: string
  readonly finishedAt?: string
  readonly retryCount?: number
}

/** One deployment: `status.history[]`. */
export interface RevisionHistory {
  /** Grows by one. */
  readonly id: number
  readonly revision?: string
  readonly source?: ApplicationSource
  readonly deployStartedAt?: string
  readonly deployedAt: string
  readonly initiatedBy?: OperationInitiator
}

/** What `status.conditions[].type` may say. */
export type ApplicationConditionType =
  | "DeletionError"
  | "InvalidSpecError"
  | "ComparisonError"
  | "SyncError"
  | "UnknownError"
  | "SharedResourceWarning"
  | "RepeatedResourceWarning"
  | "ExcludedResourceWarning"
  | "OrphanedResourceWarning"

/** Something a person should know: `status.conditions[]`. Present means true. */
export interface ApplicationCondition {
  readonly type: ApplicationConditionType
  readonly message: string
  readonly lastTransitionTime?: string
}

/** `status.summary`. */
export interface ApplicationSummary {
  readonly externalURLs?: readonly string[]
  /** Container images of the managed objects, sorted. */
  readonly images?: readonly string[]
}

/** What is: `status`. */
export interface ApplicationStatus {
  readonly sync?: SyncStatus
  readonly health?: HealthStatus
  readonly resources?: readonly ResourceStatus[]
  readonly operationState?: OperationState
  readonly history?: readonly RevisionHistory[]
  readonly conditions?: readonly ApplicationCondition[]
  /** When Git was last asked. */
  readonly reconciledAt?: string
  /** `Directory`. */
  readonly sourceType?: string
  readonly summary?: ApplicationSummary
  /** Namespace of the controller that wrote this status. */
  readonly controllerNamespace?: string
  /** Where per-object health is kept. Always inline here. */
  readonly resourceHealthSource?: string
  /**
   * Types of several sources.
   * @unsupported several sources are not built yet
   */
  readonly sourceTypes?: readonly string[]
  /**
   * State of the source hydrator.
   * @unsupported the source hydrator is not built yet
   */
  readonly sourceHydrator?: JsonObject
  /** Written by old controllers; ignored. */
  readonly observedAt?: string
}
