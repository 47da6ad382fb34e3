import type { ReconcileContext } from "@argo-ts/k8s"
import { type KubernetesObject, keyOf, type Stored } from "@argo-ts/kernel"
import { type Pod, pods } from "./workloads.js"

/** Deletes one of the pods of a workload, no namesake of it, and tells so on the workload. */
export async function deletePod(
  owner: Stored<KubernetesObject>,
  pod: Stored<Pod>,
  { cluster, record }: ReconcileContext,
  message = `Deleted pod: ${pod.metadata.name}`,
): Promise<void> {
  const { uid } = pod.metadata
  await cluster.delete(pods, keyOf(pod), { preconditions: { uid } })
  record(owner, { type: "Normal", reason: "SuccessfulDelete", message })
}
