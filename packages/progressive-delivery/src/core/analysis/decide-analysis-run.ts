import {
  type Decision,
  type EpochMs,
  earliest,
  epochMs,
  equalJson,
  formatInstant,
  formatIssue,
  type Issue,
  type KeyedAction,
  parseInstant,
} from "@argo-ts/kernel"
import type { AnalysisRun, Metric, SecretKeyReference } from "../../api/analysis.js"
import type {
  AnalysisPhase,
  AnalysisRunStatus,
  Measurement,
  MetricResult,
} from "../../api/analysis-status.js"
import type { MetricProviderSpec } from "../../api/metric-provider.js"
import {
  type AssessedMetric,
  assessMetric,
  assessRun,
  countMeasurement,
  summarise,
} from "./assess.js"
import { compilePattern, judgeMeasurement } from "./condition.js"
import { type Measured, type ObservedAnalysisRun, resultText } from "./measured.js"
import { type MetricSettings, toSettings } from "./metric-settings.js"
import { isCompleted } from "./phases.js"
import { mentionedArguments, substituteArguments } from "./substitution.js"

/** What an AnalysisRun wants done. Measuring twice under one key is harmless: the first answer counts. */
export type AnalysisRunAction = KeyedAction &
  (
    | {
        readonly type: "Measure"
        readonly metric: string
        /** Arguments filled in, except those from Secrets: they stay `{{args.name}}`. */
        readonly provider: MetricProviderSpec
        /** Where the remaining arguments come from. */
        readonly secrets: { readonly [argument: string]: SecretKeyReference }
      }
    | { readonly type: "DeleteRun" }
  )

/** What an AnalysisRun's decision hands back. */
export type AnalysisRunDecision = Decision<AnalysisRunStatus, AnalysisRunAction>

const errorIntervalMs = 10_000

function toMs(text: string | undefined): EpochMs | undefined {
  const parsed = text === undefined ? undefined : parseInstant(text)
  return parsed?.ok === true ? parsed.value : undefined
}

/** When a finished run is to be deleted. */
function expiry(run: AnalysisRun): EpochMs | undefined {
  const { ttlStrategy } = run.spec
  const completed = toMs(run.status?.completedAt)
  if (ttlStrategy === undefined || completed === undefined) return undefined
  const { secondsAfterCompletion, secondsAfterSuccess, secondsAfterFailure } = ttlStrategy
  const phase = run.status?.phase
  const specific =
    phase === "Successful"
      ? secondsAfterSuccess
      : phase === "Failed"
        ? secondsAfterFailure
        : undefined
  const seconds = specific ?? secondsAfterCompletion
  return seconds === undefined ? undefined : epochMs(completed + seconds * 1000)
}

function decideCompleted(
  run: AnalysisRun,
  status: AnalysisRunStatus,
  now: EpochMs,
): AnalysisRunDecision {
  const expiresAt = expiry(run)
  if (expiresAt === undefined) return { status, actions: [] }
  if (now < expiresAt) return { status, actions: [], wakeAt: expiresAt }
  return { status, actions: [{ type: "DeleteRun", key: `${run.metadata.name ?? ""}/delete` }] }
}

interface Resolved {
  readonly settings: readonly MetricSettings[]
  readonly secrets: ReadonlyMap<string, SecretKeyReference>
}

/** Fills in arguments and limits; answers a sentence where that cannot be done. */
function resolve(run: AnalysisRun): Resolved | string {
  const secrets = new Map<string, SecretKeyReference>()
  const values = new Map<string, string>()
  for (const { name, value, valueFrom } of run.spec.args ?? []) {
    if (value !== undefined) values.set(name, value)
    else if (valueFrom?.secretKeyRef !== undefined) secrets.set(name, valueFrom.secretKeyRef)
    else return `argument "${name}" was not resolved: nobody gives it a value`
  }
  const settings: MetricSettings[] = []
  for (const metric of run.spec.metrics) {
    const filled = substituteArguments<Metric>(
      metric,
      (name) => values.get(name) ?? (secrets.has(name) ? null : undefined),
    )
    if (!filled.ok) return `metric "${metric.name}": ${filled.issues.map(formatIssue).join("; ")}`
    const each = toSettings(filled.value, run, compilePattern)
    if (each.metric.interval !== undefined && each.intervalMs === undefined) {
      return `metric "${metric.name}": interval ${JSON.stringify(each.metric.interval)} is no duration`
    }
    if (each.metric.initialDelay !== undefined && each.initialDelayMs === undefined) {
      return `metric "${metric.name}": initialDelay ${JSON.stringify(each.metric.initialDelay)} is no duration`
    }
    settings.push(each)
  }
  return { settings, secrets }
}

