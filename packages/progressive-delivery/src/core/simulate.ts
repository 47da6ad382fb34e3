import { type EpochMs, epochMs, isJsonObject, type JsonObject, own } from "@argo-ts/kernel"
import type { AnalysisRun } from "../api/analysis.js"
import type { Rollout } from "../api/rollout.js"
import { decideAnalysisRun } from "./analysis/decide-analysis-run.js"
import type { Measured, MeasuredResult } from "./analysis/measured.js"
import { isCompleted, phaseOf } from "./analysis/phases.js"
import { decideRollout } from "./decide-rollout.js"
import { hashLabel } from "./labels.js"
import type { ObservedRollout } from "./observed.js"
import {
  changeRun,
  perform,
  type SimulatedMeasurement,
  type SimulationOptions,
  settlePods,
  type World,
} from "./simulated-world.js"

/** One line of a simulation: what changed at an instant. */
export interface SimulationRow {
  readonly at: EpochMs
  readonly phase: string
  readonly message?: string
  readonly stepIndex?: number
  readonly canary: number
  readonly stable: number
  readonly weight?: number
}

/** A world that moves only when told to. Feed it rollouts, as a user would apply them. */
export interface Simulation {
  /** The rollout as recorded now. */
  rollout(): Rollout
  now(): EpochMs
  observed(): ObservedRollout
  /** What happened so far. */
  rows(): readonly SimulationRow[]
  /** Replaces spec and, where given, status: an apply, or an operator's patch. */
  update(change: (rollout: Rollout) => Rollout): void
  /** Runs until nothing is due before `limit`, or `isDone` holds. Answers whether it holds. */
  run(limit: EpochMs, isDone?: (rollout: Rollout) => boolean): boolean
}

const roundsMax = 200

function serviceNames(rollout: Rollout): readonly string[] {
  const { canary, blueGreen } = rollout.spec.strategy ?? {}
  const names = [
    canary?.canaryService,
    canary?.stableService,
    blueGreen?.activeService,
    blueGreen?.previewService,
  ]
  return names.filter((name) => name !== undefined)
}

/** Lets a run take what is due now. */
function stepRun(world: World, options: SimulationOptions, run: AnalysisRun): void {
  let current = run
  let decision = decideAnalysisRun(current, { measured: [] }, world.now)
  for (let round = 0; round < roundsMax && decision.actions.length > 0; round++) {
    current = { ...current, status: decision.status }
    const measured = decision.actions.flatMap((action) =>
      action.type === "Measure" ? [answer(world, options, current, action)] : [],
    )
    decision = decideAnalysisRun(current, { measured }, world.now)
  }
  const name = run.metadata.name ?? ""
  const next: AnalysisRun = { ...current, status: decision.status }
  if (phaseOf(next) !== phaseOf(run)) world.isDirty = true
  changeRun(world, name, () => next)
  world.runWakes.set(name, decision.wakeAt ?? Number.POSITIVE_INFINITY)
}

function isDue(world: World, run: AnalysisRun): boolean {
  if (isCompleted(phaseOf(run))) return false
  return (world.runWakes.get(run.metadata.name ?? "") ?? 0) <= world.now
}

function answer(
  world: World,
  options: SimulationOptions,
  run: AnalysisRun,
  { key, metric }: { readonly key: string; readonly metric: string },
): Measured {
  const result = run.status?.metricResults?.find(({ name }) => name === metric)
  const question: SimulatedMeasurement = {
    metric,
    podHash: own(run.metadata.labels, hashLabel) ?? "",
    now: world.now,
    number: (result?.count ?? 0) + (result?.error ?? 0),
  }
  const byDefault: MeasuredResult = { type: "Value", value: 1 }
  const outcome = options.measure?.(question) ?? byDefault
  return { key, startedAt: world.now, finishedAt: world.now, result: outcome }
}

function observe(world: World, options: SimulationOptions): ObservedRollout {
  return {
    replicaSets: world.replicaSets,
    services: world.services,
    analysisRuns: world.runs,
    analysisTemplates: options.analysisTemplates ?? [],
    clusterAnalysisTemplates: options.clusterAnalysisTemplates ?? [],
    ...(world.traffic === undefined ? {} : { traffic: world.traffic }),
  }
}

