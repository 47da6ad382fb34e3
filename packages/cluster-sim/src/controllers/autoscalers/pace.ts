import type { EpochMs } from "@argo-ts/kernel"
import type { Autoscaler, ScalingRules } from "./autoscaler.js"

/** A number of replicas that metrics wanted once. */
export interface Recommendation {
  readonly at: EpochMs
  readonly replicas: number
}

/** By how many replicas it was scaled. */
export interface ScaleEvent {
  readonly at: EpochMs
  readonly change: number
}

/** What an autoscaler remembers of its past. */
export interface Past {
  readonly recommendations: readonly Recommendation[]
  readonly ups: readonly ScaleEvent[]
  readonly downs: readonly ScaleEvent[]
}

/** What is to be paced. */
export interface PaceQuestion {
  readonly autoscaler: Autoscaler
  readonly current: number
  /** What the metrics want. */
  readonly wanted: number
  readonly past: Past
  readonly now: EpochMs
}

/** A reason and its words, for a condition. */
export interface Reason {
  readonly reason: string
  readonly message: string
}

/** How many replicas there are to be, and why not as many as the metrics want. */
export interface Pace {
  readonly replicas: number
  /** For `AbleToScale`. */
  readonly able: Reason
  /** For `ScalingLimited`. */
  readonly limited: Reason & { readonly isLimited: boolean }
}

const downWindowMsDefault = 300_000

/** How long recommendations count, down and up. */
function windowsOf({ spec: { behavior } }: Autoscaler): {
  readonly up: number
  readonly down: number
} {
  if (behavior === undefined) return { up: 0, down: downWindowMsDefault }
  const { scaleUp, scaleDown } = behavior
  return {
    up: (scaleUp?.stabilizationWindowSeconds ?? 0) * 1000,
    down: (scaleDown?.stabilizationWindowSeconds ?? downWindowMsDefault / 1000) * 1000,
  }
}

const within: Reason = {
  reason: "DesiredWithinRange",
  message: "the desired count is within the acceptable range",
}
const tooFew: Reason = {
  reason: "TooFewReplicas",
  message: "the desired replica count is less than the minimum replica count",
}
const tooMany: Reason = {
  reason: "TooManyReplicas",
  message: "the desired replica count is more than the maximum replica count",
}
const upLimit: Reason = {
  reason: "ScaleUpLimit",
  message: "the desired replica count is increasing faster than the maximum scale rate",
}
const downLimit: Reason = {
  reason: "ScaleDownLimit",
  message: "the desired replica count is decreasing faster than the maximum scale rate",
}
const steady: Reason = {
  reason: "ReadyForNewScale",
  message: "recommended size matches current size",
}

function stabilizedReason(isUp: boolean): Reason {
  const [reason, others, chosen] = isUp
    ? ["ScaleUpStabilized", "lower", "lowest"]
    : ["ScaleDownStabilized", "higher", "highest"]
  const message = `recent recommendations were ${others} than current one, applying the ${chosen} recent recommendation`
  return { reason: reason as string, message }
}

/** The highest of the recent recommendations for going down, the lowest for going up. */
function stabilize({ autoscaler, current, wanted, past, now }: PaceQuestion): number {
  const windows = windowsOf(autoscaler)
  let up = wanted
  let down = wanted
  for (const { at, replicas } of past.recommendations) {
    if (at > now - windows.up) up = Math.min(up, replicas)
    if (at > now - windows.down) down = Math.max(down, replicas)
  }
  // Without behaviour nothing holds an ascent back.
  if (autoscaler.spec.behavior === undefined) return down
  return Math.min(Math.max(current, up), down)
}

function changeWithin(events: readonly ScaleEvent[], now: EpochMs, seconds: number): number {
  return events
    .filter(({ at }) => at > now - seconds * 1000)
    .reduce((sum, { change }) => sum + change, 0)
}

