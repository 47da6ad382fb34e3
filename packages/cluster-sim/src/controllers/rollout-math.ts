/** How far a rolling update may go above and below the wanted replicas. */
export interface Fenceposts {
  readonly surge: number
  readonly unavailable: number
}

function resolve(
  value: number | string | undefined,
  total: number,
  round: (n: number) => number,
): number {
  if (typeof value === "number") return value
  const percent = Number((value ?? "25%").replace("%", ""))
  return Number.isFinite(percent) ? round((percent * total) / 100) : 0
}

/** Surge rounds up, unavailable rounds down; both zero lets one pod go. Default 25 % each. */
export function fenceposts(
  replicas: number,
  update: { readonly maxSurge?: number | string; readonly maxUnavailable?: number | string } = {},
): Fenceposts {
  const surge = resolve(update.maxSurge, replicas, Math.ceil)
  const unavailable = resolve(update.maxUnavailable, replicas, Math.floor)
  const floor = surge === 0 && unavailable === 0 ? 1 : unavailable
  return { surge, unavailable: Math.min(floor, replicas) }
}

/** A ReplicaSet as the arithmetic sees it, oldest first. */
export interface SetCounts {
  readonly name: string
  readonly replicas: number
  readonly available: number
}

/** A ReplicaSet's next size. */
export interface Scaling {
  readonly name: string
  readonly replicas: number
}

/** What a rolling update knows. */
export interface RollingState {
  readonly replicas: number
  readonly posts: Fenceposts
  readonly current: SetCounts
  /** Oldest first. */
  readonly old: readonly SetCounts[]
}

function sum(sets: readonly SetCounts[], pick: (set: SetCounts) => number): number {
  return sets.reduce((total, set) => total + pick(set), 0)
}

/** The next size of the new ReplicaSet, if it changes in this pass. */
export function scaleUp({ replicas, posts, current, old }: RollingState): Scaling | undefined {
  const { name } = current
  if (current.replicas > replicas) return { name, replicas }
  if (current.replicas === replicas) return undefined
  const total = current.replicas + sum(old, (set) => set.replicas)
  const room = Math.min(replicas + posts.surge - total, replicas - current.replicas)
  return room <= 0 ? undefined : { name, replicas: current.replicas + room }
}

/** The next sizes of the old ReplicaSets: unhealthy pods go first, then as many as availability allows. */
export function scaleDown({ replicas, posts, current, old }: RollingState): readonly Scaling[] {
  const floor = replicas - posts.unavailable
  const total = current.replicas + sum(old, (set) => set.replicas)
  let budget = total - floor - (current.replicas - current.available)
  if (budget <= 0) return []
  const sizes = new Map(old.map((set) => [set.name, set.replicas]))
  for (const set of old) {
    const unhealthy = Math.max(0, Math.min(set.replicas - set.available, budget))
    sizes.set(set.name, set.replicas - unhealthy)
    budget -= unhealthy
  }
  let spare = current.available + sum(old, (set) => set.available) - floor
  for (const set of old) {
    const size = sizes.get(set.name) ?? 0
    const step = Math.max(0, Math.min(size, spare))
    sizes.set(set.name, size - step)
    spare -= step
  }
  return old
    .map((set) => ({ name: set.name, replicas: sizes.get(set.name) ?? 0 }))
    .filter((next, index) => next.replicas !== old[index]?.replicas)
}

/** A ReplicaSet with the size that its share was last computed from. */
export interface ShareCounts extends SetCounts {
  /** Annotation `deployment.kubernetes.io/max-replicas`; absent counts as its size. */
  readonly maxReplicas: number | undefined
}

/** Sizes after the Deployment was scaled in the middle of a rollout: each keeps its share (spec/cluster §8.1). */
export function proportional(
  sets: readonly ShareCounts[],
  replicas: number,
  surge: number,
): readonly Scaling[] {
  const allowed = replicas > 0 ? replicas + surge : 0
  let toAdd = allowed - sum(sets, (set) => set.replicas)
  const isGrowing = toAdd > 0
  const ranked = sets
    .map((set, age) => ({ set, age }))
    .toSorted(
      (left, right) =>
        right.set.replicas - left.set.replicas ||
        (isGrowing ? right.age - left.age : left.age - right.age),
    )
  const next = ranked.map(({ set }) => {
    const base = set.maxReplicas ?? set.replicas
    const share = Math.round((set.replicas * allowed) / Math.max(base, 1)) - set.replicas
    const step = isGrowing
      ? Math.max(0, Math.min(share, toAdd))
      : Math.min(0, Math.max(share, toAdd, -set.replicas))
    toAdd -= step
    return { name: set.name, replicas: set.replicas + step }
  })
  const [first, ...rest] = next
  if (first === undefined) return []
  return [{ ...first, replicas: Math.max(0, first.replicas + toAdd) }, ...rest]
}
