import { type EpochMs, earliest } from "@argo-ts/kernel"
import type { NodeStatus, WorkflowStatus } from "../api/status.js"
import type { Workflow, WorkflowSpec } from "../api/workflow.js"
import type { Action, DaemonPlace, Outcome, WorkflowEvent } from "./actions.js"
import { beginWorkflow } from "./begin.js"
import { type StatusChange, statusOf, takeChanges } from "./changes.js"
import { claimActions } from "./claims.js"
import { collectActions, isCollecting, noteCollected, storedCollection } from "./collection.js"
import type { Compatibility } from "./compatibility.js"
import { compileHooks } from "./compile-call.js"
import { type ConfigMapSource, withConfigMapArguments } from "./config-map-values.js"
import { adoptKilled } from "./daemons.js"
import { settleAll } from "./decide.js"
import { effectiveSpec } from "./effective-spec.js"
import { applyEvent } from "./events.js"
import { explainNode, explainRun } from "./explain.js"
import { storedEntryFault } from "./faults.js"
import { globalsOf } from "./globals.js"
import { readInstant, unset } from "./instants.js"
import { startAction } from "./leaf.js"
import { repositoryOf } from "./locations.js"
import { isRecalling, isSaving, recallAction, savingActions } from "./memo.js"
import { givenMetadata, withMetadata } from "./metadata.js"
import { growingMeasurements } from "./metrics.js"
import {
  adoptRecord,
  countsInProgress,
  finalProgressOf,
  isBad,
  isDaemoned,
  isFulfilled,
  isLeafType,
  isLimitedType,
  type NodeRecord,
  progressOf,
  toStatus,
} from "./node.js"
import { applyTime } from "./passing.js"
import { sumSilentGroups } from "./progress.js"
import { createScope } from "./resolve.js"
import { storedResources } from "./resources.js"
import type { RepositorySource, Run, TemplateSource } from "./run.js"
import { type LeafSurroundings, specOf, surroundingsOf } from "./surroundings.js"
import { acquireAction, isWaitingForLocks, storedHolders, storedRivals } from "./synchronization.js"
import { createTimers, type Timer } from "./timers.js"
import { createWaiting } from "./waiting.js"

/** What opening a workflow needs besides the object. */
export interface OpenOptions {
  readonly now: EpochMs
  /** Finds WorkflowTemplates. Default: there are none. */
  readonly findTemplate?: TemplateSource
  /** Finds the ConfigMaps of `valueFrom.configMapKeyRef`. Default: there are none. */
  readonly findConfigMap?: ConfigMapSource
  /** Finds artifact repositories. Default: there are none. */
  readonly findRepository?: RepositorySource
  /** Where to do as upstream does though it is a bug. Default: nowhere. */
  readonly compatibility?: Compatibility
  /** What lies below the stored template of `workflowTemplateRef`: see `withWorkflowDefaults` for all others. */
  readonly specDefaults?: WorkflowSpec
}

/** What one event led to. Read `changes` before the next event. */
export interface Transition {
  /** What changed in the status; computed when first read. */
  readonly changes: readonly StatusChange[]
  /** New actions only. */
  readonly actions: readonly Action[]
  /** When to `handle` a `Tick`, if nothing else happens before. */
  readonly wakeAt: EpochMs | undefined
}

/** A workflow with its index: an event costs what it touches, not what exists. */
export interface OpenWorkflow {
  /** What opening itself changed: the first nodes of a new run, overdue timers of a stored one. */
  readonly opened: Transition
  handle(event: WorkflowEvent, now: EpochMs): Transition
  /** Every action that has not been observed: what a driver performs after opening. */
  pending(): readonly Action[]
  /** The whole status, built now. */
  status(): WorkflowStatus
  /**
   * The object without its status, as whoever opens it later needs it: with the labels and annotations that its spec gives it,
   * and with `suspend` and `shutdown` as events have set them.
   */
  object(): Workflow
  /** The spec that runs, but for its templates, with every global name replaced; of a leaf, its inputs and pod's name too. */
  spec(leaf?: string): WorkflowSpec
  /** What executors of pods need to know of a leaf besides its action. */
  surroundings(id: string): LeafSurroundings
  /** One node's status, built now. */
  node(id: string): NodeStatus | undefined
  /** True once the workflow has its final phase, and the artifacts that go with it are gone. */
  isDone(): boolean
  /** Why the workflow is where it is: one sentence for each thing that is waited for. */
  explain(now: EpochMs): readonly string[]
  /** Why one node is where it is. */
  explainNode(id: string, now: EpochMs): string
}

/**
 * Opens a parsed workflow, new or with a stored status. Total: whatever the status holds, nothing throws. The same
 * object, events and instants give the same changes and actions.
 */
