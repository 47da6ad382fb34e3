import {
  type JsonObject,
  type JsonValue,
  type LabelSelector,
  listAt,
  objectAt,
  own,
  textAt,
} from "@argo-ts/kernel"
import type { ForeignApplication, ForeignSource } from "../api/foreign.js"
import { normalizeGitUrl } from "../api/repository-names.js"
import { annotation } from "./annotations.js"

/** One entry of `argocd-update`'s `apps`, evaluated and checked: one Application by name, or several by labels. */
export interface ApplicationUpdate {
  readonly name: string | undefined
  readonly selector: LabelSelector | undefined
  readonly namespace: string
  readonly sources: readonly SourceUpdate[]
}

/** One image of a Kustomize source. */
export interface KustomizeImage {
  readonly repoURL: string
  readonly newName: string
  readonly tag: string
  readonly digest: string
}

/** One source of an update. */
export interface SourceUpdate {
  readonly repoURL: string
  readonly chart: string
  /** Empty where it does not matter. */
  readonly desiredRevision: string
  readonly isTargetUpdated: boolean
  readonly images: readonly KustomizeImage[]
  /** Values of Helm parameters by key. */
  readonly parameters: readonly { readonly key: string; readonly value: string }[]
}

const username = "kargo-controller"

function sourceUpdate(source: JsonValue): SourceUpdate {
  return {
    repoURL: textAt(source, "repoURL"),
    chart: textAt(source, "chart"),
    desiredRevision: textAt(source, "desiredRevision"),
    isTargetUpdated: objectAt(source)["updateTargetRevision"] === true,
    images: listAt(source, "kustomize", "images").map((image) => ({
      repoURL: textAt(image, "repoURL"),
      newName: textAt(image, "newName"),
      tag: textAt(image, "tag"),
      digest: textAt(image, "digest"),
    })),
    parameters: listAt(source, "helm", "images").map((image) => ({
      key: textAt(image, "key"),
      value: textAt(image, "value"),
    })),
  }
}

/** The updates that a configuration asks for; namespaces default to `argocd`. */
export function applicationUpdates(config: JsonObject): readonly ApplicationUpdate[] {
  return listAt(config, "apps").map((app) => ({
    name: textAt(app, "name") || undefined,
    // Checked against the step's shape, which is that of a label selector.
    selector: objectAt(app)["selector"] as LabelSelector | undefined,
    namespace: textAt(app, "namespace") || "argocd",
    sources: listAt(app, "sources").map(sourceUpdate),
  }))
}

/** True where the Application lets this Stage change it: `authorized-stage` lists `project:stage`, no globs. */
export function isAuthorized(
  application: ForeignApplication,
  project: string,
  stage: string,
): boolean {
  const value = own(application.metadata.annotations, annotation.authorizedStage) ?? ""
  return value.split(",").some((entry) => entry.trim() === `${project}:${stage}`)
}

function sourcesOf(application: ForeignApplication): readonly ForeignSource[] {
  const { source, sources } = application.spec ?? {}
  return sources ?? (source === undefined ? [] : [source])
}

/** Index of the first source of the same repository and chart; URLs are compared normalised. */
function indexOf(sources: readonly ForeignSource[], update: SourceUpdate): number {
  const wanted = normalizeGitUrl(update.repoURL)
  return sources.findIndex(
    ({ repoURL = "", chart = "" }) => normalizeGitUrl(repoURL) === wanted && chart === update.chart,
  )
}

/**
 * The revision that each source should be at; empty where that does not matter. Undefined where an update names a
 * repository that the Application does not have.
 *
 * Differs from Kargo: what is expected and what is written is the same source, found in the same way.
 */
export function desiredRevisions(
  application: ForeignApplication,
  update: ApplicationUpdate,
): readonly string[] | undefined {
  const sources = sourcesOf(application)
  const revisions = sources.map(() => "")
  for (const source of update.sources) {
    const index = indexOf(sources, source)
    if (index < 0) return undefined
    revisions[index] = source.desiredRevision
  }
  return revisions
}

/** What to do about an Application. */
export type SyncVerdict =
  | { readonly type: "Done" }
  | { readonly type: "Wait" }
  | { readonly type: "Sync" }
  | { readonly type: "Failed"; readonly message: string }

function isRunning(phase: string | undefined): boolean {
  return phase === undefined || phase === "" || phase === "Running" || phase === "Terminating"
}

