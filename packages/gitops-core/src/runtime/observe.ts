import type { ReconcileContext } from "@argo-ts/k8s"
import {
  type EpochMs,
  epochMs,
  equalJson,
  formatIssue,
  type Kind,
  parseInstant,
  type UntypedObject,
} from "@argo-ts/kernel"
import type { Application } from "../api/application.js"
import { appProjects } from "../api/kinds.js"
import { parseApplication } from "../api/parse-application.js"
import type { ApplicationSource } from "../api/source.js"
import { annotation, names, optionValue } from "../core/annotations.js"
import { type ObservedApplication, refreshDueAt } from "../core/decide.js"
import { needsSourceToDelete } from "../core/deletion.js"
import { openOperation, retryPause, syncOptionsOf } from "../core/operation.js"
import { projectRefusals } from "../core/project.js"
import type { GitopsSettings } from "../core/settings.js"
import type { ObservedSource } from "../core/source.js"
import type { KindIndex } from "./kind-index.js"
import { readLiveState } from "./live-state.js"
import type { SourceReader } from "./source-reader.js"

/** What observing needs besides the cluster. */
export interface ObserveOptions {
  readonly sources: SourceReader
  readonly kinds: KindIndex
  readonly settings: GitopsSettings
}

/** What was seen, and whether Git was asked what the target revision means now. */
export interface Observation {
  readonly observed: Omit<ObservedApplication, "performed">
  readonly askedGit: boolean
}

/** Whether Git has to be asked again, or the commit compared last is believed (spec/gitops §2.1). */
function needsRefresh(application: Application, settings: GitopsSettings, now: EpochMs): boolean {
  const { status, operation } = application
  const asked = parseInstant(status?.reconciledAt ?? "")
  const isSameSource = equalJson(status?.sync?.comparedTo?.source, application.spec.source)
  const object = application as unknown as UntypedObject
  if (!asked.ok || status?.sync?.revision === undefined || !isSameSource) return true
  if (annotation(object, names.refresh) !== undefined) return true
  const last = status.operationState
  const isOpen = last?.phase === "Running" || last?.phase === "Terminating"
  // A sync that somebody asks for without a revision means the newest one; afterwards it is compared anew.
  if (operation !== undefined && !isOpen && operation.sync?.revision === undefined) return true
  const finished = parseInstant(last?.finishedAt ?? "")
  const isManual = last?.operation.initiatedBy?.automated !== true
  if (!isOpen && isManual && finished.ok && finished.value > asked.value) return true
  const due = refreshDueAt(application, asked.value, settings)
  return due !== undefined && due <= now
}

/** The source of the running or requested operation, where it is another commit or place than the compared one. */
async function observeOperation(
  application: Application,
  compared: ObservedSource | undefined,
  { sources, settings }: ObserveOptions,
  now: EpochMs,
): Promise<ObservedSource | undefined> {
  const { operation, spec } = application
  const state = openOperation(application, now)
  if (operation === undefined || state === undefined) return undefined
  if (retryPause(state, settings, now) !== undefined) return undefined
  const named = state.syncResult?.source ?? operation.sync?.source ?? spec.source
  if (named === undefined) return undefined
  const pinned = state.syncResult?.revision
  // A retry that refreshes has forgotten its revision on purpose.
  const isRefreshed = operation.retry?.refresh === true && (state.retryCount ?? 0) > 0
  const asked = pinned ?? (isRefreshed ? undefined : operation.sync?.revision)
  const isSame = equalJson(named, spec.source)
  if (isSame && (asked === undefined || asked === compared?.revision)) return undefined
  const source: ApplicationSource =
    asked === undefined ? named : { ...named, targetRevision: asked }
  return sources.read(source, pinned)
}

function objectsOf(source: ObservedSource | undefined): readonly UntypedObject[] {
  return source !== undefined && "objects" in source ? source.objects : []
}

/** Whether the destination namespace is there; asked only where an operation may have to create it. */
async function namespaceExists(
  application: Application,
  context: ReconcileContext,
  kinds: KindIndex,
): Promise<boolean | undefined> {
  const state = openOperation(application, context.clock.now())
  const { namespace: name = "" } = application.spec.destination
  if (state === undefined || name === "") return undefined
  const options = syncOptionsOf(application, state)
  if (optionValue(options, "CreateNamespace") !== "true") return undefined
  const kind: Kind | undefined = await kinds.find("", "Namespace")
  return kind !== undefined && (await context.cluster.get(kind, { name })) !== undefined
}

/** Collects the facts that a decision needs. Costs what the application's own objects cost. */
export async function observe(
  application: Application,
  context: ReconcileContext,
  options: ObserveOptions,
): Promise<Observation> {
  const { sources, kinds, settings } = options
  const now = context.clock.now()
  const key = { namespace: settings.controlNamespace, name: application.spec.project || "default" }
  const parsed = parseApplication(application)
  const project = await context.cluster.get(appProjects, key)
  const refusals = parsed.ok
    ? projectRefusals(application, project, settings)
    : parsed.issues.map((issue) => formatIssue(issue))
  const isDeleting = application.metadata.deletionTimestamp !== undefined
  const needsSource = !isDeleting || needsSourceToDelete(application)
  const isReadable = refusals.length === 0 && needsSource && application.spec.source !== undefined
  const askedGit = isReadable && !isDeleting && needsRefresh(application, settings, now)
  const remembered = askedGit ? undefined : application.status?.sync?.revision
  const source = isReadable
    ? await sources.read(application.spec.source as ApplicationSource, remembered)
    : undefined
  const operationSource =
    isReadable && !isDeleting
      ? await observeOperation(application, source, options, now)
      : undefined
  const objects = [...objectsOf(source), ...objectsOf(operationSource)]
  const state = await readLiveState(application, objects, context, { kinds, settings })
  const exists =
    isReadable && !isDeleting ? await namespaceExists(application, context, kinds) : undefined
  const asked = parseInstant(application.status?.reconciledAt ?? "")
  const refreshedAt = askedGit ? context.clock.now() : asked.ok ? asked.value : undefined
  return {
    askedGit,
    observed: {
      ...state,
      refusals,
      ...(source === undefined ? {} : { source }),
      ...(operationSource === undefined ? {} : { operationSource }),
      ...(exists === undefined ? {} : { namespaceExists: exists }),
      ...(project === undefined ? {} : { project }),
      ...(refreshedAt === undefined ? {} : { refreshedAt: epochMs(refreshedAt) }),
    },
  }
}
