import type { Controller } from "@argo-ts/k8s"
import { autoscalerController } from "./autoscalers/autoscalers.js"
import { daemonSetController } from "./daemon-sets/daemon-sets.js"
import { deploymentController } from "./deployments.js"
import { disruptionController } from "./disruptions.js"
import { endpointsController } from "./endpoints/endpoints.js"
import { jobController } from "./jobs.js"
import { namespaceController } from "./namespaces.js"
import { replicaSetController } from "./replica-sets.js"
import { statefulSetController } from "./stateful-sets/stateful-sets.js"
import { claimBinder, volumeReclaimer } from "./volumes/binder.js"
import { claimProtector, volumeProtector } from "./volumes/protection.js"
import { type ProvisionerScripts, volumeProvisioner } from "./volumes/provisioner.js"

/** Settings of the built-in controllers. */
export interface BuiltInOptions {
  /** From the deletion of a namespace to that of its contents. Default 5,000 ms. */
  readonly namespaceDeletionDelayMs?: number
  /** How provisioners behave, by the name that classes give. Default: each makes a volume after a second. */
  readonly provisioners?: ProvisionerScripts
}

/**
 * The controllers of a plain cluster: Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, PodDisruptionBudget, endpoints of
 * services, volumes and their claims, HorizontalPodAutoscaler, Namespace.
 */
export function builtInControllers(options: BuiltInOptions = {}): readonly Controller[] {
  return [
    deploymentController(),
    replicaSetController(),
    statefulSetController(),
    daemonSetController(),
    endpointsController(),
    jobController(),
    disruptionController(),
    claimBinder(),
    volumeReclaimer(),
    volumeProvisioner(options.provisioners),
    claimProtector(),
    volumeProtector(),
    autoscalerController(),
    namespaceController(options.namespaceDeletionDelayMs ?? 5_000),
  ]
}
