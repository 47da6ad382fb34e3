import type { ReconcileContext } from "@argo-ts/k8s"
import { equalJson, formatInstant, type Stored } from "@argo-ts/kernel"
import {
  annotationOf,
  claimReference,
  claims,
  marks,
  type PersistentVolume,
  type VolumeClaim,
  type VolumePhase,
  volumes,
} from "./volume.js"

/** The volume as it is once it is taken for a claim; the same object where it is so already. */
export function takenFor(
  volume: Stored<PersistentVolume>,
  claim: Stored<VolumeClaim>,
): Stored<PersistentVolume> {
  const { name, namespace = "", uid } = claim.metadata
  const known = volume.spec.claimRef
  if (known?.uid === uid) return volume
  const claimRef = claimReference(claim)
  // What somebody took for the claim by hand stays taken when the claim goes elsewhere.
  const isByHand = known?.name === name && known.namespace === namespace
  const annotations = isByHand
    ? volume.metadata.annotations
    : { ...volume.metadata.annotations, [marks.boundByController]: "yes" }
  const metadata = { ...volume.metadata, ...(annotations === undefined ? {} : { annotations }) }
  return { ...volume, metadata, spec: { ...volume.spec, claimRef } }
}

function claimOn(claim: Stored<VolumeClaim>, volume: PersistentVolume): Stored<VolumeClaim> {
  const { name = "" } = volume.metadata
  const isOurs = claim.spec.volumeName !== name
  const annotations = {
    ...claim.metadata.annotations,
    [marks.bindCompleted]: annotationOf(claim, marks.bindCompleted) ?? "yes",
    ...(isOurs ? { [marks.boundByController]: "yes" } : {}),
  }
  const metadata = { ...claim.metadata, annotations }
  return { ...claim, metadata, spec: { ...claim.spec, volumeName: name } }
}

/** Writes the phase of a volume, with the instant at which it changed; nothing where it has it. */
export async function writePhase(
  volume: Stored<PersistentVolume>,
  phase: VolumePhase,
  { cluster, clock }: Pick<ReconcileContext, "cluster" | "clock">,
  why: { readonly message?: string } = {},
): Promise<Stored<PersistentVolume>> {
  if (volume.status?.phase === phase) return volume
  const status = { phase, ...why, lastPhaseTransitionTime: formatInstant(clock.now()) }
  return cluster.update(volumes, { ...volume, status }, { subresource: "status" })
}

/** Makes a claim and a volume say that they belong to each other, in the four writes of a real cluster. */
export async function bind(
  claim: Stored<VolumeClaim>,
  volume: Stored<PersistentVolume>,
  context: ReconcileContext,
): Promise<void> {
  const { cluster } = context
  const taken = takenFor(volume, claim)
  const stored = taken === volume ? volume : await cluster.update(volumes, taken)
  await writePhase(stored, "Bound", context)
  const wanted = claimOn(claim, stored)
  const bound = equalJson(wanted, claim) ? claim : await cluster.update(claims, wanted)
  const { accessModes, capacity, volumeAttributesClassName } = stored.spec
  const known = bound.status?.phase === "Bound" ? bound.status : {}
  const status = {
    ...known,
    phase: "Bound" as const,
    ...(accessModes === undefined ? {} : { accessModes }),
    // What was granted stays as it is: growing is not the binder's business.
    ...(capacity !== undefined && { capacity: known.capacity ?? capacity }),
    ...(volumeAttributesClassName === undefined
      ? {}
      : { currentVolumeAttributesClassName: volumeAttributesClassName }),
  }
  if (equalJson(status, bound.status)) return
  await cluster.update(claims, { ...bound, status }, { subresource: "status" })
}
