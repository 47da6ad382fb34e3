import {
  byEach,
  compareNumber,
  compareText,
  type ObjectKey,
  type UntypedObject,
} from "@argo-ts/kernel"
import type { ManagedNamespaceMetadata } from "../api/application.js"
import type { SyncPhase } from "../api/status.js"
import { syncOption } from "./annotations.js"
import { isSelf, type ManagedResource } from "./compare.js"
import { hookTypesOf, isHook, isIgnoredHook, isSkipped, waveOf } from "./hooks.js"
import { isCustomResourceDefinition, type ResourceRef, refKey, refOf } from "./resource.js"

/** One thing to do in a sync: create or change `target`, or delete `live`. */
export interface SyncTask {
  /** `group/kind:ns:name:phase`: equal keys are the same task, also after a restart. */
  readonly key: string
  readonly ref: ResourceRef
  readonly phase: SyncPhase
  readonly wave: number
  readonly target?: UntypedObject
  readonly live?: UntypedObject
  readonly isHook: boolean
  /** Nothing to do: desired and live say the same. */
  readonly isInSync: boolean
  /** The namespace that `CreateNamespace=true` asks for. */
  readonly createsNamespace?: boolean
  /** Applied server-side whatever the options say. */
  readonly isServerSide?: boolean
}

const phaseRank: { readonly [phase in SyncPhase]: number } = {
  PreSync: -1,
  Sync: 0,
  PostSync: 1,
  SyncFail: 2,
}

/** Kinds in the order in which they are applied; every other kind comes last. */
const kindOrder = [
  "Namespace",
  "NetworkPolicy",
  "ResourceQuota",
  "LimitRange",
  "PodSecurityPolicy",
  "PodDisruptionBudget",
  "ServiceAccount",
  "Secret",
  "SecretList",
  "ConfigMap",
  "StorageClass",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "CustomResourceDefinition",
  "ClusterRole",
  "ClusterRoleList",
  "ClusterRoleBinding",
  "ClusterRoleBindingList",
  "Role",
  "RoleList",
  "RoleBinding",
  "RoleBindingList",
  "Service",
  "DaemonSet",
  "Pod",
  "ReplicationController",
  "ReplicaSet",
  "Deployment",
  "HorizontalPodAutoscaler",
  "StatefulSet",
  "Job",
  "CronJob",
  "IngressClass",
  "Ingress",
  "APIService",
]
const kindRank: ReadonlyMap<string, number> = new Map(
  kindOrder.map((kind, index) => [kind, index - kindOrder.length]),
)

/** Phase, wave, kind, name — and namespace and group, where upstream leaves ties to chance. */
export const compareTasks: (left: SyncTask, right: SyncTask) => number = byEach(
  (left, right) => compareNumber(phaseRank[left.phase], phaseRank[right.phase]),
  (left, right) => compareNumber(left.wave, right.wave),
  (left, right) =>
    compareNumber(kindRank.get(left.ref.kind) ?? 0, kindRank.get(right.ref.kind) ?? 0),
  (left, right) => compareText(left.ref.name, right.ref.name),
  (left, right) => compareText(left.ref.namespace, right.ref.namespace),
  (left, right) => compareText(left.ref.group, right.ref.group),
)

/** What a sync is asked to do, as far as its tasks depend on it. */
export interface TaskInput {
  readonly resources: readonly ManagedResource[]
  /** Application options and those of the operation. */
  readonly syncOptions: readonly string[]
  readonly revision: string
  /** Seconds since the epoch at which the operation started: part of generated hook names. */
  readonly startedAtSeconds: number
  readonly runsHooks: boolean
  /** Only these, by group/kind/name; absent: everything. */
  readonly selects?: (ref: ResourceRef) => boolean
  /** The application itself, which never prunes itself. */
  readonly self: ObjectKey
  /** The destination namespace, where `CreateNamespace=true` asks for it. */
  readonly namespace?: {
    readonly name: string
    readonly exists: boolean
    readonly metadata?: ManagedNamespaceMetadata
  }
}

function taskKey(ref: ResourceRef, phase: SyncPhase): string {
  return `${ref.group}/${ref.kind}:${ref.namespace}:${ref.name}:${phase}`
}

function taskOf(resource: Omit<SyncTask, "key" | "wave">): SyncTask {
  const key = taskKey(resource.ref, resource.phase)
  return { ...resource, key, wave: waveOf((resource.target ?? resource.live) as UntypedObject) }
}

/** Gives a hook without a name the one its run decides: revision, phase and start of the operation. */
function namedHook(target: UntypedObject, phase: SyncPhase, input: TaskInput): UntypedObject {
  const { name, generateName } = target.metadata
  if (name !== undefined && name !== "") return target
  const { revision, startedAtSeconds } = input
  const short = revision.length >= 8 ? revision.slice(0, 7) : revision
  const suffix = `${short}-${phase}-${startedAtSeconds}`.toLowerCase()
  return { ...target, metadata: { ...target.metadata, name: `${generateName ?? ""}${suffix}` } }
}

