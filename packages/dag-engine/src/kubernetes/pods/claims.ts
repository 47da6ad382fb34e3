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

/** Deletes volume claims; one that is gone already is no error. */
export async function deleteClaims(
  cluster: Cluster,
  { namespace, claims }: ReleaseRequest,
): Promise<void> {
  for (const name of claims) await cluster.delete(volumeClaims, { namespace, name })
}
