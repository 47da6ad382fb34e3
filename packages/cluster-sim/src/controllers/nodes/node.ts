import type { Condition, KubernetesObject } from "@argo-ts/kernel"
import type { ResourceList } from "../workloads.js"

/** `spec.taints[]`. */
export interface Taint {
  readonly key: string
  readonly value?: string
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute"
  readonly timeAdded?: string
}

/** A condition of a node. */
export interface NodeCondition extends Condition {
  readonly lastHeartbeatTime?: string
}

/** A node. */
export interface Node extends KubernetesObject {
  readonly spec?: {
    readonly podCIDR?: string
    readonly podCIDRs?: readonly string[]
    readonly providerID?: string
    readonly unschedulable?: boolean
    readonly taints?: readonly Taint[]
  }
  readonly status?: {
    readonly capacity?: ResourceList
    readonly allocatable?: ResourceList
    readonly conditions?: readonly NodeCondition[]
    readonly addresses?: readonly { readonly type: string; readonly address: string }[]
    readonly [field: string]: unknown
  }
}

/** One node of a simulated cluster. */
export interface NodeOptions {
  readonly name: string
  /** Beside `kubernetes.io/hostname`, `kubernetes.io/os` and `kubernetes.io/arch`. */
  readonly labels?: { readonly [label: string]: string }
  readonly taints?: readonly Taint[]
  /** Default room for everything: 10,000 CPUs, 100 Ti of memory and of disk, 100,000 pods. Given parts replace theirs. */
  readonly capacity?: ResourceList
}

/** The annotation that takes a node down while it says `true`: its kubelet stops doing and reporting anything. */
export const downAnnotation = "sim.argo-ts.dev/down"

/** Since when it has been down, for the cluster's own use. */
export const downSinceAnnotation = "sim.argo-ts.dev/down-since"

/** True for a node whose kubelet is down. */
export function isDown(node: Pick<Node, "metadata">): boolean {
  return node.metadata.annotations?.[downAnnotation] === "true"
}

/** How much a node has where nobody says otherwise. */
export const defaultCapacity: ResourceList = {
  cpu: "10k",
  memory: "100Ti",
  "ephemeral-storage": "100Ti",
  pods: "100k",
}
