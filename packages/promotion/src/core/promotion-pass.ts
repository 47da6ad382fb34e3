import type { EpochMs } from "@argo-ts/kernel"
import type { Freight } from "../api/freight.js"
import type { Promotion } from "../api/promotion.js"
import type { Stage } from "../api/stage.js"
import type { ObservedData } from "./data-functions.js"
import type { StepOutcome } from "./step-outcome.js"

/** What is known around a Promotion. */
export interface ObservedPromotion {
  readonly stage?: Stage
  /** All Freight of the namespace. */
  readonly freight: readonly Freight[]
  /** True where the Promotion runs and its work directory is gone: local steps are repeated. */
  readonly isWorkDirectoryLost: boolean
  /** How the step that was just run came out. */
  readonly outcome?: { readonly index: number; readonly result: StepOutcome }
  /**
   * When the step that waits wants to run again, as the decision that made it wait said. Absent after a restart: then
   * it runs at once.
   */
  readonly restsUntil?: EpochMs
  /** What `ReadData` actions have found. Default nothing. */
  readonly data?: readonly ObservedData[]
}

/** One look at a Promotion whose Stage exists. */
export interface PromotionPass {
  readonly promotion: Promotion
  readonly stage: Stage
  readonly observed: ObservedPromotion
  readonly now: EpochMs
}
