import type { Cluster } from "@argo-ts/k8s"
import type { EpochMs, JsonObject, JsonValue, Logger } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import type { Git } from "@argo-ts/kernel/git"
import type { HttpClient } from "@argo-ts/kernel/http"
import type { Promotion } from "../api/promotion.js"
import type { StepOutcome } from "../core/step-outcome.js"

/** What a step may use. */
export interface StepContext {
  readonly promotion: Promotion
  /** Evaluated and checked. */
  readonly config: JsonObject
  readonly alias: string
  /** Work directory of the promotion: absolute, exists. */
  readonly directory: string
  /** When the promotion started: the date of its commits, so that repeating a step repeats the commit. */
  readonly startedAt: EpochMs
  /** Output of this step in an earlier run. */
  readonly before: JsonValue | undefined
  readonly cluster: Cluster
  readonly clock: Clock
  readonly git: Git
  readonly http: HttpClient
  readonly logger: Logger
}

/**
 * Runs a step once. It may be called again for the same step after a crash and must then end in the same state; real
 * work goes through the clock. What it throws becomes an error of the step.
 */
export type StepRunner = (context: StepContext) => Promise<StepOutcome>

/** Steps by the name that `uses` gives. */
export type StepRunners = { readonly [uses: string]: StepRunner }
