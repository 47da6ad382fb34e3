import { type EpochMs, formatInstant, type OwnerReference } from "@argo-ts/kernel"
import type { CronWorkflow } from "../api/cron-workflow.js"
import type { Workflow } from "../api/workflow.js"

/** The label that names the CronWorkflow of a run. */
export const cronLabel = "workflows.argoproj.io/cron-workflow"

/** The annotation of a run with the instant that it stands for; `workflow.scheduledTime`. */
export const scheduledTimeAnnotation = "workflows.argoproj.io/scheduled-time"

/** The run of a CronWorkflow for one instant. Its name is the CronWorkflow's with the instant in Unix seconds. */
export function runOf(cron: CronWorkflow, at: EpochMs): Workflow {
  const { metadata, spec } = cron
  const { name = "", namespace, uid } = metadata
  const { labels, annotations } = spec.workflowMetadata ?? {}
  const owner: OwnerReference | undefined =
    uid === undefined
      ? undefined
      : {
          apiVersion: cron.apiVersion,
          kind: cron.kind,
          name,
          uid,
          controller: true,
          blockOwnerDeletion: true,
        }
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: {
      name: `${name}-${Math.floor(at / 1000)}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...labels, [cronLabel]: name },
      annotations: { ...annotations, [scheduledTimeAnnotation]: formatInstant(at) },
      ...(owner === undefined ? {} : { ownerReferences: [owner] }),
    },
    spec: spec.workflowSpec,
  }
}
