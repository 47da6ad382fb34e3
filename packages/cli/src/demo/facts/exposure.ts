import { isJsonObject, textAt, valueAt } from "@argo-ts/kernel"
import type { LoggedObject, LoggedWrite } from "./fact.js"

/** How much of the traffic of an environment each version got at most. */
export interface Exposure {
  take(write: LoggedWrite): void
  /** Largest share of the traffic that went to the image tag in the namespace, in percent. */
  peak(namespace: string, tag: string): number
}

interface Group {
  readonly tag: string
  readonly hash: string
  readonly ready: number
}

interface Environment {
  readonly groups: Map<string, Group>
  /** Hash → percent, where a traffic router is at work. */
  weights: ReadonlyMap<string, number>
}

function toGroup(object: LoggedObject): Group {
  const image = textAt(object, "spec", "template", "spec", "containers", 0, "image")
  const ready = valueAt(object, "status", "readyReplicas")
  return {
    tag: image.slice(image.lastIndexOf(":") + 1),
    hash: textAt(object, "metadata", "labels", "rollouts-pod-template-hash"),
    ready: typeof ready === "number" ? ready : 0,
  }
}

function toWeights(rollout: LoggedObject): ReadonlyMap<string, number> {
  const weights = new Map<string, number>()
  for (const side of ["stable", "canary"]) {
    const entry = valueAt(rollout, "status", "canary", "weights", side)
    const weight = valueAt(entry, "weight")
    if (!isJsonObject(entry) || typeof weight !== "number") continue
    const hash = textAt(entry, "podTemplateHash")
    weights.set(hash, (weights.get(hash) ?? 0) + weight)
  }
  return weights
}

function shareOf(group: Group, environment: Environment): number {
  if (environment.weights.size > 0) return environment.weights.get(group.hash) ?? 0
  const total = [...environment.groups.values()].reduce((sum, each) => sum + each.ready, 0)
  return total === 0 ? 0 : (group.ready / total) * 100
}

/** Follows the ReplicaSets and Rollouts of a log: the router's weights count, and the ready pods where there is none. */
export function createExposure(): Exposure {
  const environments = new Map<string, Environment>()
  const peaks = new Map<string, number>()
  return {
    take({ object, type }) {
      if (object.kind !== "ReplicaSet" && object.kind !== "Rollout") return
      const { namespace = "", name = "" } = object.metadata
      const known = environments.get(namespace)
      const environment: Environment = known ?? { groups: new Map(), weights: new Map() }
      environments.set(namespace, environment)
      if (object.kind === "Rollout") environment.weights = toWeights(object)
      else if (type === "DELETED") environment.groups.delete(name)
      else environment.groups.set(name, toGroup(object))
      for (const group of environment.groups.values()) {
        const key = `${namespace} ${group.tag}`
        peaks.set(key, Math.max(peaks.get(key) ?? 0, shareOf(group, environment)))
      }
    },
    peak: (namespace, tag) => Math.round((peaks.get(`${namespace} ${tag}`) ?? 0) * 10) / 10,
  }
}
