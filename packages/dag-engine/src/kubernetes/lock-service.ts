import type { Cluster, ReconcileContext } from "@argo-ts/k8s"
import { epochMs, type ObjectKey, parseKey, type Stored } from "@argo-ts/kernel"
import { workflows } from "../api/kinds.js"
import type { Workflow } from "../api/workflow.js"
import { heldRequests } from "../core/synchronization.js"
import { createLocks, type Locks } from "../runtime/locks.js"
import { createClusterLocks } from "./cluster-locks.js"
import { type ConfigMap, configMapLimits, semaphoreLimits } from "./config-maps.js"
import { readNow } from "./object-writer.js"

/** Where the workflows of a controller get their locks. */
export interface LockService {
  /** The locks, for an owner of workflows whose `check` throws once it is none any more. */
  open(cluster: Cluster): Promise<(check: () => void) => Locks>
  /** Takes note of a ConfigMap. */
  see(object: Stored<ConfigMap>): void
  /** A workflow is over or gone: what it may have left behind is given back. */
  forget(workflow: string, cluster: Cluster): Promise<void>
  close(): void
}

/** Locks of this process: filled, before anybody asks, with what the workflows of the cluster hold. */
export function ownLocks(given: Locks | undefined): LockService {
  let locks = given
  const openLocks = async (cluster: Cluster): Promise<Locks> => {
    const opened = createLocks({ limits: configMapLimits(cluster) })
    const { items } = await cluster.list(workflows)
    for (const object of items.filter((each) => !isOver(each))) {
      for (const request of heldRequests(object)) opened.acquire(request, () => undefined)
    }
    return opened
  }
  return {
    async open(cluster) {
      locks ??= await openLocks(cluster)
      const opened = locks
      return () => opened
    },
    see(object) {
      for (const [lock, limit] of semaphoreLimits(object)) locks?.resize(lock, limit)
    },
    forget: () => Promise.resolve(),
    close: () => undefined,
  }
}

const sweepMs = 15_000

/**
 * Locks that all replicas share in one ConfigMap. `context` answers the latest there is, `limitOf` the limits that no
 * ConfigMap gives. While anybody holds or waits,
 * those whose workflow is over or gone are looked for: their owner may have died before it could give back.
 */
export function sharedLocks(
  context: () => ReconcileContext,
  object: ObjectKey,
  limitOf: (lock: string) => number | undefined,
): LockService {
  let locks: ReturnType<typeof createClusterLocks> | undefined
  /** The table as the watch brought it, while nobody here has asked for a lock. */
  let seen: Stored<ConfigMap> | undefined
  let cancel: (() => void) | undefined
  const open = (): ReturnType<typeof createClusterLocks> => {
    if (locks !== undefined) return locks
    locks = openShared(context, object, limitOf)
    if (seen !== undefined) locks.see(seen)
    // At once: those who hold what is asked for now may be long dead.
    cancel = sweepAfter(0)
    return locks
  }
  const sweepAfter = (ms: number): (() => void) =>
    context().clock.wakeAt(epochMs(context().clock.now() + ms), `locks/${object.name}`, () => {
      cancel = sweepAfter(sweepMs)
      const { logger, cluster } = context()
      sweep(cluster).catch((error: unknown) => logger.debug("locks not swept", { error }))
    })
  const sweep = async (cluster: Cluster): Promise<void> => {
    for (const workflow of known()) {
      const found = await cluster.get(workflows, parseKey(workflow))
      if (found === undefined || isOver(found)) await forget(workflow, cluster)
    }
  }
  const known = (): ReadonlySet<string> => {
    const { held, waiting } = locks?.known() ?? { held: [], waiting: [] }
    return new Set([...held, ...waiting].map((request) => request.workflow))
  }
  const forget = async (workflow: string, cluster: Cluster): Promise<void> => {
    if (!known().has(workflow)) return
    const found = await readNow(cluster, parseKey(workflow))
    if (found === undefined || isOver(found)) open().forget(workflow)
  }
  return {
    open: () => Promise.resolve(open().for),
    see(config) {
      const { namespace, name } = config.metadata
      const isTable = namespace === object.namespace && name === object.name
      if (isTable) seen = config
      if (isTable) locks?.see(config)
      else if (semaphoreLimits(config).length > 0) locks?.see(undefined)
    },
    forget,
    close() {
      cancel?.()
      locks?.close()
    },
  }
}

function openShared(
  context: () => ReconcileContext,
  object: ObjectKey,
  limitOf: (lock: string) => number | undefined,
): ReturnType<typeof createClusterLocks> {
  const { clock, logger } = context()
  return createClusterLocks({
    cluster: {
      get: (...request) => context().cluster.get(...request),
      create: (...request) => context().cluster.create(...request),
      update: (...request) => context().cluster.update(...request),
    },
    clock,
    logger,
    object,
    limits: async (lock) => limitOf(lock) ?? configMapLimits(context().cluster)(lock),
  })
}

/** True for a workflow whose end is recorded. */
export function isOver({ status }: Workflow): boolean {
  const phase = status?.phase
  const isFinal = phase === "Succeeded" || phase === "Failed" || phase === "Error"
  return isFinal && status?.finishedAt !== undefined
}
