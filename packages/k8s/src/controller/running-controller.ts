import {
  type EpochMs,
  epochMs,
  formatKey,
  isOperationError,
  type Kind,
  type KubernetesObject,
  keyOf,
  type Logger,
  type ObjectKey,
  parseKey,
  type Stored,
} from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import { isClusterError } from "../cluster-error.js"
import { createEventRecorder, type EventRecorder } from "../events/event-recorder.js"
import { measureQueue } from "../metrics/queue-metrics.js"
import { measureReconciles } from "../metrics/reconcile-metrics.js"
import { createCachedCluster } from "./cached-cluster.js"
import type { Controller, ReconcileContext, ReconcileResult, WatchSource } from "./controller.js"
import type { Informer } from "./informer.js"
import { type InformerPool, kindId } from "./informer-pool.js"
import type { ManagerOptions } from "./manager-options.js"
import { createStopping, followGains, guarded, reconcileOwned } from "./owned-work.js"
import { createRetryLimiter } from "./rate-limiter.js"
import { reportMistake, safely } from "./safely.js"
import { createSubscription, type Subscription } from "./subscription.js"
import { keyAttributes, noTracing, traceCluster } from "./tracing.js"
import { createWorkQueue, type WorkQueue } from "./work-queue.js"

/** One controller at work: its queue, its watches, its context. */
export interface RunningController {
  readonly queue: WorkQueue
  readonly recorder: EventRecorder
  readonly synced: Promise<unknown>
  /** Ends what adds keys by itself: resyncs, gains of ownership. */
  stop(): void
  /** Aborts the signal of what runs, and refuses its requests. */
  abort(): void
}

function reportFailure(logger: Logger, name: string): (key: string, error: unknown) => void {
  return (key, error) => {
    const fields = { controller: name, key, error }
    const isLost = isOperationError(error) && error.code === "OwnershipLost"
    const isStopped = isOperationError(error) && error.code === "ManagerStopped"
    if (isLost) logger.info("reconcile ended: another replica owns the key", fields)
    else if (isStopped) logger.info("reconcile ended: the manager has stopped", fields)
    else if (isClusterError(error, "Conflict")) logger.debug("reconcile lost a race; again", fields)
    else logger.error("reconcile failed", fields)
  }
}

/** Adds every known key again and again. Returns what ends it. */
function resync(
  clock: Clock,
  informer: Informer<KubernetesObject>,
  work: { readonly queue: WorkQueue; readonly name: string; readonly everyMs: number },
): () => void {
  const { queue, name, everyMs } = work
  let cancel: () => void
  const arm = (): void => {
    cancel = clock.wakeAt(epochMs(clock.now() + everyMs), `${name}/resync`, () => {
      for (const object of informer.store.list({})) queue.add(formatKey(keyOf(object)))
      arm()
    })
  }
  arm()
  return () => cancel()
}

/** The watches of one controller; the informers behind them are shared. */
interface Watches {
  follow(source: WatchSource): Subscription
  /** The watch of a kind, where there is one. */
  of(kind: Kind): Subscription | undefined
}

function createWatches(
  informers: InformerPool,
  logger: Logger,
  enqueue: (key: string) => void,
): Watches {
  const watches = new Map<string, Subscription>()
  return {
    of: (kind) => watches.get(kindId(kind)),
    follow(source) {
      const id = kindId(source.kind)
      const known = watches.get(id)
      const subscription = known ?? createSubscription(informers.open(source.kind), logger, enqueue)
      watches.set(id, subscription)
      subscription.follow(source)
      return subscription
    },
  }
}

type Lookups = Pick<ReconcileContext, "owned" | "watched" | "indexed" | "watch">

