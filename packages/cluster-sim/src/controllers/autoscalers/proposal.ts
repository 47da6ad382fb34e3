import type { EpochMs } from "@argo-ts/kernel"
import type { Pod } from "../workloads.js"
import { groupPods, type MeasuredPod, requestsOf, samplesOf } from "./pod-usage.js"

/** What a metric is computed from. */
export interface MetricWorld {
  readonly namespace: string
  readonly current: number
  /** The pods of the target. */
  readonly pods: readonly Pod[]
  readonly measured: readonly MeasuredPod[]
  readonly now: EpochMs
}

/** What a metric asks for. */
export type ResourceGoal = {
  readonly resource: string
  readonly container?: string | undefined
} & (
  | { readonly type: "Utilization"; readonly percent: number }
  /** In thousandths of the resource's unit. */
  | { readonly type: "AverageValue"; readonly amount: number }
)

/** How many replicas a metric wants and what it measured; or why it cannot tell. */
export type Proposal =
  | { readonly type: "Wants"; readonly replicas: number; readonly measure: Measure }
  | { readonly type: "Unknown"; readonly why: string }

/** An average over pods: in thousandths, and as a share of what they ask for. */
export interface Measure {
  readonly average: number
  readonly percent?: number
}

/** By how much usage may miss its goal before anything is done. */
const tolerance = 0.1

function isClose(ratio: number): boolean {
  return Math.abs(1 - ratio) <= tolerance
}

interface Ratio extends Measure {
  readonly ratio: number
}

/** How use and goal compare; absent where no pod can be compared. */
type Compare = (used: ReadonlyMap<string, number>) => Ratio | undefined

function total(values: Iterable<number>): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}

function byUtilization(percent: number, requests: ReadonlyMap<string, number>): Compare {
  return (used) => {
    const known = [...used].filter(([name]) => requests.has(name))
    const requested = total(known.map(([name]) => requests.get(name) ?? 0))
    if (known.length === 0 || requested === 0) return undefined
    const sum = total(known.map(([, amount]) => amount))
    const reached = Math.trunc((sum * 100) / requested)
    return {
      ratio: reached / percent,
      percent: reached,
      average: Math.trunc(sum / known.length),
    }
  }
}

function byAverage(goal: number): Compare {
  return (used) => {
    const average = Math.trunc(total(used.values()) / used.size)
    return { ratio: average / goal, average }
  }
}

/** What pods are taken to use that nothing was measured of: as if they were on the goal, or over it, when shrinking. */
function fallbackOf(goal: ResourceGoal, requests: ReadonlyMap<string, number>) {
  return (name: string): number => {
    if (goal.type === "AverageValue") return goal.amount
    return Math.trunc(((requests.get(name) ?? 0) * Math.max(100, goal.percent)) / 100)
  }
}

/**
 * How many replicas would bring usage to its goal (spec/cluster §8.11). Pods of which nothing is known speak against
 * any change: they count as busy when it is to shrink and as idle when it is to grow, as do pods that are not ready; and
 * where that turns the direction round nothing is changed.
 */
export function propose(goal: ResourceGoal, world: MetricWorld): Proposal {
  const { pods, current } = world
  const { resource } = goal
  const samples = samplesOf(world.namespace, world.measured, goal)
  if (typeof samples === "string") {
    return { type: "Unknown", why: `unable to get metrics for resource ${resource}: ${samples}` }
  }
  if (pods.length === 0) {
    return { type: "Unknown", why: "no pods returned by selector while calculating replica count" }
  }
  const groups = groupPods(pods, samples, { resource, now: world.now })
  const used = new Map(groups.ready.map((name) => [name, samples.get(name)?.amount ?? 0]))
  if (used.size === 0) {
    const why = "did not receive metrics for targeted pods (pods might be unready)"
    return { type: "Unknown", why }
  }
  const requests = goal.type === "Utilization" ? requestsOf(pods, goal) : new Map<string, number>()
  if (typeof requests === "string") return { type: "Unknown", why: requests }
  const compare =
    goal.type === "Utilization" ? byUtilization(goal.percent, requests) : byAverage(goal.amount)
  const first = compare(used)
  if (first === undefined) {
    return { type: "Unknown", why: "no metrics returned matched known pods" }
  }
  const { ratio, ...measure } = first
  const wants = (replicas: number): Proposal => ({ type: "Wants", replicas, measure })
  const countsUnready = groups.unready.length > 0 && ratio > 1
  if (!countsUnready && groups.missing.length === 0) {
    return wants(isClose(ratio) ? current : Math.ceil(ratio * groups.ready.length))
  }
  const fallback = fallbackOf(goal, requests)
  if (ratio < 1) for (const name of groups.missing) used.set(name, fallback(name))
  else if (ratio > 1) for (const name of groups.missing) used.set(name, 0)
  if (countsUnready) for (const name of groups.unready) used.set(name, 0)
  const second = compare(used)?.ratio ?? 1
  const isTurned = (ratio < 1 && second > 1) || (ratio > 1 && second < 1)
  if (isClose(second) || isTurned) return wants(current)
  const replicas = Math.ceil(second * used.size)
  const isBackwards = (second < 1 && replicas > current) || (second > 1 && replicas < current)
  return wants(isBackwards ? current : replicas)
}
