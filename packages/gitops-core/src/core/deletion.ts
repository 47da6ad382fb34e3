import {
  compareNumber,
  type Decision,
  type EpochMs,
  keyOf,
  parseInstant,
  type UntypedObject,
} from "@argo-ts/kernel"
import type { Application } from "../api/application.js"
import type { ApplicationStatus } from "../api/status.js"
import type { GitopsAction } from "./actions.js"
import { annotation, isKeptByHelm, names, syncOption } from "./annotations.js"
import { isSelf } from "./compare.js"
import { hookTypesOf, waveOf } from "./hooks.js"
import { isCustomResourceDefinition, refKey, refOf } from "./resource.js"
import type { GitopsSettings } from "./settings.js"
import { instanceName, isSelfReferenced, trackedInstance } from "./tracking.js"

const cascades: ReadonlyMap<string, "Foreground" | "Background"> = new Map([
  [names.resourcesFinalizer, "Foreground"],
  [`${names.resourcesFinalizer}/foreground`, "Foreground"],
  [`${names.resourcesFinalizer}/background`, "Background"],
])

/** What a deletion looks at. */
export interface DeletionContext {
  readonly observed: { readonly live: readonly UntypedObject[] }
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

/**
 * A deleted application takes its objects with it where a finalizer asks for that: wave by wave, the highest first,
 * each gone before the next goes (spec/gitops §2.17). What needs approval waits for it.
 */
export function decideDeletion(
  application: Application,
  { observed, settings }: DeletionContext,
): DeletionDecision {
  const status = application.status ?? {}
  const finalizer = application.metadata.finalizers?.find((each) => cascades.has(each))
  if (finalizer === undefined) return { status, actions: [] }
  const instance = instanceName(application.metadata, settings)
  const ours = observed.live.filter(
    (object) =>
      trackedInstance(object, settings) === instance &&
      isSelfReferenced(object, settings) &&
      isCascaded(object, application),
  )
  if (ours.length === 0) {
    const key = `${application.metadata.uid ?? ""}/finalizer/${finalizer}`
    const self = keyOf(application)
    return { status, actions: [{ type: "RemoveFinalizer", key, application: self, finalizer }] }
  }
  if (unapproved(application, ours).length > 0) return { status, actions: [] }
  const wave = ours.map(waveOf).toSorted(compareNumber).at(-1)
  const actions = ours
    .filter((object) => waveOf(object) === wave)
    .flatMap((object) => deletionOf(application, object, cascades.get(finalizer) ?? "Foreground"))
  return { status, actions }
}
