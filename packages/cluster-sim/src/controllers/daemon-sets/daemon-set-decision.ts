import type { EventRecord } from "@argo-ts/k8s"
import {
  byEach,
  compareText,
  type EpochMs,
  epochMs,
  type KubernetesObject,
  type LabelSelector,
  type Stored,
} from "@argo-ts/kernel"
import type { Node } from "../nodes/node.js"
import { tolerates } from "../nodes/node-decision.js"
import { revisionLabel } from "../revisions.js"
import { allowsNode } from "../scheduler/node-affinity.js"
import {
  isFinished,
  type Pod,
  type PodSpec,
  type PodTemplate,
  readySince,
  type Toleration,
} from "../workloads.js"

/** `status` of a DaemonSet. */
export interface DaemonSetStatus {
  readonly currentNumberScheduled: number
  readonly desiredNumberScheduled: number
  readonly numberMisscheduled: number
  readonly numberReady: number
  readonly numberAvailable?: number
  readonly numberUnavailable?: number
  readonly updatedNumberScheduled?: number
  readonly observedGeneration?: number
}

/** A DaemonSet. */
export interface DaemonSet extends KubernetesObject {
  readonly spec: {
    readonly minReadySeconds?: number
    readonly selector: LabelSelector
    readonly template: PodTemplate
    readonly revisionHistoryLimit?: number
    readonly updateStrategy?: {
      readonly type?: "RollingUpdate" | "OnDelete"
      readonly rollingUpdate?: {
        readonly maxUnavailable?: number | string
        readonly maxSurge?: number | string
      }
    }
  }
  readonly status?: DaemonSetStatus
}

/** What to do about a DaemonSet. */
export interface DaemonSetDecision {
  /** Nodes that need a pod. */
  readonly create: readonly string[]
  readonly remove: readonly Stored<Pod>[]
  /** About pods that have ended. */
  readonly events: readonly EventRecord[]
  readonly status: DaemonSetStatus
  readonly wakeAt?: EpochMs
}

const keys: readonly (readonly [string, string])[] = [
  ["node.kubernetes.io/not-ready", "NoExecute"],
  ["node.kubernetes.io/unreachable", "NoExecute"],
  ["node.kubernetes.io/disk-pressure", "NoSchedule"],
  ["node.kubernetes.io/memory-pressure", "NoSchedule"],
  ["node.kubernetes.io/pid-pressure", "NoSchedule"],
  ["node.kubernetes.io/unschedulable", "NoSchedule"],
]

/** What every pod of a DaemonSet tolerates beside its own words. */
export function daemonTolerations(spec: PodSpec): readonly Toleration[] {
  const network: readonly (readonly [string, string])[] =
    spec.hostNetwork === true ? [["node.kubernetes.io/network-unavailable", "NoSchedule"]] : []
  const added = [...keys, ...network].map(
    ([key, effect]): Toleration => ({ key, operator: "Exists", effect }),
  )
  return [...(spec.tolerations ?? []), ...added]
}

/** The node that a pod of a DaemonSet is pinned to, whether or not it is bound yet. */
export function pinnedNode(pod: Pod): string | undefined {
  const { nodeName, affinity } = pod.spec
  if (nodeName !== undefined) return nodeName
  const terms =
    affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  return terms[0]?.matchFields?.find(({ key }) => key === "metadata.name")?.values?.[0]
}

/** Whether a node is to have a pod, and whether it may keep one. */
function fits(set: DaemonSet, node: Node): { readonly runs: boolean; readonly stays: boolean } {
  const { spec } = set.spec.template
  const place = { name: node.metadata.name ?? "", labels: node.metadata.labels ?? {} }
  if (!allowsNode(spec, place)) return { runs: false, stays: false }
  const tolerant = { tolerations: daemonTolerations(spec) }
  const taints = (node.spec?.taints ?? []).filter((taint) => !tolerates(tolerant, taint))
  return {
    runs: !taints.some(({ effect }) => effect === "NoSchedule" || effect === "NoExecute"),
    stays: !taints.some(({ effect }) => effect === "NoExecute"),
  }
}

function countOf(value: number | string | undefined, total: number, fallback: number): number {
  if (value === undefined) return fallback
  if (typeof value === "number") return value
  return Math.ceil((Number.parseInt(value, 10) / 100) * total)
}