/** True for an operation that this promotion asked for, in its own name or a person's. */
function isOf(operation: unknown, promotion: string): boolean {
  return listAt(operation, "info").some(
    (entry) =>
      textAt(entry, "name") === annotation.promotion && textAt(entry, "value") === promotion,
  )
}

/** Whether a promotion's sync has to be started, waited for, or is over (spec/promotion §2.11). */
export function judgeSync(
  application: ForeignApplication,
  promotion: string,
  revisions: readonly string[],
): SyncVerdict {
  if (application.operation !== undefined) return { type: "Wait" }
  const state = application.status?.operationState
  if (state === undefined || state === null) return { type: "Sync" }
  if (!isOf(state.operation, promotion))
    return isRunning(state.phase) ? { type: "Wait" } : { type: "Sync" }
  if (isRunning(state.phase)) return { type: "Wait" }
  if (state.phase !== "Succeeded")
    return {
      type: "Failed",
      message: `Application ${application.metadata.name}: ${state.message ?? `sync ended as ${state.phase}`}`,
    }
  if (state.syncResult === undefined) return { type: "Sync" }
  const synced = state.syncResult.revisions ?? [state.syncResult.revision ?? ""]
  const isAt = revisions.every((revision, index) => revision === "" || revision === synced[index])
  return isAt ? { type: "Done" } : { type: "Sync" }
}

function imageText({ repoURL, newName, tag, digest }: KustomizeImage): string {
  const name = newName === "" ? repoURL : `${repoURL}=${newName}`
  return digest === "" ? `${name}:${tag}` : `${name}@${digest}`
}

/** Parameters of the source, those of the update set; as texts, whatever they look like. */
function withParameters(helm: JsonObject, parameters: SourceUpdate["parameters"]): JsonObject {
  const before = listAt(helm, "parameters")
  const keys = new Set(parameters.map(({ key }) => key))
  const kept = before.filter((each) => !keys.has(textAt(each, "name")))
  const set = parameters.map(({ key, value }) => ({ name: key, value, forceString: true }))
  return { ...helm, parameters: [...kept, ...set] }
}

function updatedSource(source: ForeignSource, updates: readonly SourceUpdate[]): ForeignSource {
  let changed = source
  for (const { isTargetUpdated, desiredRevision, images, parameters } of updates) {
    if (isTargetUpdated && desiredRevision !== "")
      changed = { ...changed, targetRevision: desiredRevision }
    if (images.length > 0)
      changed = { ...changed, kustomize: { ...changed.kustomize, images: images.map(imageText) } }
    if (parameters.length > 0)
      changed = { ...changed, helm: withParameters(objectAt(changed.helm), parameters) }
  }
  return changed
}

/** The controller's own sync, or a person's, which Argo CD's sync windows take for a manual one. */
function initiatedBy(actor: string): JsonObject {
  const isByPerson = actor !== "" && !actor.startsWith("controller:")
  return isByPerson ? { username: actor, automated: false } : { username, automated: true }
}

/** The merge patch that starts a promotion's sync, with its sources and revisions in it (spec/promotion §2.11). */
export function syncPatch(
  application: ForeignApplication,
  update: ApplicationUpdate,
  revisions: readonly string[],
  promotion: { readonly name: string; readonly actor: string },
): JsonObject {
  const sources = sourcesOf(application)
  const updated = sources.map((source, index) => {
    const updates = update.sources.filter((each) => indexOf(sources, each) === index)
    return { ...updatedSource(source, updates) } as JsonObject
  })
  const { retry, syncOptions } = application.spec?.syncPolicy ?? {}
  const [revision = ""] = revisions
  const [only = {}] = updated
  const isSingle = application.spec?.sources === undefined
  const exact = isSingle ? (revision === "" ? {} : { revision }) : { revisions }
  return {
    metadata: { annotations: { [annotation.argoRefresh]: "hard" } },
    ...(updated.length === 0 ? {} : { spec: isSingle ? { source: only } : { sources: updated } }),
    operation: {
      initiatedBy: initiatedBy(promotion.actor),
      info: [
        { name: "Reason", value: "Promotion triggered a sync of this Application resource." },
        { name: annotation.promotion, value: promotion.name },
      ],
      sync: { ...exact, ...(syncOptions === undefined ? {} : { syncOptions }) },
      ...(retry === undefined ? {} : { retry }),
    },
    status: { operationState: null },
  }
}
