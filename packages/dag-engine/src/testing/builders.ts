import type { Template } from "../api/template.js"
import type { Workflow, WorkflowSpec } from "../api/workflow.js"

/** Steps by name: the names of the tasks that each one waits for. */
export type StepsOf = { readonly [task: string]: readonly string[] }

/**
 * A Workflow of one DAG: `workflowFixture({ build: [], test: ["build"] })`. Each task calls a container template of its
 * own name, so that functions and outcome rules find it; `spec` overrides any part.
 */
export function workflowFixture(steps: StepsOf, spec: Partial<WorkflowSpec> = {}): Workflow {
  const names = Object.keys(steps)
  const tasks = names.map((name) => {
    const before = steps[name] ?? []
    return { name, template: name, ...(before.length === 0 ? {} : { dependencies: before }) }
  })
  const leaves: readonly Template[] = names.map((name) => ({
    name,
    container: { image: "alpine", command: ["true"] },
  }))
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "workflow" },
    spec: { entrypoint: "main", templates: [{ name: "main", dag: { tasks } }, ...leaves], ...spec },
  }
}
