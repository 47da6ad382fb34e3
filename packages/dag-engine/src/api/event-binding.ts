import type { ObjectMeta } from "@argo-ts/kernel"
import type { Arguments } from "./parameter.js"
import type { WorkflowTemplateRef } from "./workflow.js"

/** Which events a binding takes. */
export interface BoundEvent {
  /** expr-lang over `payload`, `discriminator`, `namespace` and `metadata`. */
  readonly selector: string
}

/** `metadata` of the workflows that a binding submits. */
export interface SubmitMetadata {
  readonly name?: string
  readonly generateName?: string
  readonly labels?: { readonly [key: string]: string }
  readonly annotations?: { readonly [key: string]: string }
}

/** What a binding submits. */
export interface BoundSubmit {
  readonly workflowTemplateRef: WorkflowTemplateRef
  readonly metadata?: SubmitMetadata
  /** Parameters with `valueFrom.event` are expr-lang over the event. */
  readonly arguments?: Arguments
}

/** `spec` of a WorkflowEventBinding. */
export interface WorkflowEventBindingSpec {
  readonly event: BoundEvent
  readonly submit?: BoundSubmit
}

/** Submits a workflow for each event that it selects. */
export interface WorkflowEventBinding {
  readonly apiVersion: "argoproj.io/v1alpha1"
  readonly kind: "WorkflowEventBinding"
  readonly metadata: ObjectMeta
  readonly spec: WorkflowEventBindingSpec
}