function taken(result: MetricResult | undefined): number {
  return (result?.count ?? 0) + (result?.error ?? 0)
}

function measureKey(run: AnalysisRun, metric: string, number: number): string {
  return `${run.metadata.name ?? ""}/${metric}/${number}`
}

function toMeasurement(settings: MetricSettings, measured: Measured): Measurement {
  const { phase, message } = judgeMeasurement(settings.metric, measured.result)
  const value = resultText(measured.result)
  return {
    phase,
    ...(message === undefined ? {} : { message }),
    startedAt: formatInstant(measured.startedAt),
    finishedAt: formatInstant(measured.finishedAt),
    ...(value === undefined ? {} : { value }),
    ...(measured.metadata === undefined ? {} : { metadata: measured.metadata }),
  }
}

/** Takes the answer that the metric waits for, if it has come. */
function takeMeasured(
  run: AnalysisRun,
  settings: MetricSettings,
  result: MetricResult | undefined,
  observed: ObservedAnalysisRun,
): MetricResult | undefined {
  if (result !== undefined && isCompleted(result.phase)) return result
  const { name } = settings.metric
  const key = measureKey(run, name, taken(result))
  const answer = observed.measured.find((measured) => measured.key === key)
  if (answer === undefined) return result
  const before = result ?? { name, phase: "Running" as AnalysisPhase }
  return countMeasurement(before, toMeasurement(settings, answer))
}

/** When the metric is measured next; undefined: never again. */
function dueAt(
  settings: MetricSettings,
  result: MetricResult,
  startedAt: EpochMs,
): EpochMs | undefined {
  if (isCompleted(result.phase)) return undefined
  const last = result.measurements?.at(-1)
  if (last === undefined) return epochMs(startedAt + (settings.initialDelayMs ?? 0))
  if (settings.count !== undefined && (result.count ?? 0) >= settings.count) return undefined
  const waitMs = last.phase === "Error" ? errorIntervalMs : (settings.intervalMs ?? errorIntervalMs)
  return epochMs((toMs(last.finishedAt) ?? startedAt) + waitMs)
}

function toResult(
  settings: MetricSettings,
  result: MetricResult | undefined,
  assessed: { phase: AnalysisPhase; why?: string },
): MetricResult {
  const { name } = settings.metric
  const base: MetricResult = { ...(result ?? { name }), name, phase: assessed.phase }
  const { measurements } = base
  const last = measurements?.at(-1)
  const isBad = isCompleted(assessed.phase) && assessed.phase !== "Successful"
  const message = base.message ?? (isBad ? (last?.message ?? assessed.why) : undefined)
  return {
    ...base,
    ...(measurements === undefined
      ? {}
      : { measurements: measurements.slice(-Math.max(1, settings.retention)) }),
    ...(message === undefined ? {} : { message }),
    ...(settings.isDryRun ? { dryRun: true } : {}),
  }
}

function assessAll(
  run: AnalysisRun,
  settings: readonly MetricSettings[],
  observed: ObservedAnalysisRun,
): readonly AssessedMetric[] {
  const recorded = new Map(run.status?.metricResults?.map((result) => [result.name, result]))
  const assess = (isTerminating: boolean): readonly AssessedMetric[] =>
    settings.map((each) => {
      const result = takeMeasured(run, each, recorded.get(each.metric.name), observed)
      const assessed = assessMetric(each, result, isTerminating)
      return { settings: each, result: toResult(each, result, assessed), why: assessed.why }
    })
  const first = assess(run.spec.terminate === true)
  const hasBadEnd = first.some(
    ({ settings: each, result }) =>
      !each.isDryRun && isCompleted(result.phase) && result.phase !== "Successful",
  )
  // One bad metric decides the run: the others stop early and keep what was good (spec/rollouts §2.15.4).
  return hasBadEnd && run.spec.terminate !== true ? assess(true) : first
}