export function openWorkflow(object: Workflow, options: OpenOptions): OpenWorkflow {
  const run = createRun(object, options)
  adopt(run, object.status)
  beginWorkflow(run)
  return {
    opened: takeStep(run),
    handle(event, now) {
      run.now = Math.max(run.now, now)
      if (!run.isDone) {
        applyEvent(run, event)
        settleAll(run)
        passTime(run)
      } else if (event.type === "Collected") noteCollected(run, event)
      return takeStep(run)
    },
    pending: () => pendingActions(run),
    status: () => statusOf(run),
    object: () => withSteering(withMetadata(object, run.given), run),
    spec: specOf(run),
    surroundings: (id) => surroundingsOf(run, id),
    node(id) {
      const node = run.byId.get(id)
      return node === undefined ? undefined : toStatus(node)
    },
    isDone: () => run.isDone && !isCollecting(run),
    explain: (now) => explainRun(run, now),
    explainNode: (id, now) => explainNode(run, id, now),
  }
}

/** Events that people send stand in the spec, where it is read when the workflow is opened again. */
function withSteering(object: Workflow, { spec, isSuspended, shutdown }: Run): Workflow {
  const isSteered = isSuspended !== (spec.suspend === true) || shutdown !== (spec.shutdown ?? "")
  if (!isSteered) return object
  const ended = shutdown === "" ? {} : { shutdown }
  return { ...object, spec: { ...object.spec, suspend: isSuspended, ...ended } }
}

function passTime(run: Run): void {
  applyTime(run)
  settleAll(run)
}

function takeStep(run: Run): Transition {
  const { actions } = run
  if (actions.length > 0) run.actions = []
  return new LazyTransition(run, actions, wakeAt(run))
}

/** A class because an accessor on a prototype costs nothing per event; nobody outside sees it. */
class LazyTransition implements Transition {
  readonly actions: readonly Action[]
  readonly wakeAt: EpochMs | undefined
  readonly #run: Run
  #changes: readonly StatusChange[] | undefined

  constructor(run: Run, actions: readonly Action[], at: EpochMs | undefined) {
    this.#run = run
    this.actions = actions.length > 0 ? actions : noActions
    this.wakeAt = at
  }

  get changes(): readonly StatusChange[] {
    this.#changes ??= takeChanges(this.#run)
    return this.#changes
  }
}

const noActions: readonly Action[] = []

function isLive(timer: Timer): boolean {
  if (isFulfilled(timer.node)) return timer.kind === "deadline" && isDaemoned(timer.node)
  if (timer.kind === "deadline") return timer.node.isSynced
  if (timer.kind === "pending") return timer.node.phase === "Pending" && timer.node.isSynced
  if (timer.kind !== "backoff") return true
  return timer.node.body?.kind === "attempts" && timer.node.body.nextAt === timer.at
}

function wakeAt(run: Run): EpochMs | undefined {
  if (run.isDone) return undefined
  const deadline = run.deadline === unset || run.isExpired ? undefined : (run.deadline as EpochMs)
  return earliest(run.timers.next(isLive), deadline)
}

function pendingActions(run: Run): readonly Action[] {
  const isClaiming = run.startedAt !== unset && !run.isDone
  const actions: Action[] = [...collectActions(run), ...(isClaiming ? claimActions(run) : [])]
  actions.push(...growingMeasurements(run))
  for (const [node, hold] of run.holds) actions.push(acquireAction(run, node, hold))
  for (const [node, recall] of run.recalls) actions.push(recallAction(node, recall))
  for (const node of run.byId.values()) {
    if (isSaving(node)) {
      actions.push(...savingActions(node))
      continue
    }
    if (!isLeafType(node.type) || (isFulfilled(node) && !isDaemoned(node))) continue
    if (isWaitingForLocks(run, node)) continue
    if (isRecalling(run, node)) continue
    if (!node.isSynced) {
      actions.push({ type: "Stop", key: `${node.id}/stop`, node: node.id, reason: node.message })
      continue
    }
    const action = startAction(run, node)
    if (action.ok) actions.push(action.value)
  }
  return actions
}

