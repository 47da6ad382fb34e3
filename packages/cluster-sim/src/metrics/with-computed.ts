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
import { computedKinds, isComputedKind } from "./computed-kinds.js"
import { isMetricsKind } from "./metrics-kinds.js"

/** Objects that are computed when they are asked for, and never stored. */
export interface ComputedObjects {
  get(kind: Kind, key: ObjectKey): Stored<KubernetesObject> | undefined
  list(kind: Kind, options: ListOptions): ObjectList<KubernetesObject>
}

/** What a server computes. */
export interface Computing {
  /** What pods and nodes use. */
  readonly metrics: ComputedObjects
  /** How the parts of the cluster are. */
  readonly components: ComputedObjects
}

function refuse({ group }: Kind): ClusterError {
  const message = "the server does not allow this method on the requested resource"
  return new ClusterError("MethodNotAllowed", message, { group })
}

/** A port that also serves what is computed, for reading only, to whom `gate` lets read it. */
export function withComputed(cluster: Cluster, computing: Computing, gate: Gate): Cluster {
  const of = (kind: Kind): ComputedObjects =>
    isMetricsKind(kind) ? computing.metrics : computing.components
  /** Refuses a write of what is computed, and passes on any other. */
  const guarded = <A extends readonly unknown[], R>(
    call: (kind: Kind, ...rest: A) => Promise<R>,
  ) => {
    return async (kind: Kind, ...rest: A): Promise<R> => {
      if (isComputedKind(kind)) throw refuse(kind)
      return call(kind, ...rest)
    }
  }
  return {
    async kinds(options?: DiscoveryOptions) {
      const kinds = await cluster.kinds(options)
      return options?.readOnly === true ? [...kinds, ...computedKinds] : kinds
    },
    async get<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey, options?: GetOptions) {
      if (!isComputedKind(kind)) return cluster.get(kind, key, options)
      gate({ verb: "get", kind, ...key })
      return of(kind).get(kind, key) as Stored<T> | undefined
    },
    async list<T extends KubernetesObject>(kind: Kind<T>, options: ListOptions = {}) {
      if (!isComputedKind(kind)) return cluster.list(kind, options)
      gate({ verb: "list", kind, namespace: options.namespace })
      return of(kind).list(kind, options) as ObjectList<T>
    },
    watch<T extends KubernetesObject>(
      kind: Kind<T>,
      options: WatchOptions,
      observer: WatchObserver<T>,
    ) {
      if (isComputedKind(kind)) throw refuse(kind)
      return cluster.watch(kind, options, observer)
    },
    create: guarded(cluster.create as never),
    update: guarded(cluster.update as never),
    patch: guarded(cluster.patch as never),
    apply: guarded(cluster.apply as never),
    delete: guarded(cluster.delete as never),
  } as Cluster
}
