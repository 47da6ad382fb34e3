import {
  type Controller,
  controller,
  type ReconcileContext,
  type ReconcileResult,
} from "@argo-ts/k8s"
import type { Kind, KubernetesObject, ObjectMeta, Stored } from "@argo-ts/kernel"
import { claimsOf } from "../pod-claims.js"
import { pods } from "../workloads.js"
import { claimProtection, claims, volumeProtection, volumes } from "./volume.js"

/** The finalizers that an object is to have; absent where it has them. */
export function decideProtection(
  { finalizers = [], deletionTimestamp }: ObjectMeta,
  protection: string,
  isInUse: boolean,
): readonly string[] | undefined {
  const isProtected = finalizers.includes(protection)
  if (deletionTimestamp === undefined) return isProtected ? undefined : [...finalizers, protection]
  if (!isProtected || isInUse) return undefined
  return finalizers.filter((each) => each !== protection)
}

async function protect<T extends KubernetesObject>(
  kind: Kind<T>,
  object: Stored<T>,
  by: { readonly protection: string; readonly isInUse: boolean },
  { cluster }: ReconcileContext,
): Promise<void> {
  const finalizers = decideProtection(object.metadata, by.protection, by.isInUse)
  if (finalizers === undefined) return
  await cluster.update(kind, { ...object, metadata: { ...object.metadata, finalizers } })
}

/** Holds a claim that is deleted for as long as there is a pod with a node that mounts it, ended or not. */
export function claimProtector(): Controller {
  return controller("cluster/pvc-protection", claims)
    .watches(pods, (pod) => {
      const { namespace = "" } = pod.metadata
      return claimsOf(pod).map((name) => ({ namespace, name }))
    })
    .reconcile(async (key, context): Promise<ReconcileResult> => {
      const claim = await context.cluster.get(claims, key)
      if (claim === undefined) return {}
      const users = context.watched(pods, key)
      const isInUse = users.some(({ spec }) => spec.nodeName !== undefined)
      await protect(claims, claim, { protection: claimProtection, isInUse }, context)
      return {}
    })
}

/** Holds a volume that is deleted for as long as it is bound. */
export function volumeProtector(): Controller {
  return controller("cluster/pv-protection", volumes).reconcile(
    async (key, context): Promise<ReconcileResult> => {
      const volume = await context.cluster.get(volumes, key)
      if (volume === undefined) return {}
      const isInUse = volume.status?.phase === "Bound"
      await protect(volumes, volume, { protection: volumeProtection, isInUse }, context)
      return {}
    },
  )
}
