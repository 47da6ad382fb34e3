/**
 * The kinds of Argo Workflows, without the engine.
 *
 * @packageDocumentation
 */
import { defineKind, type Kind } from "@argo-ts/kernel"
import type { CronWorkflow } from "./cron-workflow.js"
import type { WorkflowEventBinding } from "./event-binding.js"
import type { WorkflowTaskResult } from "./task-result.js"
import type { ClusterWorkflowTemplate, Workflow, WorkflowTemplate } from "./workflow.js"

const group = "argoproj.io"
const version = "v1alpha1"

/** `workflows.argoproj.io`. Upstream's CRD has no status subresource: status is written with the object. */
export const workflows: Kind<Workflow> = defineKind<Workflow>({
  group,
  version,
  kind: "Workflow",
  plural: "workflows",
  scope: "Namespaced",
  hasStatus: false,
  shortNames: ["wf"],
})

/** `workflowtemplates.argoproj.io`. */
export const workflowTemplates: Kind<WorkflowTemplate> = defineKind<WorkflowTemplate>({
  group,
  version,
  kind: "WorkflowTemplate",
  plural: "workflowtemplates",
  scope: "Namespaced",
  hasStatus: false,
  shortNames: ["wftmpl"],
})

/** `clusterworkflowtemplates.argoproj.io`. */
export const clusterWorkflowTemplates: Kind<ClusterWorkflowTemplate> =
  defineKind<ClusterWorkflowTemplate>({
    group,
    version,
    kind: "ClusterWorkflowTemplate",
    plural: "clusterworkflowtemplates",
    scope: "Cluster",
    hasStatus: false,
    shortNames: ["clusterwftmpl", "cwft"],
  })

/** `cronworkflows.argoproj.io`. */
export const cronWorkflows: Kind<CronWorkflow> = defineKind<CronWorkflow>({
  group,
  version,
  kind: "CronWorkflow",
  plural: "cronworkflows",
  scope: "Namespaced",
  hasStatus: false,
  shortNames: ["cronwf", "cwf"],
})

/** `workfloweventbindings.argoproj.io`. */
export const workflowEventBindings: Kind<WorkflowEventBinding> = defineKind<WorkflowEventBinding>({
  group,
  version,
  kind: "WorkflowEventBinding",
  plural: "workfloweventbindings",
  scope: "Namespaced",
  hasStatus: false,
  shortNames: ["wfeb"],
})

/** `workflowtaskresults.argoproj.io`. */
export const workflowTaskResults: Kind<WorkflowTaskResult> = defineKind<WorkflowTaskResult>({
  group,
  version,
  kind: "WorkflowTaskResult",
  plural: "workflowtaskresults",
  scope: "Namespaced",
  hasStatus: false,
})

/** Every kind of this engine, for registering with a cluster. */
export const workflowKinds: readonly Kind[] = [
  workflows,
  workflowTemplates,
  clusterWorkflowTemplates,
  cronWorkflows,
  workflowEventBindings,
  workflowTaskResults,
]
