/** What the weights of an abort with `dynamicStableScale` depend on. */
export interface AbortInput {
  readonly replicas: number
  readonly weightMax: number
  /** Every `setWeight` of the steps, in order. */
  readonly stepWeights: readonly number[]
  readonly newAvailable: number
  readonly stableAvailable: number
  /** True where `abortScaleDownDelaySeconds` is given and not zero: the canary's pods stay up anyway. */
  readonly keepsCanary: boolean
  /** The canary's weight as the router shows it. */
  readonly known?: number
}

/** The last step's weight that the canary falls back to next: one that fewer pods than now carry (spec/rollouts §2.5.5). */
export function abortTarget(input: AbortInput): number {
  const { replicas, weightMax, newAvailable, stableAvailable } = input
  const missing = replicas - stableAvailable
  const carried = input.keepsCanary ? missing : Math.max(missing, newAvailable)
  const isCarriedByFewer = (weight: number): boolean =>
    Math.ceil((weight * replicas) / weightMax) < carried
  return input.stepWeights.findLast(isCarriedByFewer) ?? 0
}

/** The weight to set now: never more away from the canary than the growing stable pods can take (spec/rollouts §2.5.5). */
export function abortWeight(input: AbortInput): number {
  const { replicas, weightMax, stableAvailable, known } = input
  if (replicas === 0) return 0
  const target = abortTarget(input)
  const expected = Math.max(0, weightMax - Math.trunc((weightMax * stableAvailable) / replicas))
  if (known === undefined) return Math.max(expected, target)
  if (target <= 0) return Math.min(expected, known)
  const canCarry = stableAvailable >= Math.trunc(((weightMax - target) * replicas) / weightMax)
  return canCarry ? Math.min(target, known) : known
}
