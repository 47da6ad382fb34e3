import {
  compareNumber,
  type EpochMs,
  epochMs,
  type KubernetesObject,
  type LabelSelector,
  type Stored,
} from "@argo-ts/kernel"
import { revisionLabel } from "../revisions.js"
import { isFinished, type Pod, type PodTemplate, readySince } from "../workloads.js"

/** A claim of a StatefulSet's pods. */
export interface ClaimTemplate {
  readonly metadata?: KubernetesObject["metadata"]
  readonly spec?: object
}

/** `status` of a StatefulSet. */
export interface StatefulSetStatus {
  readonly observedGeneration?: number
  readonly replicas: number
  readonly readyReplicas?: number
  readonly availableReplicas: number
  readonly currentReplicas?: number
  readonly updatedReplicas?: number
  readonly currentRevision?: string
  readonly updateRevision?: string
  readonly collisionCount?: number
}

/** A StatefulSet. */
export interface StatefulSet extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number
    readonly minReadySeconds?: number
    readonly serviceName?: string
    readonly selector: LabelSelector
    readonly template: PodTemplate
    readonly ordinals?: { readonly start?: number }
    readonly podManagementPolicy?: "OrderedReady" | "Parallel"
    readonly revisionHistoryLimit?: number
    readonly volumeClaimTemplates?: readonly ClaimTemplate[]
    readonly updateStrategy?: {
      readonly type?: "RollingUpdate" | "OnDelete"
      readonly rollingUpdate?: { readonly partition?: number }
    }
    readonly persistentVolumeClaimRetentionPolicy?: {
      readonly whenDeleted?: "Retain" | "Delete"
      readonly whenScaled?: "Retain" | "Delete"
    }
  }
  readonly status?: StatefulSetStatus
}

/** The names of the two revisions of a set. */
export interface Revisions {
  readonly current: string
  readonly update: string
}

/** What to do about a StatefulSet. */
export interface StatefulSetDecision {
  readonly create: readonly { readonly ordinal: number; readonly revision: string }[]
  readonly remove: readonly Stored<Pod>[]
  readonly status: StatefulSetStatus
  readonly wakeAt?: EpochMs
}

/** The ordinal in a pod's name; absent for a name that is not of the set. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const prefix = `${set.metadata.name ?? ""}-`
  const { name = "" } = pod.metadata
  const text = name.startsWith(prefix) ? name.slice(prefix.length) : ""
  return /^\d+$/.test(text) ? Number(text) : undefined
}

function isGoing(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined
}

interface Look {
  readonly set: StatefulSet
  readonly now: EpochMs
  readonly waits: number[]
}

function hasBeenReady(pod: Pod, { set, now, waits }: Look): boolean {
  const since = readySince(pod)
  if (since === undefined) return false
  const at = since + (set.spec.minReadySeconds ?? 0) * 1000
  if (at > now) waits.push(at)
  return at <= now
}

function isAvailable(pod: Pod, look: Look): boolean {
  return !isGoing(pod) && hasBeenReady(pod, look)
}

function revisionOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.[revisionLabel]
}

interface Plan {
  readonly create: { ordinal: number; revision: string }[]
  readonly remove: Stored<Pod>[]
}

interface Members {
  readonly start: number
  readonly end: number
  readonly partition: number
  readonly byOrdinal: ReadonlyMap<number, Stored<Pod>>
  /** Pods beyond the wanted ordinals, highest first. */
  readonly surplus: readonly Stored<Pod>[]
}

/** Creates and replaces members in order; false where something must settle first. */
function fill(look: Look, members: Members, revisions: Revisions, plan: Plan): boolean {
  const isParallel = look.set.spec.podManagementPolicy === "Parallel"
  let isSettled = true
  for (let ordinal = members.start; ordinal < members.end; ordinal++) {
    const pod = members.byOrdinal.get(ordinal)
    const revision = ordinal < members.partition ? revisions.current : revisions.update
    if (pod === undefined) plan.create.push({ ordinal, revision })
    else if (isFinished(pod) && !isGoing(pod)) plan.remove.push(pod)
    else if (!isGoing(pod) && isAvailable(pod, look)) continue
    isSettled = false
    if (!isParallel) return false
  }
  return isSettled
}

