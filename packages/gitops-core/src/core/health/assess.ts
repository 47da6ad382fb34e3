import { parseApiVersion, type UntypedObject } from "@argo-ts/kernel"
import { names } from "../annotations.js"
import { analysisRunHealth } from "./analysis-run.js"
import { apiServiceHealth } from "./api-service.js"
import { applicationHealth } from "./application.js"
import { autoscalerHealth } from "./autoscaler.js"
import { daemonSetHealth } from "./daemon-set.js"
import { deploymentHealth } from "./deployment.js"
import { type Health, type HealthRule, health } from "./health.js"
import { jobHealth } from "./job.js"
import { ingressHealth, serviceHealth } from "./networking.js"
import { podHealth } from "./pod.js"
import { replicaSetHealth } from "./replica-set.js"
import { rolloutHealth } from "./rollout.js"
import { statefulSetHealth } from "./stateful-set.js"
import { volumeClaimHealth } from "./volume-claim.js"
import { workflowHealth } from "./workflow.js"

const rules: ReadonlyMap<string, HealthRule> = new Map([
  ["apps/Deployment", deploymentHealth],
  ["apps/StatefulSet", statefulSetHealth],
  ["apps/DaemonSet", daemonSetHealth],
  ["apps/ReplicaSet", replicaSetHealth],
  ["/Pod", podHealth],
  ["/Service", serviceHealth],
  ["/PersistentVolumeClaim", volumeClaimHealth],
  ["networking.k8s.io/Ingress", ingressHealth],
  ["extensions/Ingress", ingressHealth],
  ["batch/Job", jobHealth],
  ["autoscaling/HorizontalPodAutoscaler", autoscalerHealth],
  ["apiregistration.k8s.io/APIService", apiServiceHealth],
  ["argoproj.io/Workflow", workflowHealth],
  ["argoproj.io/Rollout", rolloutHealth],
  ["argoproj.io/AnalysisRun", analysisRunHealth],
])

/** Rules that somebody may want otherwise. */
export interface HealthOptions {
  /** Judge Application objects by their own health. Default false: they have none. */
  readonly applicationHealth: boolean
}

/**
 * How well a live object does; `undefined` for kinds without a rule, which count as well. An object that is being
 * deleted is Progressing whatever its kind, unless only our own hook finalizer holds it.
 */
export function healthOf(
  object: UntypedObject,
  options: HealthOptions = { applicationHealth: false },
): Health | undefined {
  const { deletionTimestamp, finalizers = [] } = object.metadata
  if (deletionTimestamp !== undefined && !finalizers.includes(names.hookFinalizer)) {
    return health("Progressing", "Pending deletion")
  }
  const { group } = parseApiVersion(object.apiVersion)
  const name = `${group}/${object.kind}`
  if (name === "argoproj.io/Application") {
    return options.applicationHealth ? applicationHealth(object) : undefined
  }
  return rules.get(name)?.(object)
}
