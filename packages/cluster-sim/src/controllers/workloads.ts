import {
  type Condition,
  type EpochMs,
  type Kind,
  type KubernetesObject,
  type LabelSelector,
  type ObjectMeta,
  parseInstant,
} from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"

/** The parts of a pod template that controllers look into; the rest passes through. */
export interface PodTemplate {
  readonly metadata?: ObjectMeta
  readonly spec: PodSpec
}

/** Amounts of resources by name, as quantities. */
export interface ResourceList {
  readonly [resource: string]: string
}

/** The parts of a container that the cluster looks into. */
export interface Container {
  readonly name: string
  readonly image: string
  readonly imagePullPolicy?: "Always" | "IfNotPresent" | "Never"
  /** `Always` makes an init container a sidecar. */
  readonly restartPolicy?: "Always"
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly workingDir?: string
  readonly stdin?: boolean
  readonly stdinOnce?: boolean
  readonly tty?: boolean
  readonly terminationMessagePath?: string
  readonly env?: readonly {
    readonly name: string
    readonly value?: string
    readonly valueFrom?: object
  }[]
  readonly resources?: { readonly requests?: ResourceList; readonly limits?: ResourceList }
  readonly ports?: readonly ContainerPort[]
  readonly readinessProbe?: object
  readonly livenessProbe?: object
  readonly startupProbe?: object
}

/** `ports[]` of a container. */
export interface ContainerPort {
  readonly name?: string
  readonly containerPort: number
  readonly hostPort?: number
  readonly hostIP?: string
  readonly protocol?: string
}

/** `spec.tolerations[]`. */
export interface Toleration {
  readonly key?: string
  readonly operator?: "Exists" | "Equal"
  readonly value?: string
  readonly effect?: string
  readonly tolerationSeconds?: number
}

/** The parts of a pod's spec that the cluster looks into. */
export interface PodSpec {
  readonly nodeName?: string
  readonly schedulerName?: string
  readonly restartPolicy?: "Always" | "OnFailure" | "Never"
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly ephemeralContainers?: readonly Container[]
  readonly schedulingGates?: readonly { readonly name: string }[]
  readonly readinessGates?: readonly { readonly conditionType: string }[]
  readonly activeDeadlineSeconds?: number
  readonly terminationGracePeriodSeconds?: number
  readonly nodeSelector?: { readonly [label: string]: string }
  readonly affinity?: Affinity
  readonly topologySpreadConstraints?: readonly SpreadConstraint[]
  readonly tolerations?: readonly Toleration[]
  readonly priority?: number
  readonly priorityClassName?: string
  readonly overhead?: ResourceList
  readonly hostNetwork?: boolean
  readonly hostname?: string
  readonly subdomain?: string
  readonly volumes?: readonly Volume[]
}

/** `spec.volumes[]`, as far as claims go. */
export interface Volume {
  readonly name: string
  readonly persistentVolumeClaim?: { readonly claimName: string }
  /** A claim of the pod's own. */
  readonly ephemeral?: { readonly volumeClaimTemplate?: object }
}

/** One line of a node selector. */
export interface NodeRequirement {
  readonly key: string
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt"
  readonly values?: readonly string[]
}

/** One alternative of a node selector: all its lines hold. */
export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly NodeRequirement[]
  readonly matchFields?: readonly NodeRequirement[]
}

/** Pods near which, or away from which, a pod wants to be. */
export interface PodAffinityTerm {
  readonly topologyKey: string
  readonly labelSelector?: LabelSelector
  readonly namespaces?: readonly string[]
  readonly namespaceSelector?: LabelSelector
}

/** `spec.topologySpreadConstraints[]`. */
export interface SpreadConstraint {
  readonly maxSkew: number
  readonly topologyKey: string
  readonly whenUnsatisfiable?: "DoNotSchedule" | "ScheduleAnyway"
  readonly labelSelector?: LabelSelector
  readonly matchLabelKeys?: readonly string[]
  readonly minDomains?: number
  readonly nodeAffinityPolicy?: "Honor" | "Ignore"
  readonly nodeTaintsPolicy?: "Honor" | "Ignore"
}

interface PodAffinityRules {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[]
}

/** `spec.affinity`. */
export interface Affinity {
  readonly nodeAffinity?: {
    readonly requiredDuringSchedulingIgnoredDuringExecution?: {
      readonly nodeSelectorTerms: readonly NodeSelectorTerm[]
    }
    readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly {
      readonly weight: number
      readonly preference: NodeSelectorTerm
    }[]
  }
  readonly podAffinity?: PodAffinityRules
  readonly podAntiAffinity?: PodAffinityRules
}

/** One end of a container. */
export interface Terminated {
  readonly exitCode: number
  readonly reason: string
  readonly message?: string
  readonly signal?: number
  readonly startedAt: string
  readonly finishedAt: string
}

/** What a container does. */
export interface ContainerState {
  readonly waiting?: { readonly reason: string; readonly message?: string }
  readonly running?: { readonly startedAt: string }
  readonly terminated?: Terminated
}

