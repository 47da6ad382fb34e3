import {
  createRandomStreams,
  type EpochMs,
  epochMs,
  type Kind,
  type KubernetesObject,
  type Logger,
  type Stored,
} from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import { isClusterError, retryAfterMs } from "../cluster-error.js"
import type { ClusterReader, ClusterWatcher, WatchEvent } from "../ports.js"

/** What follows a kind and needs to be told. */
export interface ReflectorSink<T extends KubernetesObject> {
  /** Everything there was at a version, after the first list and after each recovery from a gone version. */
  replace(objects: readonly Stored<T>[], version: string): void
  /** One change. */
  change(event: Exclude<WatchEvent<T>, { type: "BOOKMARK" }>): void
  /** Everything up to a version has been told. */
  reach(version: string): void
  /** The first list was refused for good: the kind is not served, or not allowed. Nothing follows. */
  refuse(error: unknown): void
}

/** What a reflector needs. */
export interface ReflectorOptions {
  readonly cluster: ClusterReader & ClusterWatcher
  readonly clock: Clock
  readonly logger: Logger
  /** Default all namespaces. */
  readonly namespace?: string
}

const pageSize = 500
const backoffBaseMs = 800
const backoffMaxMs = 30_000
/** A watch that lasted so long and was closed in order is opened again at once. */
const soundWatchMs = 1_000

/** A doubling pause, up to twice as long by chance: the replicas of a group must not come back all at once. */
function pauseMs(kind: Kind, failures: number, now: EpochMs): number {
  const baseMs = Math.min(backoffBaseMs * 2 ** failures, backoffMaxMs)
  const draw = createRandomStreams(`${kind.plural}/${now}`).stream("reflector").next()
  return Math.min(Math.round(baseMs * (1 + draw)), backoffMaxMs)
}

async function listAll<T extends KubernetesObject>(
  kind: Kind<T>,
  cluster: ClusterReader,
  selection: { readonly namespace?: string },
): Promise<{ readonly items: readonly Stored<T>[]; readonly resourceVersion: string }> {
  const items: Stored<T>[] = []
  let next: string | undefined
  for (;;) {
    const from = next === undefined ? {} : { continue: next }
    try {
      const page = await cluster.list(kind, { ...selection, limit: pageSize, ...from })
      items.push(...page.items)
      next = page.continue
      if (next === undefined || next === "") return { items, resourceVersion: page.resourceVersion }
    } catch (error) {
      // The pages of this version are gone: what changes faster than it can be paged is read in one piece.
      if (next === undefined || !isClusterError(error, "Expired")) throw error
      return cluster.list(kind, selection)
    }
  }
}

/** Pauses that grow with each failure in a row; a server that says how long to wait is believed. */
function createPauses(
  kind: Kind,
  { clock, logger }: ReflectorOptions,
): { over(): void; before(step: () => void, why: unknown): () => void } {
  let failures = 0
  return {
    over() {
      failures = 0
    },
    before(step, why) {
      const delayMs = Math.max(pauseMs(kind, failures++, clock.now()), retryAfterMs(why))
      logger.debug("reflector pauses", { kind: kind.kind, delayMs, error: why })
      return clock.wakeAt(epochMs(clock.now() + delayMs), `reflector/${kind.plural}`, step)
    },
  }
}

/**
 * Lists a kind and follows it until the returned function is called. A gone version lists anew; every other end of a
 * watch resumes from the last version seen, after a growing pause.
 */
export function reflect<T extends KubernetesObject>(
  kind: Kind<T>,
  options: ReflectorOptions,
  sink: ReflectorSink<T>,
): () => void {
  const { cluster, clock } = options
  const selection = options.namespace === undefined ? {} : { namespace: options.namespace }
  const pauses = createPauses(kind, options)
  /** How many watches in a row expired before they told anything. */
  let expiries = 0
  let version = ""
  let hasListed = false
  let isStopped = false
  let cancel: () => void = () => {}

  const later = (why: unknown, step: () => void): void => {
    if (!isStopped) cancel = pauses.before(step, why)
  }
  const follow = (): void => {
    const event = (change: WatchEvent<T>): void => {
      if (isStopped) return
      pauses.over()
      expiries = 0
      if (change.type === "BOOKMARK") {
        version = change.resourceVersion
        sink.reach(version)
      } else {
        version = change.object.metadata.resourceVersion
        sink.change(change)
      }
    }
    const openedAt = clock.now()
    const end = (error: unknown): void => {
      if (isStopped) return
      const isSound = clock.now() - openedAt >= soundWatchMs
      if (isSound) expiries = 0
      if (!isClusterError(error, "Expired")) {
        if (error === undefined && isSound) follow()
        else later(error, follow)
        return
      }
      // Whoever lists a version that is gone before it can be watched must not ask ever faster.
      if (expiries++ === 0) void list()
      else later(error, () => void list())
    }
    try {
      const from = { ...selection, resourceVersion: version, allowWatchBookmarks: true }
      cancel = cluster.watch(kind, from, { event, end })
    } catch (error) {
      // Refused before there was a watch: the rights may come back.
      later(error, follow)
    }
  }
  const list = async (): Promise<void> => {
    try {
      const all = await listAll(kind, cluster, selection)
      if (isStopped) return
      version = all.resourceVersion
      if (expiries === 0) pauses.over()
      hasListed = true
      sink.replace(all.items, version)
      follow()
    } catch (error) {
      const isFinal = isClusterError(error, "NotFound") || isClusterError(error, "Forbidden")
      if (isFinal && !hasListed) sink.refuse(error)
      else later(error, () => void list())
    }
  }
  void list()
  return () => {
    isStopped = true
    cancel()
  }
}
