import type { EventRecord } from "@argo-ts/k8s"
import { type Condition, type EpochMs, formatInstant, setCondition } from "@argo-ts/kernel"
import { canonicalQuantity } from "@argo-ts/kernel/schemas"
import { amountsOf } from "../scheduler/requests.js"
import { instantOf, type Pod } from "../workloads.js"
import type {
  Autoscaler,
  AutoscalerStatus,
  MetricSpec,
  MetricStatus,
  MetricTarget,
} from "./autoscaler.js"
import { forget, type Pace, type Past, pace, remember } from "./pace.js"
import { type MeasuredPod, startingMs } from "./pod-usage.js"
import { type Measure, type MetricWorld, propose, type ResourceGoal } from "./proposal.js"

/** What an autoscaler sees of its target. */
export type ObservedTarget =
  | { readonly type: "Unknown"; readonly why: string }
  | {
      readonly type: "Known"
      /** `spec.replicas` of its scale. */
      readonly replicas: number
      /** What its pods are selected by; empty where it does not say. */
      readonly selector: string
      readonly pods: readonly Pod[]
      readonly measured: readonly MeasuredPod[]
      /** Other autoscalers of the namespace that scale pods of the same selector, by name. */
      readonly rivals: readonly string[]
    }

/** What to do about an autoscaler. */
export interface AutoscalerDecision {
  readonly status: AutoscalerStatus
  readonly events: readonly EventRecord[]
  /** The size to give the target, and why; absent where it has it. */
  readonly scaleTo?: { readonly replicas: number; readonly why: string }
  /** What to remember until next time, where the target is scaled as asked. */
  readonly past: Past
}

/** An autoscaler's past where it has none. */
export const noPast: Past = { recommendations: [], ups: [], downs: [] }

interface Draft {
  readonly autoscaler: Autoscaler
  readonly now: EpochMs
  readonly events: EventRecord[]
  conditions: readonly Condition[]
}

function say(
  draft: Draft,
  type: string,
  status: "True" | "False",
  why: { readonly reason: string; readonly message: string },
): void {
  const { reason, message } = why
  const lastTransitionTime = formatInstant(draft.now)
  const condition = { type, status, reason, message, lastTransitionTime }
  draft.conditions = setCondition(draft.conditions, condition)
}

function warn(draft: Draft, reason: string, message: string): void {
  draft.events.push({ type: "Warning", reason, message })
}

/** A metric's proposal with what it is called. */
interface Named {
  readonly metric: string
  readonly replicas: number
  readonly status: MetricStatus
}

interface Failure {
  readonly reason: string
  /** What the metric itself could not. */
  readonly why: string
  /** The same, as it is told of all metrics together. */
  readonly inAll: string
}

function quantity(thousandths: number): string {
  return canonicalQuantity(`${thousandths}m`) ?? "0"
}

function goalOf(
  { averageUtilization, averageValue }: MetricTarget,
  of: { readonly resource: string; readonly container?: string },
): ResourceGoal | undefined {
  if (averageValue !== undefined) {
    const amount = amountsOf({ value: averageValue }).get("value") ?? 0
    return { ...of, type: "AverageValue", amount }
  }
  if (averageUtilization === undefined) return undefined
  return { ...of, type: "Utilization", percent: averageUtilization }
}

function currentOf({ percent, average }: Measure) {
  const averageValue = quantity(average)
  return percent === undefined ? { averageValue } : { averageUtilization: percent, averageValue }
}

type Measured = { readonly found: Named } | { readonly failure: Failure }

