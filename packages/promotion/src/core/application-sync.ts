import { isJsonObject, type JsonObject, type JsonValue, own } from "@argo-ts/kernel"
import type { ForeignApplication, ForeignSource } from "../api/foreign.js"
import { normalizeGitUrl } from "../api/repository-names.js"
import { annotation } from "./annotations.js"

/** One entry of `argocd-update`'s `apps`, evaluated. */
export interface ApplicationUpdate {
  readonly name: string
  readonly namespace: string
  readonly sources: readonly SourceUpdate[]
}

/** One source of an update. */
export interface SourceUpdate {
  readonly repoURL: string
  readonly chart?: string
  readonly desiredRevision?: string
  readonly updateTargetRevision?: boolean
  readonly images: readonly {
    readonly repoURL: string
    readonly newName?: string
    readonly tag?: string
    readonly digest?: string
  }[]
}

const username = "kargo-controller"

function textOf(value: JsonValue | undefined): string | undefined {
  return value === undefined || value === null ? undefined : String(value)
}

function objectsIn(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : []
}

function optional<K extends string>(
  key: K,
  value: string | undefined,
): { readonly [P in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: string }
}

function sourceUpdate(source: JsonObject): SourceUpdate {
  const { kustomize } = source
  const images = isJsonObject(kustomize) ? objectsIn(kustomize["images"]) : []
  return {
    repoURL: textOf(source["repoURL"]) ?? "",
    ...optional("chart", textOf(source["chart"])),
    ...optional("desiredRevision", textOf(source["desiredRevision"])),
    updateTargetRevision: source["updateTargetRevision"] === true,
    images: images.map((image) => ({
      repoURL: textOf(image["repoURL"]) ?? "",
      ...optional("newName", textOf(image["newName"])),
      ...optional("tag", textOf(image["tag"])),
      ...optional("digest", textOf(image["digest"])),
    })),
  }
}

/** The updates that a configuration asks for; namespaces default to `argocd`. */
export function applicationUpdates(config: JsonObject): readonly ApplicationUpdate[] {
  return objectsIn(config["apps"]).map((app) => ({
    name: textOf(app["name"]) ?? "",
    namespace: textOf(app["namespace"]) ?? "argocd",
    sources: objectsIn(app["sources"]).map(sourceUpdate),
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
    (source) =>
      normalizeGitUrl(source.repoURL ?? "") === wanted &&
      (source.chart ?? "") === (update.chart ?? ""),
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
    revisions[index] = source.desiredRevision ?? ""
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

function isOf(operation: JsonValue | object | undefined, promotion: string): boolean {
  if (typeof operation !== "object" || operation === null) return false
  const { initiatedBy, info } = operation as NonNullable<
    NonNullable<ForeignApplication["status"]>["operationState"]
  >["operation"] &
    object
  const isOurs = initiatedBy?.username === username
  return (
    isOurs &&
    (info ?? []).some((entry) => entry.name === annotation.promotion && entry.value === promotion)
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

function imageText({ repoURL, newName = "", tag, digest }: SourceUpdate["images"][number]): string {
  const name = newName === "" ? repoURL : `${repoURL}=${newName}`
  return digest === undefined ? `${name}:${tag ?? ""}` : `${name}@${digest}`
}

function updatedSource(source: ForeignSource, updates: readonly SourceUpdate[]): JsonObject {
  let changed = source as unknown as JsonObject
  for (const update of updates) {
    if (update.updateTargetRevision === true && update.desiredRevision !== undefined)
      changed = { ...changed, targetRevision: update.desiredRevision }
    if (update.images.length > 0)
      changed = {
        ...changed,
        kustomize: { ...source.kustomize, images: update.images.map(imageText) },
      }
  }
  return changed
}

/** The merge patch that starts a promotion's sync, with its sources and revisions in it. */
export function syncPatch(
  application: ForeignApplication,
  update: ApplicationUpdate,
  revisions: readonly string[],
  promotion: { readonly name: string; readonly actor: string },
): JsonObject {
  const sources = sourcesOf(application)
  const updated = sources.map((source, index) =>
    updatedSource(
      source,
      update.sources.filter((each) => indexOf(sources, each) === index),
    ),
  )
  const isSingle = application.spec?.sources === undefined
  const { retry, syncOptions } = application.spec?.syncPolicy ?? {}
  const isByPerson = promotion.actor !== "" && !promotion.actor.startsWith("controller:")
  const [revision = ""] = revisions
  const exact = isSingle ? (revision === "" ? {} : { revision }) : { revisions }
  return {
    metadata: { annotations: { [annotation.argoRefresh]: "hard" } },
    ...(updated.length === 0
      ? {}
      : { spec: isSingle ? { source: updated[0] ?? {} } : { sources: updated } }),
    operation: {
      initiatedBy: { username, automated: !isByPerson },
      info: [
        { name: "Reason", value: "Promotion triggered a sync of this Application resource." },
        { name: annotation.promotion, value: promotion.name },
      ],
      sync: { ...exact, ...(syncOptions === undefined ? {} : { syncOptions }) },
      ...(retry === undefined ? {} : { retry }),
    },
    status: { operationState: null },
  } as unknown as JsonObject
}
