import { type LabelSelector, matchesLabels } from "@argo-ts/kernel"
import { tolerates } from "../nodes/node-decision.js"
import type { Pod, SpreadConstraint } from "../workloads.js"
import { allowsNode } from "./node-affinity.js"
import type { NodeView } from "./node-view.js"

/** Why a node is refused for how pods are spread. */
export const spreadReason = "node(s) didn't match pod topology spread constraints"
const unlabelled = `${spreadReason} (missing required label)`

/** A constraint with how many of its pods there are, by domain. */
interface Spread {
  readonly constraint: SpreadConstraint
  readonly counts: ReadonlyMap<string, number>
  /** What the emptiest domain has. */
  readonly least: number
  /** 1 where the pod itself will count. */
  readonly self: 0 | 1
}

/** The selector with the pod's own values of the labels that are to be the same. */
function selectorOf({ labelSelector, matchLabelKeys = [] }: SpreadConstraint, pod: Pod) {
  if (labelSelector === undefined) return undefined
  const labels = pod.metadata.labels ?? {}
  const same = matchLabelKeys.flatMap((key) => {
    const value = labels[key]
    return value === undefined ? [] : [{ key, operator: "In" as const, values: [value] }]
  })
  const { matchExpressions = [] } = labelSelector
  return { ...labelSelector, matchExpressions: [...matchExpressions, ...same] }
}

/** True for a node whose pods count: unless told otherwise, one that the pod's node affinity allows, whatever its taints. */
function counts(constraint: SpreadConstraint, { spec }: Pod, node: NodeView): boolean {
  const { nodeAffinityPolicy = "Honor", nodeTaintsPolicy = "Ignore" } = constraint
  if (nodeAffinityPolicy === "Honor" && !allowsNode(spec, node)) return false
  if (nodeTaintsPolicy !== "Honor") return true
  return node.taints.every((each) => each.effect === "PreferNoSchedule" || tolerates(spec, each))
}

function matchesOn(node: NodeView, namespace: string, selector: LabelSelector): number {
  let matches = 0
  for (const neighbour of node.neighbours) {
    const isOurs = neighbour.namespace === namespace && !neighbour.isGoing
    if (isOurs && matchesLabels(selector, neighbour.labels)) matches++
  }
  return matches
}

function spreadOf(constraint: SpreadConstraint, pod: Pod, nodes: readonly NodeView[]): Spread {
  const { topologyKey, minDomains = 1 } = constraint
  const selector = selectorOf(constraint, pod)
  const found = new Map<string, number>()
  for (const node of nodes) {
    const domain = node.labels[topologyKey]
    if (domain === undefined || !counts(constraint, pod, node)) continue
    const { namespace = "" } = pod.metadata
    const matches = selector === undefined ? 0 : matchesOn(node, namespace, selector)
    found.set(domain, (found.get(domain) ?? 0) + matches)
  }
  const least = found.size < minDomains ? 0 : Math.min(...found.values())
  const isOne = selector !== undefined && matchesLabels(selector, pod.metadata.labels)
  return { constraint, counts: found, least, self: isOne ? 1 : 0 }
}

/** Why a node is refused for how the pods of a pod's group are spread (`DoNotSchedule`), as a question about nodes. */
export function spreadRule(
  pod: Pod,
  nodes: readonly NodeView[],
): (node: NodeView) => string | undefined {
  const { topologySpreadConstraints = [] } = pod.spec
  const hard = topologySpreadConstraints.filter(
    ({ whenUnsatisfiable = "DoNotSchedule" }) => whenUnsatisfiable === "DoNotSchedule",
  )
  if (hard.length === 0) return () => undefined
  // Only nodes in a domain of every constraint count for any of them.
  const labelled = nodes.filter(({ labels }) =>
    hard.every(({ topologyKey }) => labels[topologyKey] !== undefined),
  )
  const spreads = hard.map((constraint) => spreadOf(constraint, pod, labelled))
  return ({ labels }) => {
    for (const { constraint, counts: found, least, self } of spreads) {
      const domain = labels[constraint.topologyKey]
      if (domain === undefined) return unlabelled
      if ((found.get(domain) ?? 0) + self - least > constraint.maxSkew) return spreadReason
    }
    return undefined
  }
}
