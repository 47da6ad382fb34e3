import type { Taint } from "../nodes/node.js"
import type { PodAffinityTerm } from "../workloads.js"
import type { Amounts } from "./requests.js"

/** Labels of an object. */
export type Labels = { readonly [label: string]: string }

/** A pod that is on a node already, as those see it that want to be near it or away from it. */
export interface Neighbour {
  readonly namespace: string
  readonly labels: Labels | undefined
  readonly antiAffinity: readonly PodAffinityTerm[]
  /** It is being deleted. */
  readonly isGoing: boolean
}

/** A node as the scheduler sees it. */
export interface NodeView {
  readonly name: string
  readonly labels: Labels
  readonly isCordoned: boolean
  readonly taints: readonly Taint[]
  readonly allocatable: Amounts
  readonly used: Amounts
  readonly podCount: number
  readonly ports: ReadonlySet<string>
  readonly neighbours: Iterable<Neighbour>
}

/** Where a pod may be placed. */
export interface Surroundings {
  readonly nodes: readonly NodeView[]
  /** True where a pod on some node keeps others away. */
  readonly hasAntiAffinity: boolean
  labelsOf(namespace: string): Labels | undefined
}
