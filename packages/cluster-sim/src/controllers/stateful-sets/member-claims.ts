import type { ReconcileContext } from "@argo-ts/k8s"
import {
  controllerOf,
  controllerReference,
  equalJson,
  type Kind,
  type KubernetesObject,
  type OwnerReference,
  type Stored,
} from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import type { Pod } from "../workloads.js"
import { ordinalOf, type StatefulSet } from "./stateful-set-decision.js"

const claims = builtInKind("v1", "PersistentVolumeClaim") as Kind<KubernetesObject>

type Owner = Stored<KubernetesObject>

/** What owns the claims of a member by the set's retention policy: with it they go. */
function ownerOfClaims(set: Stored<StatefulSet>, scaledAway?: Stored<Pod>): Owner | undefined {
  const { whenDeleted, whenScaled } = set.spec.persistentVolumeClaimRetentionPolicy ?? {}
  if (scaledAway !== undefined && whenScaled === "Delete") return scaledAway
  return whenDeleted === "Delete" ? set : undefined
}

function claimName(set: Stored<StatefulSet>, template: string | undefined, ordinal: number) {
  return `${template ?? ""}-${set.metadata.name}-${ordinal}`
}

/** Makes the claims of a member that are missing; answers one that is still going, where there is one. */
export async function createClaims(
  set: Stored<StatefulSet>,
  ordinal: number,
  { cluster, record }: ReconcileContext,
): Promise<string | undefined> {
  const { namespace = "", name: setName } = set.metadata
  let going: string | undefined
  const owner = ownerOfClaims(set)
  for (const { metadata = {}, spec } of set.spec.volumeClaimTemplates ?? []) {
    const name = claimName(set, metadata.name, ordinal)
    const known = await cluster.get(claims, { namespace, name })
    if (known?.metadata.deletionTimestamp !== undefined) going = name
    if (known !== undefined) continue
    const { name: _name, ...kept } = metadata
    const claim = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: {
        ...kept,
        namespace,
        name,
        labels: { ...metadata.labels, ...set.spec.selector.matchLabels },
        ...(owner === undefined ? {} : { ownerReferences: [controllerReference(owner)] }),
      },
      spec,
    }
    await cluster.create(claims, claim as KubernetesObject)
    const message = `create Claim ${name} Pod ${setName}-${ordinal} in StatefulSet ${setName} success`
    record(set, { type: "Normal", reason: "SuccessfulCreate", message })
  }
  return going
}

/** Makes claims that have gone while their pods wait for a node. */
export async function replaceClaims(
  set: Stored<StatefulSet>,
  members: readonly Stored<Pod>[],
  context: ReconcileContext,
): Promise<void> {
  if (set.metadata.deletionTimestamp !== undefined) return
  for (const pod of members) {
    const isWaiting = pod.status?.phase === "Pending" && pod.spec.nodeName === undefined
    const ordinal = ordinalOf(set, pod)
    if (!isWaiting || ordinal === undefined || pod.metadata.deletionTimestamp !== undefined)
      continue
    await createClaims(set, ordinal, context)
  }
}

/** The owners of a claim with none of the set's but the one that it is to have; a stranger's claim gets none. */
function withOwner(
  claim: Stored<KubernetesObject>,
  those: readonly Owner[],
  owner: Owner | undefined,
): readonly OwnerReference[] {
  const isOurs = ({ kind, name }: OwnerReference): boolean =>
    those.some((each) => each.kind === kind && each.metadata.name === name)
  const others = (claim.metadata.ownerReferences ?? []).filter((each) => !isOurs(each))
  const manager = controllerOf(claim)
  const isForeign = manager !== undefined && !isOurs(manager)
  return owner === undefined || isForeign ? others : [...others, controllerReference(owner)]
}

/** Has the claims of members owned as the retention policy says: those of pods that are scaled away by these. */
export async function settleClaimOwners(
  set: Stored<StatefulSet>,
  members: readonly Stored<Pod>[],
  { cluster }: ReconcileContext,
): Promise<void> {
  const { volumeClaimTemplates = [], ordinals, replicas = 1 } = set.spec
  if (set.metadata.deletionTimestamp !== undefined) return
  const { namespace = "" } = set.metadata
  const start = ordinals?.start ?? 0
  for (const pod of members) {
    const ordinal = ordinalOf(set, pod)
    if (ordinal === undefined) continue
    const isAway = ordinal < start || ordinal >= start + replicas
    // The claims of a member that is going are its last.
    if (!isAway && pod.metadata.deletionTimestamp !== undefined) continue
    const owner = ownerOfClaims(set, isAway ? pod : undefined)
    for (const { metadata } of volumeClaimTemplates) {
      const name = claimName(set, metadata?.name, ordinal)
      const claim = await cluster.get(claims, { namespace, name })
      if (claim === undefined || claim.metadata.deletionTimestamp !== undefined) continue
      const ownerReferences = withOwner(claim, [set, pod], owner)
      if (equalJson(ownerReferences, claim.metadata.ownerReferences ?? [])) continue
      await cluster.update(claims, { ...claim, metadata: { ...claim.metadata, ownerReferences } })
    }
  }
}
