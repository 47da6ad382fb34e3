import {
  controllerReference,
  equalJson,
  failed,
  formatKey,
  keyOf,
  ok,
  own,
  type Result,
} from "@argo-ts/kernel"
import type { AnalysisRun, AnalysisRunSpec } from "../api/analysis.js"
import type { RolloutAnalysis } from "../api/rollout-analysis.js"
import type { CurrentRun } from "../api/rollout-status.js"
import { resolveArguments } from "./analysis/arguments.js"
import { mergeTemplates } from "./analysis/merge-templates.js"
import { isCompleted, phaseOf } from "./analysis/phases.js"
import { addPause, type Draft, dropUndefined, pauseOf, removePause } from "./draft.js"
import { hashLabel, revisionAnnotation, runTypeLabel, stepIndexLabel } from "./labels.js"
import { abortUpdate, type Turn } from "./turn.js"
import type { RolloutView } from "./view.js"

/** What a run is for. */
export type RunType = "Background" | "Step" | "PrePromotion" | "PostPromotion"

/** One place for a run in a rollout: what it is for, where its state is recorded, what it consists of. */
export interface RunSlot {
  readonly type: RunType
  readonly analysis: RolloutAnalysis
  /** Appended to the name of the run. */
  readonly suffix: string
  readonly stepIndex?: number
  read(draft: Draft): CurrentRun | undefined
  write(draft: Draft, run: CurrentRun | undefined): void
}

const badPrefix: { readonly [type in RunType]: string } = {
  Background: "Background analysis phase error/failed",
  Step: "Step-based analysis phase error/failed",
  PrePromotion: "Pre-promotion analysis phase error/failed",
  PostPromotion: "Post-promotion analysis phase error/failed",
}

function observedRun(view: RolloutView, name: string): AnalysisRun | undefined {
  return view.runs.find((run) => run.metadata.name === name)
}

/** Records where the slot's run stands and draws the consequence: abort, pause, or a new run after a resume. */
export function judgeRun(turn: Turn, slot: RunSlot): void {
  const { view, draft } = turn
  const recorded = slot.read(draft)
  const run = recorded === undefined ? undefined : observedRun(view, recorded.name)
  if (recorded === undefined || run === undefined) return
  const status = phaseOf(run)
  const message = run.status?.message
  slot.write(draft, { name: recorded.name, status, ...(message === undefined ? {} : { message }) })
  if (draft.abort === true) return
  if (status === "Failed" || status === "Error") {
    abortUpdate(turn, `${badPrefix[slot.type]}: ${message ?? `run ${recorded.name} is ${status}`}`)
  }
  if (status !== "Inconclusive") return
  if (recorded.status !== "Inconclusive") addPause(draft, "InconclusiveAnalysisRun", view.now)
  else if (pauseOf(draft, "InconclusiveAnalysisRun") === undefined) {
    // Somebody resumed: the question is asked again by a new run (spec/rollouts §2.15.5).
    slot.write(draft, undefined)
    removePause(draft, "InconclusiveAnalysisRun")
  }
}

/** Joins templates and arguments into what a run consists of. */
export function buildRunSpec(
  view: RolloutView,
  analysis: RolloutAnalysis,
): Result<AnalysisRunSpec> {
  const merged = mergeTemplates(view.observed, analysis.templates ?? [])
  if (!merged.ok) return merged
  const args = resolveArguments(view, merged.value.args, analysis.args ?? [])
  if (!args.ok) return failed(args.issues)
  const dryRun = [...merged.value.dryRun, ...(analysis.dryRun ?? [])]
  const measurementRetention = [
    ...merged.value.measurementRetention,
    ...(analysis.measurementRetention ?? []),
  ]
  return ok({
    metrics: merged.value.metrics,
    ...(args.value.length === 0 ? {} : { args: args.value }),
    ...(dryRun.length === 0 ? {} : { dryRun }),
    ...(measurementRetention.length === 0 ? {} : { measurementRetention }),
  })
}

function toRun(view: RolloutView, slot: RunSlot, name: string, spec: AnalysisRunSpec): AnalysisRun {
  const { labels = {}, annotations = {} } = slot.analysis.analysisRunMetadata ?? {}
  const { namespace } = view.rollout.metadata
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AnalysisRun",
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        ...view.spec.selector?.matchLabels,
        ...labels,
        [hashLabel]: view.podHash,
        [runTypeLabel]: slot.type,
        ...(slot.stepIndex === undefined ? {} : { [stepIndexLabel]: String(slot.stepIndex) }),
      },
      annotations: { ...annotations, [revisionAnnotation]: String(view.newSet?.revision ?? 1) },
      ownerReferences: [controllerReference(view.rollout)],
    },
    spec,
  }
}

