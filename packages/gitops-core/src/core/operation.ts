import {
  type EpochMs,
  epochMs,
  formatInstant,
  keyOf,
  parseDuration,
  parseInstant,
  type UntypedObject,
} from "@argo-ts/kernel"
import type { Application } from "../api/application.js"
import type { RetryStrategy } from "../api/operation.js"
import type { OperationState, RevisionHistory } from "../api/status.js"
import type { GitopsAction } from "./actions.js"
import { annotation, names, optionValue } from "./annotations.js"
import type { Comparison } from "./compare.js"
import type { ResourceRef } from "./resource.js"
import type { GitopsSettings } from "./settings.js"
import { dryRunProblems, invalidTasks, sharedProblems, type TaskFacts } from "./sync-check.js"
import type { SyncPassInput } from "./sync-input.js"
import { passSync } from "./sync-pass.js"
import { buildSyncTasks, type SyncTask, type TaskInput } from "./sync-tasks.js"

/** Where an operation stands after a pass. */
export interface OperationStep {
  readonly state: OperationState
  readonly actions: readonly GitopsAction[]
  readonly wakeAt?: EpochMs
}

/** What an operation looks at. */
export interface OperationInput {
  readonly application: Application
  readonly comparison: Comparison
  readonly revision: string
  readonly performed: SyncPassInput["performed"]
  readonly facts: Pick<TaskFacts, "clusterScoped" | "unserved" | "project">
  /** Whether the destination namespace is there; asked only under `CreateNamespace=true`. */
  readonly namespaceExists: boolean
  readonly settings: GitopsSettings
  readonly now: EpochMs
}

const historyLimitDefault = 10

function milliseconds(text: string | undefined, fallback: number): number {
  if (text === undefined || text === "") return fallback
  if (/^\d+$/.test(text)) return Number(text) * 1000
  const parsed = parseDuration(text)
  return parsed.ok ? parsed.value : fallback
}

/** Wait before attempt `count + 1`: `duration × factor^count`, at most `maxDuration`. */
export function retryDelayMs(retry: RetryStrategy | undefined, count: number): number {
  const { duration, factor = 2, maxDuration } = retry?.backoff ?? {}
  const delay = milliseconds(duration, 5000) * factor ** count
  const most = milliseconds(maxDuration, 180_000)
  return most === 0 ? delay : Math.min(most, delay)
}

/** The state an operation starts from: the recorded one while it is this operation's, else a fresh one. */
export function openOperation(application: Application, now: EpochMs): OperationState | undefined {
  const { operation, status } = application
  if (operation === undefined) return undefined
  const known = status?.operationState
  const isOpen = known !== undefined && (known.phase === "Running" || known.phase === "Terminating")
  if (isOpen) return known
  return { operation, phase: "Running", startedAt: formatInstant(now) }
}

function retryAt(state: OperationState, settings: GitopsSettings): EpochMs | undefined {
  const count = state.retryCount ?? 0
  const finished = parseInstant(state.finishedAt ?? "")
  if (count === 0 || !finished.ok) return undefined
  const step = settings.retriesOneStepLater ? count : count - 1
  return epochMs(finished.value + retryDelayMs(state.operation.retry, step))
}

function isSelected(state: OperationState): ((ref: ResourceRef) => boolean) | undefined {
  const chosen = state.operation.sync?.resources
  if (chosen === undefined || chosen.length === 0) return undefined
  return (ref) =>
    chosen.some(
      (each) =>
        each.kind === ref.kind &&
        each.name === ref.name &&
        (each.group ?? "") === ref.group &&
        (each.namespace === undefined || each.namespace === ref.namespace),
    )
}

/** A failed attempt is tried again while the limit allows: back to Running, results forgotten. */
function afterFailure(state: OperationState, now: EpochMs): OperationState {
  const { limit = 0, refresh = false } = state.operation.retry ?? {}
  const count = state.retryCount ?? 0
  if (limit >= 0 && count >= limit) return state
  const { syncResult, ...rest } = state
  const { resources: _results, waveStartedAt: _wave, ...result } = syncResult ?? { revision: "" }
  return {
    ...rest,
    phase: "Running",
    message: `${state.message ?? ""}. Retrying attempt #${count + 1}.`,
    retryCount: count + 1,
    finishedAt: formatInstant(now),
    // Without a recorded revision the next attempt resolves it anew.
    ...(refresh || syncResult === undefined ? {} : { syncResult: result }),
  }
}

/** The end of an attempt: final, or back to Running with the instant at which it is tried again. */
function ended(
  state: OperationState,
  actions: readonly GitopsAction[],
  {
    settings,
    now,
    mayRetry,
  }: Pick<OperationInput, "settings" | "now"> & { readonly mayRetry: boolean },
): OperationStep {
  const over = { ...state, finishedAt: formatInstant(now) }
  if (over.phase === "Succeeded" || !mayRetry) return { state: over, actions }
  const after = afterFailure(over, now)
  const wakeAt = after.phase === "Running" ? retryAt(after, settings) : undefined
  return { state: after, actions, ...(wakeAt === undefined ? {} : { wakeAt }) }
}

/** Until when a failed operation waits before its next attempt; `undefined` where it does not. */
export function retryPause(
  state: OperationState,
  settings: GitopsSettings,
  now: EpochMs,
): EpochMs | undefined {
  const until = retryAt(state, settings)
  const isPaused = until !== undefined && until > now && state.phase === "Running"
  return isPaused && state.syncResult?.resources === undefined ? until : undefined
}

