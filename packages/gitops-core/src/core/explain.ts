import { type EpochMs, formatDuration } from "@argo-ts/kernel"
import type { Application } from "../api/application.js"

/** Why an application is not simply done; machine-readable. */
export type ApplicationReasonCode =
  | "Deleting"
  | "Terminating"
  | "WaitingForRetry"
  | "Syncing"
  | "InvalidSpec"
  | "ComparisonFailed"
  | "SyncFailed"
  | "NotComparedYet"
  | "SyncNotAsked"
  | "SelfHealOff"
  | "OutOfSync"
  | "Unhealthy"
  | "Done"

/** Where an application stands: a code for programs, a clause for people. */
export interface ApplicationReason {
  readonly reason: ApplicationReasonCode
  /** Continues the application's name: `is syncing: …`. */
  readonly message: string
}

function operationReason({ status }: Application): ApplicationReason | undefined {
  const { phase, message = "starting", finishedAt, syncResult } = status?.operationState ?? {}
  if (phase === "Terminating") return { reason: "Terminating", message: "ends its operation" }
  if (phase !== "Running") return undefined
  const isPaused = finishedAt !== undefined && syncResult?.resources === undefined
  return isPaused
    ? { reason: "WaitingForRetry", message: `waits for its next attempt: ${message}` }
    : { reason: "Syncing", message: `is syncing: ${message}` }
}

const problems: { readonly [type: string]: ApplicationReasonCode } = {
  InvalidSpecError: "InvalidSpec",
  ComparisonError: "ComparisonFailed",
  SyncError: "SyncFailed",
  UnknownError: "ComparisonFailed",
}

function problemReason({ status }: Application): ApplicationReason | undefined {
  const problem = status?.conditions?.find(({ type }) => Object.hasOwn(problems, type))
  const reason = problem === undefined ? undefined : problems[problem.type]
  if (problem === undefined || reason === undefined) return undefined
  return { reason, message: `cannot go on: ${problem.message}` }
}

function settledReason({ status, spec }: Application): ApplicationReason {
  if (status?.sync === undefined) {
    const message = `waits to be compared with ${spec.source?.repoURL ?? "Git"}`
    return { reason: "NotComparedYet", message }
  }
  const health = status.health?.status ?? "Unknown"
  const why = status.health?.message === undefined ? "" : ` (${status.health.message})`
  const stands = `is ${status.sync.status} and ${health}${why}`
  if (status.sync.status === "OutOfSync") {
    const automated = spec.syncPolicy?.automated
    if (automated === undefined || automated.enabled === false) {
      return { reason: "SyncNotAsked", message: `${stands}; nobody has asked for a sync` }
    }
    const isSame = status.operationState?.syncResult?.revision === status.sync.revision
    const isDone = status.operationState?.phase === "Succeeded"
    return isSame && isDone && automated.selfHeal !== true
      ? { reason: "SelfHealOff", message: `${stands}; self-heal is off` }
      : { reason: "OutOfSync", message: stands }
  }
  return { reason: health === "Healthy" ? "Done" : "Unhealthy", message: stands }
}

/** Where an application stands and what it waits for, from its recorded status alone. */
export function reasonOf(application: Application): ApplicationReason {
  if (application.metadata.deletionTimestamp !== undefined) {
    const held = application.status?.conditions?.find(({ type }) => type === "DeletionError")
    const why = held === undefined ? "" : `: ${held.message}`
    return { reason: "Deleting", message: `is being deleted${why}` }
  }
  return operationReason(application) ?? problemReason(application) ?? settledReason(application)
}

/** One sentence on where an application stands and what it waits for. */
export function explainApplication(
  application: Application,
  now: EpochMs,
  wakeAt?: EpochMs,
): string {
  const later =
    wakeAt === undefined || wakeAt <= now ? "" : `, looks again in ${formatDuration(wakeAt - now)}`
  return `${application.metadata.name ?? ""} ${reasonOf(application).message}${later}`
}
