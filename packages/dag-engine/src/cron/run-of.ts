import { type EpochMs, formatInstant, type OwnerReference } from "@argo-ts/kernel"
import type { CronWorkflow } from "../api/cron-workflow.js"
import type { Workflow } from "../api/workflow.js"

/** The label that names the CronWorkflow of a run. */
export const cronLabel = "workflows.argoproj.io/cron-workflow"

/** The label that says which of several controllers an object is for: a run is for its CronWorkflow's. */
const instanceLabel = "workflows.argoproj.io/controller-instanceid"

/** The annotation of a run with the instant that it stands for; `workflow.scheduledTime`. */
export const scheduledTimeAnnotation = "workflows.argoproj.io/scheduled-time"

/** The run of a CronWorkflow for one instant. Its name is the CronWorkflow's with the instant in Unix seconds. */
export function runOf(cron: CronWorkflow, at: EpochMs): Workflow {
  const { metadata, spec } = cron
  const { name = "", namespace, uid } = metadata
  const { labels, annotations, finalizers = [] } = spec.workflowMetadata ?? {}
  const instance = metadata.labels?.[instanceLabel]
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
      labels: {
        ...labels,
        ...(instance === undefined ? {} : { [instanceLabel]: instance }),
        [cronLabel]: name,
      },
      annotations: { ...annotations, [scheduledTimeAnnotation]: formatInstant(at) },
      ...(finalizers.length === 0 ? {} : { finalizers }),
      ...(owner === undefined ? {} : { ownerReferences: [owner] }),
    },
    spec: spec.workflowSpec,
  }
}
