import { type Condition, type EpochMs, formatInstant, setCondition } from "@argo-ts/kernel"

/** Why something does not work; `undefined` where it does. */
export type Problem = { readonly reason: string; readonly message: string } | undefined

/** The list with a condition of each type: true, or false for the reason given. */
export function withConditions(
  conditions: readonly Condition[] | undefined,
  problems: readonly (readonly [type: string, problem: Problem])[],
  now: EpochMs,
): readonly Condition[] {
  const lastTransitionTime = formatInstant(now)
  let next = conditions ?? []
  for (const [type, problem] of problems) {
    const condition: Condition =
      problem === undefined
        ? { type, status: "True", lastTransitionTime }
        : { type, status: "False", ...problem, lastTransitionTime }
    next = setCondition(next, condition)
  }
  return next
}
