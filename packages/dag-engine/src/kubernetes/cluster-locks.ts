import { type Cluster, isClusterError } from "@argo-ts/k8s"
import { isOperationError, type Logger, type ObjectKey, type Stored } from "@argo-ts/kernel"
import { type Clock, sleep } from "@argo-ts/kernel/clock"
import {
  createLockTable,
  type LockAnswer,
  type LockRequest,
  type LockState,
  type LockTable,
} from "../core/locks.js"
import type { Locks } from "../runtime/locks.js"
import { type ConfigMap, configMaps } from "./config-maps.js"

/*
 * Locks for several replicas: the table (`core/locks.ts`) lies in one ConfigMap, and whoever wants something reads it,
 * asks it, and writes it back if nobody else has meanwhile. So there is no server that can fail, and every grant is
 * there for all to see before a step starts.
 */

/** What locks of a cluster work with. */
export interface ClusterLocksOptions {
  readonly cluster: Pick<Cluster, "get" | "create" | "update">
  readonly clock: Clock
  readonly logger: Logger
  /** The ConfigMap. */
  readonly object: ObjectKey
  /** How many may hold a semaphore, by the name of the lock. */
  readonly limits: (lock: string) => Promise<number | undefined>
}

/** Locks that several replicas share. */
export interface ClusterLocks {
  /** The same locks for one owner of workflows: `check` throws once it is none any more, and nothing is written then. */
  for(check: () => void): Locks
  /** Takes note of the ConfigMap as it is now, or of new limits of semaphores (`undefined`). */
  see(object: Stored<ConfigMap> | undefined): void
  /** Gives back everything that a workflow holds or waits for. For workflows that are over or gone. */
  forget(workflow: string): void
  /** Everybody who holds or waits, as far as this replica knows. */
  known(): LockState
  /** Ends it: what is not written by now is for whoever comes next. */
  close(): void
}

type Operation =
  | {
      readonly type: "acquire"
      readonly request: LockRequest
      readonly check: () => void
      readonly tell: (answer: LockAnswer) => void
    }
  | { readonly type: "release"; readonly holder: string; readonly check: () => void }
  | {
      readonly type: "retain"
      readonly workflow: string
      readonly holders: ReadonlySet<string>
      readonly check: () => void
    }
  | { readonly type: "refresh" }

const retryFirstMs = 20
const retryMaxMs = 5000

/** Opens the table of a cluster. */
export function createClusterLocks(options: ClusterLocksOptions): ClusterLocks {
  const state: State = {
    options,
    known: emptyState,
    stored: undefined,
    limits: new Map(),
    told: new Map(),
    isClosed: false,
  }
  let queue: Operation[] = []
  let isBusy = false
  const drain = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue
      queue = []
      await commit(state, batch)
    }
    isBusy = false
  }
  const add = (operation: Operation): void => {
    queue.push(operation)
    if (isBusy) return
    isBusy = true
    void drain()
  }
  return {
    for: (check) => ({
      acquire(request, tell) {
        add({ type: "acquire", request, check, tell })
      },
      release(holder) {
        state.told.delete(holder)
        add({ type: "release", holder, check })
      },
      retain(workflow, holders) {
        add({ type: "retain", workflow, holders, check })
      },
      resize: () => add({ type: "refresh" }),
      holdersOf: (lock) =>
        state.known.held.filter(({ locks }) => locks.includes(lock)).map(({ holder }) => holder),
    }),
    see(object) {
      if (object === undefined) return add({ type: "refresh" })
      const { namespace, name } = object.metadata
      if (name !== options.object.name || namespace !== options.object.namespace) return
      note(state, object)
    },
    forget(workflow) {
      const { held, waiting } = state.known
      const isKnown = [...held, ...waiting].some((request) => request.workflow === workflow)
      if (isKnown) add({ type: "retain", workflow, holders: new Set(), check: () => undefined })
    },
    known: () => state.known,
    close() {
      state.isClosed = true
    },
  }
}

interface State {
  readonly options: ClusterLocksOptions
  known: LockState
  /** What was written or seen last. */
  stored: Stored<ConfigMap> | undefined
  /** How many may hold each semaphore that somebody uses, as it was read last. */
  limits: ReadonlyMap<string, number | undefined>
  /** Who waits here for word, and for which lock it was told to wait. */
  readonly told: Map<string, Told>
  isClosed: boolean
}

interface Told {
  readonly tell: (answer: LockAnswer) => void
  readonly lock: string
}

const emptyState: LockState = { held: [], waiting: [] }
const dataKey = "state"

function stateIn(object: ConfigMap | undefined): LockState {
  const text = object?.data?.[dataKey]
  if (text === undefined) return emptyState
  const { held = [], waiting = [] } = JSON.parse(text) as Partial<LockState>
  return { held, waiting }
}

