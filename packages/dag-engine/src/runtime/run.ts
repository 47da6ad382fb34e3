import { type Logger, silentLogger } from "@argo-ts/kernel"
import { type Clock, systemClock } from "@argo-ts/kernel/clock"
import type { NodeStatus } from "../api/status.js"
import type { Workflow } from "../api/workflow.js"
import type { ArtifactStore } from "../artifacts/artifact-store.js"
import type { ArtifactDriver } from "../artifacts/driver.js"
import { temporaryArtifactStore } from "../artifacts/temporary.js"
import type { WorkflowEvent } from "../core/actions.js"
import type { Compatibility } from "../core/compatibility.js"
import type { ConfigMapSource } from "../core/config-map-values.js"
import { type OpenWorkflow, openWorkflow, type Transition } from "../core/open.js"
import type { RepositorySource, TemplateSource } from "../core/run.js"
import type { Executor } from "../executors/executor.js"
import { noStore } from "../stores/memory.js"
import { runKey, type Store } from "../stores/store.js"
import { type Driver, startDriver } from "./driver.js"
import { createLocks, type Locks } from "./locks.js"
import { createMemoCaches, type MemoCaches } from "./memo.js"
import type { MetricsSink } from "./metrics-sink.js"
import { prepareWorkflow, type SubmitOptions } from "./prepare.js"

/** Something a watcher of a run is told. */
export type RunEvent =
  | { readonly type: "node"; readonly node: NodeStatus }
  | {
      readonly type: "workflow"
      readonly phase: string
      readonly progress: string
      readonly message: string
    }
  | {
      readonly type: "output"
      readonly nodeId: string
      readonly nodeName: string
      readonly stream: "stdout" | "stderr"
      readonly text: string
    }

/** How a workflow is run in this process. */
export interface RunOptions extends SubmitOptions {
  /** Who runs leaves: the first that accepts one does. */
  readonly executors: readonly Executor[]
  /** Where progress is recorded. Default: nowhere. A run that it knows goes on where it was. */
  readonly store?: Store
  /** Default: a temporary directory, deleted at the end. */
  readonly artifactStore?: ArtifactStore
  /** Who moves artifacts with a location of their own (`http`, `git`). Default: nobody. */
  readonly artifactDrivers?: readonly ArtifactDriver[]
  /**
   * Serves mutexes and semaphores. Give all runs that are to respect each other the same. Default: the run's own, which
   * knows no semaphores.
   */
  readonly locks?: Locks
  /** Remembers what memoized templates came to. Default: the run's own, which forgets with it. */
  readonly memo?: MemoCaches
  /** Takes the custom metrics of the workflow. Default: nobody. */
  readonly metrics?: MetricsSink
  /** Default: the machine's. */
  readonly clock?: Clock
  /** Default: silent. */
  readonly logger?: Logger
  /** Aborting it terminates the workflow. */
  readonly signal?: AbortSignal
  /** Told everything that happens, as it happens. */
  readonly on?: (event: RunEvent) => void
  /** Finds WorkflowTemplates. Default: there are none. */
  readonly findTemplate?: TemplateSource
  /** Finds the ConfigMaps of `valueFrom.configMapKeyRef`, by name. Default: there are none. */
  readonly findConfigMap?: ConfigMapSource
  /** Finds artifact repositories: `artifactRepositories` of `./kubernetes`. Default: there are none. */
  readonly findRepository?: RepositorySource
  /** Where to do as upstream does though it is a bug: `upstreamCompatibility` is all of it. Default: nowhere. */
  readonly compatibility?: Compatibility
}

/** A workflow that runs in this process. */
export interface OpenRun {
  /** The object with its status as it is now. */
  workflow(): Workflow
  /** Resolves with the final object. Rejects only where the store or the engine fails. */
  readonly done: Promise<Workflow>
  /** Suspends, resumes, stops, sets outputs of suspended nodes. */
  send(event: WorkflowEvent): void
  /** One sentence for each thing that is waited for. */
  explain(): readonly string[]
  explainNode(id: string): string
  /** Every node that there is already, as it is, and then everything that happens. Ends with the run. */
  events(): AsyncIterable<RunEvent>
  /** Ends the driving: steps in flight are left to themselves, and found again by a later run with the same store. */
  close(): void
}

/**
 * Runs a manifest to its end and resolves with the Workflow and its status; failing is an answer, not an error. Rejects
 * with {@link InvalidWorkflowError} where the manifest is none.
 */
export async function runWorkflow(manifest: unknown, options: RunOptions): Promise<Workflow> {
  const run = await openRun(manifest, options)
  return run.done
}