function measureResource(
  of: { readonly name: string; readonly container?: string; readonly target: MetricTarget },
  world: MetricWorld,
): Measured {
  const { name, container, target } = of
  const isContainer = container !== undefined
  const kind = isContainer ? "container" : ""
  const reason = isContainer ? "FailedGetContainerResourceMetric" : "FailedGetResourceMetric"
  const head = `failed to get ${name}${isContainer ? " container" : ""} resource metric value`
  const goal = goalOf(target, { resource: name, ...(isContainer ? { container } : {}) })
  if (goal === undefined) {
    const why =
      "invalid resource metric source: neither an average utilization target nor an average value (usage) target was set"
    return { failure: { reason, why, inAll: `${head}: ${why}` } }
  }
  const proposal = propose(goal, world)
  if (proposal.type === "Unknown") {
    const what = goal.type === "Utilization" ? `${name} utilization` : `${name} usage`
    const why = `failed to get ${what}: ${proposal.why}`
    return { failure: { reason, why, inAll: `${head}: ${why}` } }
  }
  const share = goal.type === "Utilization" ? " utilization (percentage of request)" : ""
  const metric = `${name} ${kind === "" ? "" : "container "}resource${share}`
  const current = currentOf(proposal.measure)
  const status: MetricStatus = isContainer
    ? { type: "ContainerResource", containerResource: { name, container, current } }
    : { type: "Resource", resource: { name, current } }
  return { found: { metric, replicas: proposal.replicas, status } }
}

function unserved(reason: string, what: string, api: string): Measured {
  const why = `unable to get ${what}: unable to fetch metrics from ${api}`
  return { failure: { reason, why, inAll: `failed to get ${why.slice("unable to get ".length)}` } }
}

const customApi = "custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered"
const externalApi =
  "external metrics API: no external metrics API (external.metrics.k8s.io) registered"

function measure(spec: MetricSpec, world: MetricWorld): Measured {
  const { resource, containerResource, pods, object, external } = spec
  if (spec.type === "Resource" && resource !== undefined) return measureResource(resource, world)
  if (spec.type === "ContainerResource" && containerResource !== undefined) {
    return measureResource(containerResource, world)
  }
  const { name = "" } = (pods ?? object ?? external)?.metric ?? {}
  if (spec.type === "Pods") return unserved("FailedGetPodsMetric", `metric ${name}`, customApi)
  if (spec.type === "Object") return unserved("FailedGetObjectMetric", `metric ${name}`, customApi)
  if (spec.type === "External") {
    const what = `external metric ${world.namespace}/${name}/nil`
    return unserved("FailedGetExternalMetric", what, externalApi)
  }
  const why = `unknown metric source type "${spec.type}"`
  return { failure: { reason: "InvalidMetricSourceType", why, inAll: why } }
}

/** What all metrics want together, the most of any; absent where too many of them cannot tell. */
function measureAll(
  draft: Draft,
  world: MetricWorld,
): { readonly best: Named | undefined; readonly statuses: readonly MetricStatus[] } {
  const specs = draft.autoscaler.spec.metrics ?? []
  const failures: Failure[] = []
  const statuses: MetricStatus[] = []
  let best: Named | undefined
  for (const spec of specs) {
    const result = measure(spec, world)
    if ("failure" in result) {
      failures.push(result.failure)
      warn(draft, result.failure.reason, result.failure.why)
      statuses.push({ type: "" })
      continue
    }
    statuses.push(result.found.status)
    if (best === undefined || result.found.replicas > best.replicas) best = result.found
  }
  const [first] = failures
  if (first !== undefined) {
    const all = `invalid metrics (${failures.length} invalid out of ${specs.length}), first error is: ${first.inAll}`
    // What is not known may want more: nothing shrinks without it.
    const isLost = best === undefined || best.replicas < world.current
    if (isLost) {
      const message = `the HPA was unable to compute the replica count: ${first.why}`
      say(draft, "ScalingActive", "False", { reason: first.reason, message })
      warn(draft, "FailedComputeMetricsReplicas", all)
      return { best: undefined, statuses }
    }
  }
  const message = `the HPA was able to successfully calculate a replica count from ${best?.metric ?? ""}`
  say(draft, "ScalingActive", "True", { reason: "ValidMetricFound", message })
  return { best, statuses }
}

