import { isJsonObject, type JsonValue, type KubernetesObject, own } from "@argo-ts/kernel"

/** Pods of one version in a namespace, and how much of the traffic they get. */
export interface TrafficShare {
  /** `pod-template-hash`. */
  readonly hash: string
  readonly image: string
  /** 0 … 1; the shares of a namespace add up to 1. */
  readonly weight: number
}

function at(value: unknown, ...path: readonly string[]): JsonValue | undefined {
  let current = value as JsonValue | undefined
  for (const key of path) current = isJsonObject(current) ? own(current, key) : undefined
  return current
}

function hashOf(pod: KubernetesObject): string {
  const { labels } = pod.metadata
  return own(labels, "rollouts-pod-template-hash") ?? own(labels, "pod-template-hash") ?? ""
}

function imageOf(pod: KubernetesObject): string {
  const containers = at(pod, "spec", "containers")
  const image = Array.isArray(containers) ? at(containers[0], "image") : undefined
  return typeof image === "string" ? image : ""
}

function isReady(pod: KubernetesObject): boolean {
  const conditions = at(pod, "status", "conditions")
  return (
    pod.metadata.deletionTimestamp === undefined &&
    Array.isArray(conditions) &&
    conditions.some((each) => at(each, "type") === "Ready" && at(each, "status") === "True")
  )
}

/** The weights that a rollout's traffic router has confirmed: hash → percent. */
function routerWeights(rollout: KubernetesObject | undefined): ReadonlyMap<string, number> {
  const weights = new Map<string, number>()
  for (const side of ["stable", "canary"]) {
    const hash = at(rollout, "status", "canary", "weights", side, "podTemplateHash")
    const weight = at(rollout, "status", "canary", "weights", side, "weight")
    if (typeof hash !== "string" || typeof weight !== "number") continue
    weights.set(hash, (weights.get(hash) ?? 0) + weight)
  }
  return weights
}

/**
 * How the traffic of an application in a namespace is split: by the router's weights where a router is at work, by
 * the number of ready pods otherwise. Cluster facts only.
 */
export function trafficShares(
  pods: readonly KubernetesObject[],
  rollout: KubernetesObject | undefined,
): readonly TrafficShare[] {
  const ready = pods.filter(isReady)
  const groups = new Map<string, KubernetesObject[]>()
  for (const pod of ready) groups.set(hashOf(pod), [...(groups.get(hashOf(pod)) ?? []), pod])
  const weights = routerWeights(rollout)
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0)
  return [...groups].map(([hash, group]) => ({
    hash,
    image: group[0] === undefined ? "" : imageOf(group[0]),
    weight: total > 0 ? (weights.get(hash) ?? 0) / total : group.length / ready.length,
  }))
}
