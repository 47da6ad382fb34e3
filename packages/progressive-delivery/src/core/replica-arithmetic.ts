/** Pods above and pods missing that an update may cause, as whole numbers. */
export interface RolloutBounds {
  readonly surge: number
  readonly unavailable: number
}

/** Pods of the canary and of the stable ReplicaSet. */
export interface ReplicaSplit {
  readonly canary: number
  readonly stable: number
}

/** What is known about one ReplicaSet: pods asked for, and pods that count as available. */
export interface ReplicaCounts {
  readonly spec: number
  readonly available: number
}

/** The default of `maxSurge` and `maxUnavailable`: 25 per cent; the sign is optional (spec/rollouts §1.4). */
const defaultBound = "25"

function scaledBound(
  bound: number | string,
  total: number,
  round: (value: number) => number,
): number {
  if (typeof bound === "number") return Math.max(0, Math.trunc(bound))
  const percent = Number(bound.endsWith("%") ? bound.slice(0, -1) : bound)
  return Number.isFinite(percent) ? Math.max(0, round((percent * total) / 100)) : 0
}

/**
 * Resolves `maxSurge` (rounded up) and `maxUnavailable` (rounded down) for `replicas` pods. Never both zero, and
 * never more unavailable than there are pods (spec/rollouts §2.5.1).
 */
export function rolloutBounds(
  replicas: number,
  maxSurge: number | string = defaultBound,
  maxUnavailable: number | string = defaultBound,
): RolloutBounds {
  const surge = scaledBound(maxSurge, replicas, Math.ceil)
  const unavailable = scaledBound(maxUnavailable, replicas, Math.floor)
  const allowed = surge === 0 && unavailable === 0 ? 1 : unavailable
  return { surge, unavailable: Math.min(allowed, replicas) }
}

/** True where `weight` of `total` pods lies exactly between two whole numbers. */
function isHalf(total: number, weight: number, weightMax: number): boolean {
  const exact = total * (weight / weightMax)
  return exact - Math.floor(exact) === 0.5
}

/** Shares of traffic by pods: which numbers of canary pods come into question, and out of how many. */
function splitCandidates(
  replicas: number,
  weight: number,
  surge: number,
  weightMax: number,
): readonly (readonly [canary: number, total: number])[] {
  const high = Math.ceil((replicas * weight) / weightMax)
  const low = Math.floor((replicas * weight) / weightMax)
  const isEdge = weight === 0 || weight === weightMax || (replicas === 1 && surge === 0)
  const candidates: [number, number][] = []
  const addLow = (total: number): void => {
    if (!isHalf(total, weight, weightMax) && (low !== 0 || isEdge)) candidates.push([low, total])
  }
  if (high < replicas || isEdge) candidates.push([high, replicas])
  addLow(replicas)
  if (surge > 0) {
    candidates.push([high, replicas + 1])
    addLow(replicas + 1)
  }
  return candidates
}

/**
 * The split of pods that comes nearest to `weight` of `weightMax` when traffic follows the number of pods
 * (spec/rollouts §2.5.2). With two or more pods, 1 to 99 per cent never leaves a side empty; ties go to the larger
 * canary.
 */
export function idealSplit(
  replicas: number,
  weight: number,
  surge: number,
  weightMax = 100,
): ReplicaSplit {
  if (replicas === 0) return { canary: 0, stable: 0 }
  let best: ReplicaSplit = { canary: 0, stable: replicas }
  let bestError = Number.POSITIVE_INFINITY
  for (const [canary, total] of splitCandidates(replicas, weight, surge, weightMax)) {
    const error = Math.abs((canary * weightMax) / total - weight)
    if (error < bestError) {
      bestError = error
      best = { canary, stable: total - canary }
    }
  }
  return best
}

/** Everything the next scaling of a canary without traffic routing depends on. */
export interface BasicCanaryInput {
  readonly replicas: number
  readonly weight: number
  readonly weightMax?: number
  readonly bounds: RolloutBounds
  /** The ReplicaSet of the current template; absent before it exists. */
  readonly canary?: ReplicaCounts
  /** The last good ReplicaSet; absent when there is none, or when it is the canary itself. */
  readonly stable?: ReplicaCounts
  /** Pods asked for by all ReplicaSets besides these two. */
  readonly othersSpec: number
}

/**
 * Where the two ReplicaSets should go next: towards the ideal split, within surge and unavailable, never dropping
 * available pods below `replicas − unavailable` (spec/rollouts §2.5.3). Applying the answer and asking again as pods
 * become available reaches the ideal split.
 */
