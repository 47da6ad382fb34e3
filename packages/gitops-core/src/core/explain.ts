import { type EpochMs, formatDuration } from "@argo-ts/kernel"
import type { Application } from "../api/application.js"

/** One sentence on where an application stands and what it waits for. */
export function explainApplication(
  application: Application,
  now: EpochMs,
  wakeAt?: EpochMs,
): string {
  const { status, metadata, spec } = application
  const name = metadata.name ?? ""
  const problem = status?.conditions?.find((each) => each.type.endsWith("Error"))
  const later =
    wakeAt === undefined || wakeAt <= now ? "" : `, looks again in ${formatDuration(wakeAt - now)}`
  if (metadata.deletionTimestamp !== undefined) return `${name} is being deleted${later}`
  if (status?.operationState?.phase === "Running") {
    return `${name} is syncing: ${status.operationState.message ?? "starting"}${later}`
  }
  if (problem !== undefined) return `${name} cannot go on: ${problem.message}${later}`
  if (status?.sync === undefined)
    return `${name} waits to be compared with ${spec.source?.repoURL ?? "Git"}`
  const health = status.health?.status ?? "Unknown"
  const why = status.health?.message === undefined ? "" : ` (${status.health.message})`
  if (status.sync.status === "OutOfSync" && spec.syncPolicy?.automated === undefined) {
    return `${name} is OutOfSync and ${health}${why}; nobody has asked for a sync${later}`
  }
  return `${name} is ${status.sync.status} and ${health}${why}${later}`
}
