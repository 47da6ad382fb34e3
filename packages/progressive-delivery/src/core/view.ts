import {
  byEach,
  compareNumber,
  compareText,
  type EpochMs,
  equalJson,
  isJsonObject,
  type JsonObject,
  own,
  parseInstant,
} from "@argo-ts/kernel"
import { podTemplateDefaults } from "@argo-ts/kernel/schemas"
import type { AnalysisRun } from "../api/analysis.js"
import type { BlueGreenStrategy } from "../api/blue-green.js"
import type { CanaryStep, CanaryStrategy } from "../api/canary.js"
import type { ReplicaSet, Service } from "../api/foreign.js"
import type { Rollout, RolloutSpec } from "../api/rollout.js"
import type { RolloutStatus } from "../api/rollout-status.js"
import {
  desiredReplicasAnnotation,
  hashLabel,
  revisionAnnotation,
  scaleDownDeadlineAnnotation,
} from "./labels.js"
import type { ObservedRollout } from "./observed.js"
import { podTemplateHash, stepHash } from "./pod-hash.js"
import { type RolloutBounds, rolloutBounds } from "./replica-arithmetic.js"

/** A ReplicaSet as decisions read it. */
export interface SetView {
  readonly name: string
  readonly hash: string
  /** Pods asked for. */
  readonly spec: number
  /** Pods that exist. */
  readonly current: number
  readonly ready: number
  readonly available: number
  readonly revision: number
  /** `spec.replicas` of the rollout when the set was last scaled. */
  readonly desired: number | undefined
  /** When it goes to zero. */
  readonly deadline: EpochMs | undefined
  readonly createdAt: EpochMs
  readonly object: ReplicaSet
}

/** A rollout and its ReplicaSets, read once at the start of a decision. */
export interface RolloutView {
  readonly rollout: Rollout
  readonly spec: RolloutSpec
  /** As recorded before the decision. */
  readonly status: RolloutStatus
  readonly observed: ObservedRollout
  readonly now: EpochMs
  readonly name: string
  readonly replicas: number
  readonly template: JsonObject
  readonly canary: CanaryStrategy | undefined
  readonly blueGreen: BlueGreenStrategy | undefined
  readonly steps: readonly CanaryStep[]
  /** The weight that means "all". */
  readonly weightMax: number
  readonly bounds: RolloutBounds
  readonly podHash: string
  readonly stepHash: string
  readonly newSet: SetView | undefined
  /** The last good set; may be the new one. */
  readonly stableSet: SetView | undefined
  /** Neither new nor stable, newest revision first. */
  readonly others: readonly SetView[]
  readonly all: readonly SetView[]
  /** Owned AnalysisRuns, by name. */
  readonly runs: readonly AnalysisRun[]
}

function instantOf(text: string | undefined): EpochMs | undefined {
  if (text === undefined) return undefined
  const parsed = parseInstant(text)
  return parsed.ok ? parsed.value : undefined
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

/** Reads one ReplicaSet. */
export function toSetView(object: ReplicaSet): SetView {
  const { metadata, spec, status = {} } = object
  const { annotations } = metadata
  return {
    name: metadata.name ?? "",
    hash: own(metadata.labels, hashLabel) ?? "",
    spec: spec.replicas ?? 1,
    current: status.replicas ?? 0,
    ready: status.readyReplicas ?? 0,
    available: status.availableReplicas ?? 0,
    revision: wholeNumber(own(annotations, revisionAnnotation)) ?? 0,
    desired: wholeNumber(own(annotations, desiredReplicasAnnotation)),
    deadline: instantOf(own(annotations, scaleDownDeadlineAnnotation)),
    createdAt: instantOf(metadata.creationTimestamp) ?? (0 as EpochMs),
    object,
  }
}

/** Newest revision first; ties by name. */
export const byRevision: (left: SetView, right: SetView) => number = byEach(
  (left, right) => compareNumber(right.revision, left.revision),
  (left, right) => compareText(left.name, right.name),
)

function withoutHash(template: JsonObject): JsonObject {
  const metadata = isJsonObject(template["metadata"]) ? template["metadata"] : {}
  const labels = isJsonObject(metadata["labels"]) ? metadata["labels"] : {}
  const { [hashLabel]: _hash, ...otherLabels } = labels
  const { creationTimestamp: _created, labels: _labels, ...rest } = metadata
  return podTemplateDefaults({ ...template, metadata: { ...rest, labels: otherLabels } })
}

/** The set of the template: by its hash, else one whose template means the same (spec/rollouts §2.2). */
function findNewSet(
  sets: readonly SetView[],
  hash: string,
  template: JsonObject,
): SetView | undefined {
  const sameHash = sets.find((set) => set.hash === hash)
  if (sameHash !== undefined || sets.length === 0) return sameHash
  const wanted = withoutHash(template)
  return sets.find(
    ({ object }) =>
      object.spec.template !== undefined && equalJson(withoutHash(object.spec.template), wanted),
  )
}

/** Reads a rollout and what was observed of it. */
export function openRollout(
  rollout: Rollout,
  observed: ObservedRollout,
  now: EpochMs,
): RolloutView {
  const { spec, status = {}, metadata } = rollout
  const template = spec.template ?? {}
  const replicas = spec.replicas ?? 1
  const { canary, blueGreen } = spec.strategy ?? {}
  const all = observed.replicaSets.map(toSetView).toSorted(byRevision)
  const hash = podTemplateHash(template, status.collisionCount)
  const newSet = findNewSet(all, hash, template)
  const stableSet = all.find((set) => set.hash === status.stableRS && set.hash !== "")
  return {
    rollout,
    spec,
    status,
    observed,
    now,
    name: metadata.name ?? "",
    replicas,
    template,
    canary: blueGreen === undefined ? (canary ?? {}) : undefined,
    blueGreen,
    steps: blueGreen === undefined ? (canary?.steps ?? []) : [],
    weightMax: canary?.trafficRouting?.maxTrafficWeight ?? 100,
    bounds: rolloutBounds(replicas, canary?.maxSurge, (blueGreen ?? canary)?.maxUnavailable),
    podHash: newSet?.hash ?? hash,
    stepHash: blueGreen === undefined ? stepHash(canary?.steps) : "",
    newSet,
    stableSet,
    others: all.filter((set) => set !== newSet && set !== stableSet),
    all,
    runs: observed.analysisRuns.toSorted((left, right) =>
      compareText(left.metadata.name ?? "", right.metadata.name ?? ""),
    ),
  }
}

/** True where a router splits the traffic of this canary. */
export function hasTrafficRouting(view: RolloutView): boolean {
  return view.canary?.trafficRouting !== undefined
}

/** The Service of that name, as observed. */
export function serviceOf(view: RolloutView, name: string | undefined): Service | undefined {
  if (name === undefined) return undefined
  return view.observed.services.find((service) => service.metadata.name === name)
}

/** The hash a Service selects, if it selects one. */
export function selectedHash(service: Service | undefined): string | undefined {
  return own(service?.spec?.selector, hashLabel)
}

/** True where every pod of the whole size is there and available. */
export function isSaturated(view: RolloutView, set: SetView | undefined): boolean {
  return (
    set !== undefined &&
    set.spec === view.replicas &&
    set.available === view.replicas &&
    (set.desired ?? view.replicas) === view.replicas
  )
}
