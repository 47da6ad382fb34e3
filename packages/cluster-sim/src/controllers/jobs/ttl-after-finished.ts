import { type Controller, controller, type ReconcileResult } from "@argo-ts/k8s"
import { type EpochMs, epochMs } from "@argo-ts/kernel"
import { finishedAt, type Job, jobs } from "./job.js"

/** When a Job that has ended is to go, by `spec.ttlSecondsAfterFinished`; without it, or before the end, never. */
export function expiresAt(job: Job): EpochMs | undefined {
  const { ttlSecondsAfterFinished: ttl } = job.spec
  const at = finishedAt(job)
  return ttl === undefined || at === undefined ? undefined : epochMs(at + ttl * 1000)
}

/** Deletes Jobs, after their pods, some time after they have ended. */
export function ttlAfterFinishedController(): Controller {
  return controller("cluster/ttl-after-finished", jobs).reconcile(
    async (key, { cluster, clock }): Promise<ReconcileResult> => {
      const job = await cluster.get(jobs, key)
      if (job === undefined || job.metadata.deletionTimestamp !== undefined) return {}
      const at = expiresAt(job)
      if (at === undefined) return {}
      if (clock.now() < at) return { wakeAt: at }
      const { uid } = job.metadata
      await cluster.delete(jobs, key, {
        propagationPolicy: "Foreground",
        preconditions: { uid },
      })
      return {}
    },
  )
}
