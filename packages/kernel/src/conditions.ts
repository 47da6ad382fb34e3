/** `status.conditions[]` as Kubernetes objects carry them. */
export interface Condition {
  readonly type: string
  readonly status: "True" | "False" | "Unknown"
  readonly reason?: string
  readonly message?: string
  /** RFC 3339: when `status` last changed. */
  readonly lastTransitionTime?: string
  /** RFC 3339: when the condition was last looked at; only some kinds have it. */
  readonly lastUpdateTime?: string
  readonly observedGeneration?: number
}

/** The condition of that type, if it is set. */
export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type)
}

/**
 * The list with `next` in it. A condition keeps its place and, while its `status` stays the same, its
 * `lastTransitionTime`; a new one is appended. Foreign conditions are untouched.
 */
export function setCondition<C extends Condition>(
  conditions: readonly C[] | undefined,
  next: C,
): readonly C[] {
  const list = conditions ?? []
  const index = list.findIndex((condition) => condition.type === next.type)
  if (index < 0) return [...list, next]
  const old = list[index] as C
  const kept =
    old.status === next.status && old.lastTransitionTime !== undefined
      ? { ...next, lastTransitionTime: old.lastTransitionTime }
      : next
  return list.with(index, kept)
}
