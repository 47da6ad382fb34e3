import { defineKind, type Kind, type KubernetesObject } from "@argo-ts/kernel"

const metrics = { group: "metrics.k8s.io", version: "v1beta1", hasStatus: false } as const

/** What one container uses, as quantities. */
export interface ContainerUsage {
  readonly name: string
  readonly usage: { readonly [resource: string]: string }
}

/** What a pod uses. It is computed when it is asked for, and has neither uid nor version. */
export interface PodMetricsObject extends KubernetesObject {
  /** RFC 3339. */
  readonly timestamp: string
  /** A duration: `15s`. */
  readonly window: string
  readonly containers: readonly ContainerUsage[]
}

/** What a node uses. */
export interface NodeMetricsObject extends KubernetesObject {
  readonly timestamp: string
  readonly window: string
  readonly usage: { readonly [resource: string]: string }
}

/** What pods use. */
export const podMetrics: Kind<PodMetricsObject> = defineKind<PodMetricsObject>({
  ...metrics,
  kind: "PodMetrics",
  plural: "pods",
  scope: "Namespaced",
})

/** What nodes use. */
export const nodeMetrics: Kind<NodeMetricsObject> = defineKind<NodeMetricsObject>({
  ...metrics,
  kind: "NodeMetrics",
  plural: "nodes",
  scope: "Cluster",
})

/** The kinds of `metrics.k8s.io`. */
export const metricsKinds: readonly Kind[] = [nodeMetrics, podMetrics]

/** True for kinds that are computed and never stored. */
export function isMetricsKind({ group }: Pick<Kind, "group">): boolean {
  return group === metrics.group
}

/** The instant at which what a script says of a pod's usage changes next; absent where it never does. */
export const nextChangeAnnotation = "sim.argo-ts.dev/next-usage-change"
