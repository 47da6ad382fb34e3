import {
  type Controller,
  controller,
  isClusterError,
  type ReconcileContext,
  type ReconcileResult,
} from "@argo-ts/k8s"
import { controllerOf, controllerReference, equalJson, type Stored } from "@argo-ts/kernel"
import { type Job, jobs } from "../jobs/job.js"
import { type CronJob, cronJobs, type JobReference, scheduledMark } from "./cron-job.js"
import { decideCronJob, type JobStart, startedStatus } from "./cron-job-decision.js"

function jobOf(cronJob: Stored<CronJob>, { name, stamp }: JobStart): Job {
  const { namespace } = cronJob.metadata
  const { metadata: { labels, annotations } = {}, spec } = cronJob.spec.jobTemplate
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      annotations: { ...annotations, [scheduledMark]: stamp },
      ownerReferences: [controllerReference(cronJob)],
    },
    spec,
  }
}

function referenceTo(job: Stored<Job>): JobReference {
  const { namespace, name, uid, resourceVersion } = job.metadata
  const place = namespace === undefined ? {} : { namespace }
  return { apiVersion: "batch/v1", kind: "Job", ...place, name, uid, resourceVersion }
}

async function remove(
  cronJob: Stored<CronJob>,
  { name, uid }: { readonly name: string; readonly uid: string },
  { cluster, record }: ReconcileContext,
): Promise<void> {
  const { namespace = "" } = cronJob.metadata
  const options = { propagationPolicy: "Background", preconditions: { uid } } as const
  if (await cluster.delete(jobs, { namespace, name }, options)) {
    record(cronJob, { type: "Normal", reason: "SuccessfulDelete", message: `Deleted job ${name}` })
  }
}

/** The Job of that name where it is ours: an earlier attempt made it and could not tell. */
async function findOwn(
  cronJob: Stored<CronJob>,
  { name }: JobStart,
  { cluster }: ReconcileContext,
): Promise<Stored<Job> | undefined> {
  const { namespace = "", uid } = cronJob.metadata
  const found = await cluster.get(jobs, { namespace, name })
  return found !== undefined && controllerOf(found)?.uid === uid ? found : undefined
}

/** Starts a Job; none where the server refuses it, which an event tells. */
async function start(
  cronJob: Stored<CronJob>,
  wanted: JobStart,
  context: ReconcileContext,
): Promise<Stored<Job> | undefined> {
  const { cluster, record } = context
  try {
    const job = await cluster.create(jobs, jobOf(cronJob, wanted))
    const message = `Created job ${job.metadata.name}`
    record(cronJob, { type: "Normal", reason: "SuccessfulCreate", message })
    return job
  } catch (error) {
    if (isClusterError(error, "AlreadyExists")) {
      const own = await findOwn(cronJob, wanted, context)
      if (own !== undefined) return own
    }
    const message = `Error creating job: ${error instanceof Error ? error.message : String(error)}`
    record(cronJob, { type: "Warning", reason: "FailedCreate", message })
    const isLasting =
      isClusterError(error, "AlreadyExists") ||
      isClusterError(error, "Invalid") ||
      isClusterError(error, "Forbidden")
    if (isLasting) return undefined
    throw error
  }
}

async function reconcileCronJob(
  cronJob: Stored<CronJob>,
  context: ReconcileContext,
): Promise<ReconcileResult> {
  const { cluster, clock, owned, record } = context
  const decision = decideCronJob(cronJob, owned(jobs, cronJob), clock.now())
  for (const event of decision.events) record(cronJob, event)
  for (const { metadata } of decision.expired) await remove(cronJob, metadata, context)
  for (const reference of decision.replaced) await remove(cronJob, reference, context)
  let { status } = decision
  if (decision.start !== undefined) {
    const job = await start(cronJob, decision.start, context)
    if (job !== undefined) status = startedStatus(status, decision.start, referenceTo(job))
  }
  if (!equalJson(status, cronJob.status ?? {})) {
    await cluster.update(cronJobs, { ...cronJob, status }, { subresource: "status" })
  }
  return decision.wakeAt === undefined ? {} : { wakeAt: decision.wakeAt }
}

/** Starts Jobs when the schedules of CronJobs say so, and keeps their history. */
export function cronJobController(): Controller {
  return controller("cluster/cronjob", cronJobs)
    .recordsAs("cronjob-controller")
    .owns(jobs)
    .reconcile(async (key, context): Promise<ReconcileResult> => {
      const cronJob = await context.cluster.get(cronJobs, key)
      return cronJob === undefined ? {} : reconcileCronJob(cronJob, context)
    })
}
