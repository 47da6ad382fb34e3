import type { ReconcileContext, ReconcileResult } from "@argo-ts/k8s"
import {
  epochMs,
  equalJson,
  formatInstant,
  type ObjectKey,
  parseInstant,
  type Stored,
} from "@argo-ts/kernel"
import type { Application } from "../api/application.js"
import { applications } from "../api/kinds.js"
import type { ActionOutcome, GitopsAction } from "../core/actions.js"
import { names } from "../core/annotations.js"
import { type ApplicationDecision, decideApplication } from "../core/decide.js"
import type { GitopsSettings } from "../core/settings.js"
import type { Renderer } from "../renderers/renderer.js"
import type { RepositorySource } from "../sources/repository-source.js"
import { createKindIndex } from "./kind-index.js"
import { type Observation, type ObserveOptions, observe } from "./observe.js"
import { type ObjectAction, perform } from "./perform.js"
import { createSourceReader } from "./source-reader.js"

/** What reconciling applications needs besides the cluster. */
export interface ApplicationRuntimeOptions {
  readonly repositories: RepositorySource
  readonly renderer: Renderer
  readonly settings: GitopsSettings
}

/** A pass decides, records and performs; more than this many in a row without an outside change is a mistake of ours. */
const passesMax = 1000

function finalizersOf(
  application: Application,
  actions: readonly GitopsAction[],
): readonly string[] | undefined {
  let finalizers = application.metadata.finalizers
  for (const action of actions) {
    if (action.type === "RemoveFinalizer") {
      finalizers = finalizers?.filter((one) => one !== action.finalizer)
    } else if (action.type === "AddFinalizer") {
      finalizers = [...(finalizers ?? []), action.finalizer]
    }
  }
  return finalizers
}

/** The application as it is recorded: status, operation, finalizers and the refresh annotation never disagree. */
function recorded(
  application: Stored<Application>,
  decision: ApplicationDecision,
  observation: Observation,
  now: number,
): Stored<Application> {
  const started = decision.actions.find((action) => action.type === "StartOperation")
  const isCleared = decision.actions.some((action) => action.type === "ClearOperation")
  const { operation: asked, status: _status, ...rest } = application
  const operation = isCleared ? undefined : (started?.operation ?? asked)
  const { annotations } = application.metadata
  const finalizers = finalizersOf(application, decision.actions)
  const { [names.refresh]: _refresh, ...others } = annotations ?? {}
  const { askedGit, observed } = observation
  const wasAnswered = askedGit && observed.source?.revision !== undefined
  const status = wasAnswered
    ? { ...decision.status, reconciledAt: formatInstant(epochMs(now)) }
    : decision.status
  return {
    ...rest,
    metadata: {
      ...application.metadata,
      ...(annotations === undefined ? {} : { annotations: askedGit ? others : annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
    },
    ...(operation === undefined ? {} : { operation }),
    status,
  }
}

function isObjectAction(action: GitopsAction): action is ObjectAction {
  return (
    action.type === "ApplyObject" ||
    action.type === "DeleteObject" ||
    action.type === "ReleaseObject"
  )
}

/** Tells people what an operation came to, as an Event beside the application. */
function announce(
  before: Application,
  after: Application,
  context: Pick<ReconcileContext, "record">,
): void {
  const [old, state] = [before.status?.operationState, after.status?.operationState]
  if (state === undefined) return
  const isNew =
    old?.startedAt !== state.startedAt || old.phase === "Running" || old.phase === "Terminating"
  const finished = parseInstant(state.finishedAt ?? "")
  if (!isNew || !finished.ok || old?.phase === state.phase) return
  const { phase, message = "", syncResult } = state
  if (phase === "Running" || phase === "Terminating") return
  const to = `${syncResult?.revision ?? "unknown revision"}: ${message}`
  const type = phase === "Succeeded" ? "Normal" : "Warning"
  const reason = phase === "Succeeded" ? "OperationCompleted" : "OperationFailed"
  context.record(after, { type, reason, message: `sync to ${to}` })
}

/** Decides, records, performs, and looks again until nothing is left to do now. */
async function reconcileApplication(
  key: ObjectKey,
  context: ReconcileContext,
  options: ObserveOptions,
): Promise<ReconcileResult> {
  let performed: { readonly [key: string]: ActionOutcome } = {}
  for (let pass = 0; pass < passesMax; pass++) {
    const application = await context.cluster.get(applications, key)
    if (application === undefined) return {}
    const observation = await observe(application, context, options)
    const now = context.clock.now()
    const facts = { ...observation.observed, performed }
    const decision = decideApplication(application, facts, now, options.settings)
    const next = recorded(application, decision, observation, now)
    const isChanged = !equalJson(next, application)
    if (isChanged) await context.cluster.update(applications, next)
    if (isChanged) announce(application, next, context)
    const actions = decision.actions.filter(isObjectAction)
    if (!isChanged && actions.length === 0) {
      return decision.wakeAt === undefined ? {} : { wakeAt: decision.wakeAt }
    }
    const outcomes: [string, ActionOutcome][] = []
    for (const action of actions) {
      outcomes.push([action.key, await perform(context.cluster, options.kinds, action)])
    }
    performed = Object.fromEntries([...Object.entries(performed), ...outcomes])
  }
  context.logger.warn("an application changes without end", { application: key.name })
  return { wakeAt: epochMs(context.clock.now() + 1000) }
}

/** The reconcile function of Application objects over the cluster port. */
export function createApplicationReconcile(
  options: ApplicationRuntimeOptions,
): (key: ObjectKey, context: ReconcileContext) => Promise<ReconcileResult> {
  let ready: ObserveOptions | undefined
  return (key, context) => {
    const { settings } = options
    ready ??= {
      settings,
      kinds: createKindIndex(context.cluster),
      sources: createSourceReader({ ...options, clock: context.clock }),
    }
    return reconcileApplication(key, context, ready)
  }
}
