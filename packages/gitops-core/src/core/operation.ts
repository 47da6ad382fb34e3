import { type EpochMs, epochMs, formatInstant, parseDuration, parseInstant } from "@argo-ts/kernel"
import type { Application } from "../api/application.js"
import type { RetryStrategy } from "../api/operation.js"
import type { OperationState, RevisionHistory } from "../api/status.js"
import type { GitopsAction } from "./actions.js"
import type { Comparison } from "./compare.js"
import type { ResourceRef } from "./resource.js"
import type { GitopsSettings } from "./settings.js"
import { passSync, type SyncPassInput } from "./sync-pass.js"
import { buildSyncTasks } from "./sync-tasks.js"

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
  const limit = state.operation.retry?.limit ?? 0
  const count = state.retryCount ?? 0
  if (limit >= 0 && count >= limit) return state
  const { resources: _forgotten, ...result } = state.syncResult ?? { revision: "" }
  const message = `${state.message ?? ""}. Retrying attempt #${count + 1}.`
  const finishedAt = formatInstant(now)
  return {
    ...state,
    phase: "Running",
    message,
    retryCount: count + 1,
    finishedAt,
    syncResult: result,
  }
}

/** Takes a running operation one pass further. */
export function stepOperation(state: OperationState, input: OperationInput): OperationStep {
  const { application, comparison, settings, now, performed } = input
  const { sync } = state.operation
  const waitUntil = retryAt(state, settings)
  if (waitUntil !== undefined && waitUntil > now && state.syncResult?.resources === undefined) {
    return { state, actions: [], wakeAt: waitUntil }
  }
  const syncOptions = sync?.syncOptions ?? application.spec.syncPolicy?.syncOptions ?? []
  const revision = state.syncResult?.revision ?? input.revision
  const started = parseInstant(state.startedAt)
  const selects = isSelected(state)
  const source = state.syncResult?.source ?? sync?.source ?? application.spec.source
  const pinned: OperationState = {
    ...state,
    syncResult: { ...state.syncResult, revision, ...(source === undefined ? {} : { source }) },
  }
  const tasks = buildSyncTasks({
    resources: comparison.resources,
    syncOptions,
    revision,
    startedAtSeconds: Math.floor((started.ok ? started.value : now) / 1000),
    runsHooks: selects === undefined && sync?.syncStrategy?.apply === undefined,
    ...(selects === undefined ? {} : { selects }),
  })
  const pass = passSync({
    tasks,
    state: pinned,
    revision,
    prune: sync?.prune === true,
    isDryRun: sync?.dryRun === true,
    syncOptions,
    performed,
    settings,
    now,
  })
  const next: OperationState = {
    ...pinned,
    phase: pass.phase,
    message: pass.message,
    syncResult: { ...pinned.syncResult, ...pass.result },
  }
  const wake = pass.wakeAt === undefined ? {} : { wakeAt: pass.wakeAt }
  if (pass.phase === "Running") return { state: next, actions: pass.actions, ...wake }
  const ended = { ...next, finishedAt: formatInstant(now) }
  if (pass.phase === "Succeeded") return { state: ended, actions: pass.actions }
  const after = afterFailure(ended, now)
  const again = after.phase === "Running" ? retryAt(after, settings) : undefined
  return { state: after, actions: pass.actions, ...(again === undefined ? {} : { wakeAt: again }) }
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
