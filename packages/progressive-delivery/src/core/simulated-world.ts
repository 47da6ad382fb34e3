import { type EpochMs, formatInstant, own } from "@argo-ts/kernel"
import type { AnalysisRun, AnalysisTemplate, ClusterAnalysisTemplate } from "../api/analysis.js"
import type { ReplicaSet, Service } from "../api/foreign.js"
import type { Rollout } from "../api/rollout.js"
import type { RolloutAction } from "./actions.js"
import type { MeasuredResult } from "./analysis/measured.js"
import type { RolloutDecision } from "./decide-rollout.js"
import { hashLabel, managedByAnnotation } from "./labels.js"
import type { ObservedTraffic } from "./observed.js"

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
  /** Told each decision about the rollout, with the rollout that it was about. */
  readonly onDecision?: (rollout: Rollout, decision: RolloutDecision, now: EpochMs) => void
}

/** Everything a simulated rollout lives among. Changed in place, by one simulation only. */
export interface World {
  rollout: Rollout
  now: EpochMs
  replicaSets: ReplicaSet[]
  services: Service[]
  runs: AnalysisRun[]
  traffic: ObservedTraffic | undefined
  /** When the rollout asked to be looked at again. */
  rolloutWake: number | undefined
  /** Run → when it asked to be looked at again; a run that is not there is looked at at once. */
  runWakes: Map<string, number>
  /** True where something changed that the rollout's decision reads. */
  isDirty: boolean
  /** Set name → when the pods now asked for become available. */
  ready: Map<string, { at: number; count: number }[]>
  uid: number
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

/** Gives each set the status of this instant. */
export function settlePods(world: World, options: SimulationOptions): void {
  for (const [index, set] of world.replicaSets.entries()) {
    const name = set.metadata.name ?? ""
    const waiting = (world.ready.get(name) ?? []).filter((each) => each.at > world.now)
    world.ready.set(name, waiting)
    const replicas = set.spec.replicas ?? 0
    const isBroken = options.isBroken?.(own(set.metadata.labels, hashLabel) ?? "") === true
    const pending = waiting.reduce((sum, each) => sum + each.count, 0)
    const available = isBroken ? 0 : Math.max(0, replicas - pending)
    if (set.status?.replicas === replicas && set.status.availableReplicas === available) continue
    const observedGeneration = set.metadata.generation ?? 1
    const status = {
      replicas,
      readyReplicas: available,
      availableReplicas: available,
      observedGeneration,
    }
    world.replicaSets[index] = { ...set, status }
    world.isDirty = true
  }
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

/** Replaces one run, which is then looked at anew. */
export function changeRun(
  world: World,
  name: string,
  change: (run: AnalysisRun) => AnalysisRun,
): void {
  world.runs = world.runs.map((run) => (run.metadata.name === name ? change(run) : run))
  world.runWakes.delete(name)
}

/** Does what an action says. */
export function perform(world: World, options: SimulationOptions, action: RolloutAction): void {
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
