import type { Condition, JsonObject, JsonValue, ObjectMeta } from "@argo-ts/kernel"
import type {
  ExpressionVariable,
  FreightCollection,
  FreightOrigin,
  FreightReference,
  PromotionStep,
} from "./common.js"

/** A place that Freight is promoted to. Without steps it is a control-flow Stage. */
export interface Stage {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec: StageSpec
  readonly status?: StageStatus
}

/** `spec` of a Stage. */
export interface StageSpec {
  /**
   * Which controller is responsible.
   * @unsupported sharding is not built yet
   */
  readonly shard?: string
  readonly vars?: readonly ExpressionVariable[]
  /** At least one, one for each origin. */
  readonly requestedFreight: readonly FreightRequest[]
  readonly promotionTemplate?: PromotionTemplate
  readonly verification?: Verification
  /**
   * Destinations of a target-aware Stage.
   * @unsupported targets are not built yet
   */
  readonly targets?: JsonObject
}

/** Freight of one origin that a Stage wants. */
export interface FreightRequest {
  readonly origin: FreightOrigin
  readonly sources?: FreightSources
}

/** Where Freight becomes available from. Nothing set: only by manual approval. */
export interface FreightSources {
  /** Straight from the Warehouse. Default false. */
  readonly direct?: boolean
  /** Once verified in these Stages. */
  readonly stages?: readonly string[]
  /** How long it must have been in an upstream Stage: a duration. */
  readonly requiredSoakTime?: string
  /** How many of `stages` it takes. Default OneOf. */
  readonly availabilityStrategy?: "All" | "OneOf" | ""
  readonly autoPromotionOptions?: AutoPromotionOptions
}

/** What auto-promotion chooses. */
export interface AutoPromotionOptions {
  /** Default NewestFreight. MatchUpstream: what the single upstream Stage runs now. */
  readonly selectionPolicy?: "NewestFreight" | "MatchUpstream"
}

/** How a promotion to this Stage goes. */
export interface PromotionTemplate {
  readonly spec: PromotionTemplateSpec
}

/** Variables and steps of every promotion to this Stage. */
export interface PromotionTemplateSpec {
  readonly vars?: readonly ExpressionVariable[]
  readonly steps?: readonly PromotionStep[]
}

/** What must succeed before Freight counts as verified. Absent: being healthy is enough. */
export interface Verification {
  readonly analysisTemplates?: readonly AnalysisTemplateReference[]
  readonly analysisRunMetadata?: AnalysisRunMetadata
  readonly args?: readonly AnalysisArgument[]
}

/** Which template. */
export interface AnalysisTemplateReference {
  readonly name: string
  /** Default AnalysisTemplate. */
  readonly kind?: "AnalysisTemplate" | "ClusterAnalysisTemplate"
}

/** Labels and annotations of the runs. */
export interface AnalysisRunMetadata {
  readonly labels?: { readonly [key: string]: string }
  readonly annotations?: { readonly [key: string]: string }
}

/** An argument of the runs; the value may hold expressions. */
export interface AnalysisArgument {
  readonly name: string
  readonly value?: string
}

/** How well the Stage is. */
export interface StageHealth {
  readonly status: "Healthy" | "NotApplicable" | "Progressing" | "Unknown" | "Unhealthy"
  readonly issues?: readonly string[]
  readonly config?: JsonValue
  readonly output?: JsonValue
}

/** A promotion as its Stage sees it. */
export interface PromotionReference {
  readonly name: string
  readonly freight?: FreightReference
  readonly status?: PromotionSummary
  readonly finishedAt?: string
}

/** What a Stage keeps of a promotion's status. */
export interface PromotionSummary {
  readonly phase: string
  readonly message?: string
  readonly freightCollection?: FreightCollection
  readonly healthChecks?: readonly HealthCheck[]
}

/** A check that a step registered for the time after the promotion. */
export interface HealthCheck {
  readonly uses: string
  readonly config?: JsonValue
}

/** Why auto-promotion of an origin stands still. */
export interface AutoPromotionHold {
  readonly freightName?: string
  readonly origin?: FreightOrigin
  readonly promotionName?: string
  readonly actor?: string
  readonly createdAt?: string
}

/** `status` of a Stage. */
export interface StageStatus {
  readonly conditions?: readonly Condition[]
  readonly lastHandledRefresh?: string
  readonly observedGeneration?: number
  readonly freightSummary?: string
  /** Newest first, at most ten. */
  readonly freightHistory?: readonly FreightCollection[]
  readonly health?: StageHealth
  readonly currentPromotion?: PromotionReference
  readonly lastPromotion?: PromotionReference
  readonly autoPromotionEnabled?: boolean
  /** By origin: `Warehouse/shop`. */
  readonly autoPromotionHolds?: { readonly [origin: string]: AutoPromotionHold }
  /** By origin: with the intents of promotions that have not ended yet. */
  readonly effectiveAutoPromotionHolds?: { readonly [origin: string]: AutoPromotionHold }
  /** Set by `set-metadata`. */
  readonly metadata?: { readonly [key: string]: JsonValue }
  /**
   * Promotion of targets.
   * @unsupported targets are not built yet
   */
  readonly currentPromotionRequest?: JsonObject
  /**
   * Promotion of targets.
   * @unsupported targets are not built yet
   */
  readonly lastPromotionRequest?: JsonObject
  /**
   * Whether promotions may happen now.
   * @unsupported promotion windows are not built yet
   */
  readonly promotionWindowStatus?: JsonObject
}
