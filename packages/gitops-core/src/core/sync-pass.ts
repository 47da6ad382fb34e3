import { type EpochMs, epochMs, formatInstant, parseInstant } from "@argo-ts/kernel"
import type {
  OperationPhase,
  OperationState,
  ResourceResult,
  SyncOperationResult,
} from "../api/status.js"
import type { ActionOutcome, GitopsAction } from "./actions.js"
import { optionValue, syncOption } from "./annotations.js"
import { healthOf } from "./health/assess.js"
import { deletePoliciesOf, type HookDeletePolicy } from "./hooks.js"
import { refTitle } from "./resource.js"
import type { GitopsSettings } from "./settings.js"
import type { SyncTask } from "./sync-tasks.js"

/** Where one pass over a running sync stands. */
export interface SyncPass {
  readonly phase: OperationPhase
  readonly message: string
  readonly result: SyncOperationResult
  readonly actions: readonly GitopsAction[]
  readonly wakeAt?: EpochMs
}

/** What a pass looks at. */
export interface SyncPassInput {
  readonly tasks: readonly SyncTask[]
  readonly state: OperationState
  readonly revision: string
  readonly prune: boolean
  readonly isDryRun: boolean
  readonly syncOptions: readonly string[]
  readonly performed: { readonly [actionKey: string]: ActionOutcome }
  readonly settings: GitopsSettings
  readonly now: EpochMs
}

type Results = ReadonlyMap<string, ResourceResult>

function resultKey(result: ResourceResult): string {
  return `${result.group}/${result.kind}:${result.namespace}:${result.name}:${result.syncPhase ?? ""}`
}

function resultOf(task: SyncTask, rest: Partial<ResourceResult>): ResourceResult {
  const { group, version, kind, namespace, name } = task.ref
  const hook = task.isHook ? { hookType: task.phase } : {}
  return { group, version, kind, namespace, name, syncPhase: task.phase, ...hook, ...rest }
}

function actionKey(input: SyncPassInput, task: SyncTask, verb: string): string {
  const attempt = input.state.retryCount ?? 0
  return `${input.state.startedAt}/${attempt}/${verb}/${task.key}`
}

/** Where a running task has got to, by the health of its live object (spec/gitops §2.6 B). */
function refreshed(
  task: SyncTask,
  result: ResourceResult,
  settings: GitopsSettings,
): ResourceResult {
  if (result.hookPhase !== "Running" || task.target === undefined) return result
  if (task.live === undefined) return result
  const health = healthOf(task.live, settings)
  const status = health?.status
  const message = health?.message ?? result.message ?? ""
  if (status === undefined || status === "Healthy") {
    return { ...result, hookPhase: "Succeeded", message }
  }
  const isBad = status === "Degraded" || (task.isHook && status === "Unknown")
  return isBad ? { ...result, hookPhase: "Failed", message } : { ...result, message }
}

/** Results so far, with what was performed since and with running tasks looked at again. */
function gatherResults(input: SyncPassInput): Map<string, ResourceResult> {
  const old = new Map((input.state.syncResult?.resources ?? []).map((r) => [resultKey(r), r]))
  const results = new Map<string, ResourceResult>()
  for (const task of input.tasks) {
    const known = old.get(task.key)
    if (known !== undefined) {
      results.set(task.key, refreshed(task, known, input.settings))
      continue
    }
    const verb = task.target === undefined ? "prune" : "apply"
    const outcome = input.performed[actionKey(input, task, verb)]
    if (outcome !== undefined) results.set(task.key, performedResult(input, task, outcome))
  }
  return results
}

function performedResult(
  input: SyncPassInput,
  task: SyncTask,
  outcome: ActionOutcome,
): ResourceResult {
  const { message } = outcome
  if (!outcome.ok) return resultOf(task, { status: "SyncFailed", hookPhase: "Failed", message })
  if (task.target === undefined) {
    return resultOf(task, { status: "Pruned", hookPhase: "Succeeded", message: "pruned" })
  }
  const hookPhase = input.isDryRun ? "Succeeded" : "Running"
  return resultOf(task, { status: "Synced", hookPhase, message })
}

function isFailed(result: ResourceResult | undefined): boolean {
  return result?.hookPhase === "Failed" || result?.hookPhase === "Error"
}

function isRunning(result: ResourceResult | undefined): boolean {
  return result?.hookPhase === "Running"
}

function waitingMessage(tasks: readonly SyncTask[]): string {
  const hooks = tasks.filter((task) => task.isHook)
  const [first, what, unit] =
    hooks.length > 0
      ? [hooks[0], "completion of hook", "hooks"]
      : [tasks[0], "healthy state of", "resources"]
  if (first === undefined) return ""
  const others = (hooks.length > 0 ? hooks : tasks).length - 1
  const more = others === 0 ? "" : ` and ${others} more ${unit}`
  return `waiting for ${what} ${refTitle(first.ref)}${more}`
}

