import { parseInstant, type UntypedObject } from "@argo-ts/kernel"
import type { ResourceResult } from "../api/status.js"
import type { GitopsAction } from "./actions.js"
import { isKeptByHelm, names, optionValue, syncOption } from "./annotations.js"
import { deletePoliciesOf, type HookDeletePolicy } from "./hooks.js"
import { keepIgnored } from "./ignored-fields.js"
import { actionKey, type SyncPassInput } from "./sync-input.js"
import { intentOf, isIntent, type Results, resultOf } from "./sync-results.js"
import type { SyncTask } from "./sync-tasks.js"

/** What is done about one phase and wave now, and which tasks that waits for. */
export interface Batch {
  readonly results: Map<string, ResourceResult>
  readonly actions: readonly GitopsAction[]
  /** Why nothing is applied yet. */
  readonly waits?: {
    readonly what: "deletion of hook" | "pruning confirmation of"
    readonly tasks: readonly SyncTask[]
  }
}

function applyAction(input: SyncPassInput, task: SyncTask): GitopsAction {
  const target = task.target as UntypedObject
  const option = (name: string): string | undefined => syncOption(target, input.syncOptions, name)
  const respects = optionValue(input.syncOptions, "RespectIgnoreDifferences") === "true"
  const isServerSide = task.isServerSide === true || option("ServerSideApply") === "true"
  const object =
    respects && task.live !== undefined
      ? keepIgnored(target, task.live, input.ignoreDifferences)
      : target
  return {
    type: "ApplyObject",
    key: actionKey(input, task, "apply"),
    object: task.isHook ? withHookFinalizer(object) : object,
    mode: option("Replace") === "true" ? "replace" : isServerSide ? "server-side" : "client-side",
    isForced: input.isForced || option("Force") === "true",
    isValidated: option("Validate") !== "false",
  }
}

/** Keeps a finished hook until its end has been seen. */
function withHookFinalizer(hook: UntypedObject): UntypedObject {
  const finalizers = hook.metadata.finalizers ?? []
  if (finalizers.includes(names.hookFinalizer)) return hook
  const metadata = { ...hook.metadata, finalizers: [...finalizers, names.hookFinalizer] }
  return { ...hook, metadata }
}

function isHeld(task: SyncTask): boolean {
  return task.live?.metadata.finalizers?.includes(names.hookFinalizer) === true
}

function releaseAction(input: SyncPassInput, task: SyncTask): GitopsAction {
  return {
    type: "ReleaseObject",
    key: actionKey(input, task, "release"),
    ref: task.ref,
    uid: task.live?.metadata.uid ?? "",
    finalizer: names.hookFinalizer,
  }
}

/** Takes our finalizer off these hooks. */
export function releaseHooks(
  input: SyncPassInput,
  tasks: readonly SyncTask[],
): readonly GitopsAction[] {
  return tasks
    .filter((task) => task.isHook && isHeld(task))
    .map((task) => releaseAction(input, task))
}

function deleteAction(input: SyncPassInput, task: SyncTask, verb: string): GitopsAction {
  const policy = optionValue(input.syncOptions, "PrunePropagationPolicy")
  const policies = { foreground: "Foreground", background: "Background", orphan: "Orphan" } as const
  return {
    type: "DeleteObject",
    key: actionKey(input, task, verb),
    ref: task.ref,
    uid: task.live?.metadata.uid ?? "",
    propagationPolicy: policies[policy as keyof typeof policies] ?? "Foreground",
  }
}

function isLeaving(task: SyncTask): boolean {
  return task.live?.metadata.deletionTimestamp !== undefined
}

/** Deletes hooks that are there; those that are leaving already only lose our finalizer. */
export function deleteHooks(
  input: SyncPassInput,
  tasks: readonly SyncTask[],
  verb: string,
): readonly GitopsAction[] {
  const present = tasks.filter((task) => task.live !== undefined)
  const staying = present.filter((task) => !isLeaving(task))
  return [
    ...releaseHooks(input, present),
    ...staying.map((task) => deleteAction(input, task, verb)),
  ]
}

/** Hooks of this operation that a policy deletes now that it ends, as long as they are there. */
export function endedHooks(
  input: SyncPassInput,
  results: Results,
  policy: HookDeletePolicy,
): readonly SyncTask[] {
  return input.tasks.filter((task) => {
    const isDone =
      task.isHook && task.live !== undefined && !isLeaving(task) && results.has(task.key)
    return isDone && task.target !== undefined && deletePoliciesOf(task.target).has(policy)
  })
}

/** One deletion of a batch: refused by an option, done already, or asked for. */
function pruneStep(input: SyncPassInput, task: SyncTask): ResourceResult | GitopsAction {
  const skipped = { status: "PruneSkipped", hookPhase: "Succeeded" } as const
  if (!input.prune) return resultOf(task, { ...skipped, message: "ignored (requires pruning)" })
  if (syncOption(task.live, input.syncOptions, "Prune") === "false" || isKeptByHelm(task.live)) {
    return resultOf(task, { ...skipped, message: "ignored (no prune)" })
  }
  if (isLeaving(task)) {
    return resultOf(task, { status: "Pruned", hookPhase: "Succeeded", message: "pruned" })
  }
  return deleteAction(input, task, "prune")
}

/** Deletions that somebody has to approve first, and nobody has since the operation started. */
function unconfirmed(input: SyncPassInput, tasks: readonly SyncTask[]): readonly SyncTask[] {
  const started = parseInstant(input.state.startedAt)
  const isApproved =
    input.approvedAt !== undefined && started.ok && input.approvedAt >= started.value
  if (isApproved || !input.prune) return []
  return tasks.filter((task) => syncOption(task.live, input.syncOptions, "Prune") === "confirm")
}

/** A hook left over from an earlier run goes before it is created again. */
function isStale(task: SyncTask, known: Results): boolean {
  if (!task.isHook || task.live === undefined || task.target === undefined) return false
  const isOurs = isIntent(known.get(task.key))
  return !isOurs && (isLeaving(task) || deletePoliciesOf(task.target).has("BeforeHookCreation"))
}

/** One phase and wave: first deletions, then leftovers of old hooks, then what is applied (spec/gitops §2.7). */
export function runBatch(input: SyncPassInput, tasks: readonly SyncTask[], known: Results): Batch {
  const results = new Map(known)
  const prunes = tasks.filter((task) => task.target === undefined)
  const waiting = unconfirmed(input, prunes)
  if (waiting.length > 0) {
    return { results, actions: [], waits: { what: "pruning confirmation of", tasks: waiting } }
  }
  const actions: GitopsAction[] = []
  for (const task of prunes) {
    const step = pruneStep(input, task)
    if ("type" in step) {
      actions.push(step)
      results.set(task.key, intentOf(task))
    } else results.set(task.key, step)
  }
  if (actions.length > 0) return { results, actions }
  const stale = tasks.filter((task) => isStale(task, known))
  if (stale.length > 0) {
    const deletions = deleteHooks(input, stale, "recreate")
    return { results, actions: deletions, waits: { what: "deletion of hook", tasks: stale } }
  }
  const applied = tasks.filter((task) => task.target !== undefined)
  for (const task of applied) results.set(task.key, intentOf(task))
  return { results, actions: applied.map((task) => applyAction(input, task)) }
}
