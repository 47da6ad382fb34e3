import { equalJson, type UntypedObject } from "@argo-ts/kernel"
import type { Application } from "../api/application.js"
import type {
  HealthStatus,
  HealthStatusCode,
  ResourceStatus,
  SyncStatusCode,
} from "../api/status.js"
import { annotation, annotationList, names, optionValue, syncOption } from "./annotations.js"
import { diffObject } from "./diff.js"
import { healthOf } from "./health/assess.js"
import { isWorse } from "./health/health.js"
import { isHook, isIgnoredHook, isSkipped, waveOf } from "./hooks.js"
import { compareRefs, type ResourceRef, refKey, refOf } from "./resource.js"
import type { GitopsSettings } from "./settings.js"
import { isSelfReferenced, trackedInstance } from "./tracking.js"

/** One object, wanted or there or both. */
export interface ManagedResource {
  readonly ref: ResourceRef
  readonly target?: UntypedObject
  readonly live?: UntypedObject
  readonly isHook: boolean
  /** Live and ours, and not wanted any more. */
  readonly requiresPruning: boolean
  /** Absent for what has no sync status: hooks and skipped objects. */
  readonly status?: SyncStatusCode
  readonly health?: HealthStatus
}

/** What a comparison found. */
export interface Comparison {
  readonly resources: readonly ManagedResource[]
  readonly sync: SyncStatusCode
  readonly health: HealthStatus
  /** One sentence for each desired object that another application tracks. */
  readonly shared: readonly string[]
}

/** What is compared. */
export interface ComparisonInput {
  readonly application: Application
  readonly instance: string
  /** Desired objects: with namespace and tracking, each once. */
  readonly targets: readonly UntypedObject[]
  /** Live objects that are tracked by the application, and the live twins of targets. */
  readonly live: readonly UntypedObject[]
  readonly settings: GitopsSettings
}

function countsForHealth(resource: ManagedResource): boolean {
  const object = resource.live ?? resource.target
  if (resource.isHook || object === undefined || isSkipped(object)) return false
  return annotation(object, names.ignoreHealthcheck) !== "true"
}

/** True for an application that manages itself. */
export function isSelf(
  ref: ResourceRef,
  self: { readonly namespace: string; readonly name: string },
): boolean {
  const isApplication = ref.group === "argoproj.io" && ref.kind === "Application"
  return isApplication && ref.namespace === self.namespace && ref.name === self.name
}

function title({ group, kind, namespace, name }: ResourceRef): string {
  const place = namespace === "" ? name : `${namespace}/${name}`
  return `${group === "" ? "" : `${group}/`}${kind}:${place}`
}

/** The worst health among the resources; Missing only where everything is (spec/gitops §2.12). */
export function aggregateHealth(
  resources: readonly ManagedResource[],
  self: { readonly namespace: string; readonly name: string },
): HealthStatus {
  const counted = resources.filter(
    (resource) => countsForHealth(resource) && !isSelf(resource.ref, self),
  )
  if (counted.length > 0 && counted.every((resource) => resource.live === undefined)) {
    return { status: "Missing" }
  }
  let worst: HealthStatusCode = "Healthy"
  const present = counted.filter((resource) => resource.live !== undefined)
  for (const { ref, health } of present) {
    const status = health?.status
    const isChild = ref.group === "argoproj.io" && ref.kind === "Application"
    if (status === undefined || (isChild && (status === "Missing" || status === "Unknown")))
      continue
    if (isWorse(status, worst)) worst = status
  }
  if (worst === "Healthy") return { status: "Healthy" }
  const causes = present.filter((resource) => resource.health?.status === worst)
  const named = causes.slice(0, 3).map((resource) => title(resource.ref))
  return { status: worst, message: `Caused by ${named.join(", ")}` }
}

