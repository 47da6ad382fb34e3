import {
  type Cluster,
  type Controller,
  controller,
  isClusterError,
  type Ownership,
} from "@argo-ts/k8s"
import {
  type EpochMs,
  equalJson,
  formatIssue,
  formatKey,
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

/** How CronWorkflows are served. */
export interface CronControllerOptions {
  /** Shares the CronWorkflows among replicas: what the manager is given, too. Absent: this replica is the only one. */
  readonly ownership?: Ownership
}

/** Submits Workflows for the CronWorkflows of a cluster; whoever runs Workflows runs them. */
export function cronWorkflowControllers(
  options: CronControllerOptions = {},
): readonly Controller[] {
  /** Up to when the schedules of each object have been served by this program. */
  const served = new Map<string, { readonly uid: string; readonly until: EpochMs }>()
  const { ownership } = options
  ownership?.on("change", () => {
    // What another replica served, or passed over, meanwhile is not known here.
    for (const id of served.keys()) if (!ownership.owns(id)) served.delete(id)
  })
  return [
    controller("dag-engine-cron", cronWorkflows)
      .owns(workflows)
      .reconcile(async (key, context) => {
        const { cluster, clock, signal } = context
        const object = await cluster.get(cronWorkflows, key)
        const id = formatKey(key)
        if (object === undefined || object.metadata.deletionTimestamp !== undefined) {
          served.delete(id)
          return {}
        }
        const parsed = parseCronWorkflow(object)
        if (!parsed.ok) {
          const message = parsed.issues.map(formatIssue).join("; ")
          context.record(object, { type: "Warning", reason: "SpecError", message })
          return {}
        }
        const { uid } = object.metadata
        const known = served.get(id)
        const runs = await runsOf(cluster, object)
        const observed = { runs, ...(known?.uid === uid ? { servedUntil: known.until } : {}) }
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
        if (!signal.aborted) served.set(id, { uid, until: decision.servedUntil })
        return decision.wakeAt === undefined ? {} : { wakeAt: decision.wakeAt }
      }),
  ]
}

async function runsOf(cluster: Cluster, { metadata, status }: Stored<CronWorkflow>) {
  const selector = parseLabelSelector(`${cronLabel}=${metadata.name}`)
  if (!selector.ok) return []
  const { namespace } = metadata
  const options = {
    ...(namespace === undefined ? {} : { namespace }),
    labelSelector: selector.value,
  }
  const { items } = await cluster.list(workflows, options)
  const names = new Set(items.map((run) => run.metadata.name))
  const missing = (status?.active ?? []).filter(({ name = "" }) => !names.has(name))
  if (missing.length === 0) return items
  // Gone, or begun by another replica and not yet heard of: the server knows.
  const found = missing.map(({ name = "" }) =>
    cluster.list(workflows, { ...options, fieldSelector: { "metadata.name": name } }),
  )
  return [...items, ...(await Promise.all(found)).flatMap((each) => each.items)]
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
      // What a former owner still sends must not take back what was counted since.
      resourceVersion: object.metadata.resourceVersion,
      annotations: { [lastScheduleAnnotation]: text },
      ...(isLabelled ? {} : { labels: { [cronCompletedLabel]: stopped ?? null } }),
    },
    status: { conditions: null, ...status },
  }
  await cluster.patch(cronWorkflows, key, { type: "merge", patch: patch as unknown as JsonObject })
}