/** `status.containerStatuses[]`. */
export interface ContainerStatus {
  readonly name: string
  readonly image: string
  readonly imageID: string
  readonly ready: boolean
  readonly started: boolean
  readonly restartCount: number
  readonly state: ContainerState
  readonly lastState: ContainerState
}

/** An address of a pod or host. */
export interface PodAddress {
  readonly ip: string
}

/** `status` of a pod. */
export interface PodStatus {
  readonly phase?: "Pending" | "Running" | "Succeeded" | "Failed"
  readonly reason?: string
  readonly message?: string
  readonly conditions?: readonly Condition[]
  readonly startTime?: string
  readonly hostIP?: string
  readonly hostIPs?: readonly PodAddress[]
  readonly podIP?: string
  readonly podIPs?: readonly PodAddress[]
  readonly initContainerStatuses?: readonly ContainerStatus[]
  readonly containerStatuses?: readonly ContainerStatus[]
  readonly ephemeralContainerStatuses?: readonly ContainerStatus[]
  readonly qosClass?: string
}

/** A pod. */
export interface Pod extends KubernetesObject {
  readonly spec: PodSpec
  readonly status?: PodStatus
}

/** A ReplicationController: what there was before ReplicaSets. */
export interface ReplicationController extends KubernetesObject {
  readonly spec: Omit<ReplicaSet["spec"], "selector"> & {
    readonly selector?: { readonly [label: string]: string }
  }
  readonly status?: NonNullable<ReplicaSet["status"]>
}

/** A ReplicaSet. */
export interface ReplicaSet extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number
    readonly minReadySeconds?: number
    readonly selector: LabelSelector
    readonly template: PodTemplate
  }
  readonly status?: {
    readonly replicas?: number
    readonly fullyLabeledReplicas?: number
    readonly readyReplicas?: number
    readonly availableReplicas?: number
    readonly observedGeneration?: number
    readonly conditions?: readonly Condition[]
  }
}

/** `status` of a Deployment. */
export interface DeploymentStatus {
  readonly observedGeneration?: number
  readonly replicas?: number
  readonly updatedReplicas?: number
  readonly readyReplicas?: number
  readonly availableReplicas?: number
  readonly unavailableReplicas?: number
  readonly collisionCount?: number
  readonly conditions?: readonly Condition[]
}

/** A Deployment. */
export interface Deployment extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number
    readonly minReadySeconds?: number
    readonly paused?: boolean
    readonly progressDeadlineSeconds?: number
    readonly revisionHistoryLimit?: number
    readonly selector: LabelSelector
    readonly template: PodTemplate
    readonly strategy?: {
      readonly type?: "RollingUpdate" | "Recreate"
      readonly rollingUpdate?: {
        readonly maxSurge?: number | string
        readonly maxUnavailable?: number | string
      }
    }
  }
  readonly status?: DeploymentStatus
}

/** `status` of a PodDisruptionBudget. */
export interface DisruptionStatus {
  readonly observedGeneration?: number
  readonly disruptedPods?: { readonly [pod: string]: string }
  readonly disruptionsAllowed: number
  readonly currentHealthy: number
  readonly desiredHealthy: number
  readonly expectedPods: number
  readonly conditions?: readonly Condition[]
}

/** A PodDisruptionBudget. */
export interface DisruptionBudget extends KubernetesObject {
  readonly spec: {
    readonly minAvailable?: number | string
    readonly maxUnavailable?: number | string
    readonly selector?: LabelSelector
  }
  readonly status?: DisruptionStatus
}

function kind<T extends KubernetesObject>(apiVersion: string, name: string): Kind<T> {
  return builtInKind(apiVersion, name) as Kind<T>
}

/** Pods. */
export const pods: Kind<Pod> = kind<Pod>("v1", "Pod")
/** ReplicaSets. */
export const replicaSets: Kind<ReplicaSet> = kind<ReplicaSet>("apps/v1", "ReplicaSet")
/** ReplicationControllers. */
export const replicationControllers: Kind<ReplicationController> = kind<ReplicationController>(
  "v1",
  "ReplicationController",
)
/** Deployments. */
export const deployments: Kind<Deployment> = kind<Deployment>("apps/v1", "Deployment")
/** PodDisruptionBudgets. */
export const disruptionBudgets: Kind<DisruptionBudget> = kind<DisruptionBudget>(
  "policy/v1",
  "PodDisruptionBudget",
)

/** Reads a timestamp of an object; absent where it has none. */
export function instantOf(text: string | undefined): EpochMs | undefined {
  if (text === undefined) return undefined
  const parsed = parseInstant(text)
  return parsed.ok ? parsed.value : undefined
}

/** True for a pod that has ended for good. */
export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed"
}

/** The pod's Ready condition where it is True. */
export function readySince(pod: Pod): EpochMs | undefined {
  const ready = pod.status?.conditions?.find((condition) => condition.type === "Ready")
  return ready?.status === "True" ? instantOf(ready.lastTransitionTime) : undefined
}
