import type { JsonValue } from "@argo-ts/kernel"
import type { Workflow, WorkflowMetadata, WorkflowSpec } from "../api/workflow.js"
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
  const known = withGiven(globals, { labels, annotations, labelsFrom })
  const scope: Scope = {
    now,
    get: (name) => known.get(name),
    below: (path) => [...known.keys()].filter((name) => name.startsWith(path)),
  }
  const all: { [name: string]: string } = { ...labels }
  const odd = Object.entries(labels).find(([, value]) => !labelValue.test(value))
  if (odd !== undefined) {
    const [name, value] = odd
    return { labels: {}, annotations, fault: noLabel(`labels.${name}`, value) }
  }
  for (const name of Object.keys(labelsFrom)) {
    const source = labelsFrom[name]?.expression ?? ""
    const value = compileTemplated(source).evaluate(scope)
    const place = `labelsFrom.${name}`
    if (!value.ok)
      return { labels, annotations, fault: `workflowMetadata.${place}: ${value.message}` }
    if (typeof value.value !== "string" || !labelValue.test(value.value)) {
      return { labels, annotations, fault: noLabel(place, value.value) }
    }
    all[name] = value.value
  }
  return { labels: all, annotations, fault: undefined }
}

function noLabel(place: string, value: JsonValue): string {
  return `workflowMetadata.${place}: its value is no label: ${JSON.stringify(value)}`
}

/** What expressions of labels see: the global names with the other metadata given here, but not the labels that they make. */
function withGiven(
  globals: ReadonlyMap<string, string>,
  given: Pick<WorkflowMetadata, "labels" | "annotations" | "labelsFrom">,
): ReadonlyMap<string, string> {
  const { labels = {}, annotations = {}, labelsFrom = {} } = given
  const known = new Map(globals)
  for (const name of Object.keys(labels)) known.set(`workflow.labels.${name}`, labels[name] ?? "")
  for (const name of Object.keys(annotations)) {
    known.set(`workflow.annotations.${name}`, annotations[name] ?? "")
  }
  for (const name of Object.keys(labelsFrom)) known.delete(`workflow.labels.${name}`)
  return known
}

/** A Workflow with them: they take the place of what it says itself. */
export function withMetadata(workflow: Workflow, given: GivenMetadata): Workflow {
  const { labels, annotations } = given
  if (Object.keys(labels).length + Object.keys(annotations).length === 0) return workflow
  const { metadata } = workflow
  return {
    ...workflow,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, ...labels },
      annotations: { ...metadata.annotations, ...annotations },
    },
  }
}
