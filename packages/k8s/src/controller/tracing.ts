import { formatKey, type ObjectKey } from "@argo-ts/kernel"
import { type ClusterRequest, interceptCluster } from "../intercept.js"
import type { Cluster } from "../ports.js"

/** What a span says about its work. */
export type SpanAttributes = { readonly [name: string]: string | number | boolean }

/** Records how long work takes and what it was part of; {@link openTelemetryTracing} makes one. */
export interface Tracing {
  /**
   * Runs `work` in a span: spans begun in it are its children. Ends the span when the work ends, as failed where it
   * rejects, and hands on what it answers.
   */
  span<T>(name: string, attributes: SpanAttributes, work: () => Promise<T>): Promise<T>
}

/** Traces nothing. */
export const noTracing: Tracing = { span: (_name, _attributes, work) => work() }

/** Attributes of an object, by OpenTelemetry's names where it has some. */
export function keyAttributes(controller: string, key: ObjectKey): SpanAttributes {
  const namespace = key.namespace === undefined ? {} : { "k8s.namespace.name": key.namespace }
  return { "controller.name": controller, "k8s.object.key": formatKey(key), ...namespace }
}

function requestAttributes({ verb, kind, namespace, name }: ClusterRequest): SpanAttributes {
  return {
    "k8s.request.verb": verb,
    ...(kind === undefined
      ? {}
      : { "k8s.resource.group": kind.group, "k8s.resource.name": kind.plural }),
    ...(namespace === undefined ? {} : { "k8s.namespace.name": namespace }),
    ...(name === undefined ? {} : { "k8s.object.name": name }),
  }
}

/** A cluster with a span around each request. */
export function traceCluster(cluster: Cluster, tracing: Tracing): Cluster {
  return interceptCluster(cluster, {
    around(request, send) {
      const name = `kubernetes ${request.verb} ${request.kind?.plural ?? "discovery"}`
      return tracing.span(name, requestAttributes(request), send)
    },
  })
}
