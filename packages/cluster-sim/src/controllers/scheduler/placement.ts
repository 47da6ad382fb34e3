import { compareText, matchesLabels } from "@argo-ts/kernel"
import type { Taint } from "../nodes/node.js"
import { tolerates } from "../nodes/node-decision.js"
import type { Pod, PodAffinityTerm } from "../workloads.js"
import { allowsNode, preferenceFor } from "./node-affinity.js"
import { type PodVolumes, takenReason, volumeReason } from "./pod-volumes.js"
import type { Amounts } from "./requests.js"

/** A pod that is on a node already, as affinity between pods sees it. */
export interface Neighbour {
  readonly namespace: string
  readonly labels: { readonly [label: string]: string } | undefined
  readonly antiAffinity: readonly PodAffinityTerm[]
}

/** A node as the scheduler sees it. */
export interface NodeView {
  readonly name: string
  readonly labels: { readonly [label: string]: string }
  readonly isCordoned: boolean
  readonly taints: readonly Taint[]
  readonly allocatable: Amounts
  readonly used: Amounts
  readonly podCount: number
  readonly ports: ReadonlySet<string>
  readonly neighbours: Iterable<Neighbour>
}

/** What a pod asks for, computed once. */
export interface Demand {
  readonly pod: Pod
  readonly requests: Amounts
  readonly ports: readonly string[]
  /** Absent for a pod without claims. */
  readonly volumes?: PodVolumes
}

/** Where a pod goes, or why it cannot go anywhere. */
export type Placement =
  | { readonly type: "Fit"; readonly node: string }
  | { readonly type: "Unschedulable"; readonly message: string }

const affinityReason = "node(s) didn't match pod affinity rules"
const antiAffinityReason = "node(s) didn't match pod anti-affinity rules"
const existingReason = "node(s) didn't satisfy existing pods anti-affinity rules"

/** Reasons that another pod's leaving could remove. */
function isHelpedByPreemption(reason: string): boolean {
  return (
    reason.startsWith("Insufficient ") ||
    reason === "Too many pods" ||
    reason.startsWith("node(s) didn't have free ports") ||
    reason === antiAffinityReason ||
    reason === takenReason ||
    reason === existingReason
  )
}

function isTarget(term: PodAffinityTerm, own: string, other: Neighbour): boolean {
  const namespaces = term.namespaces ?? [own]
  const { labelSelector } = term
  return (
    labelSelector !== undefined &&
    namespaces.includes(other.namespace) &&
    matchesLabels(labelSelector, other.labels)
  )
}

function hasTarget(
  term: PodAffinityTerm,
  pod: Pod,
  world: { readonly node: NodeView; readonly nodes: readonly NodeView[] },
): boolean {
  const { node, nodes } = world
  const domain = node.labels[term.topologyKey]
  if (domain === undefined) return false
  const own = pod.metadata.namespace ?? ""
  return nodes.some(
    (other) =>
      other.labels[term.topologyKey] === domain &&
      [...other.neighbours].some((neighbour) => isTarget(term, own, neighbour)),
  )
}

/** The first pod of a group that wants to be near itself may go anywhere. */
function isFirstOfItsKind(term: PodAffinityTerm, pod: Pod, nodes: readonly NodeView[]): boolean {
  const namespace = pod.metadata.namespace ?? ""
  const self = { namespace, labels: pod.metadata.labels, antiAffinity: [] }
  if (!isTarget(term, namespace, self)) return false
  return !nodes.some((node) =>
    [...node.neighbours].some((neighbour) => isTarget(term, namespace, neighbour)),
  )
}

function neighbourReason(pod: Pod, node: NodeView, nodes: readonly NodeView[]): string | undefined {
  const world = { node, nodes }
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {}
  const near = podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  const isNear = near.every(
    (term) =>
      hasTarget(term, pod, world) ||
      (node.labels[term.topologyKey] !== undefined && isFirstOfItsKind(term, pod, nodes)),
  )
  if (!isNear) return affinityReason
  const far = podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  if (far.some((term) => hasTarget(term, pod, world))) return antiAffinityReason
  const self = { namespace: pod.metadata.namespace ?? "", labels: pod.metadata.labels }
  for (const other of nodes) {
    for (const { antiAffinity, namespace } of other.neighbours) {
      const isRefused = antiAffinity.some(
        (term) =>
          other.labels[term.topologyKey] !== undefined &&
          other.labels[term.topologyKey] === node.labels[term.topologyKey] &&
          isTarget(term, namespace, { ...self, antiAffinity: [] }),
      )
      if (isRefused) return existingReason
    }
  }
  return undefined
}

