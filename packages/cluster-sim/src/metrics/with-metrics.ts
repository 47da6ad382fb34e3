import {
  type Cluster,
  ClusterError,
  type DiscoveryOptions,
  type GetOptions,
  type ListOptions,
  type ObjectList,
  type WatchObserver,
  type WatchOptions,
} from "@argo-ts/k8s"
import type { Kind, KubernetesObject, ObjectKey, Stored } from "@argo-ts/kernel"
import type { Gate } from "../port.js"
import { isMetricsKind, metricsKinds } from "./metrics-kinds.js"
import type { ResourceMetrics } from "./resource-metrics.js"

function refuse({ group }: Kind): ClusterError {
  const message = "the server does not allow this method on the requested resource"
  return new ClusterError("MethodNotAllowed", message, { group })
}

/** A port that also serves `metrics.k8s.io`, for reading only, to whom `gate` lets read it. */
export function withMetrics(cluster: Cluster, metrics: ResourceMetrics, gate: Gate): Cluster {
  /** Refuses a write of metrics, and passes on any other. */
  const guarded = <A extends readonly unknown[], R>(
    call: (kind: Kind, ...rest: A) => Promise<R>,
  ) => {
    return async (kind: Kind, ...rest: A): Promise<R> => {
      if (isMetricsKind(kind)) throw refuse(kind)
      return call(kind, ...rest)
    }
  }
  return {
    async kinds(options?: DiscoveryOptions) {
      const kinds = await cluster.kinds(options)
      return options?.readOnly === true ? [...kinds, ...metricsKinds] : kinds
    },
    async get<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey, options?: GetOptions) {
      if (!isMetricsKind(kind)) return cluster.get(kind, key, options)
      gate({ verb: "get", kind, ...key })
      return metrics.get(kind, key) as Stored<T> | undefined
    },
    async list<T extends KubernetesObject>(kind: Kind<T>, options: ListOptions = {}) {
      if (!isMetricsKind(kind)) return cluster.list(kind, options)
      gate({ verb: "list", kind, namespace: options.namespace })
      return metrics.list(kind, options) as ObjectList<T>
    },
    watch<T extends KubernetesObject>(
      kind: Kind<T>,
      options: WatchOptions,
      observer: WatchObserver<T>,
    ) {
      if (isMetricsKind(kind)) throw refuse(kind)
      return cluster.watch(kind, options, observer)
    },
    create: guarded(cluster.create as never),
    update: guarded(cluster.update as never),
    patch: guarded(cluster.patch as never),
    apply: guarded(cluster.apply as never),
    delete: guarded(cluster.delete as never),
  } as Cluster
}
