import type { Kind } from "@argo-ts/kernel"
import type { Cluster } from "./ports.js"

/** One request on its way to a cluster. */
export interface ClusterRequest {
  readonly verb:
    | "get"
    | "list"
    | "watch"
    | "create"
    | "update"
    | "patch"
    | "apply"
    | "delete"
    | "kinds"
  /** Absent for discovery. */
  readonly kind?: Kind
  readonly namespace?: string
  readonly name?: string
}

/** What surrounds requests. */
export interface Interceptor {
  /** Sends the request, or does not. What it throws is the answer. */
  around<T>(request: ClusterRequest, send: () => Promise<T>): Promise<T>
  /** Called before a watch is opened; what it throws is thrown. Default nothing. */
  readonly beforeWatch?: (request: ClusterRequest) => void
}

function requestOf(
  verb: ClusterRequest["verb"],
  kind: Kind,
  key: { readonly namespace?: string | undefined; readonly name?: string | undefined } = {},
): ClusterRequest {
  const { namespace, name } = key
  return {
    verb,
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  }
}

/** A cluster with something around each of its requests: a guard, a measure, a trace, a fault. */
export function interceptCluster(cluster: Cluster, interceptor: Interceptor): Cluster {
  const { around, beforeWatch = () => {} } = interceptor
  return {
    kinds: (options) => around({ verb: "kinds" }, () => cluster.kinds(options)),
    watch(kind, options, observer) {
      beforeWatch(requestOf("watch", kind, options))
      return cluster.watch(kind, options, observer)
    },
    get: (kind, key, options) =>
      around(requestOf("get", kind, key), () => cluster.get(kind, key, options)),
    list: (kind, options) =>
      around(requestOf("list", kind, options), () => cluster.list(kind, options)),
    create: (kind, object, options) =>
      around(requestOf("create", kind, object.metadata), () =>
        cluster.create(kind, object, options),
      ),
    update: (kind, object, options) =>
      around(requestOf("update", kind, object.metadata), () =>
        cluster.update(kind, object, options),
      ),
    patch: (kind, key, patch, options) =>
      around(requestOf("patch", kind, key), () => cluster.patch(kind, key, patch, options)),
    apply: (kind, object, options) =>
      around(requestOf("apply", kind, object.metadata), () => cluster.apply(kind, object, options)),
    delete: (kind, key, options) =>
      around(requestOf("delete", kind, key), () => cluster.delete(kind, key, options)),
  }
}
