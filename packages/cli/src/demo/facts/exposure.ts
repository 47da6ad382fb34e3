import type { LoggedWrite } from "./fact.js"
import { at, textAt } from "./read.js"

/** How much of an environment each version served at most. */
export interface Exposure {
  take(write: LoggedWrite): void
  /** Largest share of ready pods that ran the image tag in the namespace, in percent. */
  peak(namespace: string, tag: string): number
}

interface Group {
  readonly tag: string
  readonly ready: number
}

function tagOf(object: unknown): string {
  const image = textAt(object, "spec", "template", "spec", "containers", 0, "image")
  return image.slice(image.lastIndexOf(":") + 1)
}

/** Follows the ReplicaSets of a log. */
export function createExposure(): Exposure {
  const namespaces = new Map<string, Map<string, Group>>()
  const peaks = new Map<string, number>()
  return {
    take({ object, type }) {
      if (object.kind !== "ReplicaSet") return
      const { namespace = "", name = "" } = object.metadata
      const groups = namespaces.get(namespace) ?? new Map<string, Group>()
      namespaces.set(namespace, groups)
      const ready = at(object, "status", "readyReplicas")
      if (type === "DELETED") groups.delete(name)
      else groups.set(name, { tag: tagOf(object), ready: typeof ready === "number" ? ready : 0 })
      const total = [...groups.values()].reduce((sum, group) => sum + group.ready, 0)
      for (const group of groups.values()) {
        const share = total === 0 ? 0 : (group.ready / total) * 100
        const key = `${namespace} ${group.tag}`
        peaks.set(key, Math.max(peaks.get(key) ?? 0, share))
      }
    },
    peak: (namespace, tag) => Math.round((peaks.get(`${namespace} ${tag}`) ?? 0) * 10) / 10,
  }
}
