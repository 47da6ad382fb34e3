import type { AnalysisRun } from "../../api/analysis.js"
import type { AnalysisPhase } from "../../api/analysis-status.js"

/** True where a run, metric or measurement will not change any more. */
export function isCompleted(phase: AnalysisPhase | undefined): boolean {
  return phase !== undefined && phase !== "Pending" && phase !== "Running"
}

/** Where a run stands. */
export function phaseOf(run: AnalysisRun): AnalysisPhase {
  return run.status?.phase ?? "Pending"
}

const severity: { readonly [phase in AnalysisPhase]: number } = {
  Successful: 0,
  Running: 1,
  Pending: 2,
  Inconclusive: 3,
  Error: 4,
  Failed: 5,
}

/** True where `left` is worse than `right` (spec/rollouts §2.15.4). */
export function isWorse(left: AnalysisPhase, right: AnalysisPhase): boolean {
  return severity[left] > severity[right]
}
