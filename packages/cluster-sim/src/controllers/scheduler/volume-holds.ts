import { type EpochMs, epochMs, type Stored } from "@argo-ts/kernel"
import type { StoredObject } from "../../store/stored-object.js"
import type { AgentStore } from "../agents/agent.js"
import { takenFor } from "../volumes/bind.js"
import {
  annotationOf,
  marks,
  type PersistentVolume,
  type StorageClass,
  type VolumeClaim,
} from "../volumes/volume.js"
import type { Ledger } from "./ledger.js"
import type { PodVolumes, VolumeChoice, VolumeReader } from "./pod-volumes.js"

const claimsId = "/persistentvolumeclaims"
const volumesId = "/persistentvolumes"
const classesId = "storage.k8s.io/storageclasses"
const bindTimeoutMs = 600_000

/** The kinds whose changes may let a pod with claims go on. */
export const volumeKinds: ReadonlySet<string> = new Set([claimsId, volumesId, classesId])

/** True where a change is one of a claim. */
export function isClaimKind(kindId: string): boolean {
  return kindId === claimsId
}

/** Reads claims, volumes and classes from the store. */
export function volumeReader(store: AgentStore, ledger: Pick<Ledger, "isClaimed">): VolumeReader {
  const read = <T>(kindId: string, key: string): T | undefined =>
    store.get(kindId, key) as unknown as T | undefined
  return {
    claim: (namespace, name) => read<Stored<VolumeClaim>>(claimsId, `${namespace}/${name}`),
    volume: (name) => read<Stored<PersistentVolume>>(volumesId, name),
    volumes: () => store.list(volumesId) as unknown as readonly Stored<PersistentVolume>[],
    isClaimed: (namespace, name) => ledger.isClaimed(`${namespace}/${name}`),
    storageClass: (name) => (name === "" ? undefined : read<Stored<StorageClass>>(classesId, name)),
  }
}

/** A pod that has its node, and waits there for its volumes before it is bound. */
export interface VolumeHold {
  readonly node: string
  readonly until: EpochMs
  /** Claims that somebody makes volumes for on that node. */
  readonly provisioned: ReadonlySet<string>
}

/** What becomes of a held pod. */
export type HoldDecision =
  | { readonly type: "Bind" }
  | { readonly type: "Wait" }
  | { readonly type: "Fail"; readonly message: string }

function failed(why: string): HoldDecision {
  const message = `running PreBind plugin "VolumeBinding": binding volumes: ${why}`
  return { type: "Fail", message }
}

/** Whether a held pod may be bound: a function of its volumes and the time. */
export function decideHold(
  hold: VolumeHold,
  view: PodVolumes | undefined,
  now: EpochMs,
): HoldDecision {
  if (view === undefined || (view.type === "Open" && view.delayed.length === 0)) {
    return { type: "Bind" }
  }
  if (view.type === "Blocked") return failed(view.message)
  for (const { claim } of view.delayed) {
    const { name } = claim.metadata
    const isAsked = (annotationOf(claim, marks.selectedNode) ?? "") !== ""
    if (hold.provisioned.has(name) && !isAsked)
      return failed(`provisioning failed for PVC "${name}"`)
  }
  return now < hold.until ? { type: "Wait" } : failed("context deadline exceeded")
}

/** Takes the chosen volumes for their claims, and tells provisioners the node of the others. */
export function holdVolumes(
  store: AgentStore,
  choices: readonly VolumeChoice[],
  at: { readonly node: string; readonly now: EpochMs },
): VolumeHold {
  const provisioned = new Set<string>()
  for (const { claim, volume } of choices) {
    if (volume !== undefined) {
      const taken = takenFor(volume, claim)
      if (taken !== volume) store.replace(volumesId, volume as unknown as StoredObject, taken)
      continue
    }
    provisioned.add(claim.metadata.name)
    if (annotationOf(claim, marks.selectedNode) === at.node) continue
    const annotations = { ...claim.metadata.annotations, [marks.selectedNode]: at.node }
    const metadata = { ...claim.metadata, annotations }
    store.replace(claimsId, claim as unknown as StoredObject, { ...claim, metadata })
  }
  return { node: at.node, until: epochMs(at.now + bindTimeoutMs), provisioned }
}

/** Which waiting pods use which claim: keys of pods by keys of claims. */
export interface Claimants {
  set(pod: string, claims: readonly string[]): void
  of(claim: string): Iterable<string>
  all(): Iterable<string>
}

/** Nobody waits yet. */
export function createClaimants(): Claimants {
  const byClaim = new Map<string, Set<string>>()
  const byPod = new Map<string, readonly string[]>()
  return {
    set(pod, claims) {
      for (const claim of byPod.get(pod) ?? []) {
        const pods = byClaim.get(claim)
        pods?.delete(pod)
        if (pods?.size === 0) byClaim.delete(claim)
      }
      if (claims.length === 0) byPod.delete(pod)
      else byPod.set(pod, claims)
      for (const claim of claims) {
        const pods = byClaim.get(claim)
        if (pods === undefined) byClaim.set(claim, new Set([pod]))
        else pods.add(pod)
      }
    },
    of: (claim) => byClaim.get(claim) ?? [],
    all: () => byPod.keys(),
  }
}
