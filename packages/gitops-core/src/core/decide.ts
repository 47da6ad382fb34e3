import {
  type Decision,
  type EpochMs,
  earliest,
  epochMs,
  equalJson,
  fnv32a,
  formatInstant,
  keyOf,
  parseInstant,
  type UntypedObject,
} from "@argo-ts/kernel"
import type { Application } from "../api/application.js"
import type {
  ApplicationCondition,
  ApplicationStatus,
  HealthStatus,
  OperationState,
} from "../api/status.js"
import type { ActionOutcome, GitopsAction } from "./actions.js"
import { annotation, names } from "./annotations.js"
import { type AutoSync, decideAutoSync } from "./auto-sync.js"
import { type Comparison, compareState, resourceStatuses } from "./compare.js"
import { decideDeletion } from "./deletion.js"
import { imagesOf } from "./images.js"
import { extendHistory, openOperation, stepOperation } from "./operation.js"
import type { GitopsSettings } from "./settings.js"
import { prepareTargets } from "./targets.js"
import { instanceName } from "./tracking.js"

/** What Git says: the objects at a revision, or why there are none. */
export type ObservedSource =
  | { readonly revision: string; readonly objects: readonly UntypedObject[] }
  | { readonly revision?: string; readonly error: string }

/** Facts about the world that a decision about an application needs. JSON. */
export interface ObservedApplication {
  /** Absent before Git was asked. */
  readonly source?: ObservedSource
  /** Live objects tracked by the application, and the live twins of desired ones. */
  readonly live: readonly UntypedObject[]
  /** `group/kind` of what has no namespace, among the kinds that matter here. */
  readonly clusterScoped: readonly string[]
  /** Why the project does not permit this application; empty where it does. */
  readonly refusals: readonly string[]
  /** What became of the actions proposed last, by key. */
  readonly performed: { readonly [actionKey: string]: ActionOutcome }
  /** When Git was asked last. */
  readonly refreshedAt?: EpochMs
}

/** The status of an application, what to do about it, and when to look again. */
export type ApplicationDecision = Decision<ApplicationStatus, GitopsAction>

/** When Git is asked again: the reconciliation timeout plus the application's own share of the jitter. */
export function refreshDueAt(
  application: Application,
  refreshedAt: EpochMs | undefined,
  settings: GitopsSettings,
): EpochMs | undefined {
  if (refreshedAt === undefined || settings.reconciliationMs === 0) return undefined
  const share = fnv32a(application.metadata.uid ?? application.metadata.name ?? "") / 0x1_0000_0000
  const jitter = Math.floor(share * settings.reconciliationJitterMs)
  return epochMs(refreshedAt + settings.reconciliationMs + jitter)
}

function withTransition(
  next: HealthStatus,
  before: HealthStatus | undefined,
  now: EpochMs,
): HealthStatus {
  const isSame = before?.status === next.status && before?.lastTransitionTime !== undefined
  const at = isSame ? before.lastTransitionTime : formatInstant(now)
  return at === undefined ? next : { ...next, lastTransitionTime: at }
}

/** Conditions keep the time at which they first said what they say. */
function datedConditions(
  conditions: readonly ApplicationCondition[],
  before: readonly ApplicationCondition[] | undefined,
  now: EpochMs,
): readonly ApplicationCondition[] {
  return conditions.map((condition) => {
    const old = before?.find(
      (each) => each.type === condition.type && each.message === condition.message,
    )
    return { ...condition, lastTransitionTime: old?.lastTransitionTime ?? formatInstant(now) }
  })
}

/** Nothing can be compared: the spec is refused, or Git cannot be read. What was known of resources stays. */
function undecided(
  application: Application,
  conditions: readonly ApplicationCondition[],
  at: { readonly now: EpochMs; readonly revision?: string | undefined },
): ApplicationStatus {
  const { now, revision } = at
  const before = application.status
  const { source, destination } = application.spec
  const comparedTo = { destination, ...(source === undefined ? {} : { source }) }
  return {
    ...before,
    sync: {
      ...before?.sync,
      status: "Unknown",
      comparedTo,
      ...(revision === undefined ? {} : { revision }),
    },
    health: withTransition({ status: "Unknown" }, before?.health, now),
    conditions: datedConditions(conditions, before?.conditions, now),
  }
}

function settledStatus(application: Application, found: Found, now: EpochMs): ApplicationStatus {
  const { comparison, revision, conditions } = found
  const before = application.status
  const { source, destination, ignoreDifferences } = application.spec
  const images = imagesOf(comparison.resources)
  return {
    ...before,
    sync: {
      status: comparison.sync,
      revision,
      comparedTo: {
        destination,
        ...(source === undefined ? {} : { source }),
        ...(ignoreDifferences === undefined ? {} : { ignoreDifferences }),
      },
    },
    health: withTransition(comparison.health, before?.health, now),
    resources: resourceStatuses(comparison.resources),
    conditions: datedConditions(conditions, before?.conditions, now),
    sourceType: "Directory",
    summary: images.length === 0 ? {} : { images },
  }
}

interface Found {
  readonly comparison: Comparison
  readonly revision: string
  readonly conditions: readonly ApplicationCondition[]
}

