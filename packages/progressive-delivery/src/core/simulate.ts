import {
  type EpochMs,
  epochMs,
  formatInstant,
  isJsonObject,
  type JsonObject,
  own,
} from "@argo-ts/kernel"
import type { AnalysisRun, AnalysisTemplate, ClusterAnalysisTemplate } from "../api/analysis.js"
import type { ReplicaSet, Service } from "../api/foreign.js"
import type { Rollout } from "../api/rollout.js"
import type { RolloutAction } from "./actions.js"
import { decideAnalysisRun } from "./analysis/decide-analysis-run.js"
import type { Measured, MeasuredResult } from "./analysis/measured.js"
import { isCompleted, phaseOf } from "./analysis/phases.js"
import { decideRollout } from "./decide-rollout.js"
import { hashLabel, managedByAnnotation } from "./labels.js"
import type { ObservedRollout, ObservedTraffic } from "./observed.js"

/** What a simulated metric answers. */
export interface SimulatedMeasurement {
  readonly metric: string
  /** Hash of the pods that are judged. */
  readonly podHash: string
  readonly now: EpochMs
  /** How many measurements of this metric the run has taken before. */
  readonly number: number
}

/** A world without a cluster: enough for one rollout. */
export interface SimulationOptions {
  readonly start?: EpochMs
  /** Milliseconds between a pod being asked for and being available. Default 5,000. */
  readonly readyMs?: number
  /** True for pods that never become available. Default: all do. */
  readonly isBroken?: (podHash: string) => boolean
  readonly analysisTemplates?: readonly AnalysisTemplate[]
  readonly clusterAnalysisTemplates?: readonly ClusterAnalysisTemplate[]
  /** Default: every measurement answers 1. */
  readonly measure?: (question: SimulatedMeasurement) => MeasuredResult
}

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

interface World {
  rollout: Rollout
  now: EpochMs
  replicaSets: ReplicaSet[]
  services: Service[]
  runs: AnalysisRun[]
  traffic: ObservedTraffic | undefined
  /** Instants at which something happens by itself. */
  wakes: Set<number>
  /** Set name → when the pods now asked for become available. */
  ready: Map<string, { at: number; count: number }[]>
  uid: number
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

function withAnnotations<
  T extends { metadata: { annotations?: { readonly [key: string]: string } } },
>(object: T, changes: { readonly [key: string]: string | null }): T {
  const merged = new Map(Object.entries(object.metadata.annotations ?? {}))
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) merged.delete(key)
    else merged.set(key, value)
  }
  return { ...object, metadata: { ...object.metadata, annotations: Object.fromEntries(merged) } }
}

function settlePods(world: World, options: SimulationOptions): void {
  world.replicaSets = world.replicaSets.map((set) => {
    const name = set.metadata.name ?? ""
    const hash = own(set.metadata.labels, hashLabel) ?? ""
    const waiting = (world.ready.get(name) ?? []).filter((each) => each.at > world.now)
    world.ready.set(name, waiting)
    const pending = waiting.reduce((sum, each) => sum + each.count, 0)
    const replicas = set.spec.replicas ?? 0
    const isBroken = options.isBroken?.(hash) === true
    const available = isBroken ? 0 : Math.max(0, replicas - pending)
    if (set.status?.replicas === replicas && set.status.availableReplicas === available) return set
    const status = { replicas, readyReplicas: available, availableReplicas: available }
    return { ...set, status: { ...status, observedGeneration: set.metadata.generation ?? 1 } }
  })
}

function scale(
  world: World,
  options: SimulationOptions,
  action: RolloutAction & { type: "ScaleReplicaSet" },
): void {
  const { readyMs = 5000 } = options
  world.replicaSets = world.replicaSets.map((set) => {
    if (set.metadata.name !== action.name) return set
    const before = set.spec.replicas ?? 0
    const grown = action.replicas - before
    const waiting = world.ready.get(action.name) ?? []
    if (grown > 0 && readyMs > 0) {
      const at = world.now + readyMs
      world.ready.set(action.name, [...waiting, { at, count: grown }])
      world.wakes.add(at)
    } else if (grown < 0) world.ready.set(action.name, shrink(waiting, -grown))
    return withAnnotations(
      { ...set, spec: { ...set.spec, replicas: action.replicas } },
      action.annotations,
    )
  })
}

