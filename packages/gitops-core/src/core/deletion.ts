import {
  compareNumber,
  type Decision,
  type EpochMs,
  epochMs,
  formatInstant,
  keyOf,
  parseInstant,
  type UntypedObject,
} from "@argo-ts/kernel"
import type { Application } from "../api/application.js"
import type { ApplicationStatus } from "../api/status.js"
import type { GitopsAction } from "./actions.js"
import { annotation, isKeptByHelm, names, syncOption } from "./annotations.js"
import { isSelf } from "./compare.js"
import {
  type EndHookType,
  endFinalizers,
  endHooksOf,
  runEndHooks,
  tidyEndHooks,
} from "./end-hooks.js"
import { hookTypesOf, waveOf } from "./hooks.js"
import { isCustomResourceDefinition, refKey, refOf } from "./resource.js"
import type { GitopsSettings } from "./settings.js"
import type { ObservedSource } from "./source.js"
import { prepareTargets } from "./targets.js"
import { instanceName, isSelfReferenced, trackedInstance } from "./tracking.js"

const cascades: ReadonlyMap<string, "Foreground" | "Background"> = new Map([
  [names.resourcesFinalizer, "Foreground"],
  [`${names.resourcesFinalizer}/foreground`, "Foreground"],
  [`${names.resourcesFinalizer}/background`, "Background"],
])

/** What a deletion looks at. */
export interface DeletionContext {
  readonly observed: {
    readonly live: readonly UntypedObject[]
    readonly clusterScoped: readonly string[]
    /** Needed only while hooks have to run. */
    readonly source?: ObservedSource
  }
  readonly settings: GitopsSettings
  readonly now: EpochMs
}

type DeletionDecision = Decision<ApplicationStatus, GitopsAction>

function isCascaded(object: UntypedObject, application: Application): boolean {
  const options = application.spec.syncPolicy?.syncOptions ?? []
  const { namespace = "", name = "" } = application.metadata
  const ref = refOf(object)
  const isEndHook = hookTypesOf(object).some(
    (type) => type === "PreDelete" || type === "PostDelete",
  )
  if (isEndHook || isSelf(ref, { namespace, name })) return false
  if (isCustomResourceDefinition(ref) || isKeptByHelm(object)) return false
  return syncOption(object, options, "Delete") !== "false"
}

/** Objects whose deletion somebody has to approve, and nobody has since the application was deleted. */
function unapproved(
  application: Application,
  ours: readonly UntypedObject[],
): readonly UntypedObject[] {
  const text = annotation(application as unknown as UntypedObject, names.deletionApproved) ?? ""
  const approved = parseInstant(text)
  const asked = parseInstant(application.metadata.deletionTimestamp ?? "")
  if (approved.ok && asked.ok && approved.value >= asked.value) return []
  const options = application.spec.syncPolicy?.syncOptions ?? []
  return ours.filter((object) =>
    ["Delete", "Prune"].some((name) => syncOption(object, options, name) === "confirm"),
  )
}

function deletionOf(
  application: Application,
  object: UntypedObject,
  propagationPolicy: "Foreground" | "Background",
): readonly GitopsAction[] {
  const ref = refOf(object)
  const uid = object.metadata.uid ?? ""
  const key = `${application.metadata.uid ?? ""}/delete/${refKey(ref)}/${uid}`
  const isHeld = object.metadata.finalizers?.includes(names.hookFinalizer) === true
  const release: GitopsAction = {
    type: "ReleaseObject",
    key: `${key}/release`,
    ref,
    uid,
    finalizer: names.hookFinalizer,
  }
  const isLeaving = object.metadata.deletionTimestamp !== undefined
  const remove: GitopsAction = { type: "DeleteObject", key, ref, uid, propagationPolicy }
  return [...(isHeld ? [release] : []), ...(isLeaving ? [] : [remove])]
}

function removal(application: Application, finalizer: string): GitopsAction {
  const key = `${application.metadata.uid ?? ""}/finalizer/${finalizer}`
  return { type: "RemoveFinalizer", key, application: keyOf(application), finalizer }
}

/** The objects of the application go wave by wave, the highest first, each gone before the next goes. */
function cascade(
  application: Application,
  finalizer: string,
  { observed, settings }: DeletionContext,
): readonly GitopsAction[] {
  const instance = instanceName(application.metadata, settings)
  const ours = observed.live.filter(
    (object) =>
      trackedInstance(object, settings) === instance &&
      isSelfReferenced(object, settings) &&
      isCascaded(object, application),
  )
  if (ours.length === 0) return [removal(application, finalizer)]
  if (unapproved(application, ours).length > 0) return []
  const wave = ours.map(waveOf).toSorted(compareNumber).at(-1)
  const policy = cascades.get(finalizer) ?? "Foreground"
  return ours
    .filter((object) => waveOf(object) === wave)
    .flatMap((object) => deletionOf(application, object, policy))
}

/** The next thing to do about the hooks of one type, or `undefined` where nothing is left to do. */
function endStep(
  application: Application,
  type: EndHookType,
  stage: "run" | "tidy",
  context: DeletionContext,
): DeletionDecision | undefined {
  const [running, tidying] = endFinalizers(type)
  const finalizer = stage === "run" ? running : tidying
  if (application.metadata.finalizers?.includes(finalizer) !== true) return undefined
  const { observed, settings, now } = context
  const status = application.status ?? {}
  const { source } = observed
  if (source === undefined || "error" in source) {
    const message = source === undefined ? "Git has not been asked yet" : source.error
    const text = `cannot run ${type} hooks: ${message}`
    const old = status.conditions?.find(
      (one) => one.type === "DeletionError" && one.message === text,
    )
    const lastTransitionTime = old?.lastTransitionTime ?? formatInstant(now)
    const condition = { type: "DeletionError", message: text, lastTransitionTime } as const
    return {
      status: { ...status, conditions: [condition] },
      actions: [],
      wakeAt: epochMs(now + 60_000),
    }
  }
  const { targets } = prepareTargets({
    application,
    rendered: source.objects,
    clusterScoped: new Set(observed.clusterScoped),
    settings,
  })
  const hooks = endHooksOf(targets, type)
  const input = { application, hooks, live: observed.live, settings }
  if (stage === "tidy") {
    return { status, actions: [...tidyEndHooks(input), removal(application, finalizer)] }
  }
  const { isDone, actions } = runEndHooks(input)
  return { status, actions: isDone ? [removal(application, finalizer)] : actions }
}

/**
 * A deleted application runs its PreDelete hooks, takes its objects with it where a finalizer asks for that, runs
 * its PostDelete hooks, and goes (spec/gitops §2.17). What needs approval waits for it.
 */
export function decideDeletion(
  application: Application,
  context: DeletionContext,
): DeletionDecision {
  const status = application.status ?? {}
  const before = endStep(application, "PreDelete", "run", context)
  if (before !== undefined) return before
  const finalizer = application.metadata.finalizers?.find((each) => cascades.has(each))
  if (finalizer !== undefined) return { status, actions: cascade(application, finalizer, context) }
  return (
    endStep(application, "PostDelete", "run", context) ??
    endStep(application, "PreDelete", "tidy", context) ??
    endStep(application, "PostDelete", "tidy", context) ?? { status, actions: [] }
  )
}

/** True where the deletion still needs the desired objects: for hooks. */
export function needsSourceToDelete(application: Application): boolean {
  const finalizers = application.metadata.finalizers ?? []
  return (["PreDelete", "PostDelete"] as const).some((type) =>
    endFinalizers(type).some((one) => finalizers.includes(one)),
  )
}
