import type { Controller } from "@argo-ts/k8s"
import { fieldManagers } from "../field-managers.js"
import { autoscalerController } from "./autoscalers/autoscalers.js"
import { cronJobController } from "./cron-jobs/cron-jobs.js"
import { daemonSetController } from "./daemon-sets/daemon-sets.js"
import { deploymentController } from "./deployments.js"
import { disruptionController } from "./disruptions.js"
import { endpointsController } from "./endpoints/endpoints.js"
import { jobController } from "./jobs/jobs.js"
import { ttlAfterFinishedController } from "./jobs/ttl-after-finished.js"
import { rootCertificateController, serviceAccountController } from "./namespaces/first-content.js"
import { namespaceController } from "./namespaces/namespaces.js"
import { replicaSetController, replicationController } from "./replica-sets.js"
import { statefulSetController } from "./stateful-sets/stateful-sets.js"
import { claimBinder, volumeReclaimer } from "./volumes/binder.js"
import { ephemeralClaimMaker } from "./volumes/ephemeral-claims.js"
import { claimProtector, volumeProtector } from "./volumes/protection.js"
import { type ProvisionerScripts, volumeProvisioner } from "./volumes/provisioner.js"
import { volumeResizer } from "./volumes/resizer.js"

/** Settings of the built-in controllers. */
export interface BuiltInOptions {
  /** From the deletion of a namespace to that of its contents. Default 5,000 ms. */
  readonly namespaceDeletionDelayMs?: number
  /** How provisioners behave, by the name that classes give. Default: each makes a volume, or lets it grow, after a second. */
  readonly provisioners?: ProvisionerScripts
  /** What `kube-root-ca.crt` of every namespace says. Default: nothing. */
  readonly rootCertificate?: string
}

/**
 * The controllers of a plain cluster: Deployment, ReplicaSet, StatefulSet, DaemonSet, Job with its time to live, CronJob,
 * PodDisruptionBudget, endpoints of services, volumes and their claims, HorizontalPodAutoscaler, Namespace with its first
 * content.
 */
export function builtInControllers(options: BuiltInOptions = {}): readonly Controller[] {
  const all = [
    deploymentController(),
    replicaSetController(),
    replicationController(),
    statefulSetController(),
    daemonSetController(),
    endpointsController(),
    jobController(),
    ttlAfterFinishedController(),
    cronJobController(),
    disruptionController(),
    claimBinder(),
    volumeReclaimer(),
    volumeProvisioner(options.provisioners),
    volumeResizer(options.provisioners),
    ephemeralClaimMaker(),
    claimProtector(),
    volumeProtector(),
    autoscalerController(),
    serviceAccountController(),
    rootCertificateController(options.rootCertificate ?? ""),
    namespaceController(options.namespaceDeletionDelayMs ?? 5_000),
  ]
  return all.map((each) => ({ ...each, fieldManager: fieldManagers.controllers }))
}
