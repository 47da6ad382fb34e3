import type { JsonObject } from "@argo-ts/kernel"
import type { ApplicationInfo } from "./application.js"
import type { ApplicationSource } from "./source.js"

/** How the wait between two attempts grows. */
export interface RetryBackoff {
  /** First wait: a Go duration or a number of seconds as text. Default 5s. */
  readonly duration?: string
  /** Each wait is the last one times this. Default 2. */
  readonly factor?: number
  /** No wait is longer: a Go duration. Default 3m; `0` for no bound. */
  readonly maxDuration?: string
}

/** What happens after a failed operation. */
export interface RetryStrategy {
  /** How many more attempts. 0: none; negative: without end. Default 0. */
  readonly limit?: number
  readonly backoff?: RetryBackoff
  /** Resolve the revision anew for each attempt. Default false. */
  readonly refresh?: boolean
}

/** One object of a partial sync. */
export interface SyncOperationResource {
  readonly group?: string
  readonly kind: string
  readonly name: string
  /** Absent: any namespace. */
  readonly namespace?: string
  /** Names to leave out are not selected here but by `!` in clients. */
  readonly exclude?: boolean
}

/** Options of a way of applying. */
export interface SyncStrategyOptions {
  /** Delete and create where a change is refused. Default false. */
  readonly force?: boolean
}

/** Whether hooks run. Absent: they do. */
export interface SyncStrategy {
  /** Apply only: no hooks run. */
  readonly apply?: SyncStrategyOptions
  /** Apply with hooks: the default. */
  readonly hook?: SyncStrategyOptions
}

/** A request to sync: `operation.sync`. */
export interface SyncOperation {
  /** What to sync to. Default `spec.source.targetRevision`. */
  readonly revision?: string
  /** Delete objects that Git no longer has. Default false. */
  readonly prune?: boolean
  /** Report what would happen, change nothing. Default false. */
  readonly dryRun?: boolean
  readonly syncStrategy?: SyncStrategy
  /** Only these objects; then no hooks run and no history is written. */
  readonly resources?: readonly SyncOperationResource[]
  /** Another source than `spec.source`: how a rollback names what was deployed. */
  readonly source?: ApplicationSource
  /** As `spec.syncPolicy.syncOptions`, for this operation. */
  readonly syncOptions?: readonly string[]
  /** How often self-heal has tried already; counted by the controller. */
  readonly autoHealAttemptsCount?: number
  /**
   * Manifests given instead of a source.
   * @unsupported syncing local manifests is not built yet
   */
  readonly manifests?: readonly string[]
  /**
   * Revisions of several sources.
   * @unsupported several sources are not built yet
   */
  readonly revisions?: readonly string[]
  /**
   * Several sources.
   * @unsupported several sources are not built yet
   */
  readonly sources?: readonly JsonObject[]
}

/** Who asked. */
export interface OperationInitiator {
  readonly username?: string
  /** The controller itself. Default false. */
  readonly automated?: boolean
}

/** A request to do something now: `operation`. */
export interface Operation {
  readonly sync?: SyncOperation
  readonly initiatedBy?: OperationInitiator
  /** Facts that go with the operation. */
  readonly info?: readonly ApplicationInfo[]
  readonly retry?: RetryStrategy
}
