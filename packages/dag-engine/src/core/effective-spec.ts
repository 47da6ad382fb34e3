import type { JsonValue } from "@argo-ts/kernel"
import type { Workflow, WorkflowSpec } from "../api/workflow.js"
import { mergeOver } from "./merge.js"
import type { TemplateSource } from "./run.js"

/** The spec that runs, where it comes from, or why there is none. */
export interface EffectiveSpec {
  readonly spec: WorkflowSpec
  /** The template scope, where it is not the workflow's own. */
  readonly scope?: string
  readonly fault?: string
}

/**
 * The workflow's own fields over those of its template, and those over the `defaults`; frozen in the status once it has
 * started.
 */
export function effectiveSpec(
  workflow: Workflow,
  findTemplate: TemplateSource,
  defaults: WorkflowSpec = {},
): EffectiveSpec {
  const { spec, status } = workflow
  const ref = spec.workflowTemplateRef
  if (ref === undefined) return { spec }
  const scope = `${ref.clusterScope === true ? "cluster" : "namespaced"}/${ref.name}`
  const stored = status?.storedWorkflowTemplateSpec
  if (stored !== undefined) return { spec: { ...stored, ...steering(spec) }, scope }
  const below = findTemplate(ref)
  if (below === undefined) {
    return { spec, fault: `workflow template '${ref.name}' does not exist` }
  }
  return { spec: mergeSpecs(mergeSpecs(defaults, below), spec), scope }
}

/** What users change while a workflow runs. */
function steering(spec: WorkflowSpec): WorkflowSpec {
  return {
    ...(spec.suspend === undefined ? {} : { suspend: spec.suspend }),
    ...(spec.shutdown === undefined ? {} : { shutdown: spec.shutdown }),
  }
}

function mergeSpecs(below: WorkflowSpec, above: WorkflowSpec): WorkflowSpec {
  const merged = mergeOver(below as unknown as JsonValue, above as unknown as JsonValue)
  return { ...(merged as unknown as WorkflowSpec) }
}

/** What a workflow has that does not say otherwise: the controller's `workflowDefaults`. */
export interface WorkflowDefaults {
  readonly metadata?: {
    readonly labels?: { readonly [name: string]: string }
    readonly annotations?: { readonly [name: string]: string }
  }
  readonly spec?: WorkflowSpec
}

/**
 * A Workflow with what defaults add to it. The spec of one that runs a stored template stays as it is: its template comes
 * before the defaults, and {@link effectiveSpec} puts the three together.
 */
export function withWorkflowDefaults(workflow: Workflow, defaults: WorkflowDefaults): Workflow {
  const { metadata, spec } = workflow
  const labels = { ...defaults.metadata?.labels, ...metadata.labels }
  const annotations = { ...defaults.metadata?.annotations, ...metadata.annotations }
  const isOwn = spec.workflowTemplateRef === undefined && defaults.spec !== undefined
  return {
    ...workflow,
    metadata: {
      ...metadata,
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    spec: isOwn ? mergeSpecs(defaults.spec, spec) : spec,
  }
}
