import type { UntypedObject } from "@argo-ts/kernel"
import type { HookType } from "../api/status.js"
import { annotation, annotationList, names } from "./annotations.js"

/** What `argocd.argoproj.io/hook-delete-policy` may say. */
export type HookDeletePolicy = "HookSucceeded" | "HookFailed" | "BeforeHookCreation"

const hookTypes: ReadonlySet<string> = new Set<HookType>([
  "PreSync",
  "Sync",
  "PostSync",
  "SyncFail",
  "Skip",
  "PreDelete",
  "PostDelete",
])
const helmTypes: ReadonlyMap<string, HookType> = new Map<string, HookType>([
  ["pre-install", "PreSync"],
  ["pre-upgrade", "PreSync"],
  ["post-install", "PostSync"],
  ["post-upgrade", "PostSync"],
  ["pre-delete", "PreDelete"],
  ["post-delete", "PostDelete"],
])
const helmPolicies: ReadonlyMap<string, HookDeletePolicy> = new Map<string, HookDeletePolicy>([
  ["before-hook-creation", "BeforeHookCreation"],
  ["hook-succeeded", "HookSucceeded"],
  ["hook-failed", "HookFailed"],
])
const deletePolicies: ReadonlySet<string> = new Set(helmPolicies.values())

/** The hook types an object asks for, each once, in the order of its annotation. Argo's annotation beats Helm's. */
export function hookTypesOf(object: UntypedObject): readonly HookType[] {
  const types =
    annotation(object, names.hook) === undefined
      ? annotationList(object, names.helmHook).flatMap((name) => helmTypes.get(name) ?? [])
      : annotationList(object, names.hook).filter((name) => hookTypes.has(name))
  return [...new Set(types as HookType[])]
}

/** True for objects that run as hooks, and for those whose hook annotation names nothing we know. */
export function isHook(object: UntypedObject): boolean {
  if (isSkipped(object)) return false
  if (annotation(object, names.hook) !== undefined) return true
  // `crd-install` is how Helm 2 shipped CRDs: an ordinary object to Argo.
  return annotationList(object, names.helmHook).some((name) => name !== "crd-install")
}

/** True where the hook annotation names no hook: such an object is left alone. */
export function isIgnoredHook(object: UntypedObject): boolean {
  return isHook(object) && hookTypesOf(object).length === 0
}

/** True where the only hook type is `Skip`. */
export function isSkipped(object: UntypedObject): boolean {
  const types = hookTypesOf(object)
  return types.length === 1 && types[0] === "Skip"
}

/** When a hook is deleted. Default before it is created again. */
export function deletePoliciesOf(object: UntypedObject): ReadonlySet<HookDeletePolicy> {
  const own = annotationList(object, names.hookDeletePolicy).filter((name) =>
    deletePolicies.has(name),
  ) as HookDeletePolicy[]
  const helm = annotationList(object, names.helmHookDeletePolicy).flatMap(
    (name) => helmPolicies.get(name) ?? [],
  )
  const policies = new Set([...own, ...helm])
  return policies.size === 0 ? new Set(["BeforeHookCreation"]) : policies
}

/** The sync wave: `sync-wave`, else Helm's hook weight, else 0; what is no integer is 0. */
export function waveOf(object: UntypedObject): number {
  const text = annotation(object, names.syncWave) ?? annotation(object, names.helmHookWeight) ?? "0"
  return /^[+-]?\d{1,9}$/.test(text) ? Number(text) + 0 : 0
}
