import { keyOf, type UntypedObject } from "@argo-ts/kernel"
import type { Application } from "../api/application.js"
import type { HookType } from "../api/status.js"
import type { GitopsAction } from "./actions.js"
import { names } from "./annotations.js"
import { healthOf } from "./health/assess.js"
import { deletePoliciesOf, hookTypesOf, waveOf } from "./hooks.js"
import { compareRefs, refKey, refOf } from "./resource.js"
import type { GitopsSettings } from "./settings.js"

/** The hooks that run when an application is deleted. */
export type EndHookType = Extract<HookType, "PreDelete" | "PostDelete">

const finalizerOf: { readonly [type in EndHookType]: string } = {
  PreDelete: names.preDeleteFinalizer,
  PostDelete: names.postDeleteFinalizer,
}

/** The finalizer that holds the application until hooks of that type have run, and the one until they are tidied. */
export function endFinalizers(type: EndHookType): readonly [string, string] {
  return [finalizerOf[type], `${finalizerOf[type]}/cleanup`]
}

/** The desired hooks of that type, in the order they are created. */
export function endHooksOf(
  targets: readonly UntypedObject[],
  type: EndHookType,
): readonly UntypedObject[] {
  return targets
    .filter((target) => hookTypesOf(target).includes(type) && target.metadata.name !== undefined)
    .toSorted(
      (left, right) => waveOf(left) - waveOf(right) || compareRefs(refOf(left), refOf(right)),
    )
}

/** Finalizers that the application gets or loses with its hooks (spec/gitops §2.17). */
export function finalizerActions(
  application: Application,
  targets: readonly UntypedObject[],
): readonly GitopsAction[] {
  const known = application.metadata.finalizers ?? []
  const uid = application.metadata.uid ?? ""
  return (["PreDelete", "PostDelete"] as const).flatMap((type) => {
    const isWanted = endHooksOf(targets, type).length > 0
    return endFinalizers(type).flatMap((finalizer): readonly GitopsAction[] => {
      if (known.includes(finalizer) === isWanted) return []
      const verb = isWanted ? "AddFinalizer" : "RemoveFinalizer"
      const key = `${uid}/${verb}/${finalizer}`
      return [{ type: verb, key, application: keyOf(application), finalizer }]
    })
  })
}

/** What running the hooks of one type needs. */
export interface EndHookInput {
  readonly application: Application
  readonly hooks: readonly UntypedObject[]
  readonly live: readonly UntypedObject[]
  readonly settings: GitopsSettings
}

function liveByKey(live: readonly UntypedObject[]): ReadonlyMap<string, UntypedObject> {
  return new Map(live.map((object) => [refKey(refOf(object)), object]))
}

function deletion(application: Application, object: UntypedObject): GitopsAction {
  const ref = refOf(object)
  const uid = object.metadata.uid ?? ""
  const key = `${application.metadata.uid ?? ""}/hook/${refKey(ref)}/${uid}`
  return { type: "DeleteObject", key, ref, uid, propagationPolicy: "Background" }
}

/** Creates hooks, deletes failed ones so that they are tried again; `isDone` once all have succeeded. */
export function runEndHooks(input: EndHookInput): {
  readonly isDone: boolean
  readonly actions: readonly GitopsAction[]
} {
  const { application, hooks, settings } = input
  const present = liveByKey(input.live)
  const actions: GitopsAction[] = []
  let isDone = true
  for (const hook of hooks) {
    const object = present.get(refKey(refOf(hook)))
    if (object === undefined) {
      isDone = false
      const key = `${application.metadata.uid ?? ""}/hook/${refKey(refOf(hook))}`
      const mode = "client-side"
      actions.push({
        type: "ApplyObject",
        key,
        object: hook,
        mode,
        isForced: false,
        isValidated: true,
      })
      continue
    }
    const status = healthOf(object, settings)?.status ?? "Healthy"
    if (status === "Healthy") continue
    isDone = false
    const isLeaving = object.metadata.deletionTimestamp !== undefined
    if (status === "Degraded" && !isLeaving) actions.push(deletion(application, object))
  }
  return { isDone, actions }
}

/** Hooks that have succeeded and that their policy deletes. */
export function tidyEndHooks(input: EndHookInput): readonly GitopsAction[] {
  const present = liveByKey(input.live)
  return input.hooks.flatMap((hook) => {
    const object = present.get(refKey(refOf(hook)))
    const isWanted = object !== undefined && deletePoliciesOf(hook).has("HookSucceeded")
    const isLeaving = object?.metadata.deletionTimestamp !== undefined
    return isWanted && !isLeaving ? [deletion(input.application, object)] : []
  })
}
