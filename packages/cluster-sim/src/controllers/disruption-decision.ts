import { type Condition, type EpochMs, formatInstant, setCondition } from "@argo-ts/kernel"
import {
  type DisruptionBudget,
  type DisruptionStatus,
  instantOf,
  isFinished,
  type Pod,
  readySince,
} from "./workloads.js"

/** How long an evicted pod counts as going before its deletion is seen. */
const evictionGraceMs = 120_000

/** What a budget's status follows from. */
export interface DisruptionFacts {
  /** Every pod of the namespace that the selector picks. */
  readonly pods: readonly Pod[]
  /** Σ wanted replicas of the pods' controllers; undefined where a pod's controller has no scale. */
  readonly scale: number | undefined
}

/** A status, and when to look again without a change. */
export interface DisruptionDecision {
  readonly status: DisruptionStatus
  readonly wakeAt?: EpochMs
}

function resolve(value: number | string, total: number): number {
  return typeof value === "number" ? value : Math.ceil((Number.parseInt(value, 10) * total) / 100)
}

/** True where `status.expectedPods` comes from the controllers' scales and not from the pods that exist. */
export function needsScale({ spec }: DisruptionBudget): boolean {
  return spec.maxUnavailable !== undefined || typeof spec.minAvailable === "string"
}

function wanted(budget: DisruptionBudget, facts: DisruptionFacts): [number, number] | undefined {
  const { minAvailable, maxUnavailable } = budget.spec
  const expected = needsScale(budget) ? facts.scale : facts.pods.length
  if (expected === undefined) return undefined
  if (maxUnavailable !== undefined)
    return [expected, Math.max(0, expected - resolve(maxUnavailable, expected))]
  return [expected, minAvailable === undefined ? 0 : resolve(minAvailable, expected)]
}

/** Evicted pods whose deletion is not seen yet and may still come. */
function stillGoing(budget: DisruptionBudget, pods: readonly Pod[], now: EpochMs) {
  const known = new Map(Object.entries(budget.status?.disruptedPods ?? {}))
  return pods.flatMap(({ metadata }): [string, string, number][] => {
    const text = known.get(metadata.name ?? "")
    const at = instantOf(text)
    if (text === undefined || at === undefined || metadata.deletionTimestamp !== undefined)
      return []
    return now < at + evictionGraceMs ? [[metadata.name ?? "", text, at + evictionGraceMs]] : []
  })
}

function condition(reason: string, now: EpochMs): Condition {
  const status = reason === "SufficientPods" ? "True" : "False"
  const lastTransitionTime = formatInstant(now)
  return { type: "DisruptionAllowed", status, reason, message: "", lastTransitionTime }
}

/** The status of a budget: how many of its pods may be evicted now. None where the controllers' scale is unknown. */
export function decideDisruption(
  budget: DisruptionBudget,
  facts: DisruptionFacts,
  now: EpochMs,
): DisruptionDecision {
  const pods = facts.pods.filter((pod) => !isFinished(pod))
  const [expectedPods, desiredHealthy] = wanted(budget, { ...facts, pods }) ?? []
  const going = stillGoing(budget, pods, now)
  const names = new Set(going.map(([name]) => name))
  const healthy = pods.filter(
    ({ metadata, ...pod }) =>
      metadata.deletionTimestamp === undefined &&
      !names.has(metadata.name ?? "") &&
      readySince({ metadata, ...pod }) !== undefined,
  ).length
  const room =
    desiredHealthy === undefined || expectedPods === 0 ? 0 : Math.max(0, healthy - desiredHealthy)
  const enough = room > 0 ? "SufficientPods" : "InsufficientPods"
  const reason = desiredHealthy === undefined ? "SyncFailed" : enough
  const { generation } = budget.metadata
  const status: DisruptionStatus = {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(going.length === 0
      ? {}
      : { disruptedPods: Object.fromEntries(going.map(([name, text]) => [name, text])) }),
    disruptionsAllowed: room,
    currentHealthy: healthy,
    desiredHealthy: desiredHealthy ?? budget.status?.desiredHealthy ?? 0,
    expectedPods: expectedPods ?? budget.status?.expectedPods ?? 0,
    conditions: setCondition(budget.status?.conditions, condition(reason, now)),
  }
  if (going.length === 0) return { status }
  return { status, wakeAt: Math.min(...going.map(([, , until]) => until)) as EpochMs }
}