/** Starts a manifest and hands over the controls. See {@link runWorkflow}. */
export async function openRun(manifest: unknown, options: RunOptions): Promise<OpenRun> {
  const clock = options.clock ?? systemClock()
  const prepared = prepareWorkflow(manifest, options, clock.now())
  const store = options.store ?? noStore()
  const key = runKey(prepared)
  const stored = await store.load(key)
  if (stored === undefined) await store.snapshot(key, prepared)
  const workflow = stored?.workflow ?? prepared
  const { findTemplate, findConfigMap, findRepository, compatibility } = options
  const specDefaults = options.workflowDefaults?.spec
  const open = openWorkflow(workflow, {
    now: clock.now(),
    ...(findTemplate === undefined ? {} : { findTemplate }),
    ...(findConfigMap === undefined ? {} : { findConfigMap }),
    ...(findRepository === undefined ? {} : { findRepository }),
    ...(compatibility === undefined ? {} : { compatibility }),
    ...(specDefaults === undefined ? {} : { specDefaults }),
  })
  store.follow?.(key, () => ({ ...open.object(), status: open.status() }))
  return drive({ workflow, open, clock, store, key, isRecovered: stored !== undefined }, options)
}

interface Opened {
  readonly workflow: Workflow
  readonly open: OpenWorkflow
  readonly clock: Clock
  readonly store: Store
  readonly key: string
  readonly isRecovered: boolean
}

function drive(opened: Opened, options: RunOptions): OpenRun {
  const { workflow, open, clock, store, key, isRecovered } = opened
  const ownArtifacts = options.artifactStore === undefined ? temporaryArtifactStore() : undefined
  const watchers = new Set<(event: RunEvent | undefined) => void>()
  const tell = (event: RunEvent): void => {
    options.on?.(event)
    for (const watcher of watchers) watcher(event)
  }
  const isWatched = (): boolean => options.on !== undefined || watchers.size > 0
  const current = (): Workflow => ({ ...open.object(), status: open.status() })
  const terminate = (): void => driver.send({ type: "Shutdown", strategy: "Terminate" })
  const { promise, resolve, reject } = withResolvers<Workflow>()
  const ended = (error?: unknown): void => {
    options.signal?.removeEventListener("abort", terminate)
    for (const watcher of watchers) watcher(undefined)
    const settle = (): void => (error === undefined ? resolve(current()) : reject(error))
    if (ownArtifacts === undefined) settle()
    else ownArtifacts.dispose().then(settle, settle)
  }
  const driver: Driver = startDriver({
    workflow,
    open,
    isRecovered,
    executors: options.executors,
    artifacts: options.artifactStore ?? (ownArtifacts as ArtifactStore),
    artifactDrivers: options.artifactDrivers ?? [],
    locks: options.locks ?? createLocks(),
    memo: options.memo ?? createMemoCaches(),
    metrics: options.metrics,
    clock,
    logger: options.logger ?? silentLogger,
    save: store.isRecording
      ? (changes) => {
          const writing = store.append(key, changes)
          return writing === undefined ? undefined : written(opened, writing)
        }
      : undefined,
    keep: () => written(opened, store.snapshot(key, current())),
    changed: changedOf(open, tell, isWatched),
    output: (task, stream, text) => {
      if (isWatched())
        tell({ type: "output", nodeId: task.nodeId, nodeName: task.nodeName, stream, text })
    },
    ended,
  })
  if (options.signal?.aborted === true) terminate()
  else options.signal?.addEventListener("abort", terminate, { once: true })
  const { close, send } = driver
  return {
    workflow: current,
    done: promise,
    send,
    explain: () => open.explain(clock.now()),
    explainNode: (id) => open.explainNode(id, clock.now()),
    events: () => watch(watchers, () => Object.values(open.status().nodes ?? {}), open.isDone),
    close,
  }
}

/** A virtual clock stands still while a store writes: what follows from a write is of the same instant. */
function written({ clock, key }: Opened, writing: Promise<void>): Promise<void> {
  const options = { takesMs: 0, realLimitMs: Number.POSITIVE_INFINITY }
  return clock.track(`store/${key}`, () => writing, options)
}

function changedOf(
  open: OpenWorkflow,
  tell: (event: RunEvent) => void,
  isWatched: () => boolean,
): (step: Transition) => void {
  return (step) => {
    if (!isWatched()) return
    for (const change of step.changes) {
      if (change.type === "NodeAdded") tell({ type: "node", node: change.node })
      else if (change.type === "NodeChanged") {
        const node = open.node(change.id)
        if (node !== undefined) tell({ type: "node", node })
      } else {
        const { phase = "Running", progress = "", message = "" } = change.status
        tell({ type: "workflow", phase, progress, message })
      }
    }
  }
}

interface Resolvers<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers<T>(): Resolvers<T> {
  let resolve: (value: T) => void = () => undefined
  let reject: (error: unknown) => void = () => undefined
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}

async function* watch(
  watchers: Set<(event: RunEvent | undefined) => void>,
  nodes: () => readonly NodeStatus[],
  isDone: () => boolean,
): AsyncGenerator<RunEvent> {
  let waiting: (RunEvent | undefined)[] = nodes().map((node) => ({ type: "node", node }))
  // The end of the run, or of what drives it.
  if (isDone()) waiting.push(undefined)
  let wake: () => void = () => undefined
  const watcher = (event: RunEvent | undefined): void => {
    waiting.push(event)
    wake()
  }
  watchers.add(watcher)
  try {
    for (;;) {
      const events = waiting
      waiting = []
      for (const event of events) {
        if (event === undefined) return
        yield event
      }
      if (waiting.length > 0) continue
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  } finally {
    watchers.delete(watcher)
  }
}
