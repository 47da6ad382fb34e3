import type { ListOptions } from "@argo-ts/k8s"
import {
  type EpochMs,
  formatInstant,
  formatMicroInstant,
  type Kind,
  type KubernetesObject,
  type Stored,
} from "@argo-ts/kernel"
import { canonicalQuantity } from "@argo-ts/kernel/schemas"
import type { Server } from "../api/server.js"
import {
  nextUsageChange,
  type PodMetrics,
  readMetrics,
} from "../controllers/kubelet/pod-metrics.js"
import { type PodScripts, planPod } from "../controllers/kubelet/pod-script.js"
import { isDown, type Node } from "../controllers/nodes/node.js"
import { amountsOf } from "../controllers/scheduler/requests.js"
import type { Pod } from "../controllers/workloads.js"
import type { KindRules } from "../kinds/rules.js"
import { compileSelection } from "../store/selection.js"
import type { StoredObject } from "../store/stored-object.js"
import {
  type NodeMetricsObject,
  nextChangeAnnotation,
  nodeMetrics,
  type PodMetricsObject,
  podMetrics,
} from "./metrics-kinds.js"
import type { ComputedObjects } from "./with-computed.js"

const apiVersion = "metrics.k8s.io/v1beta1"

function objectOf(metrics: PodMetrics, nextChange: EpochMs | undefined): PodMetricsObject {
  const { namespace, name, labels, timestamp, windowSeconds, containers } = metrics
  const annotations =
    nextChange === undefined
      ? {}
      : { annotations: { [nextChangeAnnotation]: formatMicroInstant(nextChange) } }
  return {
    kind: podMetrics.kind,
    apiVersion,
    metadata: { namespace, name, labels, creationTimestamp: timestamp, ...annotations },
    timestamp,
    window: `${windowSeconds}s`,
    containers,
  }
}

function usageOf(pods: readonly PodMetrics[]): { readonly [resource: string]: string } {
  const sums = { cpu: 0, memory: 0 }
  for (const { containers } of pods) {
    for (const { usage } of containers) {
      const amounts = amountsOf({ ...usage })
      sums.cpu += amounts.get("cpu") ?? 0
      sums.memory += amounts.get("memory") ?? 0
    }
  }
  const text = (thousandths: number): string => canonicalQuantity(`${thousandths}m`) ?? "0"
  return { cpu: text(sums.cpu), memory: text(sums.memory) }
}

/** What pods and nodes use now, as `metrics.k8s.io` serves it: computed from scripts. */
export function createResourceMetrics(
  server: Pick<Server, "store" | "registry" | "now">,
  scripts: PodScripts,
): ComputedObjects {
  const rulesOf = (id: string): KindRules => server.registry.byId(id) as KindRules
  const nodeOf = (name: string): Node | undefined =>
    server.store.collection(rulesOf("/nodes")).get("", name) as unknown as Node | undefined

  /** Nothing is known of a node that is down, nor of its pods. */
  const measure = (object: StoredObject): PodMetrics | undefined => {
    const pod = object as unknown as Pod
    const node = nodeOf(pod.spec.nodeName ?? "")
    if (node !== undefined && isDown(node)) return undefined
    return readMetrics(pod, planPod(pod, scripts), server.now())
  }
  const podsOf = (options: ListOptions): readonly PodMetricsObject[] => {
    const rules = rulesOf("/pods")
    const selected = server.store.collection(rules).list(compileSelection(rules, options))
    return selected.flatMap((object) => {
      const metrics = measure(object)
      if (metrics === undefined) return []
      const pod = object as unknown as Pod
      return objectOf(metrics, nextUsageChange(pod, planPod(pod, scripts), server.now()))
    })
  }
  const nodesOf = (options: ListOptions): readonly NodeMetricsObject[] => {
    const rules = rulesOf("/nodes")
    const selected = server.store.collection(rules).list(compileSelection(rules, options))
    const pods = server.store
      .collection(rulesOf("/pods"))
      .list(compileSelection(rulesOf("/pods"), {}))
    return selected.flatMap((object) => {
      const { name, labels = {} } = object.metadata
      if (isDown(object as unknown as Node)) return []
      const own = pods.filter((pod) => (pod as unknown as Pod).spec.nodeName === name)
      const timestamp = formatInstant(server.now())
      return {
        kind: nodeMetrics.kind,
        apiVersion,
        metadata: { name, labels, creationTimestamp: timestamp },
        timestamp,
        window: "15s",
        usage: usageOf(own.flatMap((pod) => measure(pod) ?? [])),
      }
    })
  }
  const all = (kind: Kind, options: ListOptions): readonly Stored<KubernetesObject>[] =>
    (kind.kind === nodeMetrics.kind ? nodesOf(options) : podsOf(options)) as never
  return {
    get: (kind, { namespace, name }) =>
      all(kind, {
        ...(namespace === undefined ? {} : { namespace }),
        fieldSelector: { "metadata.name": name },
      })[0],
    list: (kind, options) => ({ items: all(kind, options), resourceVersion: "" }),
  }
}
