import type { ReconcileContext, ReconcileResult } from "@argo-ts/k8s"
import { type EpochMs, type ObjectKey, type Stored, unreachable } from "@argo-ts/kernel"
import type { AnalysisRun } from "../api/analysis.js"
import type { AnalysisRunStatus } from "../api/analysis-status.js"
import { analysisRuns } from "../api/kinds.js"
import { parseAnalysisRun } from "../api/parse.js"
import {
  type AnalysisRunAction,
  decideAnalysisRun,
  refuseAnalysisRun,
} from "../core/analysis/decide-analysis-run.js"
import type { Measured } from "../core/analysis/measured.js"
import { isCompleted, phaseOf } from "../core/analysis/phases.js"
import { failure, type MetricAnswer, type MetricProviders } from "../metrics/metric-provider.js"
import { openProvider } from "./secrets.js"

type Measure = AnalysisRunAction & { type: "Measure" }

async function ask(
  run: AnalysisRun,
  action: Measure,
  context: ReconcileContext,
  providers: MetricProviders,
): Promise<MetricAnswer> {
  const { namespace } = run.metadata
  const opened = await openProvider(context.cluster, namespace, action.provider, action.secrets)
  if (typeof opened === "string") return failure(opened)
  const { provider } = opened
  const question = { metric: action.metric, provider, now: context.clock.now() }
  if (provider.web !== undefined) return opened.hide(await providers.web.measure(question))
  if (provider.prometheus !== undefined)
    return opened.hide(await providers.prometheus.measure(question))
  return failure(`metric "${action.metric}" has no provider that is supported`)
}

async function measure(
  run: AnalysisRun,
  action: Measure,
  context: ReconcileContext,
  providers: MetricProviders,
): Promise<Measured> {
  const startedAt = context.clock.now()
  const { result, metadata } = await ask(run, action, context, providers)
  const finishedAt = context.clock.now()
  return {
    key: action.key,
    startedAt,
    finishedAt,
    result,
    ...(metadata === undefined ? {} : { metadata }),
  }
}

/** Writes the status, which for AnalysisRuns is no subresource. */
async function record(
  run: Stored<AnalysisRun>,
  status: AnalysisRunStatus,
  context: ReconcileContext,
): Promise<Stored<AnalysisRun>> {
  if (JSON.stringify(status) === JSON.stringify(run.status)) return run
  const written = await context.cluster.update(analysisRuns, { ...run, status })
  const before = phaseOf(run)
  if (before !== status.phase) {
    const isBad = status.phase === "Failed" || status.phase === "Error"
    const message = status.message ?? `Analysis run is ${status.phase}`
    context.record(written, {
      type: isBad ? "Warning" : "Normal",
      reason: `AnalysisRun${status.phase}`,
      message,
    })
  }
  return written
}

/** Takes the measurements that are due, all at once, and records what they mean. */
export async function reconcileAnalysisRun(
  key: ObjectKey,
  context: ReconcileContext,
  providers: MetricProviders,
): Promise<ReconcileResult> {
  const { cluster, clock } = context
  const stored = await cluster.get(analysisRuns, key)
  if (stored === undefined || stored.metadata.deletionTimestamp !== undefined) return {}
  if (!isCompleted(phaseOf(stored))) {
    const parsed = parseAnalysisRun(stored)
    if (!parsed.ok) {
      await record(stored, refuseAnalysisRun(stored, parsed.issues, clock.now()), context)
      return {}
    }
  }
  const first = decideAnalysisRun(stored, { measured: [] }, clock.now())
  const recorded = await record(stored, first.status, context)
  const due: Measure[] = []
  for (const action of first.actions) {
    switch (action.type) {
      case "Measure":
        due.push(action)
        break
      case "DeleteRun":
        await cluster.delete(analysisRuns, key)
        break
      default:
        unreachable(action)
    }
  }
  if (due.length === 0) return wake(first.wakeAt)
  const measured = await Promise.all(
    due.map((action) => measure(recorded, action, context, providers)),
  )
  const second = decideAnalysisRun(recorded, { measured }, clock.now())
  await record(recorded, second.status, context)
  return wake(second.actions.length > 0 ? clock.now() : second.wakeAt)
}

function wake(wakeAt: EpochMs | undefined): ReconcileResult {
  return wakeAt === undefined ? {} : { wakeAt }
}
