import type { Condition, JsonObject, LabelSelectorRequirement, ObjectMeta } from "@argo-ts/kernel"

/** A unit of tenancy: owns the Namespace of its name. */
export interface Project {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly status?: ProjectStatus
}

/** How many there are, and how many of them are well. */
export interface HealthCount {
  readonly count: number
  readonly health: { readonly healthy: number }
}

/** `status` of a Project. */
export interface ProjectStatus {
  readonly conditions?: readonly Condition[]
  readonly stats?: ProjectStats
}

/** What a Project holds. */
export interface ProjectStats {
  readonly warehouses?: HealthCount
  readonly stages?: HealthCount
}

/** Settings of a Project: one, with the Project's name, in its namespace. */
export interface ProjectConfig {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec?: ProjectConfigSpec
  readonly status?: JsonObject
}

/** `spec` of a ProjectConfig. */
export interface ProjectConfigSpec {
  /** The first that matches a Stage counts; none: no auto-promotion. */
  readonly promotionPolicies?: readonly PromotionPolicy[]
  /**
   * Webhooks that refresh Warehouses.
   * @unsupported webhook receivers are not built yet
   */
  readonly webhookReceivers?: readonly JsonObject[]
  /**
   * When promotions may happen.
   * @unsupported promotion windows are not built yet
   */
  readonly promotionWindows?: readonly JsonObject[]
  /**
   * Links for a user interface.
   * @unsupported links are not built yet
   */
  readonly freightLinks?: readonly JsonObject[]
  /**
   * Links for a user interface.
   * @unsupported links are not built yet
   */
  readonly stageLinks?: readonly JsonObject[]
}

/** Whether Stages are promoted to without a person. */
export interface PromotionPolicy {
  /** Name of a Stage. Deprecated: use `stageSelector`. */
  readonly stage?: string
  readonly stageSelector?: StageSelector
  /** Default false. */
  readonly autoPromotionEnabled?: boolean
  /**
   * Go back after a failure.
   * @unsupported automatic rollback is not built yet
   */
  readonly autoRollback?: JsonObject
}

/** Which Stages: name and labels must both hold. */
export interface StageSelector {
  /** Exact, or `glob:…`, or `regex:…` / `regexp:…`. */
  readonly name?: string
  readonly matchLabels?: { readonly [key: string]: string }
  readonly matchExpressions?: readonly LabelSelectorRequirement[]
}
