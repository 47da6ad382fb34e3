import type { ReconcileContext, ReconcileResult } from "@argo-ts/k8s"
import {
  epochMs,
  equalJson,
  formatInstant,
  formatIssue,
  isOperationError,
  type ObjectKey,
  parseInstant,
  type Stored,
  type UntypedObject,
} from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import type { Application } from "../api/application.js"
import { applications, appProjects } from "../api/kinds.js"
import { parseApplication } from "../api/parse-application.js"
import type { ActionOutcome, GitopsAction } from "../core/actions.js"
import { annotation, names } from "../core/annotations.js"
import {
  type ApplicationDecision,
  decideApplication,
  type ObservedApplication,
  type ObservedSource,
  refreshDueAt,
} from "../core/decide.js"
import { projectRefusals } from "../core/project.js"
import type { GitopsSettings } from "../core/settings.js"
import type { Renderer } from "../renderers/renderer.js"
import type { RepositorySource } from "../sources/repository-source.js"
import { createKindIndex, type KindIndex } from "./kind-index.js"
import { readLiveState } from "./live-state.js"
import { perform } from "./perform.js"

/** What reconciling applications needs besides the cluster. */
export interface ApplicationRuntimeOptions {
  readonly repositories: RepositorySource
  readonly renderer: Renderer
  readonly settings: GitopsSettings
}

/** A pass decides, records and performs; more than this many in a row without an outside change is a mistake of ours. */
const passesMax = 100
/** Real milliseconds for reading one commit's manifests. */
const renderLimitMs = 60_000

/** Rendered objects by repository, commit and path: a commit never changes, so a restart merely renders again. */
type RenderCache = Map<string, Promise<ObservedSource>>

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

async function renderCommit(
  application: Application,
  commit: string,
  { options, clock }: Runtime,
): Promise<ObservedSource> {
  const { repositories, renderer } = options
  const { source } = application.spec
  if (source === undefined) return { error: "spec.source is missing" }
  const directory = await repositories.checkout(source.repoURL, commit)
  const key = `render/${source.repoURL} ${commit} ${source.path ?? ""}`
  const render = (): ReturnType<Renderer["render"]> => renderer.render(directory, source)
  const rendered = await clock.track(key, render, { takesMs: 0, realLimitMs: renderLimitMs })
  if (rendered.ok) return { revision: commit, objects: rendered.value }
  return { revision: commit, error: rendered.issues.map((issue) => issue.message).join("; ") }
}

/** Asks Git what the application wants. Failures become what a person reads in `status.conditions`. */
async function observeSource(
  application: Application,
  pinned: string | undefined,
  runtime: Runtime,
): Promise<ObservedSource> {
  const { source } = application.spec
  if (source === undefined) return { error: "spec.source is missing" }
  try {
    const wanted = source.targetRevision ?? "HEAD"
    const commit = pinned ?? (await runtime.options.repositories.resolve(source.repoURL, wanted))
    const id = `${source.repoURL} ${commit} ${source.path ?? ""} ${JSON.stringify(source.directory ?? {})}`
    let rendered = runtime.cache.get(id)
    if (rendered === undefined) {
      rendered = renderCommit(application, commit, runtime)
      runtime.cache.set(id, rendered)
      rendered.catch(() => runtime.cache.delete(id))
      if (runtime.cache.size > 256)
        runtime.cache.delete(runtime.cache.keys().next().value as string)
    }
    return await rendered
  } catch (error) {
    if (!isOperationError(error)) throw error
    return { error: errorText(error) }
  }
}

interface Runtime {
  readonly clock: Clock
  readonly options: ApplicationRuntimeOptions
  readonly cache: RenderCache
  readonly kinds: KindIndex
}

/** Whether Git has to be asked again, or the commit compared last is believed (spec/gitops §2.1). */
function needsRefresh(
  application: Application,
  context: ReconcileContext,
  runtime: Runtime,
): boolean {
  const { status } = application
  const asked = parseInstant(status?.reconciledAt ?? "")
  const revision = status?.sync?.revision
  const isSameSource = equalJson(status?.sync?.comparedTo?.source, application.spec.source)
  const wantsRefresh =
    annotation(application as unknown as UntypedObject, names.refresh) !== undefined
  if (!asked.ok || revision === undefined || !isSameSource || wantsRefresh) return true
  const due = refreshDueAt(application, asked.value, runtime.options.settings)
  return due !== undefined && due <= context.clock.now()
}

/** The commit that a running or requested operation names. */
function operationRevision(application: Application): string | undefined {
  if (application.operation === undefined) return undefined
  const state = application.status?.operationState
  const isOpen = state?.phase === "Running"
  return (isOpen ? state.syncResult?.revision : undefined) ?? application.operation.sync?.revision
}

/** The application with the source that its operation names, if it names one: a rollback. */
function asOperated(application: Application): Application {
  const source = application.operation?.sync?.source
  return source === undefined
    ? application
    : { ...application, spec: { ...application.spec, source } }
}