/** True where a run of that name is the one we mean, still open: created before a crash, or by a lost answer. */
function isReusable(run: AnalysisRun, spec: AnalysisRunSpec): boolean {
  if (isCompleted(phaseOf(run)) || run.spec.terminate === true) return false
  const comparable = ({ metrics, args, dryRun, measurementRetention }: AnalysisRunSpec): object =>
    dropUndefined({ metrics, args, dryRun, measurementRetention })
  return equalJson(comparable(run.spec), comparable(spec))
}

function freeName(view: RolloutView, slot: RunSlot, spec: AnalysisRunSpec): string {
  const base = `${view.name}-${view.podHash}-${view.newSet?.revision ?? 1}${slot.suffix}`
  for (let attempt = 0; ; attempt++) {
    const name = attempt === 0 ? base : `${base}.${attempt}`
    const run = observedRun(view, name)
    if (run === undefined || isReusable(run, spec)) return name
  }
}

/**
 * Proposes the slot's run until it is observed. The name is recorded first, so that a run which ends before the
 * rollout looks again is still recognised.
 */
export function proposeRun(turn: Turn, slot: RunSlot): void {
  const { view, draft } = turn
  const recorded = slot.read(draft)
  if (recorded !== undefined && observedRun(view, recorded.name) !== undefined) return
  if (recorded !== undefined && isCompleted(recorded.status)) return
  const spec = buildRunSpec(view, slot.analysis)
  if (!spec.ok) {
    turn.issues.push(...spec.issues)
    return
  }
  const name = recorded?.name ?? freeName(view, slot, spec.value)
  const existing = observedRun(view, name)
  slot.write(draft, { name, status: existing === undefined ? "Pending" : phaseOf(existing) })
  if (existing !== undefined) return
  const run = toRun(view, slot, name, spec.value)
  turn.actions.push({ type: "CreateAnalysisRun", key: `${formatKey(keyOf(run))}/create`, run })
}

/** Ends open runs that no longer count, and deletes finished ones beyond the history (spec/rollouts §2.15.5). */
export function retireRuns(turn: Turn, current: readonly RunSlot[]): void {
  const { view, draft } = turn
  const names = new Set(current.map((slot) => slot.read(draft)?.name))
  for (const run of view.runs) {
    const name = run.metadata.name ?? ""
    if (names.has(name) || isCompleted(phaseOf(run)) || run.spec.terminate === true) continue
    turn.actions.push({ type: "TerminateAnalysisRun", key: `${name}/terminate`, name })
  }
  for (const name of expiredRuns(view, recordedNames(draft))) {
    turn.actions.push({ type: "DeleteAnalysisRun", key: `${name}/delete`, name })
  }
}

function recordedNames(draft: Draft): ReadonlySet<string | undefined> {
  return new Set([
    draft.canary?.currentStepAnalysisRunStatus?.name,
    draft.canary?.currentBackgroundAnalysisRunStatus?.name,
    draft.blueGreen?.prePromotionAnalysisRunStatus?.name,
    draft.blueGreen?.postPromotionAnalysisRunStatus?.name,
  ])
}

function expiredRuns(view: RolloutView, kept: ReadonlySet<string | undefined>): readonly string[] {
  const limits = view.spec.analysis
  const hashes = new Set(view.all.map((set) => set.hash))
  const names: string[] = []
  const room = {
    good: limits?.successfulRunHistoryLimit ?? 5,
    bad: limits?.unsuccessfulRunHistoryLimit ?? 5,
  }
  const finished = view.runs
    .filter((run) => isCompleted(phaseOf(run)) && !kept.has(run.metadata.name))
    .toSorted((left, right) => compareAge(right, left))
  for (const run of finished) {
    const isOrphan = !hashes.has(own(run.metadata.labels, hashLabel) ?? "")
    const kind = phaseOf(run) === "Successful" ? "good" : "bad"
    if (!isOrphan && room[kind] > 0) room[kind]--
    else names.push(run.metadata.name ?? "")
  }
  return names
}

function compareAge(left: AnalysisRun, right: AnalysisRun): number {
  const [a, b] = [left, right].map(
    ({ metadata }) => `${metadata.creationTimestamp ?? ""}/${metadata.name ?? ""}`,
  ) as [string, string]
  return a < b ? -1 : a > b ? 1 : 0
}
