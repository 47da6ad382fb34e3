import type { EventRecord } from "@argo-ts/k8s"
import {
  type Condition,
  type EpochMs,
  formatInstant,
  type LabelSelector,
  setCondition,
} from "@argo-ts/kernel"
import {
  type DisruptionBudget,
  type DisruptionStatus,
  instantOf,
  type Pod,
  readySince,
} from "./workloads.js"

/** How long an evicted pod counts as going before its deletion is seen. */
const evictionGraceMs = 120_000

/** Σ wanted replicas of the controllers of pods, or why that cannot be told. */
export type TotalScale =
  | {
      readonly replicas: number
      /** Some of the pods have no controller, and count for nothing. */
      readonly hasUnmanaged: boolean
    }
  | { readonly why: string }

/** What a budget's status follows from. */
export interface DisruptionFacts {
  /** Every pod of the namespace that the selector picks. */
  readonly pods: readonly Pod[]
  /** Absent where it is not needed. */
  readonly scale: TotalScale | undefined
}

/** A status, and when to look again without a change. */
export interface DisruptionDecision {
  readonly status: DisruptionStatus
  readonly events: readonly EventRecord[]
  readonly wakeAt?: EpochMs
}

function resolve(value: number | string, total: number): number {
  return typeof value === "number" ? value : Math.ceil((Number.parseInt(value, 10) * total) / 100)
}

/** True where `status.expectedPods` comes from the controllers' scales and not from the pods that exist. */
export function needsScale({ spec }: DisruptionBudget): boolean {
  return spec.maxUnavailable !== undefined || typeof spec.minAvailable === "string"
}

/** How many of the expected pods are to be healthy. */
function wanted({ spec }: DisruptionBudget, expected: number): number {
  const { minAvailable, maxUnavailable } = spec
  if (maxUnavailable !== undefined) return Math.max(0, expected - resolve(maxUnavailable, expected))
  return minAvailable === undefined ? 0 : resolve(minAvailable, expected)
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

/** The condition of a budget's status: how many disruptions it allows. */
export function allowedCondition(
  { disruptionsAllowed, observedGeneration }: DisruptionStatus,
  now: EpochMs,
): Condition {
  return {
    type: "DisruptionAllowed",
    status: disruptionsAllowed > 0 ? "True" : "False",
    reason: disruptionsAllowed > 0 ? "SufficientPods" : "InsufficientPods",
    message: "",
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
    lastTransitionTime: formatInstant(now),
  }
}

const unmanaged =
  'As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.'

/** A selector as a server prints it. */
function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): string {
  const labels = Object.keys(matchLabels)
    .toSorted()
    .map((name) => `${name}: ${matchLabels[name]},`)
  const lines = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(" ")}],},`,
  )
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join("")}},MatchExpressions:[]LabelSelectorRequirement{${lines.join("")}},}`
}

/** What is told of the pods of a budget. */
function eventsOf({ spec }: DisruptionBudget, { pods, scale }: DisruptionFacts): EventRecord[] {
  const events: EventRecord[] = []
  if (pods.length === 0) {
    events.push({ type: "Normal", reason: "NoPods", message: "No matching pods found" })
  }
  if (scale !== undefined && "why" in scale) {
    const message = `Failed to calculate the number of expected pods: ${scale.why}`
    events.push({ type: "Warning", reason: "CalculateExpectedPodCountFailed", message })
  } else if (scale?.hasUnmanaged === true) {
    const selector = selectorText(spec.selector)
    const message = `Pods selected by this PodDisruptionBudget (selector: ${selector}) were found to be unmanaged. ${unmanaged}`
    events.push({ type: "Warning", reason: "UnmanagedPods", message })
  }
  return events
}

/** The status of a budget that cannot be computed: it lets nothing go. */
function failedStatus(
  { status }: DisruptionBudget,
  message: string,
  now: EpochMs,
): DisruptionStatus {
  const none = { desiredHealthy: 0, currentHealthy: 0, expectedPods: 0 }
  const failed = { ...none, ...status, disruptionsAllowed: 0 }
  const condition = { ...allowedCondition(failed, now), reason: "SyncFailed", message }
  return { ...failed, conditions: setCondition(status?.conditions, condition) }
}

/** The status of a budget: how many of its pods may be evicted now. None where the controllers' scale is unknown. */
export function decideDisruption(
  budget: DisruptionBudget,
  facts: DisruptionFacts,
  now: EpochMs,
): DisruptionDecision {
  const { pods, scale } = facts
  const events = eventsOf(budget, facts)
  if (scale !== undefined && "why" in scale) {
    return { status: failedStatus(budget, scale.why, now), events }
  }
  const expectedPods = scale?.replicas ?? pods.length
  const desiredHealthy = wanted(budget, expectedPods)
  const going = stillGoing(budget, pods, now)
  const names = new Set(going.map(([name]) => name))
  const currentHealthy = pods.filter(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined &&
      !names.has(pod.metadata.name ?? "") &&
      readySince(pod) !== undefined,
  ).length
  const { generation } = budget.metadata
  const counts = {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(going.length === 0
      ? {}
      : { disruptedPods: Object.fromEntries(going.map(([name, text]) => [name, text])) }),
    disruptionsAllowed: expectedPods === 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy),
    currentHealthy,
    desiredHealthy,
    expectedPods,
  }
  const condition = allowedCondition(counts, now)
  const conditions = setCondition(budget.status?.conditions, condition)
  const status: DisruptionStatus = { ...counts, conditions }
  if (going.length === 0) return { status, events }
  return { status, events, wakeAt: Math.min(...going.map(([, , until]) => until)) as EpochMs }
}
