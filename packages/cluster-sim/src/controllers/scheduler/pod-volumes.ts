import type { Stored } from "@argo-ts/kernel"
import { claimsOf, isEphemeralOf } from "../pod-claims.js"
import {
  annotationOf,
  classOf,
  isDelayed,
  marks,
  noProvisioner,
  type PersistentVolume,
  type StorageClass,
  type VolumeClaim,
} from "../volumes/volume.js"
import { bestVolume, reaches } from "../volumes/volume-match.js"
import type { Pod } from "../workloads.js"

/** Reads what claims are about. */
export interface VolumeReader {
  claim(namespace: string, name: string): Stored<VolumeClaim> | undefined
  volume(name: string): Stored<PersistentVolume> | undefined
  volumes(): readonly Stored<PersistentVolume>[]
  storageClass(name: string): Stored<StorageClass> | undefined
  /** True for a claim that a pod on some node mounts. */
  isClaimed(namespace: string, name: string): boolean
}

/** A node as far as volumes go. */
export interface Place {
  readonly name: string
  readonly labels: { readonly [label: string]: string }
}

/** A claim that waits for its pod to have a node. */
interface DelayedClaim {
  readonly claim: Stored<VolumeClaim>
  readonly storageClass: Stored<StorageClass>
}

/** What a pod's claims mean for where it can go. */
export type PodVolumes =
  /** Nowhere, whatever the node. */
  | { readonly type: "Blocked"; readonly message: string }
  | {
      readonly type: "Open"
      /** Volumes of claims that are bound; absent ones are gone. */
      readonly bound: readonly (Stored<PersistentVolume> | undefined)[]
      readonly delayed: readonly DelayedClaim[]
      /** True where a claim that one pod alone may use is used already. */
      readonly isTaken: boolean
      /** Volumes to choose from. */
      readonly volumes: readonly Stored<PersistentVolume>[]
    }

/** What a delayed claim is to get: a volume that is there, or one that is made for it where its pod goes. */
export interface VolumeChoice {
  readonly claim: Stored<VolumeClaim>
  readonly volume: Stored<PersistentVolume> | undefined
}

function isBound({ spec, metadata }: VolumeClaim): boolean {
  const isComplete = metadata.annotations?.[marks.bindCompleted] !== undefined
  return isComplete && (spec.volumeName ?? "") !== ""
}

/** Why a pod may not use a claim. */
function refusalOf(
  pod: Pod,
  claim: Stored<VolumeClaim> | undefined,
  name: string,
): string | undefined {
  const isOwn = isEphemeralOf(pod, name)
  if (claim === undefined) {
    return isOwn
      ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
      : `persistentvolumeclaim "${name}" not found`
  }
  const owner = claim.metadata.ownerReferences?.find(({ controller }) => controller === true)
  if (isOwn && owner?.uid !== pod.metadata.uid) {
    const where = `${pod.metadata.namespace}/${name}`
    return `PVC ${where} was not created for pod ${pod.metadata.namespace}/${pod.metadata.name} (pod is not owner)`
  }
  if (claim.status?.phase === "Lost") {
    const { volumeName = "" } = claim.spec
    return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${volumeName}"`
  }
  if (claim.metadata.deletionTimestamp === undefined) return undefined
  return `persistentvolumeclaim "${name}" is being deleted`
}

/** What the claims of a pod mean for it; absent for a pod without claims. */
export function lookAtVolumes(pod: Pod, read: VolumeReader): PodVolumes | undefined {
  const names = claimsOf(pod)
  if (names.length === 0) return undefined
  const bound: (Stored<PersistentVolume> | undefined)[] = []
  const delayed: DelayedClaim[] = []
  const { namespace = "" } = pod.metadata
  let waits = false
  let isTaken = false
  for (const name of names) {
    const claim = read.claim(namespace, name)
    const message = refusalOf(pod, claim, name)
    if (claim === undefined || message !== undefined) {
      return { type: "Blocked", message: message ?? "" }
    }
    const isForOne = claim.spec.accessModes?.includes("ReadWriteOncePod") === true
    if (isForOne && read.isClaimed(namespace, name)) isTaken = true
    const storageClass = read.storageClass(classOf(claim))
    if (isBound(claim)) bound.push(read.volume(claim.spec.volumeName ?? ""))
    else if (storageClass !== undefined && isDelayed(storageClass) && !claim.spec.volumeName) {
      delayed.push({ claim, storageClass })
    } else waits = true
  }
  if (waits) {
    return { type: "Blocked", message: "pod has unbound immediate PersistentVolumeClaims" }
  }
  return {
    type: "Open",
    bound,
    delayed,
    isTaken,
    volumes: delayed.length > 0 ? read.volumes() : [],
  }
}

function isInTopology({ allowedTopologies = [] }: StorageClass, { labels }: Place): boolean {
  if (allowedTopologies.length === 0) return true
  return allowedTopologies.some(({ matchLabelExpressions = [] }) =>
    matchLabelExpressions.every(({ key, values }) => {
      const value = Object.hasOwn(labels, key) ? labels[key] : undefined
      return value !== undefined && values.includes(value)
    }),
  )
}

/** What each delayed claim gets where the pod goes to a node; absent where one of them gets nothing. */
export function choicesOn(view: PodVolumes, node: Place): readonly VolumeChoice[] | undefined {
  if (view.type === "Blocked") return undefined
  const given = new Set<string>()
  const choices: VolumeChoice[] = []
  for (const { claim, storageClass } of view.delayed) {
    const selected = annotationOf(claim, marks.selectedNode) ?? ""
    const volume =
      selected === "" ? bestVolume(claim, view.volumes, { node, except: given }) : undefined
    if (volume === undefined) {
      const isElsewhere = selected !== "" && selected !== node.name
      const isByHand = storageClass.provisioner === noProvisioner
      if (isElsewhere || isByHand || !isInTopology(storageClass, node)) return undefined
    } else given.add(volume.metadata.name)
    choices.push({ claim, volume })
  }
  return choices
}

/** Why a pod fits nowhere while another one has its claim. */
export const takenReason =
  "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"

/** Why a pod's volumes keep it from a node; absent where they do not. */
export function volumeReason(view: PodVolumes, node: Place): string | undefined {
  if (view.type === "Blocked") return view.message
  if (view.isTaken) return takenReason
  if (view.bound.includes(undefined)) {
    return "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
  }
  if (view.bound.some((volume) => volume !== undefined && !reaches(volume, node))) {
    return "node(s) had volume node affinity conflict"
  }
  if (view.delayed.length === 0 || choicesOn(view, node) !== undefined) return undefined
  return "node(s) didn't find available persistent volumes to bind"
}
