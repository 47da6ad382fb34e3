import type { JsonObject, JsonValue, ObjectMeta } from "@argo-ts/kernel"
import type {
  ExpressionVariable,
  FreightCollection,
  FreightOrigin,
  FreightReference,
  PromotionStep,
} from "./common.js"
import type { HealthCheck } from "./stage.js"

/** One attempt to move one piece of Freight to one Stage. Its `spec` never changes. */
export interface Promotion {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec: PromotionSpec
  readonly status?: PromotionStatus
}

/** `spec` of a Promotion. */
export interface PromotionSpec {
  readonly stage: string
  /** Name of the Freight; exactly one of `freight` and `origin`. */
  readonly freight?: string
  /** Promote whatever auto-promotion would take next of an origin; replaced by that Freight. */
  readonly origin?: FreightOrigin
  /**
   * One destination of a target-aware Stage.
   * @unsupported targets are not built yet
   */
  readonly target?: JsonObject
  /** Taken from the Stage, whatever is written here: its own variables, then those of its template. */
  readonly vars?: readonly ExpressionVariable[]
  /** Taken from the Stage, whatever is written here. */
  readonly steps?: readonly PromotionStep[]
}

/** Where a Promotion stands. The last four are final. */
export type PromotionPhase = "Pending" | "Running" | "Succeeded" | "Failed" | "Errored" | "Aborted"

/** Where one step stands. */
export interface StepExecutionMetadata {
  readonly alias: string
  readonly startedAt?: string
  readonly finishedAt?: string
  readonly errorCount?: number
  readonly status: "Running" | "Succeeded" | "Failed" | "Errored" | "Aborted" | "Skipped"
  readonly message?: string
  readonly continueOnError?: boolean
}

/** `status` of a Promotion. */
export interface PromotionStatus {
  readonly phase?: PromotionPhase
  readonly message?: string
  readonly freight?: FreightReference
  readonly freightCollection?: FreightCollection
  readonly healthChecks?: readonly HealthCheck[]
  readonly startedAt?: string
  readonly finishedAt?: string
  /** Index from 0. */
  readonly currentStep?: number
  readonly stepExecutionMetadata?: readonly StepExecutionMetadata[]
  /** Outputs by alias. */
  readonly state?: { readonly [alias: string]: JsonValue }
  readonly lastHandledRefresh?: string
}
