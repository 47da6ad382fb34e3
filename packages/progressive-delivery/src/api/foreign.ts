import {
  defineKind,
  type JsonObject,
  type Kind,
  type LabelSelector,
  type ObjectMeta,
} from "@argo-ts/kernel"

/** What this engine reads and writes of `apps/v1` ReplicaSets. */
export interface ReplicaSet {
  readonly apiVersion: "apps/v1"
  readonly kind: "ReplicaSet"
  readonly metadata: ObjectMeta
  readonly spec: {
    /** Default 1. */
    readonly replicas?: number
    readonly minReadySeconds?: number
    readonly selector: LabelSelector
    readonly template?: JsonObject
  }
  readonly status?: {
    readonly replicas?: number
    readonly readyReplicas?: number
    readonly availableReplicas?: number
    readonly observedGeneration?: number
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly reason?: string
      readonly message?: string
    }[]
  }
}

/** What this engine reads and writes of Services. */
export interface Service {
  readonly apiVersion: "v1"
  readonly kind: "Service"
  readonly metadata: ObjectMeta
  readonly spec?: { readonly selector?: { readonly [key: string]: string } }
}

/** What this engine reads of Pods. */
export interface Pod {
  readonly apiVersion: "v1"
  readonly kind: "Pod"
  readonly metadata: ObjectMeta
}

/** What this engine reads of Secrets. */
export interface Secret {
  readonly apiVersion: "v1"
  readonly kind: "Secret"
  readonly metadata: ObjectMeta
  /** Base64. */
  readonly data?: { readonly [key: string]: string }
}

/** A split of traffic between Services, as SMI defined it: how the in-memory router remembers. */
export interface TrafficSplit {
  readonly apiVersion: "split.smi-spec.io/v1alpha2"
  readonly kind: "TrafficSplit"
  readonly metadata: ObjectMeta
  readonly spec: {
    /** The Service that clients call. */
    readonly service: string
    readonly backends: readonly { readonly service: string; readonly weight: number }[]
  }
}

/** `apps/v1` ReplicaSets. */
export const replicaSets: Kind<ReplicaSet> = defineKind<ReplicaSet>({
  group: "apps",
  version: "v1",
  kind: "ReplicaSet",
  plural: "replicasets",
  scope: "Namespaced",
  hasStatus: true,
})

/** Services. */
export const services: Kind<Service> = defineKind<Service>({
  group: "",
  version: "v1",
  kind: "Service",
  plural: "services",
  scope: "Namespaced",
  hasStatus: true,
})

/** Pods. */
export const pods: Kind<Pod> = defineKind<Pod>({
  group: "",
  version: "v1",
  kind: "Pod",
  plural: "pods",
  scope: "Namespaced",
  hasStatus: true,
})

/** Secrets. */
export const secrets: Kind<Secret> = defineKind<Secret>({
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  scope: "Namespaced",
  hasStatus: false,
})

/** SMI TrafficSplits. */
export const trafficSplits: Kind<TrafficSplit> = defineKind<TrafficSplit>({
  group: "split.smi-spec.io",
  version: "v1alpha2",
  kind: "TrafficSplit",
  plural: "trafficsplits",
  scope: "Namespaced",
  hasStatus: false,
  shortNames: ["ts"],
})