interface Group {
  readonly node: string
  /** Oldest first. */
  readonly pods: readonly Stored<Pod>[]
}

interface Look {
  readonly set: DaemonSet
  readonly revision: string
  readonly now: EpochMs
  readonly waits: number[]
}

function isAvailable(pod: Pod, look: Look): boolean {
  return pod.metadata.deletionTimestamp === undefined && hasBeenReady(pod, look)
}

function hasBeenReady(pod: Pod, { set, now, waits }: Look): boolean {
  const since = readySince(pod)
  if (since === undefined) return false
  const at = since + (set.spec.minReadySeconds ?? 0) * 1000
  if (at > now) waits.push(at)
  return at <= now
}

function isUpdated(pod: Pod, { revision, set }: Look): boolean {
  const label = pod.metadata.labels?.[revisionLabel]
  return label !== undefined && `${set.metadata.name}-${label}` === revision
}

const oldestFirst = byEach<Stored<Pod>>(
  (left, right) => compareText(left.metadata.creationTimestamp, right.metadata.creationTimestamp),
  (left, right) => compareText(left.metadata.name, right.metadata.name),
)

interface Plan {
  readonly create: string[]
  readonly remove: Stored<Pod>[]
  readonly events: EventRecord[]
}

function endEvent({ metadata, status }: Stored<Pod>, node: string): EventRecord {
  const where = `daemon pod ${metadata.namespace}/${metadata.name} on node ${node}`
  return status?.phase === "Failed"
    ? {
        type: "Warning",
        reason: "FailedDaemonPod",
        message: `Found failed ${where}, will try to kill it`,
      }
    : {
        type: "Normal",
        reason: "SucceededDaemonPod",
        message: `Found succeeded ${where}, will try to delete it`,
      }
}

/** Pods beside the one that a node is to have; an old and a new one stay together while the new one replaces the other. */
function surplusOf(active: readonly Stored<Pod>[], look: Look, surge: number): Stored<Pod>[] {
  if (surge === 0) return active.slice(1)
  const [current, ...moreCurrent] = active.filter((pod) => isUpdated(pod, look))
  const [old, ...moreOld] = active.filter((pod) => !isUpdated(pod, look))
  const surplus = [...moreCurrent, ...moreOld]
  if (current === undefined || old === undefined) return surplus
  const isReplaced = readySince(old) === undefined || isAvailable(current, look)
  return isReplaced ? [...surplus, old] : surplus
}

/** One pod a node: missing ones are made, ended and surplus ones removed. */
function populate(
  look: Look,
  groups: readonly Group[],
  on: { readonly wanted: ReadonlySet<string>; readonly surge: number },
  plan: Plan,
): void {
  const { wanted, surge } = on
  for (const { node, pods } of groups) {
    const living = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined)
    const ended = living.filter(isFinished)
    const active = living.filter((pod) => !isFinished(pod))
    plan.remove.push(...ended)
    plan.events.push(...ended.map((pod) => endEvent(pod, node)))
    if (!wanted.has(node)) plan.remove.push(...active)
    else if (pods.length === 0) plan.create.push(node)
    else plan.remove.push(...surplusOf(active, look, surge))
  }
}

/** Replaces pods of an older revision, as many at once as may be unavailable; unavailable ones first. */
function replace(look: Look, groups: readonly Group[], allowed: number): Stored<Pod>[] {
  const idle: Stored<Pod>[] = []
  const busy: Stored<Pod>[] = []
  let unavailable = 0
  for (const { pods } of groups) {
    const active = pods.filter((pod) => !isFinished(pod))
    const isUp = active.some((pod) => isAvailable(pod, look))
    if (!isUp) unavailable++
    for (const pod of active) {
      if (pod.metadata.deletionTimestamp !== undefined || isUpdated(pod, look)) continue
      if (isUp) busy.push(pod)
      else idle.push(pod)
    }
  }
  return [...idle, ...busy.slice(0, Math.max(0, allowed - unavailable))]
}