/** Why the pods of the target cannot be told; says so. */
function isUnselectable(
  draft: Draft,
  target: ObservedTarget & { readonly type: "Known" },
): boolean {
  if (target.selector === "") {
    warn(draft, "SelectorRequired", "selector is required")
    const message = "the HPA target's scale is missing a selector"
    say(draft, "ScalingActive", "False", { reason: "InvalidSelector", message })
    warn(draft, "FailedComputeMetricsReplicas", "selector is required")
    return true
  }
  if (target.rivals.length === 0) return false
  const { namespace = "", name = "" } = draft.autoscaler.metadata
  const all = [name, ...target.rivals].toSorted().map((each) => `${namespace}/${each}`)
  const message = `pods by selector ${target.selector} are controlled by multiple HPAs: [${all.join(" ")}]`
  warn(draft, "AmbiguousSelector", message)
  say(draft, "ScalingActive", "False", { reason: "AmbiguousSelector", message })
  warn(draft, "FailedComputeMetricsReplicas", message)
  return true
}

/** How many replicas there are to be, why, and what was measured. */
interface Choice {
  readonly replicas: number
  readonly why: string
  readonly statuses: readonly MetricStatus[]
  /** What the metrics wanted, where they were asked. */
  readonly wanted?: number
}

function sayPace(draft: Draft, { able, limited }: Pace): void {
  say(draft, "AbleToScale", "True", able)
  say(draft, "ScalingLimited", limited.isLimited ? "True" : "False", limited)
}

/** The size that the target is to have; absent where that cannot be told. */
function choose(
  draft: Draft,
  target: ObservedTarget & { readonly type: "Known" },
  past: Past,
): Choice | { readonly statuses: readonly MetricStatus[] } {
  const { autoscaler, now } = draft
  const { minReplicas = 1, maxReplicas } = autoscaler.spec
  const { replicas: current, pods, measured } = target
  if (current === 0 && minReplicas !== 0) {
    const message = "scaling is disabled since the replica count of the target is zero"
    say(draft, "ScalingActive", "False", { reason: "ScalingDisabled", message })
    return { replicas: 0, why: "", statuses: [] }
  }
  if (current > maxReplicas) {
    const why = "Current number of replicas above Spec.MaxReplicas"
    return { replicas: maxReplicas, why, statuses: [] }
  }
  if (current < minReplicas) {
    const why = "Current number of replicas below Spec.MinReplicas"
    return { replicas: minReplicas, why, statuses: [] }
  }
  if (isUnselectable(draft, target)) return { statuses: [] }
  const { namespace = "" } = autoscaler.metadata
  const { best, statuses } = measureAll(draft, { namespace, current, pods, measured, now })
  if (best === undefined) return { statuses }
  const wanted = best.replicas
  const paced = pace({ autoscaler, current, wanted, past, now })
  sayPace(draft, paced)
  const why = wanted > current ? `${best.metric} above target` : "All metrics below target"
  return { replicas: paced.replicas, why, statuses, wanted }
}

function statusOf(
  { autoscaler, conditions }: Draft,
  size: { readonly current: number; readonly desired: number },
  statuses: readonly MetricStatus[],
): AutoscalerStatus {
  const { lastScaleTime } = autoscaler.status ?? {}
  return {
    ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
    ...(size.current === 0 ? {} : { currentReplicas: size.current }),
    desiredReplicas: size.desired,
    currentMetrics: statuses.length === 0 ? null : statuses,
    conditions,
  }
}

/** What the past is with the first and the latest recommendation. */
function withRecommendation(past: Past, replicas: number, at: EpochMs): Past {
  return { ...past, recommendations: [...past.recommendations, { at, replicas }] }
}

/**
 * What an autoscaler does at one of its looks: a function of the autoscaler, its target, what it remembers and the time
 * (spec/cluster §8.11). The status is as after a successful scaling; {@link refusedScale} says it otherwise.
 */
