import type { Cluster } from "@argo-ts/k8s"
import { promotions } from "./world/kinds.js"

/** Asks for a promotion, as `kargo promote` does; the controller fills in the Stage's steps. */
export async function createPromotionRequest(
  cluster: Cluster,
  stage: string,
  freight: string,
): Promise<void> {
  const object = {
    apiVersion: "kargo.akuity.io/v1alpha1",
    kind: "Promotion",
    metadata: { namespace: "shop", generateName: `${stage}-` },
    spec: { stage, freight },
  }
  await cluster.create(promotions, object, { fieldManager: "demo" })
}
