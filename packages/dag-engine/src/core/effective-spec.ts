import type { Artifact } from "../api/artifact.js"
import type { Arguments, Parameter } from "../api/parameter.js"
import type { Workflow, WorkflowSpec } from "../api/workflow.js"
import type { TemplateSource } from "./run.js"

/** The spec that runs, where it comes from, or why there is none. */
export interface EffectiveSpec {
  readonly spec: WorkflowSpec
  /** The template scope, where it is not the workflow's own. */
  readonly scope?: string
  readonly fault?: string
}

/** The workflow's own fields over those of its template; frozen in the status once it has started. */
export function effectiveSpec(workflow: Workflow, findTemplate: TemplateSource): EffectiveSpec {
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
  return { spec: mergeSpecs(below, spec), scope }
}

/** What users change while a workflow runs. */
function steering(spec: WorkflowSpec): WorkflowSpec {
  return {
    ...(spec.suspend === undefined ? {} : { suspend: spec.suspend }),
    ...(spec.shutdown === undefined ? {} : { shutdown: spec.shutdown }),
  }
}

function mergeSpecs(below: WorkflowSpec, above: WorkflowSpec): WorkflowSpec {
  const merged = { ...below, ...above }
  const args = mergeArguments(below.arguments, above.arguments)
  const hooks = { ...below.hooks, ...above.hooks }
  return {
    ...merged,
    ...(args === undefined ? {} : { arguments: args }),
    ...(below.hooks === undefined && above.hooks === undefined ? {} : { hooks }),
  }
}

function mergeArguments(
  below: Arguments | undefined,
  above: Arguments | undefined,
): Arguments | undefined {
  if (below === undefined || above === undefined) return above ?? below
  const parameters = byName<Parameter>(below.parameters, above.parameters)
  const artifacts = byName<Artifact>(below.artifacts, above.artifacts)
  return {
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(artifacts.length > 0 ? { artifacts } : {}),
  }
}

function byName<T extends { readonly name: string }>(
  below: readonly T[] = [],
  above: readonly T[] = [],
): readonly T[] {
  const merged = new Map<string, T>()
  for (const item of below) merged.set(item.name, item)
  for (const item of above) merged.set(item.name, { ...merged.get(item.name), ...item })
  return [...merged.values()]
}
