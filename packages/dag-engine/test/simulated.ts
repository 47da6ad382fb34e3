import type { NodeStatus, OutcomeRule, Template, Workflow, WorkflowSpec } from "../src/index.js"
import { simulateWorkflow } from "../src/testing/index.js"

/** A template of one container. */
export function leaf(name: string, more: Partial<Template> = {}): Template {
  return { name, container: { image: "alpine", command: ["true"] }, ...more }
}

/** The workflow `wf`, which begins with the first of its templates. */
export function workflow(
  templates: readonly Template[],
  spec: Partial<WorkflowSpec> = {},
): Workflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "wf" },
    spec: { entrypoint: templates[0]?.name ?? "", templates, ...spec },
  }
}

/** A simulated run, as tests look at it. */
export interface Simulated {
  readonly status: Workflow["status"]
  readonly nodes: readonly NodeStatus[]
  readonly phases: { readonly [name: string]: string }
  find(name: string): NodeStatus | undefined
}

/** Simulates to the end. */
export async function run(
  manifest: Workflow,
  outcomes: readonly OutcomeRule[] = [],
): Promise<Simulated> {
  const { status } = await simulateWorkflow(manifest, { outcomes })
  const nodes = Object.values(status?.nodes ?? {})
  return {
    status,
    nodes,
    phases: Object.fromEntries(nodes.map((node) => [node.name, node.phase])),
    find: (name) => nodes.find((node) => node.name === name),
  }
}
