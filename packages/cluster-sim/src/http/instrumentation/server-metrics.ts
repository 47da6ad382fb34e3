import type { Cluster } from "@argo-ts/k8s"
import { createRequestMetrics, type RequestMetrics } from "./request-metrics.js"
import { printStoredObjects } from "./stored-objects.js"

/** What `/metrics` tells of a server and of what it serves. */
export interface ServerMetrics extends Pick<RequestMetrics, "begin"> {
  print(): Promise<string>
}

/** Metrics of a server that begins now. */
export function createServerMetrics(cluster: Cluster): ServerMetrics {
  const requests = createRequestMetrics(() => performance.now())
  return {
    begin: requests.begin,
    print: async () => requests.print() + (await printStoredObjects(cluster)),
  }
}
