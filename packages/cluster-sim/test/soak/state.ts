import type { Cluster } from "@argo-ts/k8s"
import type { JsonValue, KubernetesObject } from "@argo-ts/kernel"

/** Who holds a lease, and what was said about an object, are no part of the state. */
const uncounted = new Set(["events", "leases"])

/** What a server numbers, and where a pod came to run. */
const arbitrary = new Set([
  "uid",
  "resourceVersion",
  "containerID",
  // Of a manager of fields, who has none where it changed nothing.
  "time",
  "nodeName",
  "podIP",
  "podIPs",
  "hostIP",
  "hostIPs",
  "clusterIP",
  "clusterIPs",
])

/** Counters of the steps that a rollout took, and what it wanted when it took them. */
const steps = new Set([
  "revision",
  "deployment.kubernetes.io/revision",
  "deployment.kubernetes.io/revision-history",
  "deployment.kubernetes.io/desired-replicas",
  "deployment.kubernetes.io/max-replicas",
])

const userVersion = "soak.example.com/v1"
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

/**
 * Conditions are known by their type and stand in the order in which their owners first wrote, managers of fields in the
 * order in which they wrote last.
 */
function inOrder(items: readonly unknown[]): readonly unknown[] {
  const idOf = (item: unknown): unknown => {
    const { type, manager, operation } = (item ?? {}) as { readonly [key: string]: unknown }
    return type ?? (manager === undefined ? undefined : `${String(operation)} ${String(manager)}`)
  }
  if (!items.every((item) => typeof idOf(item) === "string")) return items
  return items.toSorted((a, b) => (String(idOf(a)) < String(idOf(b)) ? -1 : 1))
}

/** Which set of a Deployment was the last to be new when its condition was written depends on the steps too. */
const ofASet = /^ReplicaSet "[^"]+" has successfully progressed\.$/

function comparable(value: unknown): JsonValue {
  if (Array.isArray(value)) return inOrder(value).map(comparable)
  if (typeof value === "object" && value !== null) {
    const kept = Object.entries(value).filter(([key]) => !arbitrary.has(key) && !steps.has(key))
    return Object.fromEntries(
      kept.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, comparable(each)]),
    )
  }
  if (typeof value === "string" && instant.test(value)) return "an instant"
  if (typeof value === "string" && ofASet.test(value)) return "a ReplicaSet has progressed"
  return value as JsonValue
}

/**
 * Users write their objects the same number of times in every run. How many steps a controller took with its own depends
 * on what it saw in between, as versions do: of those only whether the last step was observed counts.
 */
function generationsOf(object: KubernetesObject): object {
  const { metadata, status } = object as KubernetesObject & {
    status?: { observedGeneration?: number }
  }
  const { generation, ...rest } = metadata
  if (object.apiVersion === userVersion || status?.observedGeneration === undefined) return object
  const observedGeneration = status.observedGeneration === generation ? "the last" : "an older one"
  return { ...object, metadata: rest, status: { ...status, observedGeneration } }
}

/** An object as it compares: a generated name is only its beginning. */
function lineOf(object: KubernetesObject): string {
  const { generateName, name: own = "" } = object.metadata
  const name = generateName === undefined ? own : `${generateName}…`
  const counted = generationsOf({ ...object, metadata: { ...object.metadata, name } })
  return JSON.stringify(comparable(counted))
}

/** Every object of a cluster but what nobody can repeat, as lines, sorted. */
export async function stateOf(cluster: Cluster): Promise<string[]> {
  const lines: string[] = []
  for (const kind of await cluster.kinds()) {
    if (uncounted.has(kind.plural)) continue
    for (const object of (await cluster.list(kind)).items) lines.push(lineOf(object))
  }
  return lines.toSorted()
}
