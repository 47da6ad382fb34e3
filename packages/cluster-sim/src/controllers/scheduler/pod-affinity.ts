import { matchesLabels } from "@argo-ts/kernel"
import type { Pod, PodAffinityTerm } from "../workloads.js"
import type { Neighbour, NodeView, Surroundings } from "./node-view.js"

/** Why a node is refused for the pods that are there, and those that are not. */
export const affinityReasons = {
  near: "node(s) didn't match pod affinity rules",
  away: "node(s) didn't match pod anti-affinity rules",
  refused: "node(s) didn't satisfy existing pods anti-affinity rules",
} as const

type Member = Pick<Neighbour, "namespace" | "labels">

/** True for a namespace that a term of a pod in `own` speaks of: its own one, where it names none. */
function concerns(
  { namespaces = [], namespaceSelector }: PodAffinityTerm,
  own: string,
  { other, around }: { readonly other: string; readonly around: Surroundings },
): boolean {
  if (namespaceSelector !== undefined && matchesLabels(namespaceSelector, around.labelsOf(other)))
    return true
  if (namespaces.length === 0 && namespaceSelector === undefined) return own === other
  return namespaces.includes(other)
}

/** True for a pod that a term of a pod in `own` means. */
function isMeant(
  term: PodAffinityTerm,
  own: string,
  { member, around }: { readonly member: Member; readonly around: Surroundings },
): boolean {
  const { labelSelector } = term
  return (
    labelSelector !== undefined &&
    concerns(term, own, { other: member.namespace, around }) &&
    matchesLabels(labelSelector, member.labels)
  )
}

function hasNeighbour({ neighbours }: NodeView, is: (neighbour: Neighbour) => boolean): boolean {
  for (const neighbour of neighbours) if (is(neighbour)) return true
  return false
}

/** True where two nodes are in one domain of a topology. */
function isTogether(left: NodeView, right: NodeView, topologyKey: string): boolean {
  const domain = left.labels[topologyKey]
  return domain !== undefined && domain === right.labels[topologyKey]
}

function memberOf({ metadata }: Pod): Member {
  return { namespace: metadata.namespace ?? "", labels: metadata.labels }
}

/** True where every term finds a pod near the node; the first pod of a group that wants to be near itself may go anywhere. */
function isNear(pod: Pod, node: NodeView, around: Surroundings): boolean {
  const terms = pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  const self = memberOf(pod)
  // A pod counts where it is what all the terms mean.
  const isOne = (member: Member): boolean =>
    terms.every((term) => isMeant(term, self.namespace, { member, around }))
  if (terms.some(({ topologyKey }) => node.labels[topologyKey] === undefined)) return false
  const isFound = terms.every(({ topologyKey }) =>
    around.nodes.some(
      (other) => isTogether(node, other, topologyKey) && hasNeighbour(other, isOne),
    ),
  )
  if (isFound) return true
  return isOne(self) && !around.nodes.some((other) => hasNeighbour(other, isOne))
}

/** Why the pods that there are speak against a node; absent where none does. */
export function neighbourReason(
  pod: Pod,
  node: NodeView,
  around: Surroundings,
): string | undefined {
  const { nodes } = around
  const self = memberOf(pod)
  if (!isNear(pod, node, around)) return affinityReasons.near
  const far = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const isCrowded = far?.some((term) =>
    nodes.some(
      (other) =>
        isTogether(node, other, term.topologyKey) &&
        hasNeighbour(other, (member) => isMeant(term, self.namespace, { member, around })),
    ),
  )
  if (isCrowded === true) return affinityReasons.away
  const isRefused = nodes.some((other) =>
    hasNeighbour(other, ({ antiAffinity, namespace }) =>
      antiAffinity.some(
        (term) =>
          isTogether(node, other, term.topologyKey) &&
          isMeant(term, namespace, { member: self, around }),
      ),
    ),
  )
  return isRefused ? affinityReasons.refused : undefined
}
