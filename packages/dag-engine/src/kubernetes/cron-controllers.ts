import { type Cluster, type Controller, controller, isClusterError } from "@argo-ts/k8s"
import {
  equalJson,
  formatIssue,
  isOperationError,
  type JsonObject,
  type ObjectKey,
  parseLabelSelector,
  type Stored,
} from "@argo-ts/kernel"
import type { CronWorkflow } from "../api/cron-workflow.js"
import { cronWorkflows, workflows } from "../api/kinds.js"
import {
  type CronAction,
  cronCompletedLabel,
  decideCron,
  lastScheduleAnnotation,
  noteSubmission,
  scheduleText,
} from "../cron/decide.js"
import { parseCronWorkflow } from "../cron/parse.js"
import { cronLabel } from "../cron/run-of.js"

/** Submits Workflows for the CronWorkflows of a cluster; whoever runs Workflows runs them. */
export function cronWorkflowControllers(): readonly Controller[] {
  /** Up to when the schedules of each object have been served by this program. */
  const served = new Map<string, ReturnType<typeof decideCron>["servedUntil"]>()
  return [
    controller("dag-engine-cron", cronWorkflows)
      .owns(workflows)
      .reconcile(async (key, context) => {
        const { cluster, clock } = context
        const object = await cluster.get(cronWorkflows, key)
        if (object === undefined || object.metadata.deletionTimestamp !== undefined) return {}
        const parsed = parseCronWorkflow(object)
        if (!parsed.ok) {
          const message = parsed.issues.map(formatIssue).join("; ")
          context.record(object, { type: "Warning", reason: "SpecError", message })
          return {}
        }
        const { uid } = object.metadata
        const servedUntil = served.get(uid)
        const runs = await runsOf(cluster, object)
        const observed = { runs, ...(servedUntil === undefined ? {} : { servedUntil }) }
        const decision = decideCron(parsed.value, observed, clock.now())
        let { status } = decision
        for (const action of decision.actions) {
          const fault = await perform(cluster, key, action)
          if (action.type !== "Submit") continue
          if (fault !== undefined) {
            context.record(object, { type: "Warning", reason: "SubmissionError", message: fault })
          }
          const name = action.workflow.metadata.name ?? ""
          status = noteSubmission(status, { name, fault }, clock.now())
        }
        await record(cluster, key, object, status)
        served.set(uid, decision.servedUntil)
        return decision.wakeAt === undefined ? {} : { wakeAt: decision.wakeAt }
      }),
  ]
}

async function runsOf(cluster: Cluster, { metadata }: Stored<CronWorkflow>) {
  const selector = parseLabelSelector(`${cronLabel}=${metadata.name}`)
  if (!selector.ok) return []
  const { namespace } = metadata
  const { items } = await cluster.list(workflows, {
    ...(namespace === undefined ? {} : { namespace }),
    labelSelector: selector.value,
  })
  return items
}

/** Performs an action; answers why a run cannot be submitted, now or ever. */
async function perform(
  cluster: Cluster,
  cron: ObjectKey,
  action: CronAction,
): Promise<string | undefined> {
  if (action.type === "Submit") {
    try {
      await cluster.create(workflows, action.workflow)
    } catch (error) {
      // The same instant twice is one run: its name says so.
      if (isClusterError(error, "AlreadyExists")) return undefined
      if (!isOperationError(error) || error.retryable) throw error
      return error.message
    }
    return undefined
  }
  const key = { ...cron, name: action.name }
  if (action.type === "Delete") await cluster.delete(workflows, key)
  else {
    await cluster.patch(workflows, key, {
      type: "merge",
      patch: { spec: { shutdown: "Terminate" } },
    })
  }
  return undefined
}

/** Writes the status, and for which schedules its `lastScheduledTime` holds. */
async function record(
  cluster: Cluster,
  key: ObjectKey,
  object: Stored<CronWorkflow>,
  status: CronWorkflow["status"],
): Promise<void> {
  const text = scheduleText(object)
  const isUsed = object.metadata.annotations?.[lastScheduleAnnotation] === text
  const stopped = status?.phase === "Stopped" ? "true" : undefined
  const isLabelled = object.metadata.labels?.[cronCompletedLabel] === stopped
  if (isUsed && isLabelled && equalJson(object.status ?? {}, status ?? {})) return
  const patch = {
    metadata: {
      uid: object.metadata.uid,
      annotations: { [lastScheduleAnnotation]: text },
      ...(isLabelled ? {} : { labels: { [cronCompletedLabel]: stopped ?? null } }),
    },
    status: { conditions: null, ...status },
  }
  await cluster.patch(cronWorkflows, key, { type: "merge", patch: patch as unknown as JsonObject })
}
