import { definitionErrors } from "../definitions/check-definition.js"
import type { KindRules } from "../kinds/rules.js"
import type { Candidate, Check } from "../validation/check.js"
import { checkConfigMap, checkSecret } from "../validation/config.js"
import { checkIngress } from "../validation/ingresses.js"
import { checkCronJob, checkJob } from "../validation/jobs.js"
import { checkVolume } from "../validation/persistent-volumes.js"
import { checkPod } from "../validation/pods.js"
import {
  checkAutoscaler,
  checkDisruptionBudget,
  checkPriorityClass,
} from "../validation/policies.js"
import { checkClusterRoleBinding, checkRole, checkRoleBinding } from "../validation/rbac.js"
import { checkService } from "../validation/services.js"
import { checkSigningRequest } from "../validation/signing-requests.js"
import { checkClaim, checkStorageClass } from "../validation/storage.js"
import {
  checkDaemonSet,
  checkDeployment,
  checkReplicaSet,
  checkReplicationController,
  checkStatefulSet,
} from "../validation/workloads.js"
import type { FieldError } from "./errors.js"

const checks: { readonly [kind: string]: Check } = {
  CertificateSigningRequest: checkSigningRequest,
  ClusterRole: checkRole,
  ClusterRoleBinding: checkClusterRoleBinding,
  ConfigMap: checkConfigMap,
  CronJob: checkCronJob,
  CustomResourceDefinition: ({ object, before }, errors) =>
    errors.push(...definitionErrors(object, before)),
  DaemonSet: checkDaemonSet,
  Deployment: checkDeployment,
  HorizontalPodAutoscaler: checkAutoscaler,
  Ingress: checkIngress,
  Job: checkJob,
  PersistentVolume: checkVolume,
  PersistentVolumeClaim: checkClaim,
  Pod: checkPod,
  PodDisruptionBudget: checkDisruptionBudget,
  PriorityClass: checkPriorityClass,
  ReplicaSet: checkReplicaSet,
  ReplicationController: checkReplicationController,
  Role: checkRole,
  RoleBinding: checkRoleBinding,
  Secret: checkSecret,
  Service: checkService,
  StatefulSet: checkStatefulSet,
  StorageClass: checkStorageClass,
}

/** What is wrong with an object beyond its metadata. Custom resources without a definition are taken as they are. */
export function kindErrors(rules: KindRules, candidate: Candidate): FieldError[] {
  const { object, before } = candidate
  if (!rules.isBuiltIn) return rules.custom?.errors(object, before) ?? []
  const errors: FieldError[] = []
  checks[rules.kind.kind]?.(candidate, errors)
  return errors
}