export function nextBasicCanary(input: BasicCanaryInput): ReplicaSplit {
  const { replicas, bounds, canary, stable, othersSpec } = input
  const ideal =
    stable === undefined
      ? { canary: replicas, stable: 0 }
      : idealSplit(replicas, input.weight, bounds.surge, input.weightMax)
  const cap = replicas + bounds.surge
  const raised = raiseWithin(input, ideal, cap)
  if (othersSpec > 0) return raised

  const floor = replicas - bounds.unavailable
  const isGrowing = canary === undefined || ideal.canary >= canary.spec
  // The side being drained counts by spec: pods that crash must not hold up their own removal.
  const base = countedPods(canary, !isGrowing) + countedPods(stable, isGrowing)
  if (base <= floor) return raised
  const give = base - floor
  if (!isGrowing) {
    const drained = drainTo(raised.canary, ideal.canary, (canary?.spec ?? 0) - give)
    const [to, other] = clampToBounds(
      { target: drained, available: canary?.available ?? 0 },
      { target: raised.stable, available: stable?.available ?? 0 },
      { cap, floor },
    )
    return { canary: to, stable: other }
  }
  if (stable === undefined) return raised
  const drained = drainTo(raised.stable, ideal.stable, stable.spec - give)
  const [to, other] = clampToBounds(
    { target: drained, available: stable.available },
    { target: raised.canary, available: canary?.available ?? 0 },
    { cap, floor },
  )
  return { canary: other, stable: to }
}

function raiseWithin(input: BasicCanaryInput, ideal: ReplicaSplit, cap: number): ReplicaSplit {
  const canarySpec = input.canary?.spec ?? 0
  const stableSpec = input.stable?.spec ?? 0
  let room = cap - canarySpec - stableSpec - input.othersSpec
  const raise = (from: number, to: number): number => {
    if (room <= 0 || to <= from) return from
    const by = Math.min(room, to - from)
    room -= by
    return from + by
  }
  const stable = raise(stableSpec, ideal.stable)
  return { stable, canary: raise(canarySpec, ideal.canary) }
}

function countedPods(counts: ReplicaCounts | undefined, ignoresAvailability: boolean): number {
  if (counts === undefined) return 0
  return ignoresAvailability || counts.spec < counts.available ? counts.spec : counts.available
}

function drainTo(current: number, ideal: number, lowest: number): number {
  return current > ideal ? Math.max(ideal, lowest) : current
}

interface Side {
  readonly target: number
  readonly available: number
}

/** Step 6 of §2.5.3: the drained side and the other one within the cap and above the floor of available pods. */
function clampToBounds(
  drained: Side,
  other: Side,
  limits: { readonly cap: number; readonly floor: number },
): [drained: number, other: number] {
  let kept = other.target - Math.max(0, other.target + drained.target - limits.cap)
  const available = Math.min(drained.available, drained.target) + Math.min(other.available, kept)
  kept += Math.min(Math.max(0, other.available - kept), Math.max(0, limits.floor - available))
  return [drained.target - Math.max(0, kept + drained.target - limits.cap), kept]
}

/** Weights as the router last showed them. */
export interface KnownWeights {
  readonly canary: number
  readonly stable: number
}

/** Everything the scaling of a canary with traffic routing depends on. */
export interface RoutedCanaryInput {
  readonly replicas: number
  /** The weight to provide pods for. */
  readonly weight: number
  readonly weightMax?: number
  /** Pods asked for by `setCanaryScale.replicas`; wins over the weight. */
  readonly explicit?: number
  readonly minPodsPerReplicaSet?: number
  readonly dynamicStableScale?: boolean
  readonly isAborted?: boolean
  readonly known?: KnownWeights
}

/** Pods for a canary whose traffic a router splits (spec/rollouts §2.5.4). */
export function routedCanary(input: RoutedCanaryInput): ReplicaSplit {
  const { replicas, weight, weightMax = 100, explicit, known } = input
  const share = (part: number): number => Math.ceil((part * replicas) / weightMax)
  const atLeast = (count: number): number =>
    count === 0 ? 0 : Math.max(count, Math.min(input.minPodsPerReplicaSet ?? 0, replicas))
  if (input.dynamicStableScale !== true) {
    return { canary: explicit ?? atLeast(share(weight)), stable: replicas }
  }
  const wanted = explicit ?? atLeast(share(weight))
  const stable = Math.max(share(weightMax - weight), known === undefined ? 0 : share(known.stable))
  const canary =
    input.isAborted === true && known !== undefined ? Math.max(wanted, share(known.canary)) : wanted
  return { canary: atLeast(canary), stable: atLeast(stable) }
}
