import {
  type Controller,
  controller,
  type EventRecord,
  type ReconcileContext,
  type ReconcileResult,
} from "@argo-ts/k8s"
import { compareQuantities, epochMs, formatInstant, type Stored } from "@argo-ts/kernel"
import {
  type Attempt,
  type ProvisionerScript,
  type ProvisionerScripts,
  retryMs,
  scriptOf,
} from "./provisioner.js"
import {
  annotationOf,
  claims,
  marks,
  type PersistentVolume,
  type VolumeClaim,
  volumes,
} from "./volume.js"

const resizeMsDefault = 1_000
const resizing = "Resizing"

/** A claim that wants more than it has been granted, and the volume that is to grow. */
interface Growth {
  readonly claim: Stored<VolumeClaim>
  readonly volume: Stored<PersistentVolume>
  /** What it wants. */
  readonly storage: string
  readonly script: ProvisionerScript
}

async function growthOf(
  claim: Stored<VolumeClaim>,
  scripts: ProvisionerScripts,
  { cluster }: ReconcileContext,
): Promise<Growth | undefined> {
  const { resources, volumeName: name = "" } = claim.spec
  const storage = resources?.requests?.["storage"]
  const granted = claim.status?.capacity?.["storage"]
  if (claim.status?.phase !== "Bound" || claim.metadata.deletionTimestamp !== undefined) return
  if (storage === undefined || granted === undefined) return
  if (compareQuantities(storage, granted) <= 0) return
  const volume = await cluster.get(volumes, { name })
  const by = volume === undefined ? undefined : annotationOf(volume, marks.provisionedBy)
  const script = by === undefined ? undefined : scriptOf(scripts, by)
  if (volume === undefined || script === undefined) return
  return { claim, volume, storage, script }
}

/** Says in the claim's status whether it grows. */
async function writeCondition(
  claim: Stored<VolumeClaim>,
  isGrowing: boolean,
  { cluster, clock }: ReconcileContext,
): Promise<void> {
  const known = claim.status?.conditions ?? []
  if (known.some(({ type }) => type === resizing) === isGrowing) return
  const others = known.filter(({ type }) => type !== resizing)
  const lastTransitionTime = formatInstant(clock.now())
  const own = { type: resizing, status: "True" as const, lastTransitionTime }
  const { conditions: _known, ...status } = claim.status ?? {}
  const conditions = [...others, ...(isGrowing ? [own] : [])]
  const next = conditions.length === 0 ? status : { ...status, conditions }
  await cluster.update(claims, { ...claim, status: next }, { subresource: "status" })
}

/** The volume is larger, and the claim says that it has been granted what it wanted. */
async function grow({ claim, volume, storage }: Growth, context: ReconcileContext): Promise<void> {
  const { cluster } = context
  const { capacity } = volume.spec
  if (compareQuantities(capacity?.["storage"] ?? "0", storage) < 0) {
    const spec = { ...volume.spec, capacity: { ...capacity, storage } }
    await cluster.update(volumes, { ...volume, spec })
  }
  const { conditions = [], ...status } = claim.status ?? {}
  const others = conditions.filter(({ type }) => type !== resizing)
  const granted = { ...status, capacity: { ...status.capacity, storage } }
  const next = others.length === 0 ? granted : { ...granted, conditions: others }
  await cluster.update(claims, { ...claim, status: next }, { subresource: "status" })
}

function failed({ volume }: Growth, error: string): EventRecord {
  const { name } = volume.metadata
  const by = annotationOf(volume, marks.provisionedBy)
  const message = `resize volume "${name}" by resizer "${by}" failed: ${error}`
  return { type: "Warning", reason: "VolumeResizeFailed", message }
}

/** Plays the external resizers of all provisioners: lets the volume of each claim grow that asks for more. */
export function volumeResizer(scripts: ProvisionerScripts = {}): Controller {
  const attempts = new Map<string, Attempt & { readonly storage: string }>()

  const work = async (growth: Growth, context: ReconcileContext): Promise<ReconcileResult> => {
    const { claim, volume, storage, script } = growth
    const now = context.clock.now()
    const { uid } = claim.metadata
    const known = attempts.get(uid)
    // Who wants yet another size begins anew.
    if (known?.storage !== storage) {
      const message = `External resizer is resizing volume ${volume.metadata.name}`
      context.record(claim, { type: "Normal", reason: resizing, message })
      const dueAt = epochMs(now + (script.resizeMs ?? resizeMsDefault))
      attempts.set(uid, { dueAt, failures: 0, storage })
      await writeCondition(claim, true, context)
      return { wakeAt: dueAt }
    }
    if (known.dueAt > now) return { wakeAt: known.dueAt }
    if (script.resizeError === undefined) {
      await grow(growth, context)
      const message = "Resize volume succeeded"
      context.record(claim, { type: "Normal", reason: "VolumeResizeSuccessful", message })
      attempts.delete(uid)
      return {}
    }
    context.record(claim, failed(growth, script.resizeError))
    const dueAt = epochMs(now + retryMs(known.failures))
    attempts.set(uid, { dueAt, failures: known.failures + 1, storage })
    return { wakeAt: dueAt }
  }
  return controller("cluster/resizer", claims)
    .recordsAs("external-resizer")
    .reconcile(async (key, context): Promise<ReconcileResult> => {
      const claim = await context.cluster.get(claims, key)
      if (claim === undefined) return {}
      const growth = await growthOf(claim, scripts, context)
      if (growth !== undefined) return work(growth, context)
      attempts.delete(claim.metadata.uid)
      return {}
    })
}
