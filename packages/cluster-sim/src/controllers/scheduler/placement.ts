import { compareText } from "@argo-ts/kernel"
import { tolerates } from "../nodes/node-decision.js"
import type { Pod } from "../workloads.js"
import { allowsNode, preferenceFor } from "./node-affinity.js"
import type { NodeView, Surroundings } from "./node-view.js"
import { affinityReasons, neighbourReason } from "./pod-affinity.js"
import { type PodVolumes, takenReason, volumeReason } from "./pod-volumes.js"
import { type Amounts, isPortTaken } from "./requests.js"
import { spreadReason, spreadRule } from "./spread.js"

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

/** Reasons that another pod's leaving could remove. */
function isHelpedByPreemption(reason: string): boolean {
  return (
    reason.startsWith("Insufficient ") ||
    reason === "Too many pods" ||
    reason.startsWith("node(s) didn't have free ports") ||
    reason === affinityReasons.away ||
    reason === takenReason ||
    reason === spreadReason ||
    reason === affinityReasons.refused
  )
}

/** What other pods say against a node; absent where they say nothing. */
type AskOthers = (node: NodeView) => string | undefined

/** Every reason against a node that the first failing filter gives; none where the pod fits. */
function reasonsAgainst(demand: Demand, node: NodeView, askOthers: AskOthers): readonly string[] {
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
  if (demand.ports.some((port) => isPortTaken(port, node.ports))) {
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
  const reason = askOthers(node)
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

function questionOf({ pod }: Demand, around: Surroundings): AskOthers {
  const { affinity } = pod.spec
  const isAsked = affinity?.podAffinity !== undefined || affinity?.podAntiAffinity !== undefined
  const hasAffinity = isAsked || around.hasAntiAffinity
  const spread = spreadRule(pod, around.nodes)
  return (node) => spread(node) ?? (hasAffinity ? neighbourReason(pod, node, around) : undefined)
}

/**
 * Places a pod (spec/cluster §8.13): of the nodes that pass every filter the one it prefers most, then the one with
 * most CPU and memory left, then with fewest pods, then the first. The same nodes give the same choice.
 */
export function placePod(demand: Demand, around: Surroundings): Placement {
  const { nodes } = around
  if (nodes.length === 0) {
    return { type: "Unschedulable", message: "no nodes available to schedule pods" }
  }
  const { volumes } = demand
  if (volumes?.type === "Blocked") return blocked(nodes.length, volumes.message)
  const askOthers = questionOf(demand, around)
  const against: (readonly string[])[] = []
  let best: { readonly node: NodeView; readonly score: readonly number[] } | undefined
  for (const node of nodes) {
    const reasons = reasonsAgainst(demand, node, askOthers)
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
