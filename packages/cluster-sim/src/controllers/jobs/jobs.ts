import {
  type Controller,
  controller,
  isClusterError,
  type ReconcileContext,
  type ReconcileResult,
} from "@argo-ts/k8s"
import {
  controllerOf,
  controllerReference,
  equalJson,
  keyOf,
  matchesLabels,
  type ObjectKey,
  type Stored,
} from "@argo-ts/kernel"
import { deletePod } from "../delete-pod.js"
import { isFinished, type Pod, pods } from "../workloads.js"
import { isManagedElsewhere, isOf, isTracked, type Job, jobs, trackingFinalizer } from "./job.js"
import { decideJob, type JobDecision } from "./job-decision.js"
import { podOf } from "./job-pods.js"

/** Takes the finalizer off a pod; one that went meanwhile needs nothing. */
async function release(pod: Stored<Pod>, { cluster }: ReconcileContext): Promise<void> {
  if (!isTracked(pod)) return
  const { finalizers = [], uid } = pod.metadata
  const kept = finalizers.filter((name) => name !== trackingFinalizer)
  const patch = { metadata: { uid, finalizers: kept } }
  try {
    await cluster.patch(pods, keyOf(pod), { type: "merge", patch })
  } catch (error) {
    if (!isClusterError(error, "NotFound")) throw error
  }
}

interface Creation {
  readonly created: number
  readonly error?: unknown
}

function isGoingNamespace(error: unknown): boolean {
  if (!(error instanceof Error) || !isClusterError(error, "Forbidden")) return false
  return error.message.endsWith("is being terminated")
}

/** Makes pods until one is refused. */
async function create(
  job: Stored<Job>,
  wanted: JobDecision["create"],
  { cluster, record }: ReconcileContext,
): Promise<Creation> {
  let created = 0
  for (const each of wanted) {
    try {
      const { metadata } = await cluster.create(pods, podOf(job, each))
      const message = `Created pod: ${metadata.name}`
      record(job, { type: "Normal", reason: "SuccessfulCreate", message })
      created++
    } catch (error) {
      if (isGoingNamespace(error)) return { created }
      const message = `Error creating: ${error instanceof Error ? error.message : String(error)}`
      record(job, { type: "Warning", reason: "FailedCreate", message })
      return { created, error }
    }
  }
  return { created }
}

async function reconcileJob(
  job: Stored<Job>,
  members: readonly Stored<Pod>[],
  context: ReconcileContext,
): Promise<ReconcileResult> {
  const { cluster, clock, record } = context
  const decision = decideJob(job, members, clock.now())
  for (const pod of decision.surplus) {
    await release(pod, context)
    await deletePod(job, pod, context)
  }
  for (const pod of decision.remove) await deletePod(job, pod, context)
  const { created, error } = await create(job, decision.create, context)
  const active = (decision.status.active ?? 0) + created
  const status = active > 0 ? { ...decision.status, active } : decision.status
  if (!equalJson(status, job.status)) {
    await cluster.update(jobs, { ...job, status }, { subresource: "status" })
  }
  for (const event of decision.events) record(job, event)
  for (const pod of decision.release) await release(pod, context)
  if (error !== undefined) throw error
  return decision.wakeAt === undefined ? {} : { wakeAt: decision.wakeAt }
}

/** Takes ownerless pods that a Job selects; only Jobs with a selector of their own can meet such. */
async function adopt(job: Stored<Job>, { cluster }: ReconcileContext): Promise<Stored<Pod>[]> {
  const { manualSelector, selector } = job.spec
  if (manualSelector !== true || selector === undefined) return []
  const { namespace = "" } = job.metadata
  const { items } = await cluster.list(pods, { namespace })
  const adopted: Stored<Pod>[] = []
  for (const pod of items) {
    const { metadata } = pod
    const isFree = controllerOf(pod) === undefined && metadata.deletionTimestamp === undefined
    if (!isFree || isFinished(pod) || !matchesLabels(selector, metadata.labels)) continue
    const ownerReferences = [...(metadata.ownerReferences ?? []), controllerReference(job)]
    const finalizers = [...(metadata.finalizers ?? []), trackingFinalizer]
    const owned = { ...pod, metadata: { ...metadata, ownerReferences, finalizers } }
    adopted.push(await cluster.update(pods, owned))
  }
  return adopted
}

/** Lets go of pods that a Job no longer selects: nobody counts them. */
async function disown(
  job: Stored<Job>,
  members: readonly Stored<Pod>[],
  { cluster }: ReconcileContext,
): Promise<Stored<Pod>[]> {
  const { selector } = job.spec
  if (selector === undefined) return [...members]
  const kept: Stored<Pod>[] = []
  for (const pod of members) {
    const { metadata } = pod
    if (matchesLabels(selector, metadata.labels)) {
      kept.push(pod)
      continue
    }
    const references = metadata.ownerReferences ?? []
    const ownerReferences = references.filter(({ uid }) => uid !== job.metadata.uid)
    const finalizers = (metadata.finalizers ?? []).filter((name) => name !== trackingFinalizer)
    await cluster.update(pods, { ...pod, metadata: { ...metadata, ownerReferences, finalizers } })
  }
  return kept
}

const nameLabel = "batch.kubernetes.io/job-name"

/** A pod that lost its owner concerns the Job that it is named after: its finalizer has to go. */
function jobsOfLost(pod: Pod): readonly ObjectKey[] {
  const { namespace = "", labels } = pod.metadata
  const name = labels?.[nameLabel]
  const isLost = isTracked(pod) && controllerOf(pod) === undefined
  return isLost && name !== undefined ? [{ namespace, name }] : []
}

/** Runs Jobs to completion. */
export function jobController(): Controller {
  return controller("cluster/job", jobs)
    .recordsAs("job-controller")
    .owns(pods)
    .watches(pods, jobsOfLost)
    .reconcile(async (key, context): Promise<ReconcileResult> => {
      const job = await context.cluster.get(jobs, key)
      const uid = job?.metadata.uid ?? ""
      // Pods of a Job that is gone, or of an earlier one of its name.
      const strangers = context.watched(pods, key).filter((pod) => !isOf(pod, uid))
      for (const pod of strangers) await release(pod, context)
      if (job === undefined || isManagedElsewhere(job)) return {}
      const members = context.owned(pods, job)
      if (job.metadata.deletionTimestamp !== undefined) {
        for (const pod of members) await release(pod, context)
        return {}
      }
      const kept = await disown(job, members, context)
      return reconcileJob(job, [...kept, ...(await adopt(job, context))], context)
    })
}
