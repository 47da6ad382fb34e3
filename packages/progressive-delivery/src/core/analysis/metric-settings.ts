import type { AnalysisRun, Metric } from "../../api/analysis.js"
import { parseDurationMs } from "../durations.js"

/** A metric with its arguments filled in and its limits as numbers. */
export interface MetricSettings {
  readonly metric: Metric
  readonly isDryRun: boolean
  /** Measurements kept. */
  readonly retention: number
  readonly intervalMs: number | undefined
  readonly initialDelayMs: number | undefined
  /** Measurements wanted; undefined: without end. */
  readonly count: number | undefined
  /** -1: any number of failures is fine. */
  readonly failureLimit: number
  readonly inconclusiveLimit: number
  readonly consecutiveErrorLimit: number
  /** 0: off. */
  readonly consecutiveSuccessLimit: number
}

/** Reads an int-or-string; text that is no number counts as the default. */
export function intOrString(value: number | string | undefined, byDefault: number): number {
  if (value === undefined) return byDefault
  const number = typeof value === "number" ? value : Number(value)
  return Number.isInteger(number) ? number : byDefault
}

/** A rule of `dryRun` and `measurementRetention` matches names by regular expression; anchored if it says so. */
export function matchesMetric(pattern: string, name: string, compile: CompilePattern): boolean {
  return pattern === name || compile(pattern)?.(name) === true
}

/** Compiles a pattern; undefined where it is none. */
export type CompilePattern = (pattern: string) => ((text: string) => boolean) | undefined

const retentionDefault = 10

/** Fills in the limits of one metric (spec/rollouts §1.7). */
export function toSettings(
  metric: Metric,
  run: AnalysisRun,
  compile: CompilePattern,
): MetricSettings {
  const { interval, initialDelay } = metric
  const count = intOrString(metric.count, 0)
  const kept = run.spec.measurementRetention?.find((rule) =>
    matchesMetric(rule.metricName, metric.name, compile),
  )
  return {
    metric,
    isDryRun:
      run.spec.dryRun?.some((rule) => matchesMetric(rule.metricName, metric.name, compile)) ??
      false,
    retention: kept?.limit ?? retentionDefault,
    intervalMs: interval === undefined ? undefined : parseDurationMs(interval),
    initialDelayMs: initialDelay === undefined ? undefined : parseDurationMs(initialDelay),
    count: count > 0 ? count : interval === undefined ? 1 : undefined,
    failureLimit: intOrString(metric.failureLimit, 0),
    inconclusiveLimit: intOrString(metric.inconclusiveLimit, 0),
    consecutiveErrorLimit: intOrString(metric.consecutiveErrorLimit, 4),
    consecutiveSuccessLimit: intOrString(metric.consecutiveSuccessLimit, 0),
  }
}