/** An operation whose desired objects cannot be known: it ends in Error, or waits for its next attempt. */
export function breakOperation(
  state: OperationState,
  message: string,
  input: Pick<OperationInput, "settings" | "now">,
): OperationStep {
  const isTerminated = state.phase === "Terminating"
  const phase = isTerminated ? "Failed" : "Error"
  const said = isTerminated ? "Operation terminated" : message
  return ended({ ...state, phase, message: said }, [], { ...input, mayRetry: !isTerminated })
}

/** The options of the operation, or those of the application. */
export function syncOptionsOf(application: Application, state: OperationState): readonly string[] {
  return state.operation.sync?.syncOptions ?? application.spec.syncPolicy?.syncOptions ?? []
}

function tasksOf(
  state: OperationState,
  input: OperationInput,
  syncOptions: readonly string[],
): readonly SyncTask[] {
  const { application, comparison, now } = input
  const started = parseInstant(state.startedAt)
  const selects = isSelected(state)
  const namespace = namespaceOf(input, syncOptions)
  return buildSyncTasks({
    resources: comparison.resources,
    syncOptions,
    revision: state.syncResult?.revision ?? input.revision,
    startedAtSeconds: Math.floor((started.ok ? started.value : now) / 1000),
    runsHooks: selects === undefined && state.operation.sync?.syncStrategy?.apply === undefined,
    self: keyOf(application as unknown as UntypedObject),
    ...(selects === undefined ? {} : { selects }),
    ...(namespace === undefined ? {} : { namespace }),
  })
}

function namespaceOf(
  { application, namespaceExists }: OperationInput,
  syncOptions: readonly string[],
): TaskInput["namespace"] {
  const { namespace: name = "" } = application.spec.destination
  if (name === "" || optionValue(syncOptions, "CreateNamespace") !== "true") return undefined
  const metadata = application.spec.syncPolicy?.managedNamespaceMetadata
  return { name, exists: namespaceExists, ...(metadata === undefined ? {} : { metadata }) }
}

/** The state with what the operation is about: fixed by its first pass. */
function pinned(state: OperationState, input: OperationInput): OperationState {
  const { application } = input
  const revision = state.syncResult?.revision ?? input.revision
  const source = state.syncResult?.source ?? state.operation.sync?.source ?? application.spec.source
  const metadata = application.spec.syncPolicy?.managedNamespaceMetadata
  const syncResult = {
    ...state.syncResult,
    revision,
    ...(source === undefined ? {} : { source }),
    ...(metadata === undefined ? {} : { managedNamespaceMetadata: metadata }),
  }
  return { ...state, syncResult }
}

/** Takes a running operation one pass further. */
export function stepOperation(state: OperationState, input: OperationInput): OperationStep {
  const { application, comparison, settings, now, performed, facts } = input
  const pauseUntil = retryPause(state, settings, now)
  if (pauseUntil !== undefined) return { state, actions: [], wakeAt: pauseUntil }
  const { sync } = state.operation
  const open = pinned(state, input)
  const syncOptions = syncOptionsOf(application, state)
  const tasks = tasksOf(open, input, syncOptions)
  const approved = parseInstant(
    annotation(application as unknown as UntypedObject, names.deletionApproved) ?? "",
  )
  const pass = passSync({
    tasks,
    state: open,
    revision: open.syncResult?.revision ?? input.revision,
    prune: sync?.prune === true,
    isDryRun: sync?.dryRun === true,
    isForced: (sync?.syncStrategy?.apply ?? sync?.syncStrategy?.hook)?.force === true,
    syncOptions,
    ignoreDifferences: application.spec.ignoreDifferences ?? [],
    approvedAt: approved.ok ? approved.value : undefined,
    problems: {
      invalid: [
        ...invalidTasks(tasks, { application, syncOptions, ...facts }),
        ...sharedProblems(comparison.shared, syncOptions),
      ],
      dryRun: dryRunProblems(tasks),
    },
    performed,
    settings,
    now,
  })
  const next: OperationState = {
    ...open,
    phase: pass.phase,
    message: pass.message,
    syncResult: pass.result,
  }
  if (pass.phase === "Running" || pass.phase === "Terminating") {
    const wake = pass.wakeAt === undefined ? {} : { wakeAt: pass.wakeAt }
    return { state: next, actions: pass.actions, ...wake }
  }
  return ended(next, pass.actions, { settings, now, mayRetry: state.phase !== "Terminating" })
}

/** The history with what a successful, whole sync deployed; bounded by `revisionHistoryLimit`. */
export function extendHistory(
  application: Application,
  state: OperationState,
): readonly RevisionHistory[] {
  const history = application.status?.history ?? []
  const { sync, initiatedBy } = state.operation
  const isWhole = (sync?.resources ?? []).length === 0 && sync?.dryRun !== true
  if (state.phase !== "Succeeded" || !isWhole || state.syncResult === undefined) return history
  const { revision, source } = state.syncResult
  const entry: RevisionHistory = {
    id: (history.at(-1)?.id ?? -1) + 1,
    revision,
    deployStartedAt: state.startedAt,
    deployedAt: state.finishedAt ?? state.startedAt,
    ...(source === undefined ? {} : { source }),
    ...(initiatedBy === undefined ? {} : { initiatedBy }),
  }
  const limit = application.spec.revisionHistoryLimit ?? historyLimitDefault
  return limit === 0 ? [] : [...history, entry].slice(-limit)
}