function createRun(object: Workflow, options: OpenOptions): Run {
  const { status, metadata } = object
  const { findTemplate = () => undefined, findConfigMap = () => undefined } = options
  const effective = effectiveSpec(object, findTemplate, options.specDefaults)
  const { spec, fault } = withConfigMapArguments(effective.spec, findConfigMap)
  const name = metadata.name ?? ""
  const plain = globalsOf(object, spec)
  const given = givenMetadata(spec, plain, options.now)
  const globals =
    spec.workflowMetadata === undefined ? plain : globalsOf(withMetadata(object, given), spec)
  const repository = repositoryOf(spec, status, options.findRepository)
  return {
    object,
    name,
    spec,
    local: createScope(effective.scope ?? `local/${name}`, spec),
    findTemplate,
    findConfigMap,
    repository: repository.found,
    compatibility: options.compatibility ?? {},
    putOff: [],
    storedTemplates: new Map(Object.entries(status?.storedTemplates ?? {})),
    inlined: new Map(),
    scopes: new Map(),
    globals,
    hooks: compileHooks(spec.hooks, spec.onExit),
    hooked: new Map(),
    watched: new Set(),
    holds: new Map(),
    granted: new Set(),
    recalls: new Map(),
    daemons: new Set(),
    held: storedHolders(object),
    holders: storedRivals(status),
    spoilt: spoiltBodies(status),
    byId: new Map(),
    stored: undefined,
    timers: createTimers(),
    now: options.now,
    queue: [],
    touched: [],
    actions: [],
    waiting: createWaiting(),
    pods: { counted: 0, running: 0 },
    countedNodes: 0,
    recursed: 0,
    fulfilledNodes: 0,
    phase: status?.phase,
    message: status?.message ?? "",
    entryFault: storedEntryFault(status),
    startedAt: readInstant(status?.startedAt),
    finishedAt: readInstant(status?.finishedAt),
    deadline: unset,
    isExpired: false,
    outputs: status?.outputs,
    resources: storedResources(status),
    shutdown: spec.shutdown ?? "",
    isSuspended: spec.suspend === true,
    root: undefined,
    exit: undefined,
    isDirty: false,
    claims: status?.persistentVolumeClaims,
    collection: storedCollection(status),
    metricsFault: status?.conditions?.find(({ type }) => type === "MetricsError")?.message ?? "",
    given,
    isEnding: false,
    isDone: false,
    fault: faultOf(effective.fault, fault, given.fault ?? repository.fault),
  }
}

/** Why a workflow cannot begin: of its spec, of an argument that has no value, or of what else there is to know of it. */
function faultOf(
  spec: string | undefined,
  argument: string | undefined,
  other: string | undefined,
): Run["fault"] {
  if (spec === undefined && argument !== undefined) return { phase: "Failed", message: argument }
  const message = spec ?? other
  return message === undefined ? undefined : { phase: "Error", message }
}

function spoiltBodies(status: WorkflowStatus | undefined): ReadonlySet<string> {
  const spoilt = new Set<string>()
  for (const node of Object.values(status?.nodes ?? {})) {
    const { type, phase, boundaryID, taskResultSynced } = node
    // One that was told to end and has not is not over.
    if (boundaryID === undefined || taskResultSynced === false) continue
    if (isBad(phase) && isLimitedType(type)) spoilt.add(boundaryID)
  }
  return spoilt
}

function adopt(run: Run, status: WorkflowStatus | undefined): void {
  const nodes = Object.values(status?.nodes ?? {})
  if (nodes.length === 0) return
  const stored = new Map<string, NodeRecord>()
  for (const node of nodes) {
    const record = adoptRecord(node)
    run.byId.set(record.id, record)
    stored.set(record.name, record)
    if (!countsInProgress(record)) continue
    const hasEnded = isFulfilled(record) || adoptKilled(run, record)
    const { done, all } = hasEnded ? finalProgressOf(record) : progressOf(record)
    run.countedNodes += all
    run.fulfilledNodes += done
  }
  sumSilentGroups(run)
  run.stored = stored
}

/** What is known about the leaves of a run: that one runs, where a daemon is reached, or how it ended. */
export type ObservedNodes = { readonly [id: string]: "Running" | DaemonPlace | Outcome }

/** What a stateless decision needs besides. */
export interface DecideOptions extends OpenOptions {
  /** What else happened since the status was written: answers of locks and caches, somebody's wishes. */
  readonly events?: readonly WorkflowEvent[]
}

/** Everything a stateless decision gives back. */
export interface WorkflowDecision {
  readonly status: WorkflowStatus
  readonly actions: readonly Action[]
  readonly wakeAt?: EpochMs
}

/**
 * The stateless form: opens the object, takes in what was observed, and tells the next status and every action that
 * nothing observed yet. For one decision, a test, or a small workflow; `openWorkflow` is for the rest.
 */
export function decideWorkflow(
  object: Workflow,
  observed: ObservedNodes,
  options: DecideOptions,
): WorkflowDecision {
  const open = openWorkflow(object, options)
  let step = open.opened
  for (const event of options.events ?? []) step = open.handle(event, options.now)
  for (const id of Object.keys(observed).sort()) {
    const seen = observed[id]
    if (seen === undefined) continue
    step = open.handle(eventOf(id, seen), options.now)
  }
  const actions = open
    .pending()
    .filter((action) => action.type !== "Start" || observed[action.node] === undefined)
  const { wakeAt: at } = step
  return { status: open.status(), actions, ...(at === undefined ? {} : { wakeAt: at }) }
}

function eventOf(node: string, seen: "Running" | DaemonPlace | Outcome): WorkflowEvent {
  if (seen === "Running") return { type: "Started", node }
  return "podIP" in seen
    ? { type: "Ready", node, ...seen }
    : { type: "Finished", node, outcome: seen }
}
