import {
  apiVersionOf,
  formatKey,
  isOperationError,
  type Kind,
  type KubernetesObject,
  keyOf,
  type Logger,
  type ObjectKey,
  type Stored,
} from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import { isClusterError } from "../cluster-error.js"
import type { Ownership } from "../ownership/ownership.js"
import type { Cluster } from "../ports.js"
import { createCachedCluster, type InformerLookup } from "./cached-cluster.js"
import type { Controller, ReconcileContext, WatchSource } from "./controller.js"
import { createEventRecorder, type EventRecorder } from "./event-recorder.js"
import { createInformer, type Informer } from "./informer.js"
import { followGains, neverAborted, reconcileOwned } from "./owned-work.js"
import { createSubscription, type Subscription } from "./subscription.js"
import { createWorkQueue, type WorkQueue } from "./work-queue.js"

/** What a manager needs. */
export interface ManagerOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly logger: Logger
  /**
   * Which keys are reconciled here, where several replicas run: {@link electLeader} or {@link joinShards}. Keys
   * gained are reconciled at once; keys lost are finished and then left alone. The manager does not end it: stop
   * the manager first, then the ownership. Default: every key.
   */
  readonly ownership?: Ownership
}

/** Controllers that run. */
export interface RunningManager {
  /** Resolves when every watched kind is known and work has begun. */
  readonly ready: Promise<void>
  /** How many keys wait or run, over all controllers. */
  pending(): number
  /** Stops watching, lets running reconciles end, and resolves. */
  stop(): Promise<void>
}

/** Runs controllers over one cluster; informers are shared among them. */
export interface Manager {
  add(...controllers: readonly Controller[]): Manager
  start(): RunningManager
}

/** One informer a kind, shared. */
interface InformerPool {
  open<T extends KubernetesObject>(kind: Kind<T>): Informer<T>
  readonly lookup: InformerLookup
  stop(): void
}

function kindId(kind: Kind): string {
  return `${apiVersionOf(kind)}/${kind.plural}`
}

function createInformerPool(options: ManagerOptions): InformerPool {
  const informers = new Map<string, { informer: Informer<KubernetesObject>; hasSynced: boolean }>()
  return {
    open<T extends KubernetesObject>(kind: Kind<T>): Informer<T> {
      let entry = informers.get(kindId(kind))
      if (entry === undefined) {
        const opened = {
          informer: createInformer<KubernetesObject>(kind, options),
          hasSynced: false,
        }
        opened.informer.synced.then(
          () => {
            opened.hasSynced = true
          },
          // Whoever waits for `synced` is told; reads of a kind that is not served go to the server and fail there.
          () => {},
        )
        informers.set(kindId(kind), opened)
        entry = opened
      }
      return entry.informer as unknown as Informer<T>
    },
    lookup: <T extends KubernetesObject>(kind: Kind<T>) => {
      const entry = informers.get(kindId(kind))
      return entry?.hasSynced === true ? (entry.informer as unknown as Informer<T>) : undefined
    },
    stop() {
      for (const { informer } of informers.values()) informer.stop()
    },
  }
}

/** One controller at work: its queue, its watches, its context. */
interface RunningController {
  readonly queue: WorkQueue
  readonly recorder: EventRecorder
  readonly synced: Promise<unknown>
  /** Ends what follows the ownership. */
  stop(): void
}

function reportFailure(logger: Logger, name: string): (key: string, error: unknown) => void {
  return (key, error) => {
    const fields = { controller: name, key, error }
    const isLost = isOperationError(error) && error.code === "OwnershipLost"
    if (isLost) logger.info("reconcile ended: another replica owns the key", fields)
    else if (isClusterError(error, "Conflict")) logger.debug("reconcile lost a race; again", fields)
    else logger.error("reconcile failed", fields)
  }
}

function runController(
  controller: Controller,
  options: ManagerOptions,
  informers: InformerPool,
): RunningController {
  const { clock, logger, ownership } = options
  const { name, kind } = controller
  const cluster = createCachedCluster(options.cluster, name, informers.lookup)
  const recorder = createEventRecorder({ cluster, clock, logger, component: name })
  const watches = new Map<string, Subscription>()
  const subscribe = (source: WatchSource): Subscription => {
    const known = watches.get(kindId(source.kind))
    const subscription = known ?? createSubscription(informers.open(source.kind), queue.add)
    watches.set(kindId(source.kind), subscription)
    subscription.follow(source)
    return subscription
  }
  const context: ReconcileContext = {
    cluster,
    clock,
    logger,
    signal: neverAborted,
    record: recorder.record,
    owned: <T extends KubernetesObject>(dependent: Kind<T>, owner: KubernetesObject) =>
      informers.open(dependent).store.ownedBy(owner.metadata.uid ?? ""),
    watched: <T extends KubernetesObject>(watchedKind: Kind<T>, key: ObjectKey) =>
      (watches.get(kindId(watchedKind))?.concerning(formatKey(key)) ?? []) as Stored<T>[],
    watch: (extra, toKeys) =>
      (watches.get(kindId(extra)) ?? subscribe({ kind: extra, toKeys } as WatchSource)).synced,
  }
  const queue = createWorkQueue({
    name: `${name}/${kind.kind}`,
    clock,
    concurrency: controller.concurrency,
    process: async (key) => (await reconcileOwned(controller, context, { key, ownership }))?.wakeAt,
    onFailure: reportFailure(logger, name),
  })
  const self: WatchSource = { kind, toKeys: (object) => [keyOf(object)] }
  const synced = Promise.all([self, ...controller.watches].map((each) => subscribe(each).synced))
  const stop =
    ownership === undefined ? () => {} : followGains(ownership, informers.open(kind), queue)
  return { queue, recorder, synced, stop }
}

/**
 * Composes controllers over a cluster.
 *
 * @example
 * ```ts
 * const running = createManager({ cluster, clock, logger }).add(rolloutController).start()
 * ```
 */
export function createManager(options: ManagerOptions): Manager {
  const controllers: Controller[] = []
  const manager: Manager = {
    add(...more) {
      controllers.push(...more)
      return manager
    },
    start() {
      const informers = createInformerPool(options)
      const running = controllers.map((each) => runController(each, options, informers))
      let isStopped = false
      const ready = Promise.all(running.map((each) => each.synced)).then(() => {
        if (!isStopped) for (const { queue } of running) queue.open()
      })
      ready.catch((error: unknown) => options.logger.error("controllers cannot start", { error }))
      return {
        ready,
        pending: () => running.reduce((sum, { queue }) => sum + queue.size(), 0),
        async stop() {
          isStopped = true
          informers.stop()
          for (const each of running) each.stop()
          await Promise.all(running.map(({ queue }) => queue.close()))
          await Promise.all(running.map(({ recorder }) => recorder.flush()))
        },
      }
    },
  }
  return manager
}
