import {
  type Condition,
  type EpochMs,
  epochMs,
  findCondition,
  formatInstant,
  type Stored,
} from "@argo-ts/kernel"
import { type Deployment, type DeploymentStatus, instantOf, type ReplicaSet } from "./workloads.js"

/** What a status is computed from. */
export interface DeploymentView {
  readonly deployment: Stored<Deployment>
  /** Every owned ReplicaSet, the new one included. */
  readonly sets: readonly Stored<ReplicaSet>[]
  readonly current: Stored<ReplicaSet> | undefined
  readonly maxUnavailable: number
  /** Why the new ReplicaSet appeared in this pass, if it did. */
  readonly appeared: "NewReplicaSetCreated" | "FoundNewReplicaSet" | undefined
  readonly now: EpochMs
}

/** A status and when its progress deadline passes. */
export interface DeploymentReport {
  readonly status: DeploymentStatus
  /** Whether all pods are of the new ReplicaSet, and available. */
  readonly isComplete: boolean
  readonly wakeAt: EpochMs | undefined
}

interface Counts {
  readonly replicas: number
  readonly updated: number
  readonly ready: number
  readonly available: number
  readonly specified: number
}

function count({ sets, current }: DeploymentView): Counts {
  const total = (pick: (set: ReplicaSet) => number | undefined): number =>
    sets.reduce((all, set) => all + (pick(set) ?? 0), 0)
  return {
    replicas: total((set) => set.status?.replicas),
    updated: current?.status?.replicas ?? 0,
    ready: total((set) => set.status?.readyReplicas),
    available: total((set) => set.status?.availableReplicas),
    specified: total((set) => set.spec.replicas),
  }
}

/**
 * Deployment conditions are rewritten only where status or reason change; progress refreshes the update time. What is
 * written comes last.
 */
function write(
  conditions: readonly Condition[],
  next: Condition & { readonly isRefreshed?: boolean },
  now: EpochMs,
): readonly Condition[] {
  const { isRefreshed = false, ...condition } = next
  const old = findCondition(conditions, condition.type)
  const isSame = old?.status === condition.status && old.reason === condition.reason
  if (isSame && !isRefreshed) return conditions
  const time = formatInstant(now)
  const lastTransitionTime =
    old?.status === condition.status ? (old.lastTransitionTime ?? time) : time
  const others = conditions.filter(({ type }) => type !== condition.type)
  return [...others, { ...condition, lastUpdateTime: time, lastTransitionTime }]
}

const endless = 2 ** 31 - 1

/** In how many seconds a rollout has to progress; the largest number says that nobody waits for it. */
function deadlineOf({ progressDeadlineSeconds }: Deployment["spec"]): number | undefined {
  return progressDeadlineSeconds === endless ? undefined : progressDeadlineSeconds
}

/** The status of a Deployment whose new ReplicaSet could not be made. */
export function withCreateError(
  { spec, status }: Deployment,
  message: string,
  now: EpochMs,
): DeploymentStatus {
  if (deadlineOf(spec) === undefined) return status ?? {}
  const failure = {
    type: "Progressing",
    status: "False",
    reason: "ReplicaSetCreateError",
    message,
  } as const
  return { ...status, conditions: write(status?.conditions ?? [], failure, now) }
}

function availability(view: DeploymentView, counts: Counts): Condition {
  const isMet = counts.available >= (view.deployment.spec.replicas ?? 1) - view.maxUnavailable
  return isMet
    ? {
        type: "Available",
        status: "True",
        reason: "MinimumReplicasAvailable",
        message: "Deployment has minimum availability.",
      }
    : {
        type: "Available",
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      }
}

function isComplete(view: DeploymentView, counts: Counts): boolean {
  const wanted = view.deployment.spec.replicas ?? 1
  return counts.updated === wanted && counts.replicas === wanted && counts.available === wanted
}

function hasProgressed(view: DeploymentView, counts: Counts): boolean {
  const old = view.deployment.status ?? {}
  const oldPods = counts.replicas - counts.updated
  const oldBefore = (old.replicas ?? 0) - (old.updatedReplicas ?? 0)
  return (
    counts.updated > (old.updatedReplicas ?? 0) ||
    oldPods < oldBefore ||
    counts.ready > (old.readyReplicas ?? 0) ||
    counts.available > (old.availableReplicas ?? 0)
  )
}

