import type { JsonObject, ObjectMeta } from "@argo-ts/kernel"
import type { Operation, RetryStrategy } from "./operation.js"
import type { ApplicationDestination, ApplicationSource } from "./source.js"
import type { ApplicationStatus } from "./status.js"

/** When the controller syncs by itself: `spec.syncPolicy.automated`. */
export interface AutomatedSyncPolicy {
  /** Default true. */
  readonly enabled?: boolean
  /** Delete objects that Git no longer has. Default false. */
  readonly prune?: boolean
  /** Sync again when live objects were changed by hand. Default false. */
  readonly selfHeal?: boolean
  /** Allow a sync that deletes every object. Default false. */
  readonly allowEmpty?: boolean
}

/** Metadata of the namespace that `CreateNamespace=true` creates. */
export interface ManagedNamespaceMetadata {
  readonly labels?: { readonly [key: string]: string }
  readonly annotations?: { readonly [key: string]: string }
}

/** How an application is synced: `spec.syncPolicy`. */
export interface SyncPolicy {
  /** Absent: only when somebody asks. */
  readonly automated?: AutomatedSyncPolicy
  /**
   * `CreateNamespace`, `Prune`, `Delete`, `Validate`, `ApplyOutOfSyncOnly`, `PruneLast`, `PrunePropagationPolicy`,
   * `Replace`, `Force`, `ServerSideApply`, `RespectIgnoreDifferences`, `FailOnSharedResource`,
   * `SkipDryRunOnMissingResource`, each as `Name=value`.
   */
  readonly syncOptions?: readonly string[]
  /** What happens after a failed sync. Automated syncs without it are tried again five times. */
  readonly retry?: RetryStrategy
  /** Labels and annotations of the namespace that `CreateNamespace=true` creates. */
  readonly managedNamespaceMetadata?: ManagedNamespaceMetadata
}

/** Fields in which live and desired objects may differ: `spec.ignoreDifferences[]`. */
export interface ResourceIgnoreDifferences {
  /** API group, a glob. Default the core group. */
  readonly group?: string
  /** Kind, a glob. */
  readonly kind: string
  /** Default every name. */
  readonly name?: string
  /** Default every namespace. */
  readonly namespace?: string
  /** RFC 6901 pointers to the ignored fields. */
  readonly jsonPointers?: readonly string[]
  /**
   * jq paths to the ignored fields.
   * @unsupported jq is not built yet
   */
  readonly jqPathExpressions?: readonly string[]
  /** Field managers whose fields are ignored. */
  readonly managedFieldsManagers?: readonly string[]
}

/** A fact shown to users: `spec.info[]`. */
export interface ApplicationInfo {
  readonly name: string
  readonly value: string
}

/** What is wanted: `spec`. */
export interface ApplicationSpec {
  /** Name of the AppProject. Default `default`; the empty text means `default` too. */
  readonly project?: string
  /** Where desired objects come from. */
  readonly source?: ApplicationSource
  /**
   * Several sources.
   * @unsupported several sources are not built yet
   */
  readonly sources?: readonly JsonObject[]
  /**
   * Source hydrator.
   * @unsupported the source hydrator is not built yet
   */
  readonly sourceHydrator?: JsonObject
  /** Where they go. */
  readonly destination: ApplicationDestination
  readonly syncPolicy?: SyncPolicy
  readonly ignoreDifferences?: readonly ResourceIgnoreDifferences[]
  /** How many deployments `status.history` keeps. Default 10; 0 keeps none. */
  readonly revisionHistoryLimit?: number
  /** Facts shown to users. */
  readonly info?: readonly ApplicationInfo[]
}

/** `argoproj.io/v1alpha1 Application`: one set of objects, kept in step with Git. */
export interface Application {
  readonly apiVersion: "argoproj.io/v1alpha1"
  readonly kind: "Application"
  readonly metadata: ObjectMeta
  readonly spec: ApplicationSpec
  /** A request to do something now. Emptied when it is done. */
  readonly operation?: Operation
  readonly status?: ApplicationStatus
}
