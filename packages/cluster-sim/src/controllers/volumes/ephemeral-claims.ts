import {
  type Controller,
  controller,
  isClusterError,
  type ReconcileContext,
  type ReconcileResult,
  setController,
} from "@argo-ts/k8s"
import { controllerOf, type Stored } from "@argo-ts/kernel"
import { ephemeralClaimName } from "../pod-claims.js"
import { isFinished, type Pod, pods } from "../workloads.js"
import { claims, type VolumeClaim } from "./volume.js"

/** The claim of a pod's generic ephemeral volume: the pod owns it, so that it goes with it. */
function claimFor(
  pod: Stored<Pod>,
  name: string,
  template: Pick<VolumeClaim, "spec"> & Partial<Pick<VolumeClaim, "metadata">>,
): VolumeClaim {
  const { labels, annotations } = template.metadata ?? {}
  const metadata = {
    namespace: pod.metadata.namespace ?? "",
    name: ephemeralClaimName(pod.metadata.name, name),
    ...(labels && { labels }),
    ...(annotations && { annotations }),
  }
  const claim = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec: template.spec }
  return setController(claim, pod)
}

async function make(wanted: VolumeClaim, { cluster }: ReconcileContext): Promise<void> {
  try {
    await cluster.create(claims, wanted)
  } catch (error) {
    // One that is not the pod's keeps the pod away from every node, and the scheduler says so.
    if (!isClusterError(error, "AlreadyExists")) throw error
  }
}

/** Makes the claims of generic ephemeral volumes, one for each in each pod. */
export function ephemeralClaimMaker(): Controller {
  return controller("cluster/ephemeral-volume", pods)
    .where((pod) => pod?.spec.volumes?.some(({ ephemeral }) => ephemeral !== undefined) === true)
    .watches(claims, (claim) => {
      const owner = controllerOf(claim)
      const { namespace = "" } = claim.metadata
      return owner?.kind === "Pod" ? [{ namespace, name: owner.name }] : []
    })
    .reconcile(async (key, context): Promise<ReconcileResult> => {
      const pod = await context.cluster.get(pods, key)
      const isGoing = pod?.metadata.deletionTimestamp !== undefined
      if (pod === undefined || isGoing || isFinished(pod)) return {}
      for (const { name, ephemeral } of pod.spec.volumes ?? []) {
        const template = ephemeral?.volumeClaimTemplate
        if (template === undefined) continue
        const wanted = claimFor(pod, name, template as Parameters<typeof claimFor>[2])
        const { namespace = "", name: claimed = "" } = wanted.metadata
        const known = await context.cluster.get(claims, { namespace, name: claimed })
        if (known === undefined) await make(wanted, context)
      }
      return {}
    })
}
