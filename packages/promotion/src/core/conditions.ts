import { type Condition, type EpochMs, formatInstant, setCondition } from "@argo-ts/kernel"

/** A condition as decisions word it: the rest follows from the object and the instant. */
export type ConditionParts = readonly [
  type: string,
  status: Condition["status"],
  reason: string,
  message: string,
]

/** The object and the instant that a condition speaks of. */
export interface ConditionContext {
  /** `metadata.generation` of the object. Default 0. */
  readonly generation: number | undefined
  readonly now: EpochMs
}

/** The status with these conditions set; each keeps its transition time while its `status` stays the same. */
export function withConditions<T extends { readonly conditions?: readonly Condition[] }>(
  status: T,
  changes: readonly ConditionParts[],
  { generation = 0, now }: ConditionContext,
): T {
  let conditions = status.conditions ?? []
  for (const [type, value, reason, message] of changes) {
    const at = formatInstant(now)
    const common = { type, status: value, reason, message, observedGeneration: generation }
    conditions = setCondition(conditions, { ...common, lastTransitionTime: at })
  }
  return { ...status, conditions }
}

/** The status without the conditions of a type. */
export function withoutCondition<T extends { readonly conditions?: readonly Condition[] }>(
  status: T,
  unwanted: string,
): T {
  return {
    ...status,
    conditions: (status.conditions ?? []).filter(({ type }) => type !== unwanted),
  }
}