function applyAction(input: SyncPassInput, task: SyncTask): GitopsAction {
  const { target } = task
  const isReplace = syncOption(target, input.syncOptions, "Replace") === "true"
  const isServerSide = syncOption(target, input.syncOptions, "ServerSideApply") === "true"
  return {
    type: "ApplyObject",
    key: actionKey(input, task, "apply"),
    object: target as NonNullable<typeof target>,
    mode: isReplace ? "replace" : isServerSide ? "server-side" : "client-side",
    isDryRun: input.isDryRun,
  }
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

/** Hooks that a policy deletes now that the operation has ended. */
function endedHooks(
  input: SyncPassInput,
  results: Results,
  policy: HookDeletePolicy,
): readonly GitopsAction[] {
  return input.tasks
    .filter((task) => task.isHook && task.live !== undefined && task.target !== undefined)
    .filter((task) => results.has(task.key) && deletePoliciesOf(task.target as never).has(policy))
    .map((task) => deleteAction(input, task, policy))
}

/** One deletion of a batch: refused by an option, or asked for. */
function pruneStep(input: SyncPassInput, task: SyncTask): ResourceResult | GitopsAction {
  const skipped = { status: "PruneSkipped", hookPhase: "Succeeded" } as const
  if (!input.prune) return resultOf(task, { ...skipped, message: "ignored (requires pruning)" })
  if (syncOption(task.live, input.syncOptions, "Prune") === "false") {
    return resultOf(task, { ...skipped, message: "ignored (no prune)" })
  }
  if (input.isDryRun)
    return resultOf(task, { status: "Pruned", hookPhase: "Succeeded", message: "pruned (dry run)" })
  return deleteAction(input, task, "prune")
}

/** A hook left over from an earlier run goes before it is created again. */
function isStaleHook(input: SyncPassInput, task: SyncTask): boolean {
  if (!task.isHook || task.live === undefined || task.target === undefined) return false
  if (!deletePoliciesOf(task.target).has("BeforeHookCreation")) return false
  const created = parseInstant(task.live.metadata.creationTimestamp ?? "")
  const started = parseInstant(input.state.startedAt)
  return created.ok && started.ok && created.value < started.value
}

interface Batch {
  readonly results: Map<string, ResourceResult>
  readonly actions: readonly GitopsAction[]
  readonly waits: readonly SyncTask[]
}

/** Everything of one phase and wave at once: deletions, leftovers of old hooks, then what is applied. */
function runBatch(input: SyncPassInput, tasks: readonly SyncTask[], known: Results): Batch {
  const results = new Map(known)
  const actions: GitopsAction[] = []
  const stale = tasks.filter((task) => isStaleHook(input, task))
  for (const task of tasks) {
    if (task.target !== undefined) continue
    const step = pruneStep(input, task)
    if ("type" in step) actions.push(step)
    else results.set(task.key, step)
  }
  if (stale.length > 0) {
    actions.push(...stale.map((task) => deleteAction(input, task, "recreate")))
    return { results, actions, waits: stale }
  }
  const applied = tasks.filter((task) => task.target !== undefined)
  actions.push(...applied.map((task) => applyAction(input, task)))
  return { results, actions, waits: [] }
}

/** How a pass ends: phase, message, and what comes with it. */
function finish(
  input: SyncPassInput,
  results: Results,
  end: Omit<SyncPass, "result"> & { readonly waveStartedAt?: string },
): SyncPass {
  const { waveStartedAt = input.state.syncResult?.waveStartedAt, ...rest } = end
  const resources = input.tasks.flatMap((task) => results.get(task.key) ?? [])
  const source = input.state.syncResult?.source
  return {
    ...rest,
    result: {
      revision: input.revision,
      resources,
      ...(source === undefined ? {} : { source }),
      ...(waveStartedAt === undefined ? {} : { waveStartedAt }),
    },
  }
}

/** A failed sync runs its SyncFail hooks, then ends. */
function failPass(input: SyncPassInput, results: Results, reason: string): SyncPass {
  const failHooks = input.tasks.filter((task) => task.phase === "SyncFail")
  const pending = failHooks.filter((task) => !results.has(task.key))
  if (pending.length > 0) {
    const batch = runBatch(input, pending, results)
    const message = `running ${pending.length} SyncFail hooks`
    return finish(input, batch.results, { phase: "Running", message, actions: batch.actions })
  }
  const running = failHooks.filter((task) => isRunning(results.get(task.key)))
  if (running.length > 0) {
    return finish(input, results, {
      phase: "Running",
      message: waitingMessage(running),
      actions: [],
    })
  }
  const messages = input.tasks
    .filter((task) => task.phase !== "SyncFail" && isFailed(results.get(task.key)))
    .map((task) => results.get(task.key)?.message ?? "")
    .filter((message) => message !== "")
  const distinct = [...new Set(messages)].toSorted()
  const message = distinct.length === 0 ? reason : `${reason}, reason: ${distinct.join(",")}`
  const actions = endedHooks(input, results, "HookFailed")
  return finish(input, results, { phase: "Failed", message, actions })
}

/** When the next wave may begin: two seconds after the last one was applied, so that controllers notice it. */
function nextWaveAt(input: SyncPassInput): EpochMs | undefined {
  const started = parseInstant(input.state.syncResult?.waveStartedAt ?? "")
  return started.ok ? epochMs(started.value + input.settings.waveDelayMs) : undefined
}

function startNextBatch(
  input: SyncPassInput,
  pending: readonly SyncTask[],
  results: Results,
): SyncPass {
  const [first] = pending as readonly [SyncTask]
  const gateAt = results.size === 0 ? undefined : nextWaveAt(input)
  if (gateAt !== undefined && gateAt > input.now) {
    const message = `waiting for the next wave (${first.phase} ${first.wave})`
    return finish(input, results, { phase: "Running", message, actions: [], wakeAt: gateAt })
  }
  const batch = runBatch(
    input,
    pending.filter((task) => task.phase === first.phase && task.wave === first.wave),
    results,
  )
  const hooks = batch.waits
  const message =
    hooks.length > 0
      ? `waiting for deletion of hook ${refTitle((hooks[0] as SyncTask).ref)}`
      : `applying ${first.phase} wave ${first.wave}`
  const waveStartedAt = formatInstant(input.now)
  const end = { phase: "Running", message, actions: batch.actions, waveStartedAt } as const
  return finish(input, batch.results, end)
}

/**
 * One pass over a running sync (spec/gitops §2.6): looks at what runs, judges what failed, and starts the next phase
 * and wave once everything before is healthy. Asked again with the same observation it says the same.
 */
export function passSync(input: SyncPassInput): SyncPass {
  const results = gatherResults(input)
  const main = input.tasks.filter((task) => task.phase !== "SyncFail")
  const failed = main.filter((task) => isFailed(results.get(task.key)))
  const running = main.filter((task) => isRunning(results.get(task.key)))
  const pending = main.filter((task) => !results.has(task.key))
  if (failed.length > 0) {
    const hooks = running.filter((task) => task.isHook)
    if (hooks.length > 0) {
      return finish(input, results, {
        phase: "Running",
        message: waitingMessage(hooks),
        actions: [],
      })
    }
    const isRefused = failed.some((task) => results.get(task.key)?.status === "SyncFailed")
    return failPass(
      input,
      results,
      isRefused
        ? "one or more objects failed to apply"
        : "one or more synchronization tasks completed unsuccessfully",
    )
  }
  const succeed = (message: string): SyncPass =>
    finish(input, results, {
      phase: "Succeeded",
      message,
      actions: endedHooks(input, results, "HookSucceeded"),
    })
  const runningHooks = running.filter((task) => task.isHook)
  if (pending.length === 0 && runningHooks.length === 0 && isSettled(main, running)) {
    return succeed(
      running.length > 0
        ? "successfully synced (all tasks run)"
        : "successfully synced (no more tasks)",
    )
  }
  const [first, last] = [main[0], main[main.length - 1]]
  const isMultiStep = first?.phase !== last?.phase || first?.wave !== last?.wave
  if ((isMultiStep && running.length > 0) || runningHooks.length > 0) {
    return finish(input, results, {
      phase: "Running",
      message: waitingMessage(running),
      actions: [],
    })
  }
  const terminating = main.filter(
    (task) => task.target === undefined && isTerminating(task, results),
  )
  if (terminating[0] !== undefined) {
    const message = `waiting for deletion of ${refTitle(terminating[0].ref)}`
    return finish(input, results, { phase: "Running", message, actions: [] })
  }
  return pending.length === 0
    ? succeed("successfully synced (no more tasks)")
    : startNextBatch(input, pending, results)
}

/** The last wave is not waited for: only what comes before it gates. */
function isSettled(tasks: readonly SyncTask[], running: readonly SyncTask[]): boolean {
  const last = tasks[tasks.length - 1]
  return running.every((task) => task.phase === last?.phase && task.wave === last.wave)
}

function isTerminating(task: SyncTask, results: Results): boolean {
  return (
    results.get(task.key)?.status === "Pruned" &&
    task.live?.metadata.deletionTimestamp !== undefined
  )
}