/** Every reason against a node that the first failing filter gives; none where the pod fits. */
function reasonsAgainst(
  demand: Demand,
  node: NodeView,
  world: { readonly nodes: readonly NodeView[]; readonly hasAffinity: boolean },
): readonly string[] {
  const { spec } = demand.pod
  const cordon = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" } as const
  if (node.isCordoned && !tolerates(spec, cordon)) return ["node(s) were unschedulable"]
  const taint = node.taints.find(
    (each) => each.effect !== "PreferNoSchedule" && !tolerates(spec, each),
  )
  if (taint !== undefined) {
    return [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`]
  }
  if (!allowsNode(spec, node)) return ["node(s) didn't match Pod's node affinity/selector"]
  if (demand.ports.some((port) => node.ports.has(port))) {
    return ["node(s) didn't have free ports for the requested pod ports"]
  }
  const lacking: string[] = []
  if (node.podCount + 1 > (node.allocatable.get("pods") ?? 0) / 1000) lacking.push("Too many pods")
  for (const [resource, amount] of demand.requests) {
    const free = (node.allocatable.get(resource) ?? 0) - (node.used.get(resource) ?? 0)
    if (amount > 0 && amount > free) lacking.push(`Insufficient ${resource}`)
  }
  if (lacking.length > 0) return lacking
  const elsewhere = demand.volumes === undefined ? undefined : volumeReason(demand.volumes, node)
  if (elsewhere !== undefined) return [elsewhere]
  if (!world.hasAffinity) return []
  const reason = neighbourReason(demand.pod, node, world.nodes)
  return reason === undefined ? [] : [reason]
}

function counted(reasons: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .toSorted(compareText)
    .join(", ")
}

function unschedulable(nodes: number, against: readonly (readonly string[])[]): Placement {
  const preemption = against.map((reasons) =>
    reasons.every(isHelpedByPreemption)
      ? "No preemption victims found for incoming pod"
      : "Preemption is not helpful for scheduling",
  )
  const head = `0/${nodes} nodes are available`
  const message = `${head}: ${counted(against.flat())}. preemption: ${head}: ${counted(preemption)}.`
  return { type: "Unschedulable", message }
}

/** What keeps a pod from every node alike is said once. */
function blocked(nodes: number, why: string): Placement {
  const head = `0/${nodes} nodes are available`
  const preemption = `${nodes} Preemption is not helpful for scheduling`
  return { type: "Unschedulable", message: `${head}: ${why}. preemption: ${head}: ${preemption}.` }
}

/** The share of CPU and memory that is left, from 0 to 2. */
function leftOn(node: NodeView, { requests }: Demand): number {
  let left = 0
  for (const resource of ["cpu", "memory"]) {
    const all = node.allocatable.get(resource) ?? 0
    const used = (node.used.get(resource) ?? 0) + (requests.get(resource) ?? 0)
    left += all === 0 ? 0 : (all - used) / all
  }
  return left
}

/** True where affinity between pods plays a part at all. */
function involvesNeighbours(pod: Pod, nodes: readonly NodeView[], anyAnti: boolean): boolean {
  const { affinity } = pod.spec
  const isAsked = affinity?.podAffinity !== undefined || affinity?.podAntiAffinity !== undefined
  return nodes.length > 0 && (isAsked || anyAnti)
}

/**
 * Places a pod (spec/cluster §8.13): of the nodes that pass every filter the one it prefers most, then the one with
 * most CPU and memory left, then with fewest pods, then the first. The same nodes give the same choice.
 */
export function placePod(
  demand: Demand,
  nodes: readonly NodeView[],
  anyAntiAffinity = false,
): Placement {
  if (nodes.length === 0) {
    return { type: "Unschedulable", message: "no nodes available to schedule pods" }
  }
  const { volumes } = demand
  if (volumes?.type === "Blocked") return blocked(nodes.length, volumes.message)
  const hasAffinity = involvesNeighbours(demand.pod, nodes, anyAntiAffinity)
  const against: (readonly string[])[] = []
  let best: { readonly node: NodeView; readonly score: readonly number[] } | undefined
  for (const node of nodes) {
    const reasons = reasonsAgainst(demand, node, { nodes, hasAffinity })
    if (reasons.length > 0) against.push(reasons)
    else {
      const avoided = node.taints.filter(
        (taint) => taint.effect === "PreferNoSchedule" && !tolerates(demand.pod.spec, taint),
      ).length
      const preference = preferenceFor(demand.pod.spec, node)
      const score = [-avoided, preference, leftOn(node, demand), -node.podCount]
      if (best === undefined || isBetter(score, best.score)) best = { node, score }
    }
  }
  if (best !== undefined) return { type: "Fit", node: best.node.name }
  return unschedulable(nodes.length, against)
}

function isBetter(score: readonly number[], best: readonly number[]): boolean {
  for (const [index, value] of score.entries()) {
    const other = best[index] ?? 0
    if (value !== other) return value > other
  }
  return false
}