/** Pods that are not ready yet go first. */
function shrink(
  waiting: readonly { at: number; count: number }[],
  by: number,
): { at: number; count: number }[] {
  let left = by
  const kept: { at: number; count: number }[] = []
  for (const each of waiting.toReversed()) {
    const cut = Math.min(left, each.count)
    left -= cut
    if (each.count > cut) kept.unshift({ at: each.at, count: each.count - cut })
  }
  return kept
}

function changeRun(world: World, name: string, change: (run: AnalysisRun) => AnalysisRun): void {
  world.runs = world.runs.map((run) => (run.metadata.name === name ? change(run) : run))
}

function perform(world: World, options: SimulationOptions, action: RolloutAction): void {
  const created = (): { uid: string; creationTimestamp: string; generation: number } => ({
    uid: `simulated-${++world.uid}`,
    creationTimestamp: formatInstant(world.now),
    generation: 1,
  })
  switch (action.type) {
    case "AnnotateRollout":
      world.rollout = withAnnotations(world.rollout, action.annotations)
      break
    case "CreateReplicaSet": {
      const { metadata } = action.replicaSet
      world.replicaSets.push({ ...action.replicaSet, metadata: { ...metadata, ...created() } })
      break
    }
    case "AnnotateReplicaSet":
      world.replicaSets = world.replicaSets.map((set) =>
        set.metadata.name === action.name ? withAnnotations(set, action.annotations) : set,
      )
      break
    case "ScaleReplicaSet":
      scale(world, options, action)
      break
    case "DeleteReplicaSet":
      world.replicaSets = world.replicaSets.filter((set) => set.metadata.name !== action.name)
      break
    case "PointService":
      world.services = world.services.map((service) => {
        if (service.metadata.name !== action.service) return service
        const selector = { ...service.spec?.selector, [hashLabel]: action.hash }
        return withAnnotations(
          { ...service, spec: { ...service.spec, selector } },
          {
            [managedByAnnotation]: world.rollout.metadata.name ?? "",
          },
        )
      })
      break
    case "SetWeight":
      world.traffic = { canary: action.canary, stable: action.stable }
      break
    case "CreateAnalysisRun": {
      const { metadata } = action.run
      world.runs.push({ ...action.run, metadata: { ...metadata, ...created() } })
      break
    }
    case "TerminateAnalysisRun":
      changeRun(world, action.name, (run) => ({ ...run, spec: { ...run.spec, terminate: true } }))
      break
    case "DeleteAnalysisRun":
      world.runs = world.runs.filter((run) => run.metadata.name !== action.name)
      break
    default:
      break
  }
}

function stepRun(world: World, options: SimulationOptions, run: AnalysisRun): boolean {
  let current = run
  let measured: Measured[] = []
  for (let round = 0; round < roundsMax; round++) {
    const decision = decideAnalysisRun(current, { measured }, world.now)
    const isSame = decision.status === current.status
    current = { ...current, status: decision.status }
    if (decision.wakeAt !== undefined) world.wakes.add(decision.wakeAt)
    measured = decision.actions.flatMap((action) =>
      action.type === "Measure" ? [answer(world, options, current, action)] : [],
    )
    if (measured.length === 0 && isSame) break
  }
  const hasChanged = current.status !== run.status
  if (hasChanged) changeRun(world, run.metadata.name ?? "", () => current)
  return hasChanged
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

/** Everything that can happen at one instant, until nothing does. */
function runInstant(world: World, options: SimulationOptions, rows: SimulationRow[]): void {
  for (let round = 0; round < roundsMax; round++) {
    settlePods(world, options)
    let hasChanged = false
    for (const run of world.runs) {
      if (!isCompleted(phaseOf(run)) && stepRun(world, options, run)) hasChanged = true
    }
    const decision = decideRollout(world.rollout, observe(world, options), world.now)
    if (decision.wakeAt !== undefined) world.wakes.add(decision.wakeAt)
    if (decision.status !== world.rollout.status) {
      world.rollout = { ...world.rollout, status: decision.status }
      hasChanged = true
    }
    for (const action of decision.actions) perform(world, options, action)
    settlePods(world, options)
    const row = rowOf(world)
    if (!isSameRow(rows.at(-1), row)) rows.push(row)
    if (!hasChanged && decision.actions.length === 0) return
  }
}

function nextWake(world: World): number | undefined {
  let next: number | undefined
  for (const wake of world.wakes) {
    if (wake <= world.now) world.wakes.delete(wake)
    else if (next === undefined || wake < next) next = wake
  }
  return next
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
    wakes: new Set(),
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
