import type { ResourceResult } from "../api/status.js"
import type { ActionOutcome } from "./actions.js"
import { healthOf } from "./health/assess.js"
import { actionKey, type SyncPassInput } from "./sync-input.js"
import type { SyncTask } from "./sync-tasks.js"

/** Results by task key. */
export type Results = ReadonlyMap<string, ResourceResult>

function resultKey(result: ResourceResult): string {
  const { group, kind, namespace, name, syncPhase = "" } = result
  return `${group}/${kind}:${namespace}:${name}:${syncPhase}`
}

/** A task's entry in `syncResult.resources`. */
export function resultOf(task: SyncTask, rest: Partial<ResourceResult>): ResourceResult {
  const { group, version, kind, namespace, name } = task.ref
  const hook = task.isHook ? { hookType: task.phase } : {}
  return { group, version, kind, namespace, name, syncPhase: task.phase, ...hook, ...rest }
}

/**
 * What is about to be done, recorded before it is: after a crash a hook that is there was made by this attempt, and
 * an object that is gone was pruned by it.
 */
export function intentOf(task: SyncTask): ResourceResult {
  const message = task.target === undefined ? "pruning" : "applying"
  return resultOf(task, { hookPhase: "Running", message })
}

/** True for entries that only say what is about to be done. */
export function isIntent(result: ResourceResult | undefined): boolean {
  return result !== undefined && result.status === undefined
}

/** True where the task failed, or what it made did. */
export function isFailed(result: ResourceResult | undefined): boolean {
  return result?.hookPhase === "Failed" || result?.hookPhase === "Error"
}

/** True where something was done and is waited for. */
export function isRunning(result: ResourceResult | undefined): boolean {
  return result?.hookPhase === "Running" && !isIntent(result)
}

function performedResult(task: SyncTask, outcome: ActionOutcome): ResourceResult {
  const { message } = outcome
  if (!outcome.ok) return resultOf(task, { status: "SyncFailed", hookPhase: "Failed", message })
  return task.target === undefined
    ? resultOf(task, { status: "Pruned", hookPhase: "Succeeded", message: "pruned" })
    : resultOf(task, {
        status: "Synced",
        // The created namespace is waited for by the cluster itself; it has no health.
        hookPhase: task.createsNamespace === true ? "Succeeded" : "Running",
        message,
      })
}

/** Where a running task has got to, by the health of its live object (spec/gitops §2.6 B, C). */
function refreshed(input: SyncPassInput, task: SyncTask, result: ResourceResult): ResourceResult {
  if (!isRunning(result)) return result
  if (task.live === undefined) {
    const { kind, name } = task.ref
    const message = `${kind} ${name} is missing, it might have been deleted`
    return { ...result, hookPhase: "Error", message }
  }
  const health = healthOf(task.live, input.settings)
  const message = health?.message ?? result.message ?? ""
  if (health === undefined || health.status === "Healthy") {
    return { ...result, hookPhase: "Succeeded", message }
  }
  const isBad = health.status === "Degraded" || (task.isHook && health.status === "Unknown")
  return isBad ? { ...result, hookPhase: "Failed", message } : { ...result, message }
}

/** A hook that this attempt meant to create, and that is there. */
function isAdopted(task: SyncTask, known: ResourceResult | undefined): boolean {
  const isAlive = task.live !== undefined && task.live.metadata.deletionTimestamp === undefined
  return task.isHook && isIntent(known) && isAlive
}

/**
 * Results so far, with what was performed since. `looksAgain` tells whether running tasks are judged by their live
 * objects now: just after a wave was applied its controllers may not have noticed yet.
 */
export function gatherResults(
  input: SyncPassInput,
  looksAgain: boolean,
): Map<string, ResourceResult> {
  const old = new Map((input.state.syncResult?.resources ?? []).map((r) => [resultKey(r), r]))
  const results = new Map<string, ResourceResult>()
  const take = (task: SyncTask, result: ResourceResult): void => {
    results.set(task.key, looksAgain ? refreshed(input, task, result) : result)
  }
  for (const task of input.tasks) {
    const known = old.get(task.key)
    old.delete(task.key)
    if (known !== undefined && !isIntent(known)) take(task, known)
    else {
      const verb = task.target === undefined ? "prune" : "apply"
      const outcome = input.performed[actionKey(input, task, verb)]
      if (outcome !== undefined) take(task, performedResult(task, outcome))
      else if (isAdopted(task, known)) {
        take(task, performedResult(task, { ok: true, message: "created" }))
      } else if (known !== undefined) results.set(task.key, known)
    }
  }
  for (const [key, result] of old) {
    const isGone = {
      ...result,
      status: "Pruned",
      hookPhase: "Succeeded",
      message: "pruned",
    } as const
    results.set(key, isIntent(result) ? isGone : result)
  }
  return results
}
