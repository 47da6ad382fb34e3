import {
  type Controller,
  controller,
  type EventRecord,
  isClusterError,
  type ReconcileContext,
  type ReconcileResult,
} from "@argo-ts/k8s"
import { type EpochMs, epochMs, type Stored } from "@argo-ts/kernel"
import {
  annotationOf,
  claimReference,
  claims,
  isDelayed,
  marks,
  type PersistentVolume,
  type StorageClass,
  storageClasses,
  type VolumeClaim,
  volumes,
} from "./volume.js"

/** How the provisioner of storage classes behaves. */
export interface ProvisionerScript {
  /** From the request to the volume. Default 1,000 ms. */
  readonly provisionMs?: number
  /** What it fails with, again and again, at intervals that double from 15 s to 1,000 s. Default: it does not fail. */
  readonly error?: string
  /** From a claim's wish to grow to its larger volume. Default 1,000 ms. */
  readonly resizeMs?: number
  /** What growing fails with, at intervals as those of `error`. Default: it does not fail. */
  readonly resizeError?: string
}

/** How provisioners behave, by the name that classes give; `null` is one that does not run. */
export interface ProvisionerScripts {
  readonly [provisioner: string]: ProvisionerScript | null
}

const finalizer = "external-provisioner.volume.kubernetes.io/finalizer"
const provisionMsDefault = 1_000
const firstRetryMs = 15_000
const lastRetryMs = 1_000_000

/** How long a provisioner waits after so many failures and one more. */
export function retryMs(failures: number): number {
  return Math.min(firstRetryMs * 2 ** failures, lastRetryMs)
}

/** What is known of a request while it is worked on; a provisioner that starts again starts over. */
export interface Attempt {
  readonly dueAt: EpochMs
  readonly failures: number
}

/** How a provisioner behaves; absent where it does not run. */
export function scriptOf(
  scripts: ProvisionerScripts,
  provisioner: string,
): ProvisionerScript | undefined {
  if (!Object.hasOwn(scripts, provisioner)) return {}
  return scripts[provisioner] ?? undefined
}

/** The provisioner that a claim waits for; absent where it waits for none, or for its first consumer. */
function awaited(claim: VolumeClaim, storageClass: StorageClass | undefined): string | undefined {
  const provisioner = annotationOf(claim, marks.provisioner)
  if ((claim.spec.volumeName ?? "") !== "" || storageClass === undefined) return undefined
  if (claim.metadata.deletionTimestamp !== undefined) return undefined
  if (isDelayed(storageClass) && (annotationOf(claim, marks.selectedNode) ?? "") === "") {
    return undefined
  }
  return provisioner === storageClass.provisioner ? provisioner : undefined
}

function volumeFor(
  claim: Stored<VolumeClaim>,
  storageClass: Stored<StorageClass>,
): PersistentVolume {
  const { uid } = claim.metadata
  const { provisioner, reclaimPolicy = "Delete", mountOptions } = storageClass
  const { accessModes = [], resources, volumeMode = "Filesystem" } = claim.spec
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: {
      name: `pvc-${uid}`,
      annotations: { [marks.provisionedBy]: provisioner },
      ...(reclaimPolicy === "Delete" ? { finalizers: [finalizer] } : {}),
    },
    spec: {
      capacity: { storage: resources?.requests?.["storage"] ?? "0" },
      accessModes,
      claimRef: claimReference(claim),
      persistentVolumeReclaimPolicy: reclaimPolicy,
      storageClassName: storageClass.metadata.name,
      volumeMode,
      ...(mountOptions === undefined ? {} : { mountOptions }),
      csi: { driver: provisioner, volumeHandle: `pvc-${uid}` },
    },
  }
}

async function provision(
  claim: Stored<VolumeClaim>,
  storageClass: Stored<StorageClass>,
  { cluster, record }: ReconcileContext,
): Promise<void> {
  const wanted = volumeFor(claim, storageClass)
  try {
    await cluster.create(volumes, wanted)
  } catch (error) {
    // It was made before the claim was seen with it.
    if (!isClusterError(error, "AlreadyExists")) throw error
  }
  const message = `Successfully provisioned volume ${wanted.metadata.name}`
  record(claim, { type: "Normal", reason: "ProvisioningSucceeded", message })
}