interface Progress {
  readonly condition: (Condition & { readonly isRefreshed?: boolean }) | undefined
  readonly wakeAt: EpochMs | undefined
}

const silent: Progress = { condition: undefined, wakeAt: undefined }

function progress(view: DeploymentView, counts: Counts): Progress {
  const { deployment, current, appeared, now } = view
  const { paused = false } = deployment.spec
  const seconds = deadlineOf(deployment.spec)
  if (seconds === undefined) return silent
  const old = findCondition(deployment.status?.conditions, "Progressing")
  const of = (status: Condition["status"], reason: string, message: string): Condition => ({
    type: "Progressing",
    status,
    reason,
    message,
  })
  if (paused) {
    // That a rollout has timed out is not hidden by pausing it.
    if (old?.reason === "ProgressDeadlineExceeded") return silent
    return { ...silent, condition: of("Unknown", "DeploymentPaused", "Deployment is paused") }
  }
  // A rollout that is done stays done while its one set is scaled.
  const isDone = old?.reason === "NewReplicaSetAvailable" && counts.replicas === counts.updated
  if (isDone && appeared === undefined) return silent
  const name = current?.metadata.name ?? ""
  if (isComplete(view, counts) && current !== undefined) {
    const message = `ReplicaSet "${name}" has successfully progressed.`
    const condition = of("True", "NewReplicaSetAvailable", message)
    // A server writes first that there is a new set, and then that it is available: the message tells of the new one.
    return { ...silent, condition: { ...condition, isRefreshed: appeared !== undefined } }
  }
  if (old?.reason === "DeploymentPaused") {
    return { ...silent, condition: of("Unknown", "DeploymentResumed", "Deployment is resumed") }
  }
  if (appeared !== undefined) {
    const verb = appeared === "NewReplicaSetCreated" ? "Created" : "Found"
    const condition = of("True", appeared, `${verb} new replica set "${name}"`)
    return { condition, wakeAt: epochMs(now + (seconds + 1) * 1000) }
  }
  if (hasProgressed(view, counts)) {
    const condition = of("True", "ReplicaSetUpdated", `ReplicaSet "${name}" is progressing.`)
    const wakeAt = epochMs(now + (seconds + 1) * 1000)
    return { condition: { ...condition, isRefreshed: true }, wakeAt }
  }
  if (old === undefined || old.reason === "NewReplicaSetAvailable") return silent
  const since = instantOf(old.lastUpdateTime) ?? now
  const deadline = since + seconds * 1000
  if (now <= deadline) return { ...silent, wakeAt: epochMs(deadline + 1000) }
  const message = `ReplicaSet "${name}" has timed out progressing.`
  return { ...silent, condition: of("False", "ProgressDeadlineExceeded", message) }
}

/** Why pods are missing: as the current ReplicaSet has it, else as the others. */
function replicaFailure({ sets, current }: DeploymentView): Condition | undefined {
  const ranked = current === undefined ? sets : [current, ...sets]
  return ranked
    .map(({ status }) => findCondition(status?.conditions, "ReplicaFailure"))
    .find((condition) => condition !== undefined)
}

/** The status of a Deployment from its ReplicaSets (spec/cluster §8.1). */
export function reportDeployment(view: DeploymentView): DeploymentReport {
  const { deployment, now } = view
  const counts = count(view)
  const { condition, wakeAt } = progress(view, counts)
  const failure = replicaFailure(view)
  let conditions = deployment.status?.conditions ?? []
  conditions = write(conditions, availability(view, counts), now)
  if (condition !== undefined) conditions = write(conditions, condition, now)
  if (failure !== undefined) conditions = write(conditions, failure, now)
  else conditions = conditions.filter(({ type }) => type !== "ReplicaFailure")
  if (deadlineOf(deployment.spec) === undefined) {
    conditions = conditions.filter(({ type }) => type !== "Progressing")
  }
  const unavailable = Math.max(0, counts.specified - counts.available)
  const { collisionCount } = deployment.status ?? {}
  const optional = (name: string, value: number): object => (value > 0 ? { [name]: value } : {})
  const status: DeploymentStatus = {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...optional("replicas", counts.replicas),
    ...optional("updatedReplicas", counts.updated),
    ...optional("readyReplicas", counts.ready),
    ...optional("availableReplicas", counts.available),
    ...optional("unavailableReplicas", unavailable),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions,
  }
  return { status, isComplete: isComplete(view, counts), wakeAt }
}
