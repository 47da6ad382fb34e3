import {
  type Controller,
  controller,
  type ReconcileContext,
  type ReconcileResult,
} from "@argo-ts/k8s"
import { controllerReference, equalJson, type Stored } from "@argo-ts/kernel"
import { decideJob, indexMark } from "./job-decision.js"
import { type Job, jobs, type Pod, pods } from "./workloads.js"

function podOf(job: Stored<Job>, index: number | undefined): Pod {
  const { namespace, name } = job.metadata
  const { metadata: template = {}, spec } = job.spec.template
  const mark = index === undefined ? {} : { [indexMark]: `${index}` }
  const hostname = index === undefined ? {} : { hostname: `${name}-${index}` }
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: index === undefined ? `${name}-` : `${name}-${index}-`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...template.labels, ...mark },
      annotations: { ...template.annotations, ...mark },
      ownerReferences: [controllerReference(job)],
    },
    spec: { ...spec, ...hostname },
  }
}

async function reconcileJob(job: Stored<Job>, context: ReconcileContext): Promise<ReconcileResult> {
  const { cluster, clock, record } = context
  const { namespace = "", name, uid } = job.metadata
  const decision = decideJob(job, context.owned(pods, job), clock.now())
  if (decision.isExpired) {
    const propagationPolicy = "Background"
    await cluster.delete(jobs, { namespace, name }, { propagationPolicy, preconditions: { uid } })
    return {}
  }
  if (!equalJson(decision.status, job.status)) {
    const { status } = decision
    await cluster.update(jobs, { ...job, status }, { subresource: "status" })
  }
  for (const pod of decision.remove) {
    const key = { namespace, name: pod.metadata.name }
    await cluster.delete(pods, key, { preconditions: { uid: pod.metadata.uid } })
    record(job, { type: "Normal", reason: "SuccessfulDelete", message: `Deleted pod: ${key.name}` })
  }
  for (const index of decision.create) {
    const pod = await cluster.create(pods, podOf(job, index))
    const message = `Created pod: ${pod.metadata.name}`
    record(job, { type: "Normal", reason: "SuccessfulCreate", message })
  }
  return decision.wakeAt === undefined ? {} : { wakeAt: decision.wakeAt }
}

/** Runs Jobs to completion. */
export function jobController(): Controller {
  return controller("cluster/job", jobs)
    .owns(pods)
    .reconcile(async (key, context): Promise<ReconcileResult> => {
      const job = await context.cluster.get(jobs, key)
      const isGoing = job?.metadata.deletionTimestamp !== undefined
      return job === undefined || isGoing ? {} : reconcileJob(job, context)
    })
}
