import type { Stored } from "@argo-ts/kernel"
import {
  annotationOf,
  marks,
  type PersistentVolume,
  type VolumeClaim,
  type VolumePhase,
} from "./volume.js"

/** What to do about a volume. */
export type VolumeDecision =
  | { readonly type: "Settle"; readonly phase: VolumePhase }
  /** The volume is free again: its claim is forgotten, or only its uid where somebody took it for a claim by hand. */
  | { readonly type: "Free"; readonly keepsName: boolean }
  /** Its content is wiped, and it is free again. */
  | { readonly type: "Recycle" }
  | { readonly type: "Delete" }
  | { readonly type: "Fail"; readonly reason: string; readonly message: string }
  /** Its claim is to be looked at: it is the claim that completes the binding. */
  | { readonly type: "Wait" }

function fail(reason: string, message: string): VolumeDecision {
  return { type: "Fail", reason, message }
}

function decideDeletion(volume: PersistentVolume): VolumeDecision {
  const { name = "" } = volume.metadata
  // Whoever has made the volume unmakes it, once it is Released.
  if (annotationOf(volume, marks.provisionedBy) !== undefined) return { type: "Wait" }
  const { hostPath } = volume.spec
  if (hostPath === undefined) {
    const plugin = "no deletable volume plugin matched"
    const message = `error getting deleter volume plugin for volume "${name}": ${plugin}`
    return fail("VolumeFailedDelete", message)
  }
  if (/^\/tmp\/.+/.test(hostPath.path)) return { type: "Delete" }
  const message = `host_path deleter only supports /tmp/.+ but received provided ${hostPath.path}`
  return fail("VolumeFailedDelete", message)
}

/** What becomes of a volume that its claim has left. */
function decideReleased(volume: Stored<PersistentVolume>): VolumeDecision {
  const { persistentVolumeReclaimPolicy: policy = "Retain", hostPath, nfs } = volume.spec
  const phase = volume.status?.phase
  if (phase !== "Released" && phase !== "Failed") return { type: "Settle", phase: "Released" }
  if (policy === "Retain" || phase === "Failed") return { type: "Wait" }
  if (policy === "Delete") return decideDeletion(volume)
  if (hostPath !== undefined || nfs !== undefined) return { type: "Recycle" }
  return fail("VolumeFailedRecycle", "No recycler plugin found for the volume!")
}

/**
 * What a volume needs next: a function of the volume and of the claim that it is taken for, by name, where that claim
 * exists (spec/cluster §8.10).
 */
export function decideVolume(
  volume: Stored<PersistentVolume>,
  found: Stored<VolumeClaim> | undefined,
): VolumeDecision {
  const { claimRef } = volume.spec
  if (claimRef === undefined || (claimRef.uid ?? "") === "") {
    return { type: "Settle", phase: "Available" }
  }
  // A claim of the same name that was made later is another one.
  const claim = found?.metadata.uid === claimRef.uid ? found : undefined
  if (claim === undefined) return decideReleased(volume)
  const { volumeName = "" } = claim.spec
  if (volumeName === "") return { type: "Wait" }
  if (volumeName === volume.metadata.name) return { type: "Settle", phase: "Bound" }
  // The claim has found another volume. What was made for it alone goes; anything else is free again.
  const isMadeForIt = annotationOf(volume, marks.provisionedBy) !== undefined
  if (isMadeForIt && volume.spec.persistentVolumeReclaimPolicy === "Delete") {
    return decideReleased(volume)
  }
  return { type: "Free", keepsName: annotationOf(volume, marks.boundByController) === undefined }
}