/** Removes surplus members, highest first, one at a time where they are ordered. */
function shrink(look: Look, members: Members, plan: Plan): boolean {
  const { surplus } = members
  if (surplus.length === 0) return true
  if (look.set.spec.podManagementPolicy === "Parallel") {
    plan.remove.push(...surplus.filter((pod) => !isGoing(pod)))
    return false
  }
  const [highest] = surplus
  const lowestUnavailable = surplus.findLast((pod) => !isAvailable(pod, look))
  if (highest === undefined || isGoing(highest)) return false
  // One that is not available holds the others up, unless it is the only one.
  if (isAvailable(highest, look) || highest === lowestUnavailable) plan.remove.push(highest)
  return false
}

/** Replaces members of an older revision, highest first, one at a time. */
function update(look: Look, members: Members, revisions: Revisions, plan: Plan): void {
  if (look.set.spec.updateStrategy?.type === "OnDelete") return
  for (let ordinal = members.end - 1; ordinal >= members.partition; ordinal--) {
    const pod = members.byOrdinal.get(ordinal)
    if (pod === undefined) return
    if (revisionOf(pod) !== revisions.update) {
      if (!isGoing(pod)) plan.remove.push(pod)
      return
    }
    if (!isAvailable(pod, look)) return
  }
}

function membersOf(set: StatefulSet, pods: readonly Stored<Pod>[]): Members {
  const { replicas = 1, ordinals, updateStrategy } = set.spec
  const start = ordinals?.start ?? 0
  const end = start + replicas
  const byOrdinal = new Map<number, Stored<Pod>>()
  const surplus: Stored<Pod>[] = []
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod)
    if (ordinal === undefined) continue
    if (ordinal >= start && ordinal < end) byOrdinal.set(ordinal, pod)
    else surplus.push(pod)
  }
  surplus.sort((left, right) =>
    compareNumber(ordinalOf(set, right) ?? 0, ordinalOf(set, left) ?? 0),
  )
  const partition = updateStrategy?.rollingUpdate?.partition ?? 0
  // The partition counts members, from whatever ordinal they begin with.
  return { start, end, partition: start + partition, byOrdinal, surplus }
}

function statusOf(look: Look, pods: readonly Stored<Pod>[], revisions: Revisions) {
  const { set } = look
  const of = (revision: string): number =>
    pods.filter((pod) => !isGoing(pod) && revisionOf(pod) === revision).length
  // A pod that is going is ready for as long as it says so.
  const running = pods.filter((pod) => pod.status?.phase === "Running")
  const ready = running.filter((pod) => readySince(pod) !== undefined).length
  const available = running.filter((pod) => hasBeenReady(pod, look)).length
  const { replicas = 1, updateStrategy } = set.spec
  const updated = of(revisions.update)
  const isDone =
    updateStrategy?.type !== "OnDelete" && updated === replicas && ready === pods.length
  const currentRevision = isDone ? revisions.update : revisions.current
  const optional = (name: string, value: number): object => (value > 0 ? { [name]: value } : {})
  return {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: pods.length,
    ...optional("readyReplicas", ready),
    availableReplicas: available,
    ...optional("currentReplicas", of(currentRevision)),
    ...optional("updatedReplicas", updated),
    currentRevision,
    updateRevision: revisions.update,
    collisionCount: 0,
  } satisfies StatefulSetStatus
}

/** What a StatefulSet needs next: a function of the set, its pods, its revisions and the time (spec/cluster §8.3). */
export function decideStatefulSet(
  set: StatefulSet,
  observed: { readonly pods: readonly Stored<Pod>[]; readonly revisions: Revisions },
  now: EpochMs,
): StatefulSetDecision {
  const { pods, revisions } = observed
  const look: Look = { set, now, waits: [] }
  const plan: Plan = { create: [], remove: [] }
  const members = membersOf(set, pods)
  if (set.metadata.deletionTimestamp === undefined) {
    const isFilled = fill(look, members, revisions, plan)
    const isParallel = set.spec.podManagementPolicy === "Parallel"
    // In parallel, surplus goes whatever the others do; otherwise a member that cannot start blocks it.
    const isShrunk = isFilled || isParallel ? shrink(look, members, plan) : false
    if (plan.create.length + plan.remove.length === 0 && (isShrunk || isParallel)) {
      update(look, members, revisions, plan)
    }
  }
  const status = statusOf(look, pods, revisions)
  const wakeAt = look.waits.length === 0 ? {} : { wakeAt: epochMs(Math.min(...look.waits)) }
  return { ...plan, status, ...wakeAt }
}
