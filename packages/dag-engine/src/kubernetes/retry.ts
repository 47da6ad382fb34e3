import type { Cluster } from "@argo-ts/k8s"
import { type EpochMs, failed, type ObjectKey, ok, type Result } from "@argo-ts/kernel"
import { workflows, workflowTaskResults } from "../api/kinds.js"
import type { NodeStatus } from "../api/status.js"
import type { Workflow } from "../api/workflow.js"
import { hashName, podName } from "../core/names.js"
import { type RetryOptions, retryWorkflow } from "../core/restart.js"
import { type PackOptions, packStatus, unpackStatus } from "./pack.js"
import { pods } from "./pods/kinds.js"

/** How a workflow of a cluster is tried again. */
export interface ClusterRetryOptions extends RetryOptions {
  readonly now: EpochMs
  /** The controller's own. */
  readonly pack?: Omit<PackOptions, "uid">
}

/**
 * Tries a finished workflow of a cluster again, as `argo retry` does: its object is written as {@link retryWorkflow} leaves it,
 * and the pods and reports of the nodes that run again are deleted, so that nobody reads their old ends. Whoever runs the
 * workflows of the cluster goes on from there. Fails for a workflow that is not there or has not ended.
 */
export async function retryInCluster(
  cluster: Cluster,
  key: ObjectKey,
  options: ClusterRetryOptions,
): Promise<Result<Workflow>> {
  const { now, pack = {}, ...how } = options
  const object = await cluster.get(workflows, key)
  if (object === undefined) {
    const message = `the workflow ${key.name} does not exist`
    return failed([{ code: "UnknownWorkflow", path: ["metadata", "name"], message }])
  }
  const packing = { ...pack, uid: object.metadata.uid }
  const status = await unpackStatus(object.status ?? {}, packing)
  const retried = retryWorkflow({ ...object, status }, now, how)
  if (!retried.ok) return retried
  const kept = retried.value.status?.nodes ?? {}
  for (const node of Object.values(status.nodes ?? {})) {
    const again = kept[node.id]
    if (again === undefined || again.phase !== node.phase) await forget(cluster, key, node)
  }
  const packed = await packStatus(retried.value.status ?? {}, packing)
  const { resourceVersion } = object.metadata
  const metadata = { ...retried.value.metadata, resourceVersion }
  return ok(await cluster.update(workflows, { ...retried.value, metadata, status: packed }))
}

/** Deletes what an earlier life of a node left: its pod, which has ended, and its report. */
async function forget(cluster: Cluster, key: ObjectKey, node: NodeStatus): Promise<void> {
  if (node.type !== "Pod") return
  const template = node.templateRef?.template ?? node.templateName ?? ""
  const pod = {
    ...key,
    name: podName(key.name, { name: node.name, hash: hashName(node.name) }, template),
  }
  await cluster.delete(pods, pod, { gracePeriodSeconds: 0 })
  await cluster.delete(workflowTaskResults, { ...key, name: node.id })
}
