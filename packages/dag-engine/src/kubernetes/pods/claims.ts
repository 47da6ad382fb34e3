import { type Cluster, isClusterError } from "@argo-ts/k8s"
import type { JsonObject } from "@argo-ts/kernel"
import type { ClaimRequest, ReleaseRequest } from "../../executors/executor.js"
import { ownerOf, volumeClaims } from "./kinds.js"

/** Makes the volume claims of a workflow; those that are there are kept. */
export async function makeClaims(cluster: Cluster, request: ClaimRequest): Promise<void> {
  const { namespace, claims } = request
  for (const { claim, template } of claims) {
    const { metadata = {}, ...rest } = template as { readonly metadata?: JsonObject }
    const object = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      ...rest,
      metadata: { ...metadata, name: claim, namespace, ownerReferences: [ownerOf(request)] },
    }
    try {
      await cluster.create(volumeClaims, object)
    } catch (error) {
      if (!isClusterError(error, "AlreadyExists")) throw error
    }
  }
}

const claimProtection = "kubernetes.io/pvc-protection"

/** Deletes claims, and takes off what holds them for pods that have ended but are still there: nobody needs them any more. */
export async function deleteClaims(
  cluster: Cluster,
  { namespace, claims }: ReleaseRequest,
): Promise<void> {
  for (const name of claims) {
    const key = { namespace, name }
    await cluster.delete(volumeClaims, key)
    const { finalizers = [] } = (await cluster.get(volumeClaims, key))?.metadata ?? {}
    if (!finalizers.includes(claimProtection)) continue
    const kept = finalizers.filter((each) => each !== claimProtection)
    try {
      const patch = { metadata: { finalizers: kept } }
      await cluster.patch(volumeClaims, key, { type: "merge", patch })
    } catch (error) {
      if (!isClusterError(error, "NotFound")) throw error
    }
  }
}