/** How far the rules let it go one way: each policy from where its period began. */
function limitOf(rules: ScalingRules, { current, past, now }: PaceQuestion, isUp: boolean): number {
  const { selectPolicy = "Max", policies = [] } = rules
  if (selectPolicy === "Disabled") return current
  const sign = isUp ? 1 : -1
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const added = changeWithin(past.ups, now, periodSeconds)
    const removed = changeWithin(past.downs, now, periodSeconds)
    const start = current - added + removed
    if (type === "Pods") return start + sign * value
    const share = start * (1 + (sign * value) / 100)
    return isUp ? Math.ceil(share) : Math.trunc(share)
  })
  // The policy that lets it go furthest is the highest limit up, and the lowest down.
  const isHighest = isUp === (selectPolicy === "Max")
  return isHighest ? Math.max(...limits) : Math.min(...limits)
}

interface Limited {
  readonly replicas: number
  readonly why: Reason
}

function limitByRules(wanted: number, question: PaceQuestion): Limited {
  const { autoscaler, current } = question
  const { minReplicas = 1, maxReplicas, behavior } = autoscaler.spec
  if (wanted > current) {
    const limit = Math.max(current, limitOf(behavior?.scaleUp ?? {}, question, true))
    const most = Math.min(maxReplicas, limit)
    if (wanted > most) return { replicas: most, why: limit < maxReplicas ? upLimit : tooMany }
  } else if (wanted < current) {
    const limit = Math.min(current, limitOf(behavior?.scaleDown ?? {}, question, false))
    const least = Math.max(minReplicas, limit)
    if (wanted < least) return { replicas: least, why: limit > minReplicas ? downLimit : tooFew }
  }
  return { replicas: wanted, why: within }
}

/** Without behaviour: at most twice as many at once, or four. */
function limitPlainly(wanted: number, { autoscaler, current }: PaceQuestion): Limited {
  const { minReplicas = 1, maxReplicas } = autoscaler.spec
  const limit = Math.max(2 * current, 4)
  const most = Math.min(maxReplicas, limit)
  if (wanted < minReplicas) return { replicas: minReplicas, why: tooFew }
  if (wanted <= most) return { replicas: wanted, why: within }
  return { replicas: most, why: maxReplicas > limit ? upLimit : tooMany }
}

/**
 * How fast an autoscaler goes where its metrics want it (spec/cluster §8.11): not below what was wanted a short while
 * ago, not faster than its policies, and never out of its bounds.
 */
export function pace(question: PaceQuestion): Pace {
  const { autoscaler, wanted, current } = question
  const hasBehavior = autoscaler.spec.behavior !== undefined
  const stable = stabilize(question)
  const isUp = hasBehavior && wanted >= current
  const { replicas, why } = hasBehavior
    ? limitByRules(stable, question)
    : limitPlainly(stable, question)
  return {
    replicas,
    able: stable === wanted ? steady : stabilizedReason(isUp),
    limited: { ...why, isLimited: replicas !== stable },
  }
}

/** The longest period of any policy of an autoscaler. */
function longestPeriodMs({ scaleUp, scaleDown }: NonNullable<Autoscaler["spec"]["behavior"]>) {
  const policies = [...(scaleUp?.policies ?? []), ...(scaleDown?.policies ?? [])]
  return Math.max(0, ...policies.map(({ periodSeconds }) => periodSeconds * 1000))
}

/** The past without what no longer counts. */
export function forget(past: Past, autoscaler: Autoscaler, now: EpochMs): Past {
  const { up, down } = windowsOf(autoscaler)
  const window = Math.max(up, down)
  const { behavior } = autoscaler.spec
  const period = behavior === undefined ? 0 : longestPeriodMs(behavior)
  const isRecent = ({ at }: ScaleEvent): boolean => at > now - period
  return {
    recommendations: past.recommendations.filter(({ at }) => at > now - window),
    ups: past.ups.filter(isRecent),
    downs: past.downs.filter(isRecent),
  }
}

/** The past with one more change of size, as far as policies ask for it. */
export function remember(
  past: Past,
  autoscaler: Autoscaler,
  scaled: { readonly from: number; readonly to: number; readonly at: EpochMs },
): Past {
  const { from, to, at } = scaled
  if (autoscaler.spec.behavior === undefined || from === to) return past
  if (to > from) return { ...past, ups: [...past.ups, { at, change: to - from }] }
  return { ...past, downs: [...past.downs, { at, change: from - to }] }
}