/** Which nodes get a new pod beside their old one: as many as may have two at once; those whose old one is not available first. */
function surgeTo(look: Look, groups: readonly Group[], surge: number): string[] {
  const idle: string[] = []
  const busy: string[] = []
  let surging = 0
  for (const { node, pods } of groups) {
    const active = pods.filter(
      (pod) => !isFinished(pod) && pod.metadata.deletionTimestamp === undefined,
    )
    const isRolling = active.some((pod) => !isUpdated(pod, look))
    if (!isRolling) continue
    if (active.some((pod) => isUpdated(pod, look))) surging++
    else if (active.some((pod) => isAvailable(pod, look))) busy.push(node)
    else idle.push(node)
  }
  return [...idle, ...busy.slice(0, Math.max(0, surge - surging))]
}

/** How many pods may be missing, and how many nodes have two, while pods of an older revision are replaced. */
function roomFor({ spec }: DaemonSet, desired: number) {
  const { maxSurge, maxUnavailable } = spec.updateStrategy?.rollingUpdate ?? {}
  const surge = countOf(maxSurge, desired, 0)
  const unavailable = countOf(maxUnavailable, desired, 1)
  return { surge, unavailable: surge + unavailable === 0 ? 1 : unavailable }
}

function statusOf(look: Look, groups: readonly Group[], wanted: ReadonlySet<string>) {
  const count = (holds: (pod: Stored<Pod>) => boolean): number =>
    groups.filter(({ node, pods: [oldest] }) => {
      return wanted.has(node) && oldest !== undefined && holds(oldest)
    }).length
  const isLiving = (pod: Pod): boolean => !isFinished(pod)
  const available = count((pod) => hasBeenReady(pod, look))
  const updated = count((pod) => isLiving(pod) && isUpdated(pod, look))
  const unavailable = wanted.size - available
  const misscheduled = groups.filter(({ node, pods }) => !wanted.has(node) && pods.some(isLiving))
  const optional = (name: string, value: number): object => (value > 0 ? { [name]: value } : {})
  return {
    currentNumberScheduled: count(isLiving),
    desiredNumberScheduled: wanted.size,
    numberMisscheduled: misscheduled.length,
    numberReady: count((pod) => readySince(pod) !== undefined),
    ...optional("numberAvailable", available),
    ...optional("numberUnavailable", unavailable),
    ...optional("updatedNumberScheduled", updated),
    observedGeneration: look.set.metadata.generation ?? 1,
  } satisfies DaemonSetStatus
}

/** What a DaemonSet needs next: a function of the set, the nodes, its pods and the time (spec/cluster §8.4). */
export function decideDaemonSet(
  set: DaemonSet,
  observed: {
    readonly nodes: readonly Node[]
    readonly pods: readonly Stored<Pod>[]
    readonly revision: string
  },
  now: EpochMs,
): DaemonSetDecision {
  const { nodes, pods, revision } = observed
  const look: Look = { set, revision, now, waits: [] }
  const wanted = new Set<string>()
  const allowed = new Set<string>()
  const names = new Set<string>()
  for (const node of nodes) {
    const { name = "" } = node.metadata
    const { runs, stays } = fits(set, node)
    const hasPod = pods.some((pod) => pinnedNode(pod) === name)
    names.add(name)
    if (runs) wanted.add(name)
    if (runs || (stays && hasPod)) allowed.add(name)
  }
  for (const pod of pods) names.add(pinnedNode(pod) ?? "")
  const groups = [...names].toSorted(compareText).map((node) => ({
    node,
    pods: pods.filter((pod) => (pinnedNode(pod) ?? "") === node).toSorted(oldestFirst),
  }))
  const plan: Plan = { create: [], remove: [], events: [] }
  if (set.metadata.deletionTimestamp === undefined) {
    const { surge, unavailable } = roomFor(set, wanted.size)
    populate(look, groups, { wanted: allowed, surge }, plan)
    const here = groups.filter(({ node }) => wanted.has(node))
    const isIdle = plan.create.length + plan.remove.length === 0
    if (isIdle && set.spec.updateStrategy?.type !== "OnDelete") {
      if (surge > 0) plan.create.push(...surgeTo(look, here, surge))
      else plan.remove.push(...replace(look, here, unavailable))
    }
  }
  const status = statusOf(look, groups, wanted)
  const wakeAt = look.waits.length === 0 ? {} : { wakeAt: epochMs(Math.min(...look.waits)) }
  return { ...plan, status, ...wakeAt }
}
