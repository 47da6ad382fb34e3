import { own } from "@argo-ts/kernel"
import type { NodeRequirement, NodeSelectorTerm, PodSpec } from "../workloads.js"

interface Labelled {
  readonly name: string
  readonly labels: { readonly [label: string]: string }
}

function holds({ operator, values = [] }: NodeRequirement, value: string | undefined): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value)
    case "NotIn":
      return value === undefined || !values.includes(value)
    case "Exists":
      return value !== undefined
    case "DoesNotExist":
      return value === undefined
    case "Gt":
      return value !== undefined && Number(value) > Number(values[0])
    case "Lt":
      return value !== undefined && Number(value) < Number(values[0])
    default:
      return operator satisfies never
  }
}

/** True where the node satisfies every line of the term; an empty term is satisfied by none. */
export function matchesTerm(term: NodeSelectorTerm, node: Labelled): boolean {
  const { matchExpressions = [], matchFields = [] } = term
  if (matchExpressions.length + matchFields.length === 0) return false
  return (
    matchExpressions.every((line) => holds(line, own(node.labels, line.key))) &&
    matchFields.every((line) => holds(line, line.key === "metadata.name" ? node.name : undefined))
  )
}

/** True where the pod's node selector and required node affinity allow the node. */
export function allowsNode(spec: PodSpec, node: Labelled): boolean {
  for (const [label, value] of Object.entries(spec.nodeSelector ?? {})) {
    if (own(node.labels, label) !== value) return false
  }
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return (
    required === undefined || required.nodeSelectorTerms.some((term) => matchesTerm(term, node))
  )
}

/** How much the pod prefers the node: the weights of the preferences that it satisfies. */
export function preferenceFor(spec: PodSpec, node: Labelled): number {
  const preferred =
    spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  return preferred.reduce(
    (total, { weight, preference }) => total + (matchesTerm(preference, node) ? weight : 0),
    0,
  )
}
