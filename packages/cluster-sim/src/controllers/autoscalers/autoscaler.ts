import type { Condition, Kind, KubernetesObject } from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"

/** What a metric is to be. */
export interface MetricTarget {
  readonly type: "Utilization" | "Value" | "AverageValue"
  readonly averageUtilization?: number
  /** A quantity. */
  readonly averageValue?: string
  readonly value?: string
}

interface NamedMetric {
  readonly name: string
}

/** `spec.metrics[]`: one member beside `type` is given, the one that it names. */
export interface MetricSpec {
  readonly type: "Resource" | "ContainerResource" | "Pods" | "Object" | "External"
  readonly resource?: { readonly name: string; readonly target: MetricTarget }
  readonly containerResource?: {
    readonly name: string
    readonly container: string
    readonly target: MetricTarget
  }
  readonly pods?: { readonly metric: NamedMetric; readonly target: MetricTarget }
  readonly object?: {
    readonly metric: NamedMetric
    readonly describedObject: { readonly kind: string; readonly name: string }
    readonly target: MetricTarget
  }
  readonly external?: { readonly metric: NamedMetric; readonly target: MetricTarget }
}

/** A measured resource. */
export interface ResourceStatus {
  readonly averageUtilization?: number
  readonly averageValue?: string
}

/** `status.currentMetrics[]`; one without a type could not be measured. */
export interface MetricStatus {
  readonly type: string
  readonly resource?: { readonly name: string; readonly current: ResourceStatus }
  readonly containerResource?: {
    readonly name: string
    readonly container: string
    readonly current: ResourceStatus
  }
}

/** How fast an autoscaler may go one way. */
export interface ScalingRules {
  readonly stabilizationWindowSeconds?: number
  /** Default `Max`. */
  readonly selectPolicy?: "Max" | "Min" | "Disabled"
  readonly policies?: readonly {
    readonly type: "Pods" | "Percent"
    readonly value: number
    readonly periodSeconds: number
  }[]
}

/** `status` of a HorizontalPodAutoscaler. */
export interface AutoscalerStatus {
  readonly observedGeneration?: number
  readonly lastScaleTime?: string
  readonly currentReplicas?: number
  readonly desiredReplicas: number
  readonly currentMetrics: readonly MetricStatus[] | null
  readonly conditions?: readonly Condition[]
}

/** A HorizontalPodAutoscaler. */
export interface Autoscaler extends KubernetesObject {
  readonly spec: {
    readonly scaleTargetRef: {
      readonly apiVersion?: string
      readonly kind: string
      readonly name: string
    }
    readonly minReplicas?: number
    readonly maxReplicas: number
    readonly metrics?: readonly MetricSpec[]
    readonly behavior?: { readonly scaleUp?: ScalingRules; readonly scaleDown?: ScalingRules }
  }
  readonly status?: AutoscalerStatus
}

/** The size of something that can be scaled. */
export interface Scale extends KubernetesObject {
  readonly spec: { readonly replicas?: number }
  readonly status?: { readonly replicas?: number; readonly selector?: string }
}

/** HorizontalPodAutoscalers. */
export const autoscalers: Kind<Autoscaler> = builtInKind(
  "autoscaling/v2",
  "HorizontalPodAutoscaler",
) as Kind<Autoscaler>