async function observe(
  application: Application,
  context: ReconcileContext,
  runtime: Runtime,
): Promise<{
  readonly observed: Omit<ObservedApplication, "performed">
  readonly askedGit: boolean
}> {
  const { namespace } = application.metadata
  const projectName = application.spec.project || "default"
  const key: ObjectKey =
    namespace === undefined ? { name: projectName } : { namespace, name: projectName }
  const parsed = parseApplication(application)
  const project = await context.cluster.get(appProjects, key)
  const refusals = parsed.ok
    ? projectRefusals(application, project)
    : parsed.issues.map((issue) => formatIssue(issue))
  const isDeleting = application.metadata.deletionTimestamp !== undefined
  const askedGit =
    refusals.length === 0 && !isDeleting && needsRefresh(application, context, runtime)
  const pinned = operationRevision(application)
  const remembered = askedGit ? undefined : application.status?.sync?.revision
  const source =
    refusals.length > 0 || isDeleting
      ? undefined
      : await observeSource(asOperated(application), pinned ?? remembered, runtime)
  const objects = source !== undefined && "objects" in source ? source.objects : []
  const { kinds, options } = runtime
  const state = await readLiveState(application, objects, context, {
    kinds,
    settings: options.settings,
  })
  const asked = parseInstant(application.status?.reconciledAt ?? "")
  const refreshedAt = askedGit ? context.clock.now() : asked.ok ? asked.value : undefined
  return {
    askedGit,
    observed: {
      ...state,
      refusals,
      ...(source === undefined ? {} : { source }),
      ...(refreshedAt === undefined ? {} : { refreshedAt: epochMs(refreshedAt) }),
    },
  }
}

/** Writes status, operation, finalizers and the refresh annotation in one update: they never disagree. */
async function record(
  application: Stored<Application>,
  decision: ApplicationDecision,
  wasAnswered: boolean,
  context: ReconcileContext,
): Promise<Stored<Application>> {
  const started = decision.actions.find((action) => action.type === "StartOperation")
  const isCleared = decision.actions.some((action) => action.type === "ClearOperation")
  const finalizer = decision.actions.find((action) => action.type === "RemoveFinalizer")
  const { operation: asked, status: _status, ...rest } = application
  const operation = isCleared ? undefined : (started?.operation ?? asked)
  const { [names.refresh]: _refresh, ...annotations } = application.metadata.annotations ?? {}
  const finalizers = application.metadata.finalizers?.filter(
    (each) => each !== finalizer?.finalizer,
  )
  const status = wasAnswered
    ? { ...decision.status, reconciledAt: formatInstant(context.clock.now()) }
    : decision.status
  const next: Stored<Application> = {
    ...rest,
    metadata: {
      ...application.metadata,
      ...(application.metadata.annotations === undefined
        ? {}
        : { annotations: wasAnswered ? annotations : application.metadata.annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
    },
    ...(operation === undefined ? {} : { operation }),
    status,
  }
  return equalJson(next, application) ? application : context.cluster.update(applications, next)
}

type ObjectAction = Extract<GitopsAction, { type: "ApplyObject" | "DeleteObject" }>

function objectActions(decision: ApplicationDecision): readonly ObjectAction[] {
  return decision.actions.filter(
    (action): action is ObjectAction =>
      action.type === "ApplyObject" || action.type === "DeleteObject",
  )
}

/** Decides, records, performs, and looks again until nothing is left to do now. */
async function reconcileApplication(
  key: ObjectKey,
  context: ReconcileContext,
  runtime: Runtime,
): Promise<ReconcileResult> {
  let performed: { readonly [key: string]: ActionOutcome } = {}
  for (let pass = 0; pass < passesMax; pass++) {
    const application = await context.cluster.get(applications, key)
    if (application === undefined) return {}
    const { observed, askedGit } = await observe(application, context, runtime)
    const now = context.clock.now()
    const { settings } = runtime.options
    const decision = decideApplication(application, { ...observed, performed }, now, settings)
    const wasAnswered = askedGit && observed.source?.revision !== undefined
    const recorded = await record(application, decision, wasAnswered, context)
    const actions = objectActions(decision)
    for (const action of actions) {
      performed = {
        ...performed,
        [action.key]: await perform(context.cluster, runtime.kinds, action),
      }
    }
    const isQuiet = actions.length === 0 && equalJson(recorded, application)
    if (isQuiet) return decision.wakeAt === undefined ? {} : { wakeAt: decision.wakeAt }
  }
  context.logger.warn("an application changes without end", { application: key.name })
  return { wakeAt: epochMs(context.clock.now() + 1000) }
}

/** The reconcile function of Application objects over the cluster port. */
export function createApplicationReconcile(
  options: ApplicationRuntimeOptions,
): (key: ObjectKey, context: ReconcileContext) => Promise<ReconcileResult> {
  const cache: RenderCache = new Map()
  let runtime: Runtime | undefined
  return (key, context) => {
    runtime ??= { options, cache, clock: context.clock, kinds: createKindIndex(context.cluster) }
    return reconcileApplication(key, context, runtime)
  }
}
