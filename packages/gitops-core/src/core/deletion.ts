import { compareNumber, type Decision, keyOf, type UntypedObject } from "@argo-ts/kernel"
import type { Application } from "../api/application.js"
import type { ApplicationStatus } from "../api/status.js"
import type { GitopsAction } from "./actions.js"
import { isKeptByHelm, names, syncOption } from "./annotations.js"
import { isHook, waveOf } from "./hooks.js"
import { isCustomResourceDefinition, refKey, refOf } from "./resource.js"
import type { GitopsSettings } from "./settings.js"
import { instanceName, isSelfReferenced, trackedInstance } from "./tracking.js"

const cascades: ReadonlyMap<string, "Foreground" | "Background"> = new Map([
  [names.resourcesFinalizer, "Foreground"],
  [`${names.resourcesFinalizer}/foreground`, "Foreground"],
  [`${names.resourcesFinalizer}/background`, "Background"],
])

function isCascaded(object: UntypedObject, application: Application): boolean {
  const options = application.spec.syncPolicy?.syncOptions ?? []
  if (isHook(object) || isCustomResourceDefinition(refOf(object)) || isKeptByHelm(object))
    return false
  return syncOption(object, options, "Delete") !== "false"
}

/**
 * A deleted application takes its objects with it where a finalizer asks for that: wave by wave, the highest first,
 * each gone before the next goes (spec/gitops §2.17).
 */
export function decideDeletion(
  application: Application,
  live: readonly UntypedObject[],
  settings: GitopsSettings,
): Decision<ApplicationStatus, GitopsAction> {
  const status = application.status ?? {}
  const finalizer = application.metadata.finalizers?.find((each) => cascades.has(each))
  if (finalizer === undefined) return { status, actions: [] }
  const instance = instanceName(application.metadata, settings)
  const ours = live.filter(
    (object) =>
      trackedInstance(object, settings) === instance &&
      isSelfReferenced(object, settings) &&
      isCascaded(object, application),
  )
  const uid = application.metadata.uid ?? ""
  if (ours.length === 0) {
    const key = `${uid}/finalizer/${finalizer}`
    const self = keyOf(application)
    return { status, actions: [{ type: "RemoveFinalizer", key, application: self, finalizer }] }
  }
  const wave = ours.map(waveOf).toSorted(compareNumber).at(-1)
  const actions = ours
    .filter((object) => waveOf(object) === wave && object.metadata.deletionTimestamp === undefined)
    .map((object): GitopsAction => {
      const ref = refOf(object)
      return {
        type: "DeleteObject",
        key: `${uid}/delete/${refKey(ref)}/${object.metadata.uid ?? ""}`,
        ref,
        uid: object.metadata.uid ?? "",
        propagationPolicy: cascades.get(finalizer) ?? "Foreground",
      }
    })
  return { status, actions }
}