export function decideAutoscaler(
  autoscaler: Autoscaler,
  observed: { readonly target: ObservedTarget; readonly past: Past },
  now: EpochMs,
): AutoscalerDecision {
  const { target } = observed
  const draft: Draft = {
    autoscaler,
    now,
    events: [],
    conditions: autoscaler.status?.conditions ?? [],
  }
  const known = autoscaler.status
  if (target.type === "Unknown") {
    const message = `the HPA controller was unable to get the target's current scale: ${target.why}`
    say(draft, "AbleToScale", "False", { reason: "FailedGetScale", message })
    warn(draft, "FailedGetScale", target.why)
    const kept = known ?? { desiredReplicas: 0, currentMetrics: null }
    return {
      status: { ...kept, conditions: draft.conditions },
      events: draft.events,
      past: observed.past,
    }
  }
  const got = "the HPA controller was able to get the target's current scale"
  say(draft, "AbleToScale", "True", { reason: "SucceededGetScale", message: got })
  const current = target.replicas
  const recent = forget(observed.past, autoscaler, now)
  const past =
    recent.recommendations.length === 0 ? withRecommendation(recent, current, now) : recent
  const choice = choose(draft, target, past)
  if (!("replicas" in choice)) {
    const size = { current, desired: known?.desiredReplicas ?? 0 }
    return { status: statusOf(draft, size, choice.statuses), events: draft.events, past }
  }
  const { replicas, why, statuses, wanted } = choice
  const next = wanted === undefined ? past : withRecommendation(past, wanted, now)
  const status = statusOf(draft, { current, desired: replicas }, statuses)
  if (replicas === current) return { status, events: draft.events, past: next }
  const message = `the HPA controller was able to update the target scale to ${replicas}`
  say(draft, "AbleToScale", "True", { reason: "SucceededRescale", message })
  const reason = `New size: ${replicas}; reason: ${why}`
  draft.events.push({ type: "Normal", reason: "SuccessfulRescale", message: reason })
  return {
    status: { ...status, lastScaleTime: formatInstant(now), conditions: draft.conditions },
    events: draft.events,
    scaleTo: { replicas, why },
    past: remember(next, autoscaler, { from: current, to: replicas, at: now }),
  }
}

/** A decision whose scaling was refused. */
export function refusedScale(
  autoscaler: Autoscaler,
  decision: AutoscalerDecision,
  refusal: { readonly error: string; readonly now: EpochMs },
): AutoscalerDecision {
  const { scaleTo = { replicas: 0, why: "" }, status, past } = decision
  const { error, now } = refusal
  const message = `the HPA controller was unable to update the target scale: ${error}`
  const events = decision.events.filter(({ reason }) => reason !== "SuccessfulRescale")
  const said = `New size: ${scaleTo.replicas}; reason: ${scaleTo.why}; error: ${error}`
  const { lastScaleTime } = autoscaler.status ?? {}
  const { lastScaleTime: _now, ...rest } = status
  const isEarlier = ({ at }: { readonly at: EpochMs }): boolean => at < now
  return {
    ...decision,
    status: {
      ...rest,
      ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
      desiredReplicas: autoscaler.status?.desiredReplicas ?? 0,
      conditions: setCondition(status.conditions, {
        type: "AbleToScale",
        status: "False",
        reason: "FailedUpdateScale",
        message,
        lastTransitionTime: formatInstant(now),
      }),
    },
    events: [...events, { type: "Warning", reason: "FailedRescale", message: said }],
    past: { ...past, ups: past.ups.filter(isEarlier), downs: past.downs.filter(isEarlier) },
  }
}

/**
 * True where the passing of time alone cannot lead to another decision: everything it remembers says the same, and no pod
 * is still starting.
 */
export function isSettled(
  { scaleTo, past }: AutoscalerDecision,
  target: ObservedTarget,
  now: EpochMs,
): boolean {
  const wanted = new Set(past.recommendations.map(({ replicas }) => replicas))
  if (scaleTo !== undefined || wanted.size > 1) return false
  if (past.ups.length + past.downs.length > 0) return false
  if (target.type === "Unknown") return true
  return target.pods.every(({ status }) => {
    const startedAt = instantOf(status?.startTime)
    return startedAt === undefined || startedAt + startingMs <= now
  })
}
