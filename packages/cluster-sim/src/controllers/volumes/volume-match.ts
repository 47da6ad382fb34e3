import {
  byEach,
  compareNumber,
  compareQuantities,
  compareText,
  matchesLabels,
} from "@argo-ts/kernel"
import { matchesTerm } from "../scheduler/node-affinity.js"
import { classOf, type PersistentVolume, type VolumeClaim } from "./volume.js"

/** The amount of storage that a claim asks for. */
export function requestedStorage({ spec }: VolumeClaim): string {
  return spec.resources?.requests?.["storage"] ?? "0"
}

/** The amount of storage that a volume has. */
export function storageOf({ spec }: PersistentVolume): string {
  return spec.capacity?.["storage"] ?? "0"
}

/** True where a volume is taken for just this claim: by its uid, or by its name alone where nobody was bound yet. */
export function isTakenFor(volume: PersistentVolume, claim: VolumeClaim): boolean {
  const { claimRef } = volume.spec
  if (claimRef === undefined) return false
  const { name, namespace, uid } = claim.metadata
  if (claimRef.name !== name || claimRef.namespace !== namespace) return false
  return claimRef.uid === undefined || claimRef.uid === "" || claimRef.uid === uid
}

function hasModes(volume: PersistentVolume, claim: VolumeClaim): boolean {
  const given = volume.spec.accessModes ?? []
  return (claim.spec.accessModes ?? []).every((mode) => given.includes(mode))
}

function hasVolumeMode(volume: PersistentVolume, claim: VolumeClaim): boolean {
  return (volume.spec.volumeMode ?? "Filesystem") === (claim.spec.volumeMode ?? "Filesystem")
}

function isLargeEnough(volume: PersistentVolume, claim: VolumeClaim): boolean {
  return compareQuantities(storageOf(volume), requestedStorage(claim)) >= 0
}

/** Why a volume that a claim names cannot be its; absent where it can. */
export function mismatchOf(volume: PersistentVolume, claim: VolumeClaim): string | undefined {
  if (!isLargeEnough(volume, claim)) return "requested PV is too small"
  if (classOf(volume) !== classOf(claim)) return "storageClassName does not match"
  const attributes = claim.spec.volumeAttributesClassName ?? ""
  if (attributes !== (volume.spec.volumeAttributesClassName ?? "")) {
    return "volumeAttributesClassName does not match"
  }
  if (!hasVolumeMode(volume, claim)) return "incompatible volumeMode"
  return hasModes(volume, claim) ? undefined : "incompatible accessMode"
}

/** True where a volume can be reached from a node. */
export function reaches(
  { spec }: PersistentVolume,
  node: { readonly name: string; readonly labels: { readonly [label: string]: string } },
): boolean {
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms
  return terms === undefined || terms.some((term) => matchesTerm(term, node))
}

function isFree(volume: PersistentVolume, claim: VolumeClaim): boolean {
  const { selector } = claim.spec
  return (
    volume.spec.claimRef === undefined &&
    volume.status?.phase === "Available" &&
    classOf(volume) === classOf(claim) &&
    (selector === undefined || matchesLabels(selector, volume.metadata.labels))
  )
}

/** Fewest access modes first, so that a claim takes no more than it needs; then the smallest; then by name. */
const tightestFirst = byEach<PersistentVolume>(
  (left, right) =>
    compareNumber(left.spec.accessModes?.length ?? 0, right.spec.accessModes?.length ?? 0),
  (left, right) => compareQuantities(storageOf(left), storageOf(right)),
  (left, right) => compareText(left.metadata.name ?? "", right.metadata.name ?? ""),
)

/** What narrows the choice of a volume beside the claim itself. */
export interface MatchOptions {
  /** Only volumes that are taken for the claim already: the others wait for the node of its first consumer. */
  readonly isDelayed?: boolean
  /** The node from which the volume must be reached. */
  readonly node?: { readonly name: string; readonly labels: { readonly [label: string]: string } }
  /** Volumes that are given away in the same breath. */
  readonly except?: ReadonlySet<string>
}

/**
 * The volume that suits a claim best (spec/cluster §8.10): one that is taken for it, or of the free ones with its class,
 * mode, access modes, labels and size the smallest. Absent where there is none.
 */
export function bestVolume<V extends PersistentVolume>(
  claim: VolumeClaim,
  all: readonly V[],
  { isDelayed = false, node, except }: MatchOptions = {},
): V | undefined {
  const possible = all.filter(
    (volume) =>
      volume.metadata.deletionTimestamp === undefined &&
      except?.has(volume.metadata.name ?? "") !== true &&
      hasModes(volume, claim) &&
      hasVolumeMode(volume, claim) &&
      isLargeEnough(volume, claim) &&
      (node === undefined || reaches(volume, node)),
  )
  const taken = possible.find((volume) => isTakenFor(volume, claim))
  if (taken !== undefined) return taken
  if (isDelayed && node === undefined) return undefined
  return possible.filter((volume) => isFree(volume, claim)).toSorted(tightestFirst)[0]
}
