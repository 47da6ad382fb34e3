import {
  type Controller,
  controller,
  type ReconcileContext,
  type ReconcileResult,
} from "@argo-ts/k8s"
import { byEach, compareText, type Stored } from "@argo-ts/kernel"
import { claimsOf } from "../pod-claims.js"
import { pods } from "../workloads.js"
import { bind, writePhase } from "./bind.js"
import { decideClaim } from "./claim-decision.js"
import {
  annotationOf,
  claimName,
  claims,
  marks,
  type PersistentVolume,
  storageClasses,
  type VolumeClaim,
  volumes,
} from "./volume.js"
import { decideVolume } from "./volume-decision.js"

/** The key under which every claim that waits is looked at. */
const everyClaim = "*waiting*"
const byClaim = "claim"

const oldestFirst = byEach<Stored<VolumeClaim>>(
  (left, right) => compareText(left.metadata.creationTimestamp, right.metadata.creationTimestamp),
  (left, right) => compareText(claimName(left.metadata), claimName(right.metadata)),
)

async function waitingPods(
  claim: Stored<VolumeClaim>,
  { cluster }: ReconcileContext,
): Promise<readonly string[]> {
  const { namespace = "", name } = claim.metadata
  const { items } = await cluster.list(pods, { namespace })
  return items
    .filter((pod) => pod.spec.nodeName === undefined && claimsOf(pod).includes(name))
    .map(({ metadata }) => metadata.name)
}

async function writeClaimPhase(
  claim: Stored<VolumeClaim>,
  phase: "Pending" | "Lost",
  { cluster }: ReconcileContext,
): Promise<void> {
  if (claim.status?.phase === phase) return
  const status = phase === "Lost" ? { ...claim.status, phase } : { phase }
  await cluster.update(claims, { ...claim, status }, { subresource: "status" })
}

