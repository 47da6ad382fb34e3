import type { ObjectMeta } from "@argo-ts/kernel"
import type { NodeOutputs } from "./status.js"

/** What a pod reports back: written by the executor inside it, named like its node. */
export interface WorkflowTaskResult {
  readonly apiVersion: "argoproj.io/v1alpha1"
  readonly kind: "WorkflowTaskResult"
  /** The label `workflows.argoproj.io/report-outputs-completed` says whether everything has been reported. */
  readonly metadata: ObjectMeta
  readonly phase?: string
  readonly message?: string
  readonly outputs?: NodeOutputs
  /** `done/all`, as the step reports it itself. */
  readonly progress?: string
}