/** Deletes a volume that was made for a claim which has gone, and lets it go. */
async function unprovision(
  volume: Stored<PersistentVolume>,
  { cluster }: ReconcileContext,
): Promise<void> {
  const { name, uid, finalizers = [], deletionTimestamp } = volume.metadata
  const isReleased = volume.status?.phase === "Released"
  const isOurs = volume.spec.persistentVolumeReclaimPolicy === "Delete" && isReleased
  if (isOurs && deletionTimestamp === undefined) {
    await cluster.delete(volumes, { name }, { preconditions: { uid } })
    return
  }
  const isHeld = finalizers.includes(finalizer)
  if (deletionTimestamp === undefined || !isHeld || volume.status?.phase === "Bound") return
  const kept = finalizers.filter((each) => each !== finalizer)
  await cluster.update(volumes, { ...volume, metadata: { ...volume.metadata, finalizers: kept } })
}

const begun = (claim: VolumeClaim): EventRecord => {
  const { namespace = "", name = "" } = claim.metadata
  const message = `External provisioner is provisioning volume for claim "${namespace}/${name}"`
  return { type: "Normal", reason: "Provisioning", message }
}

function failed(storageClass: string, error: string): EventRecord {
  const message = `failed to provision volume with StorageClass "${storageClass}": ${error}`
  return { type: "Warning", reason: "ProvisioningFailed", message }
}

/**
 * Plays the external provisioners of all storage classes: makes a volume for each claim that waits for one, and deletes
 * it when its claim has gone and its policy says so.
 */
export function volumeProvisioner(scripts: ProvisionerScripts = {}): Controller {
  const attempts = new Map<string, Attempt>()

  const work = async (
    claim: Stored<VolumeClaim>,
    storageClass: Stored<StorageClass>,
    context: ReconcileContext,
  ): Promise<ReconcileResult> => {
    const script = scriptOf(scripts, storageClass.provisioner)
    if (script === undefined) return {}
    const now = context.clock.now()
    const { uid } = claim.metadata
    const { dueAt, failures = 0 } = attempts.get(uid) ?? {}
    if (dueAt === undefined) {
      context.record(claim, begun(claim))
      const first = epochMs(now + (script.provisionMs ?? provisionMsDefault))
      attempts.set(uid, { dueAt: first, failures: 0 })
      if (first > now) return { wakeAt: first }
    } else if (dueAt > now) return { wakeAt: dueAt }
    if (script.error === undefined) {
      await provision(claim, storageClass, context)
      attempts.delete(uid)
      return {}
    }
    context.record(claim, failed(storageClass.metadata.name, script.error))
    const next = epochMs(now + retryMs(failures))
    attempts.set(uid, { dueAt: next, failures: failures + 1 })
    return { wakeAt: next }
  }
  return controller("cluster/provisioner", claims)
    .recordsAs("external-provisioner")
    .watches(volumes, (volume) =>
      annotationOf(volume, marks.provisionedBy) === undefined
        ? []
        : [{ name: volume.metadata.name }],
    )
    .reconcile(async (key, context): Promise<ReconcileResult> => {
      const { cluster } = context
      // A key without a namespace is that of a volume.
      if (key.namespace === undefined) {
        const volume = await cluster.get(volumes, key)
        const by = volume === undefined ? undefined : annotationOf(volume, marks.provisionedBy)
        const isRunning = by !== undefined && scriptOf(scripts, by) !== undefined
        if (volume !== undefined && isRunning) await unprovision(volume, context)
        return {}
      }
      const claim = await cluster.get(claims, key)
      const className = claim?.spec.storageClassName
      if (claim === undefined || className === undefined) return {}
      const storageClass = await cluster.get(storageClasses, { name: className })
      if (awaited(claim, storageClass) === undefined || storageClass === undefined) {
        attempts.delete(claim.metadata.uid)
        return {}
      }
      return work(claim, storageClass, context)
    })
}
