import { type EpochMs, epochMs, equalJson, parseInstant } from "@argo-ts/kernel"
import type { Application } from "../api/application.js"
import type { Operation } from "../api/operation.js"
import type { Comparison, ManagedResource } from "./compare.js"
import type { GitopsSettings } from "./settings.js"

/** Whether the controller syncs by itself now, and if not, why. */
export type AutoSync =
  | { readonly type: "Sync"; readonly operation: Operation }
  | { readonly type: "Wait"; readonly reason: string; readonly wakeAt?: EpochMs }
  | { readonly type: "Refuse"; readonly message: string }

/** Wait before self-heal attempt `count`: 0, 2, 6, 18, 54, … seconds, capped (spec/gitops §2.8). */
export function selfHealDelayMs(count: number, capMs: number): number {
  return count <= 0 ? 0 : Math.min(capMs, 2000 * 3 ** Math.min(count - 1, 20))
}

const wait = (reason: string, wakeAt?: EpochMs): AutoSync =>
  wakeAt === undefined ? { type: "Wait", reason } : { type: "Wait", reason, wakeAt }

function outOfSync(resources: readonly ManagedResource[]): readonly ManagedResource[] {
  return resources.filter((each) => each.status !== undefined && each.status !== "Synced")
}

function operationFor(application: Application, revision: string): Operation {
  const { automated, syncOptions, retry } = application.spec.syncPolicy ?? {}
  return {
    sync: {
      revision,
      ...(automated?.prune === true ? { prune: true } : {}),
      ...(syncOptions === undefined ? {} : { syncOptions }),
    },
    initiatedBy: { automated: true },
    retry: retry ?? { limit: 5 },
  }
}

function selfHeal(
  input: AutoSyncInput,
  operation: Operation,
  resources: readonly ManagedResource[],
): AutoSync {
  const { application, settings, now } = input
  const state = application.status?.operationState
  const count = state?.operation.sync?.autoHealAttemptsCount ?? 0
  const finished = parseInstant(state?.finishedAt ?? "")
  const dueAt = epochMs(
    (finished.ok ? finished.value : now) + selfHealDelayMs(count, settings.selfHealCapMs),
  )
  if (dueAt > now) return wait("SelfHealBackoff", dueAt)
  const selected = resources.map(({ ref }) => ({
    ...(ref.group === "" ? {} : { group: ref.group }),
    kind: ref.kind,
    name: ref.name,
  }))
  const sync = { ...operation.sync, resources: selected, autoHealAttemptsCount: count + 1 }
  return { type: "Sync", operation: { ...operation, sync } }
}

/** What the decision looks at. */
export interface AutoSyncInput {
  readonly application: Application
  readonly comparison: Comparison
  readonly revision: string
  readonly settings: GitopsSettings
  readonly now: EpochMs
}

/** The auto-sync decision, in upstream's order (spec/gitops §2.8). */
export function decideAutoSync(input: AutoSyncInput): AutoSync {
  const { application, comparison, revision } = input
  const automated = application.spec.syncPolicy?.automated
  if (automated === undefined || automated.enabled === false) return wait("NotAutomated")
  if (application.operation !== undefined) return wait("OperationInProgress")
  if (application.metadata.deletionTimestamp !== undefined) return wait("Deleting")
  if (comparison.sync !== "OutOfSync") return wait("InSync")
  const changed = outOfSync(comparison.resources)
  if (automated.prune !== true && changed.every((each) => each.requiresPruning)) {
    return wait("OnlyPruningLeft")
  }
  const operation = operationFor(application, revision)
  const state = application.status?.operationState
  const isAttempted =
    state !== undefined &&
    state.syncResult?.revision === revision &&
    equalJson(state.syncResult.source ?? application.spec.source, application.spec.source)
  if (isAttempted && state.phase !== "Succeeded") {
    const message = `Failed last sync attempt to ${revision}: ${state.message ?? ""}`
    return { type: "Refuse", message }
  }
  if (isAttempted && automated.selfHeal !== true) return wait("SelfHealOff")
  const isWipeOut = changed.length > 0 && comparison.resources.every((each) => each.requiresPruning)
  if (automated.prune === true && automated.allowEmpty !== true && isWipeOut) {
    return { type: "Refuse", message: "auto-sync will wipe out all resources" }
  }
  return isAttempted ? selfHeal(input, operation, changed) : { type: "Sync", operation }
}
