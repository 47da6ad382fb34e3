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
import type { AppProject } from "../api/app-project.js"
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
import { finalizerActions } from "./end-hooks.js"
import { imagesOf } from "./images.js"
import {
  breakOperation,
  extendHistory,
  type OperationStep,
  openOperation,
  retryPause,
  stepOperation,
} from "./operation.js"
import type { GitopsSettings } from "./settings.js"
import type { ObservedSource } from "./source.js"
import { prepareTargets } from "./targets.js"
import { instanceName } from "./tracking.js"

/** Facts about the world that a decision about an application needs. JSON. */
export interface ObservedApplication {
  /** Absent before Git was asked. */
  readonly source?: ObservedSource
  /** What the running or requested operation applies, where that is not `source`: a rollback, a pinned revision. */
  readonly operationSource?: ObservedSource
  /** Live objects tracked by the application, and the live twins of desired ones. */
  readonly live: readonly UntypedObject[]
  /** `group/kind` of what has no namespace, among the kinds that matter here. */
  readonly clusterScoped: readonly string[]
  /** `group/kind` that the cluster does not serve, among the kinds that matter here. Default none. */
  readonly unserved?: readonly string[]
  /** Whether the destination namespace is there. Asked only under `CreateNamespace=true`. */
  readonly namespaceExists?: boolean
  /** The project, where it exists: which kinds and namespaces it permits. */
  readonly project?: AppProject
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
  readonly targets: readonly UntypedObject[]
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

interface Context {
  readonly observed: ObservedApplication
  readonly settings: GitopsSettings
  readonly now: EpochMs
}

/** Desired objects held against live ones; `undefined` where Git does not say what is wanted. */
function compared(
  application: Application,
  source: ObservedSource,
  { observed, settings }: Context,
): Found | undefined {
  if ("error" in source) return undefined
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
  const shared = comparison.shared.map(
    (message) => ({ type: "SharedResourceWarning", message }) as const,
  )
  const conditions = [...prepared.warnings, ...shared]
  return { comparison, revision: source.revision, conditions, targets: prepared.targets }
}

/** The status but for the operation, and what was compared. */
function observedStatus(
  application: Application,
  context: Context,
): { readonly status: ApplicationStatus; readonly found?: Found } {
  const { observed, settings, now } = context
  if (observed.refusals.length > 0) {
    const conditions = observed.refusals.map(
      (message) => ({ type: "InvalidSpecError", message }) as const,
    )
    return { status: undecided(application, conditions, { now }) }
  }
  const { source } = observed
  if (source === undefined) return { status: application.status ?? {} }
  const found = compared(application, source, context)
  if (found !== undefined) return { status: settledStatus(application, found, now), found }
  const isUnreachable = source.revision === undefined
  if (isUnreachable && isWithinGrace(application, settings, now)) {
    return { status: application.status ?? {} }
  }
  const message = "error" in source ? source.error : ""
  const conditions = [{ type: "ComparisonError", message }] as const
  return { status: undecided(application, conditions, { now, revision: source.revision }) }
}

/** What an operation cannot do its work without; `undefined` where nothing is missing. */
function obstacle(observed: ObservedApplication, source: ObservedSource): string | undefined {
  if (observed.refusals.length > 0) return observed.refusals.join("; ")
  return "error" in source ? source.error : undefined
}

/** A requested or running operation, one pass further. */
function stepped(application: Application, state: OperationState, context: Context): OperationStep {
  const { observed, settings, now } = context
  const pauseUntil = retryPause(state, settings, now)
  if (pauseUntil !== undefined) return { state, actions: [], wakeAt: pauseUntil }
  const source = observed.operationSource ?? observed.source
  // Git has not been asked, and nothing forbids the operation: the driver asks.
  if (source === undefined && observed.refusals.length === 0) return { state, actions: [] }
  const problem = obstacle(observed, source ?? { error: "" })
  if (problem !== undefined) return breakOperation(state, problem, { settings, now })
  const found = compared(application, source as ObservedSource, context) as Found
  return stepOperation(state, {
    application,
    comparison: found.comparison,
    revision: found.revision,
    performed: observed.performed,
    facts: {
      clusterScoped: new Set(observed.clusterScoped),
      unserved: new Set(observed.unserved),
      project: observed.project,
    },
    namespaceExists: observed.namespaceExists ?? false,
    settings,
    now,
  })
}

function operated(
  application: Application,
  state: OperationState,
  status: ApplicationStatus,
  context: Context,
): ApplicationDecision {
  const step = stepped(application, state, context)
  const next = { ...status, operationState: step.state }
  const wake = step.wakeAt === undefined ? {} : { wakeAt: step.wakeAt }
  if (step.state.phase === "Running" || step.state.phase === "Terminating") {
    return { status: next, actions: step.actions, ...wake }
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
  const context = { observed, settings, now }
  if (application.metadata.deletionTimestamp !== undefined) {
    return decideDeletion(application, context)
  }
  if (annotation(application as unknown as UntypedObject, names.skipReconcile) === "true") {
    return { status: application.status ?? {}, actions: [] }
  }
  const nextRefresh = refreshDueAt(application, observed.refreshedAt, settings)
  const { status, found } = observedStatus(application, context)
  const finalizers = found === undefined ? [] : finalizerActions(application, found.targets)
  const again = (decision: ApplicationDecision): ApplicationDecision => {
    const wakeAt = earliest(decision.wakeAt, nextRefresh)
    const actions = [...finalizers, ...decision.actions]
    return { status: decision.status, actions, ...(wakeAt === undefined ? {} : { wakeAt }) }
  }
  const state = openOperation(application, now)
  if (state !== undefined) return again(operated(application, state, status, context))
  if (found === undefined) return again({ status, actions: [] })
  const { comparison, revision } = found
  const verdict = decideAutoSync({ application, comparison, revision, settings, now })
  return again(automatic(application, status, verdict, now))
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
