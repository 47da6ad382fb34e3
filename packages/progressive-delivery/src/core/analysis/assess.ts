import type {
  AnalysisPhase,
  Measurement,
  MetricResult,
  RunSummary,
} from "../../api/analysis-status.js"
import type { MetricSettings } from "./metric-settings.js"
import { isCompleted, isWorse } from "./phases.js"

/** Adds one finished measurement to a metric's counters (spec/rollouts §2.15.2). */
export function countMeasurement(result: MetricResult, measurement: Measurement): MetricResult {
  const { count = 0, successful = 0, failed = 0, inconclusive = 0, error = 0 } = result
  const measurements = [...(result.measurements ?? []), measurement]
  const base = { ...result, measurements }
  switch (measurement.phase) {
    case "Successful":
      return {
        ...base,
        count: count + 1,
        successful: successful + 1,
        consecutiveError: 0,
        consecutiveSuccess: (result.consecutiveSuccess ?? 0) + 1,
      }
    case "Failed":
      return {
        ...base,
        count: count + 1,
        failed: failed + 1,
        consecutiveError: 0,
        consecutiveSuccess: 0,
      }
    case "Inconclusive":
      return {
        ...base,
        count: count + 1,
        inconclusive: inconclusive + 1,
        consecutiveError: 0,
        consecutiveSuccess: 0,
      }
    default:
      return {
        ...base,
        error: error + 1,
        consecutiveError: (result.consecutiveError ?? 0) + 1,
        consecutiveSuccess: 0,
      }
  }
}

/** A phase, and the comparison that led to it. */
export interface Assessment {
  readonly phase: AnalysisPhase
  readonly why?: string
}

function badEnd(settings: MetricSettings, result: MetricResult): Assessment | undefined {
  const { failureLimit, inconclusiveLimit, consecutiveErrorLimit } = settings
  const { failed = 0, inconclusive = 0, consecutiveError = 0 } = result
  // Later rules override earlier ones (spec/rollouts §2.15.3).
  if (consecutiveError > consecutiveErrorLimit) {
    const why = `consecutiveErrors (${consecutiveError}) > consecutiveErrorLimit (${consecutiveErrorLimit})`
    return { phase: "Error", why }
  }
  if (inconclusive > inconclusiveLimit) {
    return {
      phase: "Inconclusive",
      why: `inconclusive (${inconclusive}) > inconclusiveLimit (${inconclusiveLimit})`,
    }
  }
  if (failureLimit >= 0 && failed > failureLimit) {
    return { phase: "Failed", why: `failed (${failed}) > failureLimit (${failureLimit})` }
  }
  return undefined
}

/** Where a metric stands after its measurements (spec/rollouts §2.15.3). */
export function assessMetric(
  settings: MetricSettings,
  result: MetricResult | undefined,
  isTerminating: boolean,
): Assessment {
  if (result !== undefined && isCompleted(result.phase)) return { phase: result.phase }
  const last = result?.measurements?.at(-1)
  if (result === undefined || last === undefined) {
    return { phase: isTerminating ? "Successful" : "Pending" }
  }
  if (!isCompleted(last.phase)) return { phase: "Running" }
  const bad = badEnd(settings, result)
  if (bad !== undefined) return bad
  const { consecutiveSuccessLimit: limit, failureLimit, count } = settings
  if (limit > 0 && (result.consecutiveSuccess ?? 0) >= limit) return { phase: "Successful" }
  if (count !== undefined && (result.count ?? 0) >= count) {
    if (limit <= 0) return { phase: "Successful" }
    const why = `count (${result.count ?? 0}) reached with consecutiveSuccesses (${result.consecutiveSuccess ?? 0}) < consecutiveSuccessLimit (${limit})`
    return { phase: failureLimit >= 0 ? "Inconclusive" : "Failed", why }
  }
  return { phase: isTerminating ? "Successful" : "Running" }
}

/** One metric at the end of an assessment. */
export interface AssessedMetric {
  readonly settings: MetricSettings
  readonly result: MetricResult
  readonly why: string | undefined
}

function lastError(result: MetricResult): string {
  const message = result.measurements?.at(-1)?.message
  return message === undefined ? "" : `: "Error Message: ${message}"`
}

function badMessage({ settings, result, why }: AssessedMetric): string | undefined {
  if (result.phase === "Successful") return undefined
  const because = why ?? result.message
  return `Metric "${settings.metric.name}" assessed ${result.phase}${because === undefined ? "" : ` due to ${because}`}${lastError(result)}`
}

/** The run's phase and message: the worst of what decides; Running while anything is open (spec/rollouts §2.15.4). */
export function assessRun(
  metrics: readonly AssessedMetric[],
  isTerminated: boolean,
): { readonly phase: AnalysisPhase; readonly message?: string } {
  if (metrics.some(({ result }) => !isCompleted(result.phase))) return { phase: "Running" }
  let worst: AssessedMetric | undefined
  for (const each of metrics) {
    if (each.settings.isDryRun) continue
    if (worst === undefined || isWorse(each.result.phase, worst.result.phase)) worst = each
  }
  const phase = worst?.result.phase ?? "Successful"
  const bad = worst === undefined ? undefined : badMessage(worst)
  const parts = [...(isTerminated ? ["Run Terminated"] : []), ...(bad === undefined ? [] : [bad])]
  return parts.length === 0 ? { phase } : { phase, message: parts.join(": ") }
}

/** Counts metrics by how they ended. */
export function summarise(metrics: readonly AssessedMetric[]): RunSummary {
  const count = (phase: AnalysisPhase): number =>
    metrics.filter(({ result }) => result.phase === phase).length
  const summary = {
    count: metrics.length,
    successful: count("Successful"),
    failed: count("Failed"),
    inconclusive: count("Inconclusive"),
    error: count("Error"),
  }
  return Object.fromEntries(Object.entries(summary).filter(([, number]) => number > 0))
}