function hookTasks(
  target: UntypedObject,
  liveByKey: ReadonlyMap<string, UntypedObject>,
  input: TaskInput,
): readonly SyncTask[] {
  return hookTypesOf(target)
    .filter((type): type is SyncPhase => Object.hasOwn(phaseRank, type))
    .map((phase) => {
      const hook = namedHook(target, phase, input)
      const live = liveByKey.get(refKey(refOf(hook)))
      return taskOf({
        ref: refOf(hook),
        phase,
        target: hook,
        isHook: true,
        isInSync: false,
        ...(live === undefined ? {} : { live }),
      })
    })
}

/** Deletions run in the reverse order of their waves: first and last change places, and so on. */
function reversePruneWaves(tasks: readonly SyncTask[], options: readonly string[]): SyncTask[] {
  const isPrune = (task: SyncTask): boolean => task.target === undefined
  const waves = [...new Set(tasks.filter(isPrune).map((task) => task.wave))].toSorted(compareNumber)
  const swapped = new Map(
    waves.map((wave, index) => [wave, waves[waves.length - 1 - index] ?? wave]),
  )
  const lastWave =
    1 + tasks.reduce((last, task) => (task.phase === "Sync" ? Math.max(last, task.wave) : last), 0)
  return tasks.map((task) => {
    if (!isPrune(task)) return task
    const isLast = syncOption(task.live, options, "PruneLast") === "true"
    return { ...task, wave: isLast ? lastWave : (swapped.get(task.wave) ?? task.wave) }
  })
}

/** Namespaces and CRDs move in front of the first task that needs them, and take over its phase and wave. */
function liftDependencies(sorted: readonly SyncTask[]): readonly SyncTask[] {
  const tasks = [...sorted]
  const lift = (
    isProvider: (task: SyncTask) => boolean,
    needs: (task: SyncTask, provider: SyncTask) => boolean,
  ): void => {
    for (const provider of sorted.filter((task) => task.target !== undefined && isProvider(task))) {
      const from = tasks.findIndex((task) => task.key === provider.key)
      const to = tasks.findIndex((task) => task.target !== undefined && needs(task, provider))
      const first = tasks[to]
      if (first === undefined || to >= from) continue
      tasks.splice(from, 1)
      const { phase, wave } = first
      tasks.splice(to, 0, { ...provider, key: taskKey(provider.ref, phase), phase, wave })
    }
  }
  lift(
    ({ ref }) => ref.group === "" && ref.kind === "Namespace",
    (task, provider) => task.ref.namespace === provider.ref.name,
  )
  lift(
    ({ ref }) => isCustomResourceDefinition(ref),
    (task, provider) => {
      const spec = provider.target?.["spec"] as
        | { group?: unknown; names?: { kind?: unknown } }
        | undefined
      return spec?.group === task.ref.group && spec?.names?.kind === task.ref.kind
    },
  )
  return tasks
}

/** Everything a sync has to do, in order (spec/gitops §2.5). */
export function buildSyncTasks(input: TaskInput): readonly SyncTask[] {
  const liveByKey = new Map<string, UntypedObject>()
  for (const { live } of input.resources)
    if (live !== undefined) liveByKey.set(refKey(refOf(live)), live)
  const tasks: SyncTask[] = []
  for (const { ref, target, live, requiresPruning, status } of input.resources) {
    const known = (target ?? live) as UntypedObject
    if (isIgnoredHook(known) || isSkipped(known)) continue
    if (isHook(known)) {
      if (target !== undefined && input.runsHooks)
        tasks.push(...hookTasks(target, liveByKey, input))
      continue
    }
    const isOwn = isSelf(ref, { namespace: "", ...input.self })
    if (target === undefined && (!requiresPruning || isOwn)) continue
    if (input.selects !== undefined && !input.selects(ref)) continue
    const pair = {
      ...(target === undefined ? {} : { target }),
      ...(live === undefined ? {} : { live }),
    }
    const isInSync = status === "Synced"
    tasks.push(taskOf({ ref, phase: "Sync", isHook: false, isInSync, ...pair }))
  }
  const sorted = reversePruneWaves(tasks, input.syncOptions).toSorted(compareTasks)
  return [...namespaceTask(input, tasks), ...liftDependencies(sorted)]
}

/**
 * The namespace that `CreateNamespace=true` asks for: where it is missing and no manifest brings it, and whenever
 * its metadata is managed.
 */
function namespaceTask(input: TaskInput, tasks: readonly SyncTask[]): readonly SyncTask[] {
  const { namespace } = input
  if (namespace === undefined) return []
  const { name, exists, metadata = {} } = namespace
  const isManaged = namespace.metadata !== undefined
  const isBrought = tasks.some(
    ({ ref }) => ref.group === "" && ref.kind === "Namespace" && ref.name === name,
  )
  if (isBrought || (exists && !isManaged)) return []
  const target: UntypedObject = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, ...metadata },
  }
  const ref = refOf(target)
  const task = taskOf({ ref, phase: "PreSync", target, isHook: false, isInSync: false })
  // Server-side, so that labels which others gave the namespace stay theirs.
  return [{ ...task, createsNamespace: true, ...(isManaged ? { isServerSide: true } : {}) }]
}