/** Hands a claim to the provisioner of its class. */
async function handOver(
  claim: Stored<VolumeClaim>,
  provisioner: string,
  context: ReconcileContext,
): Promise<void> {
  const isHanded = annotationOf(claim, marks.provisioner) === provisioner
  const message = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`
  context.record(claim, { type: "Normal", reason: "ExternalProvisioning", message })
  if (isHanded) return
  const annotations = {
    ...claim.metadata.annotations,
    [marks.oldProvisioner]: provisioner,
    [marks.provisioner]: provisioner,
  }
  await context.cluster.update(claims, { ...claim, metadata: { ...claim.metadata, annotations } })
}

async function reconcileClaim(
  claim: Stored<VolumeClaim>,
  context: ReconcileContext,
): Promise<void> {
  const { cluster } = context
  const decision = decideClaim(claim, {
    volumes: (await cluster.list(volumes)).items,
    classes: (await cluster.list(storageClasses)).items,
    waitingPods: await waitingPods(claim, context),
  })
  switch (decision.type) {
    case "Bind":
      return bind(claim, decision.volume, context)
    case "Classify": {
      const spec = { ...claim.spec, storageClassName: decision.storageClass }
      await cluster.update(claims, { ...claim, spec })
      return
    }
    case "Provision":
      return handOver(claim, decision.provisioner, context)
    case "Lose": {
      const isNews = claim.status?.phase !== "Lost"
      await writeClaimPhase(claim, "Lost", context)
      if (isNews) context.record(claim, decision.event)
      return
    }
    case "Wait":
      if (decision.event !== undefined) context.record(claim, decision.event)
      return writeClaimPhase(claim, "Pending", context)
    default:
      return decision satisfies never
  }
}

/** Which claims a change of a volume concerns: the one that it is taken for, or every one that waits for a volume. */
function claimsFor(volume: Stored<PersistentVolume>) {
  const { namespace, name } = volume.spec.claimRef ?? {}
  if (name !== undefined && namespace !== undefined) return [{ namespace, name }]
  return [{ name: everyClaim }]
}

/**
 * Binds PersistentVolumeClaims to volumes, and hands them to provisioners where there is none. One at a time: two claims
 * never reach for one volume.
 */
export function claimBinder(): Controller {
  return controller("cluster/persistentvolume-binder", claims)
    .recordsAs("persistentvolume-controller")
    .watches(volumes, claimsFor)
    .watches(storageClasses, () => [{ name: everyClaim }])
    .concurrency(1)
    .reconcile(async (key, context): Promise<ReconcileResult> => {
      if (key.name !== everyClaim) {
        const claim = await context.cluster.get(claims, key)
        if (claim !== undefined) await reconcileClaim(claim, context)
        return {}
      }
      const { items } = await context.cluster.list(claims)
      const waiting = items.filter(
        (claim) => annotationOf(claim, marks.bindCompleted) === undefined,
      )
      for (const { metadata } of waiting.toSorted(oldestFirst)) {
        const { namespace = "", name } = metadata
        const claim = await context.cluster.get(claims, { namespace, name })
        if (claim !== undefined) await reconcileClaim(claim, context)
      }
      return {}
    })
}

async function free(
  volume: Stored<PersistentVolume>,
  keepsName: boolean,
  context: ReconcileContext,
): Promise<void> {
  const { claimRef, ...spec } = volume.spec
  const { uid: _uid, resourceVersion: _version, ...named } = claimRef ?? {}
  const { [marks.boundByController]: _bound, ...annotations } = volume.metadata.annotations ?? {}
  const next = {
    ...volume,
    metadata: { ...volume.metadata, annotations },
    spec: keepsName ? { ...spec, claimRef: named } : spec,
  }
  await writePhase(await context.cluster.update(volumes, next), "Available", context)
}

async function reconcileVolume(
  volume: Stored<PersistentVolume>,
  context: ReconcileContext,
): Promise<void> {
  const { cluster, record } = context
  const { namespace = "", name = "" } = volume.spec.claimRef ?? {}
  const claim = name === "" ? undefined : await cluster.get(claims, { namespace, name })
  const decision = decideVolume(volume, claim)
  switch (decision.type) {
    case "Settle":
      await writePhase(volume, decision.phase, context)
      return
    case "Free":
      return free(volume, decision.keepsName, context)
    case "Recycle":
      record(volume, { type: "Normal", reason: "VolumeRecycled", message: "Volume recycled" })
      return free(volume, false, context)
    case "Delete": {
      const { uid } = volume.metadata
      await cluster.delete(volumes, { name: volume.metadata.name }, { preconditions: { uid } })
      return
    }
    case "Fail": {
      const { reason, message } = decision
      await writePhase(volume, "Failed", context, { message })
      record(volume, { type: "Warning", reason, message })
      return
    }
    case "Wait":
      return
    default:
      return decision satisfies never
  }
}

/** Keeps the phases of PersistentVolumes, and does with those that their claims have left what their policy says. */
export function volumeReclaimer(): Controller {
  return controller("cluster/persistentvolume-reclaimer", volumes)
    .recordsAs("persistentvolume-controller")
    .indexes(volumes, byClaim, ({ spec }) =>
      spec.claimRef === undefined ? [] : [claimName(spec.claimRef)],
    )
    .watches(claims, ({ metadata: { namespace = "", name }, spec }) => [
      { namespace, name },
      ...(spec.volumeName === undefined ? [] : [{ name: spec.volumeName }]),
    ])
    .reconcile(async (key, context): Promise<ReconcileResult> => {
      // A key with a namespace is that of a claim: all volumes that are taken for it are meant.
      if (key.namespace !== undefined) {
        const taken = context.indexed(volumes, byClaim, claimName(key))
        for (const volume of taken) await reconcileVolume(volume, context)
        return {}
      }
      const volume = await context.cluster.get(volumes, key)
      if (volume !== undefined) await reconcileVolume(volume, context)
      return {}
    })
}
