import type { Controller } from "@argo-ts/k8s"
import { deploymentController } from "./deployments.js"
import { disruptionController } from "./disruptions.js"
import { jobController } from "./jobs.js"
import { namespaceController } from "./namespaces.js"
import { replicaSetController } from "./replica-sets.js"

/** Settings of the built-in controllers. */
export interface BuiltInOptions {
  /** From the deletion of a namespace to that of its contents. Default 5,000 ms. */
  readonly namespaceDeletionDelayMs?: number
}

/** The controllers of a plain cluster: Deployment, ReplicaSet, Job, PodDisruptionBudget, Namespace. */
export function builtInControllers(options: BuiltInOptions = {}): readonly Controller[] {
  return [
    deploymentController(),
    replicaSetController(),
    jobController(),
    disruptionController(),
    namespaceController(options.namespaceDeletionDelayMs ?? 5_000),
  ]
}
