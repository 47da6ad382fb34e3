import type { EpochMs, Kind, KubernetesObject, Logger, ObjectKey, Stored } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import type { EventRecord } from "../events/event-correlator.js"
import type { Cluster } from "../ports.js"
import type { ChangePredicate } from "./predicates.js"
import type { RetryLimits } from "./rate-limiter.js"

/** When to look at an object again without a change; absent means only on change. */
export interface ReconcileResult {
  readonly wakeAt?: EpochMs
}

/** What a reconciler may use. */
export interface ReconcileContext {
  /**
   * Reads of watched kinds come from shared informers, everything else from the cluster; writes carry the
   * controller's field manager.
   */
  readonly cluster: Cluster
  readonly clock: Clock
  readonly logger: Logger
  /**
   * Aborts when the manager's ownership of the key has lapsed, and when the manager stops and its grace period is over:
   * every request of `cluster` then rejects with code `OwnershipLost` or `ManagerStopped`.
   */
  readonly signal: AbortSignal
  /**
   * Has another key of the main kind looked at soon, for reasons no watch tells of: a place in line, a timer, a message
   * from elsewhere. What a generic event on a channel source is to controller-runtime.
   */
  enqueue(key: ObjectKey): void
  /** Records an event about an object. Fire and forget: it never fails a reconcile. */
  record(object: KubernetesObject, event: EventRecord): void
  /** The objects of a watched kind whose managing owner is `owner`, by name. Costs O(those), not O(all). */
  owned<T extends KubernetesObject>(kind: Kind<T>, owner: KubernetesObject): readonly Stored<T>[]
  /** The objects of a watched kind that concern `key` by the `toKeys` of its watch, by name. Costs O(those). */
  watched<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey): readonly Stored<T>[]
  /** The objects of a kind that an index of this controller holds under a value, by name. Costs O(those). */
  indexed<T extends KubernetesObject>(
    kind: Kind<T>,
    name: string,
    value: string,
  ): readonly Stored<T>[]
  /**
   * Watches one more kind from now on, for controllers that learn at run time what concerns them. Resolves when
   * its objects are known; rejects where the cluster does not serve the kind or does not allow it. The second call
   * for a kind changes nothing.
   */
  watch<W extends KubernetesObject>(
    kind: Kind<W>,
    toKeys: (object: Stored<W>) => readonly ObjectKey[],
  ): Promise<void>
}

/** Brings one object towards its desired state. Called with a key only: what happened does not matter, what is does. */
export type Reconcile = (key: ObjectKey, context: ReconcileContext) => Promise<ReconcileResult>

/** A kind to watch, and which keys of the main kind its changes concern. */
export interface WatchSource<T extends KubernetesObject = KubernetesObject> {
  readonly kind: Kind<T>
  toKeys(object: Stored<T>): readonly ObjectKey[]
  /** Which changes count. Default all. */
  readonly where?: ChangePredicate<Stored<T>>
}

/** What a watch may be narrowed by. */
export interface WatchNarrowing<T extends KubernetesObject> {
  /** Which changes count: `generationChanged`, `anyOf(labelsChanged, …)`, or your own. Default all. */
  readonly where?: ChangePredicate<Stored<T>>
}

/** An index over the objects of a kind. */
export interface IndexSource<T extends KubernetesObject = KubernetesObject> {
  readonly kind: Kind<T>
  readonly name: string
  valuesOf(object: Stored<T>): readonly string[]
}

/** A controller as a value: what it watches and what it does. Made by {@link controller}. */
export interface Controller {
  readonly name: string
  readonly kind: Kind
  /** Which changes of the main kind count. Default all. */
  readonly where?: ChangePredicate
  readonly watches: readonly WatchSource[]
  readonly indexes: readonly IndexSource[]
  /** How failed keys are held back. */
  readonly retryLimits: RetryLimits
  /** Every key is looked at again so often, changed or not. Absent: never. */
  readonly resyncMs?: number
  /** Who its events are from. Absent: the controller's name. */
  readonly component?: string
  /** The field manager of its writes: controllers of one process share one. Absent: the controller's name. */
  readonly fieldManager?: string
  /** How many keys at once. Default 16. */
  readonly concurrency: number
  readonly reconcile: Reconcile
}

/** A controller that has a name and nothing to look at yet. */
export interface ControllerName {
  /** The main kind: its objects are what is reconciled. `where` says which of its changes count. */
  for<T extends KubernetesObject>(
    kind: Kind<T>,
    narrowing?: WatchNarrowing<T>,
  ): ControllerBuilder<T>
}

/** Composes a {@link Controller} in the order it reads. */
export interface ControllerBuilder<T extends KubernetesObject> {
  /** Changes of dependents whose managing owner is of the main kind concern that owner. */
  owns<W extends KubernetesObject>(
    kind: Kind<W>,
    narrowing?: WatchNarrowing<W>,
  ): ControllerBuilder<T>
  /** Which changes of the main kind count: `generationChanged` leaves out the controller's own status. */
  where(predicate: ChangePredicate<Stored<T>>): ControllerBuilder<T>
  /** Changes of `kind` concern the keys that `toKeys` names. */
  watches<W extends KubernetesObject>(
    kind: Kind<W>,
    toKeys: (object: Stored<W>) => readonly ObjectKey[],
    narrowing?: WatchNarrowing<W>,
  ): ControllerBuilder<T>
  /** Indexes a kind, which is then watched, for `context.indexed`. Names are the controller's own. */
  indexes<W extends KubernetesObject>(
    kind: Kind<W>,
    name: string,
    valuesOf: (object: Stored<W>) => readonly string[],
  ): ControllerBuilder<T>
  /** How failed keys are held back. Default as controller-runtime: 5 ms to 1,000 s a key, 10/s with a burst of 100. */
  retries(limits: RetryLimits): ControllerBuilder<T>
  /** Looks at every key again so often, in milliseconds, changed or not. Default never. */
  resyncEvery(milliseconds: number): ControllerBuilder<T>
  /** Who its events are from: what `kubectl describe` shows. Default the controller's name. */
  recordsAs(component: string): ControllerBuilder<T>
  /** The field manager of its writes, as `metadata.managedFields` names it. Default the controller's name. */
  writesAs(fieldManager: string): ControllerBuilder<T>
  /** How many keys are reconciled at once; one key never twice at once. Default 16. */
  concurrency(limit: number): ControllerBuilder<T>
  reconcile(reconcile: Reconcile): Controller
}
