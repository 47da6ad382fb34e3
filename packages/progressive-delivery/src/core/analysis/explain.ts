import { type EpochMs, epochMs } from "@argo-ts/kernel"
import type { AnalysisRun } from "../../api/analysis.js"
import { humanDuration } from "../explain.js"
import { decideAnalysisRun } from "./decide-analysis-run.js"
import { isCompleted, phaseOf } from "./phases.js"

/** Why a run is where it is, for machines. */
export type AnalysisRunReason =
  | { readonly reason: "Completed"; readonly phase: string; readonly message?: string }
  | { readonly reason: "Measuring"; readonly metrics: readonly string[] }
  | {
      readonly reason: "WaitingForInterval"
      readonly metrics: readonly string[]
      readonly remainingMs: number
    }
  | { readonly reason: "Ending"; readonly phase: string }

/** Why the run is where it is. Reads the recorded status. */
export function analysisRunReason(run: AnalysisRun, now: EpochMs): AnalysisRunReason {
  const phase = phaseOf(run)
  const { message } = run.status ?? {}
  if (isCompleted(phase))
    return { reason: "Completed", phase, ...(message === undefined ? {} : { message }) }
  const { status, actions, wakeAt } = decideAnalysisRun(run, { measured: [] }, now)
  const due = actions.flatMap((action) => (action.type === "Measure" ? [action.metric] : []))
  if (due.length > 0) return { reason: "Measuring", metrics: due }
  if (wakeAt === undefined) return { reason: "Ending", phase: status.phase }
  const open = run.spec.metrics
    .map(({ name }) => name)
    .filter(
      (name) => !isCompleted(status.metricResults?.find((result) => result.name === name)?.phase),
    )
  return {
    reason: "WaitingForInterval",
    metrics: open,
    remainingMs: Math.max(0, epochMs(wakeAt - now)),
  }
}

function countsOf(run: AnalysisRun, metric: string): string {
  const result = run.status?.metricResults?.find(({ name }) => name === metric)
  const count = run.spec.metrics.find(({ name }) => name === metric)?.count
  const taken = result?.count ?? 0
  const failed = result?.failed ?? 0
  const of = count === undefined ? "" : ` of ${count}`
  return `${metric}: ${taken}${of} measured${failed > 0 ? `, ${failed} failed` : ""}`
}

/** Why the run is where it is, in a sentence: `error-rate: 2 of 5 measured; the next measurement is in 40 s`. */
export function explainAnalysisRun(run: AnalysisRun, now: EpochMs): string {
  const why = analysisRunReason(run, now)
  switch (why.reason) {
    case "Completed":
      return `ended as ${why.phase}${why.message === undefined ? "" : `: ${why.message}`}`
    case "Measuring":
      return `measuring ${why.metrics.join(", ")}`
    case "WaitingForInterval":
      return `${why.metrics.map((metric) => countsOf(run, metric)).join("; ")}; the next measurement is in ${humanDuration(why.remainingMs)}`
    default:
      return `ending as ${why.phase}`
  }
}
