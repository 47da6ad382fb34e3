import type { PromotionStep } from "../api/common.js"
import type { PromotionStatus, StepExecutionMetadata } from "../api/promotion.js"

/** Name of a step: its own, or `step-N`. */
export function aliasOf(step: PromotionStep, index: number): string {
  return step.as ?? `step-${index + 1}`
}

/** Puts the entry of a step into the list, in the order of the steps. */
export function withStep(
  status: PromotionStatus,
  entry: StepExecutionMetadata,
): readonly StepExecutionMetadata[] {
  const entries = status.stepExecutionMetadata ?? []
  const index = entries.findIndex(({ alias }) => alias === entry.alias)
  return index < 0 ? [...entries, entry] : entries.with(index, entry)
}