function withOperation(status: ApplicationStatus, state: OperationState): ApplicationStatus {
  return { ...status, operationState: state }
}

/** The controller's own wish: start a sync, or say why it does not. */
function automatic(
  application: Application,
  status: ApplicationStatus,
  verdict: AutoSync,
  now: EpochMs,
): ApplicationDecision {
  switch (verdict.type) {
    case "Sync": {
      const key = `${application.metadata.uid ?? ""}/sync/${formatInstant(now)}`
      const { operation } = verdict
      const action: GitopsAction = {
        type: "StartOperation",
        key,
        application: keyOf(application),
        operation,
      }
      return { status, actions: [action] }
    }
    case "Refuse": {
      const condition: ApplicationCondition = { type: "SyncError", message: verdict.message }
      const conditions = datedConditions([condition], application.status?.conditions, now)
      return {
        status: { ...status, conditions: [...(status.conditions ?? []), ...conditions] },
        actions: [],
      }
    }
    case "Wait":
      return verdict.wakeAt === undefined
        ? { status, actions: [] }
        : { status, actions: [], wakeAt: verdict.wakeAt }
    default:
      return verdict satisfies never
  }
}

/** A requested or running operation, one pass further. */
function operated(
  application: Application,
  state: OperationState,
  found: Found,
  context: {
    readonly observed: ObservedApplication
    readonly settings: GitopsSettings
    readonly now: EpochMs
  },
): ApplicationDecision {
  const { observed, settings, now } = context
  const status = settledStatus(application, found, now)
  const step = stepOperation(state, {
    application,
    comparison: found.comparison,
    revision: found.revision,
    performed: observed.performed,
    settings,
    now,
  })
  const isOver = step.state.phase !== "Running" && step.state.phase !== "Terminating"
  const next = withOperation(status, step.state)
  if (!isOver) {
    return {
      status: next,
      actions: step.actions,
      ...(step.wakeAt === undefined ? {} : { wakeAt: step.wakeAt }),
    }
  }
  const key = `${application.metadata.uid ?? ""}/clear/${step.state.startedAt}`
  const clear: GitopsAction = { type: "ClearOperation", key, application: keyOf(application) }
  const history = extendHistory(application, step.state)
  return { status: { ...next, history }, actions: [...step.actions, clear] }
}

/**
 * What happens next to an application: pure, total, and the same for the same observation.
 *
 * @param application - The resource with its last recorded status.
 * @param observed - Git, the cluster and the outcomes of actions, as facts.
 * @param now - The instant of the decision.
 * @param settings - What Argo CD keeps in `argocd-cm` and controller flags.
 */
export function decideApplication(
  application: Application,
  observed: ObservedApplication,
  now: EpochMs,
  settings: GitopsSettings,
): ApplicationDecision {
  if (application.metadata.deletionTimestamp !== undefined) {
    return decideDeletion(application, observed.live, settings)
  }
  if (annotation(application as unknown as UntypedObject, names.skipReconcile) === "true") {
    return { status: application.status ?? {}, actions: [] }
  }
  const nextRefresh = refreshDueAt(application, observed.refreshedAt, settings)
  const again = (decision: ApplicationDecision): ApplicationDecision => {
    const wakeAt = earliest(decision.wakeAt, nextRefresh)
    return wakeAt === undefined ? decision : { ...decision, wakeAt }
  }
  if (observed.refusals.length > 0) {
    const conditions = observed.refusals.map(
      (message) => ({ type: "InvalidSpecError", message }) as const,
    )
    return again({ status: undecided(application, conditions, { now }), actions: [] })
  }
  const { source } = observed
  if (source === undefined) return again({ status: application.status ?? {}, actions: [] })
  if ("error" in source) {
    const isUnreachable = source.revision === undefined
    if (isUnreachable && isWithinGrace(application, settings, now))
      return again({ status: application.status ?? {}, actions: [] })
    const conditions = [{ type: "ComparisonError", message: source.error }] as const
    return again({
      status: undecided(application, conditions, { now, revision: source.revision }),
      actions: [],
    })
  }
  const prepared = prepareTargets({
    application,
    rendered: source.objects,
    clusterScoped: new Set(observed.clusterScoped),
    settings,
  })
  const comparison = compareState({
    application,
    instance: instanceName(application.metadata, settings),
    targets: prepared.targets,
    live: observed.live,
    settings,
  })
  const found: Found = { comparison, revision: source.revision, conditions: prepared.warnings }
  const state = openOperation(application, now)
  if (state !== undefined)
    return again(operated(application, state, found, { observed, settings, now }))
  const { revision } = source
  const verdict = decideAutoSync({ application, comparison, revision, settings, now })
  return again(automatic(application, settledStatus(application, found, now), verdict, now))
}

/** A repository that cannot be reached for a moment does not turn a known application Unknown. */
function isWithinGrace(application: Application, settings: GitopsSettings, now: EpochMs): boolean {
  const last = parseInstant(application.status?.reconciledAt ?? "")
  const isKnown =
    application.status?.sync?.status !== undefined && application.status.sync.status !== "Unknown"
  const isSameSource = equalJson(
    application.status?.sync?.comparedTo?.source,
    application.spec.source,
  )
  return isKnown && isSameSource && last.ok && now - last.value < settings.repositoryGraceMs
}
