import type { EventRecord } from "@argo-ts/k8s"
import type { Stored } from "@argo-ts/kernel"
import {
  annotationOf,
  classOf,
  defaultClassOf,
  isDelayed,
  marks,
  noProvisioner,
  type PersistentVolume,
  type StorageClass,
  type VolumeClaim,
} from "./volume.js"
import { bestVolume, isTakenFor, mismatchOf } from "./volume-match.js"

/** What to do about a claim. */
export type ClaimDecision =
  /** The claim and the volume belong to each other: both are to say so. */
  | { readonly type: "Bind"; readonly volume: Stored<PersistentVolume> }
  /** The claim stays Pending. */
  | { readonly type: "Wait"; readonly event?: EventRecord }
  /** The claim was made before there was a default class: it gets the class now. */
  | { readonly type: "Classify"; readonly storageClass: string }
  /** The claim is handed to the provisioner of its class. */
  | { readonly type: "Provision"; readonly provisioner: string }
  /** The claim has lost its volume for good. */
  | { readonly type: "Lose"; readonly event: EventRecord }

/** What a claim is decided by. */
export interface ClaimSurroundings {
  readonly volumes: readonly Stored<PersistentVolume>[]
  readonly classes: readonly Stored<StorageClass>[]
  /** Names of pods that use the claim and have no node yet. */
  readonly waitingPods: readonly string[]
}

function wait(type: "Normal" | "Warning", reason: string, message: string): ClaimDecision {
  return { type: "Wait", event: { type, reason, message } }
}

function lose(reason: string, message: string): ClaimDecision {
  return { type: "Lose", event: { type: "Warning", reason, message } }
}

function decideBound(claim: Stored<VolumeClaim>, observed: ClaimSurroundings): ClaimDecision {
  const { volumeName = "" } = claim.spec
  const data = "Data on the volume is lost!"
  if (volumeName === "") {
    return lose("ClaimLost", `Bound claim has lost reference to PersistentVolume. ${data}`)
  }
  const volume = observed.volumes.find(({ metadata }) => metadata.name === volumeName)
  if (volume === undefined) {
    return lose("ClaimLost", `Bound claim has lost its PersistentVolume. ${data}`)
  }
  const { claimRef } = volume.spec
  if (claimRef === undefined || claimRef.uid === claim.metadata.uid) return { type: "Bind", volume }
  const why = "Two claims are bound to the same volume, this one is bound incorrectly"
  return lose("ClaimMisbound", why)
}

function decideNamed(claim: Stored<VolumeClaim>, observed: ClaimSurroundings): ClaimDecision {
  const { volumeName = "" } = claim.spec
  const volume = observed.volumes.find(({ metadata }) => metadata.name === volumeName)
  if (volume === undefined) return { type: "Wait" }
  if (volume.spec.claimRef === undefined) {
    const why = mismatchOf(volume, claim)
    if (why === undefined) return { type: "Bind", volume }
    const message = `Cannot bind to requested volume "${volumeName}": ${why}`
    return wait("Warning", "VolumeMismatch", message)
  }
  if (isTakenFor(volume, claim)) return { type: "Bind", volume }
  const message = `volume "${volumeName}" already bound to a different claim.`
  return wait("Warning", "FailedBinding", message)
}

function decideProvisioning(
  claim: Stored<VolumeClaim>,
  observed: ClaimSurroundings,
): ClaimDecision {
  const name = classOf(claim)
  const found = observed.classes.find(({ metadata }) => metadata.name === name)
  if (found === undefined) {
    const message = `storageclass.storage.k8s.io "${name}" not found`
    return wait("Warning", "ProvisioningFailed", message)
  }
  const { provisioner } = found
  if (provisioner !== noProvisioner) return { type: "Provision", provisioner }
  const message = `no volume plugin matched name: ${noProvisioner}`
  return wait("Warning", "ProvisioningFailed", message)
}

function waitForConsumer(pods: readonly string[]): ClaimDecision {
  if (pods.length === 0) {
    const message = "waiting for first consumer to be created before binding"
    return wait("Normal", "WaitForFirstConsumer", message)
  }
  const message = `waiting for pod${pods.length > 1 ? "s" : ""} ${pods.join(",")} to be scheduled`
  return wait("Normal", "WaitForPodScheduled", message)
}

function decideOpen(claim: Stored<VolumeClaim>, observed: ClaimSurroundings): ClaimDecision {
  const name = classOf(claim)
  const isLate = isDelayed(observed.classes.find(({ metadata }) => metadata.name === name))
  const volume = bestVolume(claim, observed.volumes, { isDelayed: isLate })
  if (volume !== undefined) return { type: "Bind", volume }
  if (claim.spec.storageClassName === undefined) {
    const storageClass = defaultClassOf(observed.classes)?.metadata.name
    if (storageClass !== undefined) return { type: "Classify", storageClass }
  }
  const hasNode = (annotationOf(claim, marks.selectedNode) ?? "") !== ""
  if (isLate && !hasNode) return waitForConsumer(observed.waitingPods)
  if (name !== "") return decideProvisioning(claim, observed)
  const message = "no persistent volumes available for this claim and no storage class is set"
  return wait("Normal", "FailedBinding", message)
}

/** What a claim needs next: a function of the claim, the volumes and the classes (spec/cluster §8.10). */
export function decideClaim(
  claim: Stored<VolumeClaim>,
  observed: ClaimSurroundings,
): ClaimDecision {
  if (annotationOf(claim, marks.bindCompleted) !== undefined) return decideBound(claim, observed)
  if ((claim.spec.volumeName ?? "") !== "") return decideNamed(claim, observed)
  return decideOpen(claim, observed)
}