function compareOne(input: ComparisonInput, pair: Pair): ManagedResource {
  const { application, settings } = input
  const { target, live } = pair
  const known = (target ?? live) as UntypedObject
  const hook = isHook(known)
  const isLeftAlone = hook || isIgnoredHook(known) || isSkipped(known)
  const requiresPruning = target === undefined && !isLeftAlone
  const base = {
    ref: refOf(known),
    ...(target === undefined ? {} : { target }),
    ...(live === undefined ? {} : { live }),
    isHook: hook,
    requiresPruning,
  }
  const found = live === undefined ? undefined : healthOf(live, settings)
  const missing: HealthStatus | undefined =
    live === undefined && !hook ? { status: "Missing" } : undefined
  const health = found ?? missing
  const withHealth = health === undefined ? base : { ...base, health }
  if (isLeftAlone) return withHealth
  const rules = application.spec.ignoreDifferences ?? []
  const isSynced =
    target !== undefined && live !== undefined && !diffObject(target, live, rules).isModified
  return { ...withHealth, status: isSynced ? "Synced" : "OutOfSync" }
}

interface Pair {
  target?: UntypedObject
  live?: UntypedObject
}

/** True where an object may be out of step without the application being so. */
function isExtraneous(resource: ManagedResource): boolean {
  return (
    resource.requiresPruning &&
    annotationList(resource.live, names.compareOptions).includes("IgnoreExtraneous")
  )
}

/** Holds what is wanted against what is there. Each object costs its own size; nothing else is looked at. */
export function compareState(input: ComparisonInput): Comparison {
  const pairs = new Map<string, Pair>()
  for (const target of input.targets) pairs.set(refKey(refOf(target)), { target })
  for (const live of input.live) {
    const key = refKey(refOf(live))
    const pair = pairs.get(key)
    if (pair !== undefined) pair.live = live
    else if ((live.metadata.ownerReferences ?? []).length === 0) pairs.set(key, { live })
  }
  const resources = [...pairs.values()]
    .filter((pair) => pair.target !== undefined || isOurs(input, pair.live))
    .map((pair) => compareOne(input, pair))
    .toSorted((left, right) => compareRefs(left.ref, right.ref))
  const shared = resources.flatMap((resource) => sharedWith(input, resource))
  const isOut = resources.some((each) => each.status === "OutOfSync" && !isExtraneous(each))
  const sync = isOut || isNamespaceChanged(input.application) ? "OutOfSync" : "Synced"
  const self = {
    namespace: input.application.metadata.namespace ?? "",
    name: input.application.metadata.name ?? "",
  }
  return { resources, sync, health: aggregateHealth(resources, self), shared }
}

/** True where the metadata of the managed namespace is not what the last sync gave it. */
function isNamespaceChanged({ spec, status }: Application): boolean {
  const { syncOptions = [], managedNamespaceMetadata } = spec.syncPolicy ?? {}
  const last = status?.operationState?.syncResult
  if (optionValue(syncOptions, "CreateNamespace") !== "true" || last === undefined) return false
  return !equalJson(last.managedNamespaceMetadata ?? {}, managedNamespaceMetadata ?? {})
}

function isOurs({ instance, settings }: ComparisonInput, live: UntypedObject | undefined): boolean {
  return (
    live !== undefined &&
    trackedInstance(live, settings) === instance &&
    isSelfReferenced(live, settings)
  )
}

function sharedWith(
  input: ComparisonInput,
  { ref, target, live }: ManagedResource,
): readonly string[] {
  if (target === undefined || live === undefined || !isSelfReferenced(live, input.settings))
    return []
  const other = trackedInstance(live, input.settings)
  if (other === undefined || other === input.instance) return []
  const { group, kind, name } = ref
  return [`${group}/${kind}/${name} is part of applications ${input.instance} and ${other}`]
}

/** `status.resources[]` of a comparison. */
export function resourceStatuses(resources: readonly ManagedResource[]): readonly ResourceStatus[] {
  return resources.map((resource) => {
    const { ref, status, health } = resource
    const wave = waveOf((resource.target ?? resource.live) as UntypedObject)
    return {
      ...(ref.group === "" ? {} : { group: ref.group }),
      version: ref.version,
      kind: ref.kind,
      ...(ref.namespace === "" ? {} : { namespace: ref.namespace }),
      name: ref.name,
      ...(status === undefined ? {} : { status }),
      ...(health === undefined ? {} : { health }),
      ...(resource.isHook ? { hook: true } : {}),
      ...(resource.requiresPruning ? { requiresPruning: true } : {}),
      ...(resource.requiresPruning && syncOption(resource.live, [], "Prune") === "confirm"
        ? { requiresDeletionConfirmation: true }
        : {}),
      ...(wave === 0 ? {} : { syncWave: wave }),
    }
  })
}