function rowOf(world: World): SimulationRow {
  const { status = {} } = world.rollout
  const spec = (hash: string | undefined): number =>
    world.replicaSets.find((set) => own(set.metadata.labels, hashLabel) === hash)?.spec.replicas ??
    0
  const isUpdating = status.stableRS !== status.currentPodHash
  return {
    at: world.now,
    phase: status.phase ?? "Progressing",
    ...(status.message === undefined ? {} : { message: status.message }),
    ...(status.currentStepIndex === undefined ? {} : { stepIndex: status.currentStepIndex }),
    canary: isUpdating ? spec(status.currentPodHash) : 0,
    stable: spec(status.stableRS),
    ...(world.traffic === undefined ? {} : { weight: world.traffic.canary }),
  }
}

function isSameRow(left: SimulationRow | undefined, right: SimulationRow): boolean {
  return (
    left !== undefined &&
    left.phase === right.phase &&
    left.message === right.message &&
    left.stepIndex === right.stepIndex &&
    left.canary === right.canary &&
    left.stable === right.stable &&
    left.weight === right.weight
  )
}

function stepRollout(world: World, options: SimulationOptions, rows: SimulationRow[]): void {
  world.isDirty = false
  const decision = decideRollout(world.rollout, observe(world, options), world.now)
  options.onDecision?.(world.rollout, decision, world.now)
  world.rolloutWake = decision.wakeAt
  if (decision.status !== world.rollout.status) {
    world.rollout = { ...world.rollout, status: decision.status }
    world.isDirty = true
  }
  for (const action of decision.actions) {
    perform(world, options, action)
    world.isDirty = true
  }
  settlePods(world, options)
  const row = rowOf(world)
  if (!isSameRow(rows.at(-1), row)) rows.push(row)
}

/** Everything that can happen at one instant, until nothing does. */
function runInstant(world: World, options: SimulationOptions, rows: SimulationRow[]): void {
  if (world.rolloutWake !== undefined && world.rolloutWake <= world.now) world.isDirty = true
  settlePods(world, options)
  for (let round = 0; round < roundsMax; round++) {
    for (const run of world.runs) if (isDue(world, run)) stepRun(world, options, run)
    if (!world.isDirty) return
    stepRollout(world, options, rows)
  }
}

function nextWake(world: World): number | undefined {
  let next = world.rolloutWake ?? Number.POSITIVE_INFINITY
  for (const run of world.runs) {
    if (isCompleted(phaseOf(run))) continue
    next = Math.min(next, world.runWakes.get(run.metadata.name ?? "") ?? Number.POSITIVE_INFINITY)
  }
  for (const waiting of world.ready.values())
    for (const { at } of waiting) next = Math.min(next, at)
  return Number.isFinite(next) && next > world.now ? next : undefined
}

function templateLabels(rollout: Rollout): { [key: string]: string } {
  const metadata = rollout.spec.template?.["metadata"]
  const labels: JsonObject =
    isJsonObject(metadata) && isJsonObject(metadata["labels"]) ? metadata["labels"] : {}
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, String(value)]))
}

/**
 * Runs a rollout in a world of its own: pods become available after a while, metrics answer what they are told to, a
 * router shows the weights it was given. Pure: no clock, no cluster. Ten steps and an hour of analysis take
 * milliseconds.
 */
export function simulateRollout(rollout: Rollout, options: SimulationOptions = {}): Simulation {
  const world: World = {
    rollout: { ...rollout, metadata: { uid: "simulated", generation: 1, ...rollout.metadata } },
    now: options.start ?? epochMs(0),
    replicaSets: [],
    services: serviceNames(rollout).map((name) => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name },
      spec: { selector: templateLabels(rollout) },
    })),
    runs: [],
    traffic: undefined,
    rolloutWake: undefined,
    runWakes: new Map(),
    isDirty: true,
    ready: new Map(),
    uid: 0,
  }
  const rows: SimulationRow[] = []
  return {
    rollout: () => world.rollout,
    now: () => world.now,
    observed: () => observe(world, options),
    rows: () => rows,
    update(change) {
      const next = change(world.rollout)
      const generation = (world.rollout.metadata.generation ?? 0) + 1
      world.rollout = { ...next, metadata: { ...next.metadata, generation } }
      world.isDirty = true
    },
    run(limit, isDone = () => false) {
      for (;;) {
        runInstant(world, options, rows)
        if (isDone(world.rollout)) return true
        const next = nextWake(world)
        if (next === undefined || next > limit) {
          world.now = epochMs(Math.max(world.now, limit))
          return false
        }
        world.now = epochMs(next)
      }
    },
  }
}
