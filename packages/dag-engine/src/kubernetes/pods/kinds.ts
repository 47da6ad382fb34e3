import {
  controllerReference,
  defineKind,
  type JsonObject,
  type Kind,
  type KubernetesObject,
  type OwnerReference,
} from "@argo-ts/kernel"

/** How one container of a pod fares. */
export interface ContainerStatus {
  readonly name: string
  readonly ready?: boolean
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string }
    readonly running?: JsonObject
    readonly terminated?: {
      readonly exitCode: number
      readonly reason?: string
      readonly message?: string
      /** RFC 3339. */
      readonly startedAt?: string
      readonly finishedAt?: string
    }
  }
}

/** A pod, as far as it is read here. */
export interface PodObject extends KubernetesObject {
  readonly spec: JsonObject
  readonly status?: {
    readonly phase?: string
    readonly message?: string
    readonly reason?: string
    readonly podIP?: string
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly reason?: string
      readonly message?: string
    }[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
    readonly containerStatuses?: readonly ContainerStatus[]
  }
}

const core = { group: "", version: "v1", scope: "Namespaced" } as const

/** v1 Pods. */
export const pods: Kind<PodObject> = defineKind<PodObject>({
  ...core,
  kind: "Pod",
  plural: "pods",
  hasStatus: true,
})

/** v1 PersistentVolumeClaims. */
export const volumeClaims: Kind<KubernetesObject> = defineKind<KubernetesObject>({
  ...core,
  kind: "PersistentVolumeClaim",
  plural: "persistentvolumeclaims",
  hasStatus: true,
})

/** What makes a workflow the owner of what is made for it. */
export function ownerOf({
  workflow,
  workflowUid,
}: {
  readonly workflow: string
  readonly workflowUid: string
}): OwnerReference {
  return controllerReference({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: workflow, uid: workflowUid },
  })
}

/** Keeps a pod until its end has been read. */
export const podStatusFinalizer = "workflows.argoproj.io/status"

/** Labels and annotations that tie a pod to its node. */
export const podLabels = {
  workflow: "workflows.argoproj.io/workflow",
  completed: "workflows.argoproj.io/completed",
  onExit: "workflows.argoproj.io/on-exit",
  nodeName: "workflows.argoproj.io/node-name",
  nodeId: "workflows.argoproj.io/node-id",
  defaultContainer: "kubectl.kubernetes.io/default-container",
  reported: "workflows.argoproj.io/report-outputs-completed",
} as const
