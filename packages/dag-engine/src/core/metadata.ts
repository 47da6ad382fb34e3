import type { Workflow, WorkflowSpec } from "../api/workflow.js"
import { compileTemplated, type Scope } from "./languages.js"

/** Labels and annotations that the spec gives the Workflow, or why they cannot be had. */
export interface GivenMetadata {
  readonly labels: { readonly [name: string]: string }
  readonly annotations: { readonly [name: string]: string }
  readonly fault: string | undefined
}

const labelValue = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/

/** `workflowMetadata`: what it says, and what the expressions of `labelsFrom` give over global names. */
export function givenMetadata(
  spec: WorkflowSpec,
  globals: ReadonlyMap<string, string>,
  now: number,
): GivenMetadata {
  const { labels = {}, annotations = {}, labelsFrom = {} } = spec.workflowMetadata ?? {}
  const scope: Scope = {
    now,
    get: (name) => globals.get(name),
    below: (path) => [...globals.keys()].filter((name) => name.startsWith(path)),
  }
  const all: { [name: string]: string } = { ...labels }
  for (const name of Object.keys(labelsFrom)) {
    const source = labelsFrom[name]?.expression ?? ""
    const value = compileTemplated(source).evaluate(scope)
    const place = `workflowMetadata.labelsFrom.${name}`
    if (!value.ok) return { labels, annotations, fault: `${place}: ${value.message}` }
    if (typeof value.value !== "string" || !labelValue.test(value.value)) {
      const found = JSON.stringify(value.value)
      return { labels, annotations, fault: `${place}: its value is no label: ${found}` }
    }
    all[name] = value.value
  }
  return { labels: all, annotations, fault: undefined }
}

/** A Workflow with them; what it says itself stays. */
export function withMetadata(workflow: Workflow, given: GivenMetadata): Workflow {
  const { labels, annotations } = given
  if (Object.keys(labels).length + Object.keys(annotations).length === 0) return workflow
  const { metadata } = workflow
  return {
    ...workflow,
    metadata: {
      ...metadata,
      labels: { ...labels, ...metadata.labels },
      annotations: { ...annotations, ...metadata.annotations },
    },
  }
}