function refuse(run: AnalysisRun, message: string, now: EpochMs): AnalysisRunDecision {
  const startedAt = run.status?.startedAt ?? formatInstant(now)
  return { status: { ...run.status, phase: "Error", message, startedAt }, actions: [] }
}

function propose(
  run: AnalysisRun,
  metrics: readonly AssessedMetric[],
  secrets: Resolved["secrets"],
  at: { readonly startedAt: EpochMs; readonly now: EpochMs },
): { readonly actions: readonly AnalysisRunAction[]; readonly wakeAt: EpochMs | undefined } {
  const actions: AnalysisRunAction[] = []
  let wakeAt: EpochMs | undefined
  for (const { settings, result } of metrics) {
    const due = dueAt(settings, result, at.startedAt)
    if (due === undefined) continue
    if (due > at.now) {
      wakeAt = earliest(wakeAt, due)
      continue
    }
    const { name, provider } = settings.metric
    const used = mentionedArguments(provider).filter((argument) => secrets.has(argument))
    actions.push({
      type: "Measure",
      key: measureKey(run, name, taken(result)),
      metric: name,
      provider,
      secrets: Object.fromEntries(
        used.map((argument) => [argument, secrets.get(argument) as SecretKeyReference]),
      ),
    })
  }
  return { actions, wakeAt }
}

/**
 * Decides what an AnalysisRun does next: which measurements to take, and what those taken so far mean. Pure and total.
 */
export function decideAnalysisRun(
  run: AnalysisRun,
  observed: ObservedAnalysisRun,
  now: EpochMs,
): AnalysisRunDecision {
  if (run.metadata.deletionTimestamp !== undefined) {
    return { status: run.status ?? { phase: "Pending" }, actions: [] }
  }
  if (run.status !== undefined && isCompleted(run.status.phase))
    return decideCompleted(run, run.status, now)
  const resolved = resolve(run)
  if (typeof resolved === "string") return refuse(run, resolved, now)
  const startedText = run.status?.startedAt ?? formatInstant(now)
  const startedAt = toMs(startedText) ?? now
  const metrics = assessAll(run, resolved.settings, observed)
  const { phase, message } = assessRun(metrics, run.spec.terminate === true)
  const isDone = isCompleted(phase)
  const dryRun = metrics.filter(({ settings }) => settings.isDryRun)
  const results = metrics.filter(
    ({ result }) => result.measurements !== undefined || isCompleted(result.phase),
  )
  const status: AnalysisRunStatus = {
    phase,
    ...(message === undefined ? {} : { message }),
    ...(results.length === 0 ? {} : { metricResults: results.map(({ result }) => result) }),
    startedAt: startedText,
    ...(isDone ? { completedAt: formatInstant(now) } : {}),
    runSummary: summarise(metrics.filter(({ settings }) => !settings.isDryRun)),
    ...(dryRun.length === 0 ? {} : { dryRunSummary: summarise(dryRun) }),
  }
  const kept = run.status !== undefined && equalJson(run.status, status) ? run.status : status
  if (isDone) return { status: kept, actions: [] }
  const { actions, wakeAt } = propose(run, metrics, resolved.secrets, { startedAt, now })
  return { status: kept, actions, ...(wakeAt === undefined ? {} : { wakeAt }) }
}

/** The status of a run that cannot be read: it ends as Error and says why. */
export function refuseAnalysisRun(
  run: AnalysisRun,
  issues: readonly Issue[],
  now: EpochMs,
): AnalysisRunStatus {
  return refuse(run, issues.map(formatIssue).join("; "), now).status
}