/** The newest state that is known; tells those who have what they waited for, or wait for another lock now. */
function note(state: State, object: Stored<ConfigMap>): void {
  const version = (each: Stored<ConfigMap> | undefined): number =>
    Number(each?.metadata.resourceVersion ?? 0)
  if (version(object) < version(state.stored)) return
  state.stored = object
  state.known = stateIn(object)
  if (state.told.size === 0) return
  const held = new Set(state.known.held.map(({ holder }) => holder))
  const table = tableOf(state.known, state.limits)
  for (const [holder, { tell, lock }] of state.told) {
    const answer = table.answerOf(holder)
    if (held.has(holder)) {
      state.told.delete(holder)
      tell({ type: "Acquired" })
    } else if (answer?.type === "Queued" && answer.lock !== lock) {
      state.told.set(holder, { tell, lock: answer.lock })
      tell(answer)
    }
  }
}

/** Carries some operations out, however often that takes. */
async function commit(state: State, batch: readonly Operation[]): Promise<void> {
  const { clock, logger, object } = state.options
  for (let waitMs = retryFirstMs; ; waitMs = Math.min(waitMs * 2, retryMaxMs)) {
    // Nothing is asked of a cluster for those who may not write any more.
    if (state.isClosed || !batch.some(isOwned)) return
    try {
      return await attempt(state, batch)
    } catch (error) {
      const isRace = isClusterError(error, "Conflict") || isClusterError(error, "AlreadyExists")
      if (!isRace) logger.warn("the locks of the cluster are written again", { object, error })
      await sleep(clock, waitMs, `locks/${object.name}`)
    }
  }
}

async function attempt(state: State, batch: readonly Operation[]): Promise<void> {
  const { cluster, object: key } = state.options
  const read = await cluster.get(configMaps, key)
  if (read !== undefined) note(state, read)
  else state.stored = undefined
  // What is written replaces just this: the table may be seen in a newer state while the limits are read.
  const base = state.stored
  const before = read === undefined ? emptyState : state.known
  const owned = batch.filter(isOwned)
  const table = await fill(state, before, owned)
  const answers = owned.map((operation) => apply(table, operation))
  const after = table.state()
  const text = JSON.stringify(after)
  if (text !== JSON.stringify(before)) {
    // Asked again: reading took time.
    if (!owned.every(isOwned)) return attempt(state, batch)
    note(state, await write(state.options, base, text))
  }
  for (const [index, operation] of owned.entries()) {
    const answer = answers[index]
    if (operation.type !== "acquire" || answer === undefined) continue
    const { request, tell } = operation
    if (answer.type === "Queued") state.told.set(request.holder, { tell, lock: answer.lock })
    tell(answer)
  }
  if (state.stored !== undefined) note(state, state.stored)
}

async function write(
  { cluster, object }: ClusterLocksOptions,
  base: Stored<ConfigMap> | undefined,
  text: string,
): Promise<Stored<ConfigMap>> {
  const data = { [dataKey]: text }
  if (base !== undefined) return cluster.update(configMaps, { ...base, data })
  return cluster.create(configMaps, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...object },
    data,
  })
}

/** False once whoever wanted it owns its workflow no longer. */
function isOwned(operation: Operation): boolean {
  if (operation.type === "refresh") return true
  try {
    operation.check()
    return true
  } catch (error) {
    if (isOperationError(error)) return false
    throw error
  }
}

/** The table as it was, with the limits of today. */
async function fill(
  state: State,
  before: LockState,
  operations: readonly Operation[],
): Promise<LockTable> {
  const asked = operations.flatMap((each) => (each.type === "acquire" ? [each.request] : []))
  const names = [...before.held, ...before.waiting, ...asked].flatMap(({ locks }) => locks)
  const semaphores = [...new Set(names)].filter((lock) => lock.split("/")[1] !== "Mutex")
  const limits = await Promise.all(semaphores.map((lock) => state.options.limits(lock)))
  state.limits = new Map(semaphores.map((lock, index) => [lock, limits[index]]))
  return tableOf(before, state.limits)
}

function tableOf(state: LockState, limits: State["limits"]): LockTable {
  const table = createLockTable()
  for (const [lock, limit] of limits) if (limit !== undefined) table.resize(lock, limit)
  table.load(state)
  return table
}

function apply(table: LockTable, operation: Operation): LockAnswer | undefined {
  switch (operation.type) {
    case "acquire":
      return table.acquire(operation.request)
    case "release":
      table.release(operation.holder)
      return undefined
    case "retain":
      table.retain(operation.workflow, operation.holders)
      return undefined
    case "refresh":
      return undefined
  }
}