function createLookups(name: string, informers: InformerPool, watches: Watches): Lookups {
  return {
    owned: <T extends KubernetesObject>(kind: Kind<T>, owner: KubernetesObject) =>
      informers.open(kind).store.ownedBy(owner.metadata.uid ?? ""),
    watched: <T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey) =>
      (watches.of(kind)?.concerning(formatKey(key)) ?? []) as Stored<T>[],
    indexed: <T extends KubernetesObject>(kind: Kind<T>, index: string, value: string) =>
      informers.open(kind).store.indexed(`${name}/${index}`, value),
    watch: (kind, toKeys) =>
      (watches.of(kind) ?? watches.follow({ kind, toKeys } as WatchSource)).synced,
  }
}

/** The watch of the main kind. */
function ownWatch({ kind, where }: Controller): WatchSource {
  const all = { kind, toKeys: (object: Stored<KubernetesObject>) => [keyOf(object)] }
  return where === undefined ? all : { ...all, where }
}

/** Reconciles one key where it is owned: traced, measured, and answered with when to look again. */
function createProcess(
  controller: Controller,
  context: ReconcileContext,
  options: ManagerOptions,
): (key: string) => Promise<EpochMs | undefined> {
  const { clock, ownership, metrics, tracing = noTracing } = options
  const { name, concurrency } = controller
  const measured =
    metrics === undefined
      ? undefined
      : measureReconciles(metrics, clock, { controller: name, concurrency })
  return async (key) => {
    if (ownership?.owns(key) === false) return undefined
    const reconcile = (): Promise<ReconcileResult | undefined> =>
      tracing.span(`reconcile ${name}`, keyAttributes(name, parseKey(key)), () =>
        reconcileOwned(controller, context, { key, ownership }),
      )
    const result = await (measured === undefined ? reconcile() : measured.around(reconcile))
    return result?.wakeAt
  }
}

/** Starts a controller. Its keys are held until its queue is opened. */
export function runController(
  controller: Controller,
  options: ManagerOptions,
  informers: InformerPool,
): RunningController {
  const { clock, logger, ownership, metrics, tracing } = options
  const { name, kind, resyncMs, component = name, fieldManager = name } = controller
  const stopping = createStopping()
  const server = tracing === undefined ? options.cluster : traceCluster(options.cluster, tracing)
  const cached = createCachedCluster(server, fieldManager, informers.lookup)
  const cluster = guarded(cached, stopping.check)
  const recorder = createEventRecorder({ cluster: cached, clock, logger, component })
  const watches = createWatches(informers, logger, (key) => queue.add(key))
  const context: ReconcileContext = {
    cluster,
    clock,
    logger,
    signal: stopping.signal,
    enqueue: (key) => queue.add(formatKey(key)),
    record: recorder.record,
    ...createLookups(name, informers, watches),
  }
  const queueName = `${name}/${kind.kind}`
  const measured = metrics === undefined ? undefined : measureQueue(metrics, clock, name)
  const queue = createWorkQueue({
    name: queueName,
    clock,
    concurrency: controller.concurrency,
    limiter: createRetryLimiter(controller.retryLimits),
    process: createProcess(controller, context, options),
    ...(measured === undefined ? {} : { observer: measured }),
    onFailure: reportFailure(logger, name),
  })
  for (const index of controller.indexes) {
    const report = reportMistake(logger, `index "${index.name}" of ${name}`)
    const valuesOf = safely(index.valuesOf, [], report)
    informers.open(index.kind).store.addIndex(`${name}/${index.name}`, valuesOf)
  }
  const watched = [ownWatch(controller), ...controller.watches].map((each) => watches.follow(each))
  const indexed = controller.indexes.map((index) => informers.open(index.kind))
  const synced = Promise.all([...watched, ...indexed].map((each) => each.synced))
  const informer = informers.open(kind)
  const ends: (() => void)[] = measured === undefined ? [] : [measured.stop]
  if (ownership !== undefined) ends.push(followGains(ownership, informer, queue))
  if (resyncMs !== undefined) {
    ends.push(resync(clock, informer, { queue, name: queueName, everyMs: resyncMs }))
  }
  return {
    queue,
    recorder,
    synced,
    abort: stopping.abort,
    stop() {
      for (const end of ends) end()
    },
  }
}
