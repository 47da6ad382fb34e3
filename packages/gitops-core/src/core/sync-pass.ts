import { type EpochMs, epochMs, formatInstant, parseInstant } from "@argo-ts/kernel"
import type { ResourceResult } from "../api/status.js"
import { optionValue } from "./annotations.js"
import type { HookDeletePolicy } from "./hooks.js"
import { refTitle } from "./resource.js"
import { deleteHooks, endedHooks, releaseHooks, runBatch } from "./sync-batch.js"
import type { SyncPass, SyncPassInput } from "./sync-input.js"
import {
  gatherResults,
  isFailed,
  isIntent,
  isRunning,
  type Results,
  resultOf,
} from "./sync-results.js"
import type { SyncTask } from "./sync-tasks.js"

type End = Omit<SyncPass, "result"> & { readonly waveStartedAt?: string }

/** What a pass answers: results in the order of the tasks, then those of objects that are gone. */
function finish(input: SyncPassInput, results: Results, end: End): SyncPass {
  const { waveStartedAt = input.state.syncResult?.waveStartedAt, ...rest } = end
  const keys = new Set([...input.tasks.map((task) => task.key), ...results.keys()])
  const resources = [...keys].flatMap((key) => results.get(key) ?? [])
  const wave = waveStartedAt === undefined ? {} : { waveStartedAt }
  return {
    ...rest,
    result: { ...input.state.syncResult, revision: input.revision, resources, ...wave },
  }
}

function waitingFor(what: string, tasks: readonly SyncTask[], unit: string): string {
  const first = tasks[0]
  if (first === undefined) return ""
  const more = tasks.length === 1 ? "" : ` and ${tasks.length - 1} more ${unit}`
  return `waiting for ${what} ${refTitle(first.ref)}${more}`
}

function waitingMessage(tasks: readonly SyncTask[]): string {
  const hooks = tasks.filter((task) => task.isHook)
  return hooks.length > 0
    ? waitingFor("completion of hook", hooks, "hooks")
    : waitingFor("healthy state of", tasks, "resources")
}

/** The end, once hooks that a policy deletes now are on their way. */
function end(
  input: SyncPassInput,
  results: Results,
  verdict: { readonly phase: "Succeeded" | "Failed"; readonly message: string },
): SyncPass {
  const policy: HookDeletePolicy = verdict.phase === "Succeeded" ? "HookSucceeded" : "HookFailed"
  const hooks = endedHooks(input, results, policy)
  if (hooks.length === 0) return finish(input, results, { ...verdict, actions: [] })
  const message = waitingFor("deletion of hook", hooks, "hooks")
  return finish(input, results, {
    phase: "Running",
    message,
    actions: deleteHooks(input, hooks, policy),
  })
}

function reasons(results: Results, tasks: readonly SyncTask[]): string {
  const messages = tasks
    .filter((task) => isFailed(results.get(task.key)))
    .map((task) => results.get(task.key)?.message ?? "")
    .filter((message) => message !== "")
  const distinct = [...new Set(messages)].toSorted()
  return distinct.length === 0 ? "" : `, reason: ${distinct.join(",")}`
}

/** A failed sync waits for its hooks, runs its SyncFail hooks, then ends. */
function fail(input: SyncPassInput, results: Results, reason: string): SyncPass {
  const main = input.tasks.filter((task) => task.phase !== "SyncFail")
  const hooks = main.filter((task) => task.isHook && isRunning(results.get(task.key)))
  if (hooks.length > 0) {
    return finish(input, results, { phase: "Running", message: waitingMessage(hooks), actions: [] })
  }
  const rescue = input.tasks.filter((task) => task.phase === "SyncFail")
  const pending = rescue.filter((task) => isPending(input, results, task))
  if (pending.length > 0) {
    const batch = runBatch(input, pending, results)
    const message = `running ${pending.length} SyncFail hooks`
    return finish(input, batch.results, { phase: "Running", message, actions: batch.actions })
  }
  const running = rescue.filter((task) => isRunning(results.get(task.key)))
  if (running.length > 0) {
    return finish(input, results, {
      phase: "Running",
      message: waitingMessage(running),
      actions: [],
    })
  }
  const again = rescue.some((task) => isFailed(results.get(task.key)))
    ? `\none or more SyncFail hooks failed${reasons(results, rescue)}`
    : ""
  const message = `${reason}${reasons(results, main)}${again}`
  return end(input, results, { phase: "Failed", message })
}

/** Somebody ended the operation: its hooks go, and it fails. */
function terminate(input: SyncPassInput, results: Results): SyncPass {
  const running = input.tasks.filter((task) => task.isHook && isRunning(results.get(task.key)))
  const present = running.filter((task) => task.live?.metadata.deletionTimestamp === undefined)
  const actions = deleteHooks(input, present, "terminate")
  if (actions.length > 0) {
    return finish(input, results, {
      phase: "Terminating",
      message: "operation is terminating",
      actions,
    })
  }
  return finish(input, results, { phase: "Failed", message: "Operation terminated", actions: [] })
}

/** Everything is said to be done, and nothing is (spec/gitops §1.4: `dryRun`). */
function pretend(input: SyncPassInput): SyncPass {
  const results = new Map<string, ResourceResult>()
  for (const task of input.tasks) {
    const status = task.target === undefined ? "Pruned" : "Synced"
    const message = `${task.target === undefined ? "pruned" : "applied"} (dry run)`
    results.set(task.key, resultOf(task, { status, hookPhase: "Succeeded", message }))
  }
  const message = "successfully synced (no more tasks)"
  return finish(input, results, { phase: "Succeeded", message, actions: [] })
}

/** True where the task has still to be done. Under `ApplyOutOfSyncOnly` what is in step is left alone. */
function isPending(input: SyncPassInput, results: Results, task: SyncTask): boolean {
  const known = results.get(task.key)
  if (known !== undefined) return isIntent(known)
  const isSelective = optionValue(input.syncOptions, "ApplyOutOfSyncOnly") === "true"
  return !(isSelective && !task.isHook && task.target !== undefined && task.isInSync)
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
  const isNext = (task: SyncTask): boolean =>
    first.createsNamespace === true
      ? task.key === first.key
      : task.phase === first.phase && task.wave === first.wave
  const batch = runBatch(input, pending.filter(isNext), results)
  const message =
    batch.waits === undefined
      ? `applying ${first.phase} wave ${first.wave}`
      : waitingFor(batch.waits.what, batch.waits.tasks, "resources")
  const base = { phase: "Running", message, actions: batch.actions } as const
  // Deletions and leftovers come before the wave itself; the namespace before all waves, and none waits for it.
  const isWave = batch.actions.some((action) => action.type === "ApplyObject")
  const isOnlyPruned = pending.filter(isNext).every((task) => task.target === undefined)
  return first.createsNamespace === true || !(isWave || isOnlyPruned)
    ? finish(input, batch.results, base)
    : finish(input, batch.results, { ...base, waveStartedAt: formatInstant(input.now) })
}

/** Why the sync cannot even begin; nothing has been done yet. */
function refuse(input: SyncPassInput): SyncPass | undefined {
  const { invalid, dryRun } = input.problems
  const said = (problems: readonly string[]): string => [...new Set(problems)].toSorted().join("; ")
  const message =
    invalid.length > 0
      ? `one or more synchronization tasks are not valid: ${said(invalid)}`
      : dryRun.length > 0
        ? `one or more objects failed to apply (dry run): ${said(dryRun)}`
        : undefined
  if (message === undefined) return undefined
  return finish(input, new Map(), { phase: "Failed", message, actions: [] })
}

/** Where a sync stands between two batches. */
function betweenBatches(
  input: SyncPassInput,
  results: Results,
  gateAt: EpochMs | undefined,
): SyncPass {
  const main = input.tasks.filter((task) => task.phase !== "SyncFail")
  const running = main.filter((task) => isRunning(results.get(task.key)))
  const pending = main.filter((task) => isPending(input, results, task))
  const runningHooks = running.filter((task) => task.isHook)
  const [first, last] = [main[0], main[main.length - 1]]
  // The last wave is not waited for: only what comes before it gates (spec/gitops §2.6 I).
  const isLast = (task: SyncTask): boolean => task.phase === last?.phase && task.wave === last.wave
  if (pending.length === 0 && runningHooks.length === 0 && running.every(isLast)) {
    const what = running.length > 0 ? "all tasks run" : "no more tasks"
    return end(input, results, { phase: "Succeeded", message: `successfully synced (${what})` })
  }
  const wait = (message: string): SyncPass => {
    const wake = gateAt !== undefined && gateAt > input.now ? { wakeAt: gateAt } : {}
    return finish(input, results, { phase: "Running", message, actions: [], ...wake })
  }
  const isMultiStep = first?.phase !== last?.phase || first?.wave !== last?.wave
  if (runningHooks.length > 0 || (isMultiStep && running.length > 0)) {
    return wait(waitingMessage(running))
  }
  const leaving = main.filter(
    ({ target, live, key }) =>
      target === undefined &&
      live?.metadata.deletionTimestamp !== undefined &&
      results.get(key)?.status === "Pruned",
  )
  if (leaving.length > 0) return wait(waitingFor("deletion of", leaving, "resources"))
  const [next] = pending
  if (next === undefined) {
    return end(input, results, {
      phase: "Succeeded",
      message: "successfully synced (no more tasks)",
    })
  }
  const isOpen = results.has(next.key)
  if (gateAt !== undefined && gateAt > input.now && !isOpen) {
    return wait(`waiting for the next wave (${next.phase} ${next.wave})`)
  }
  return startNextBatch(input, pending, results)
}

/**
 * One pass over a running sync (spec/gitops §2.6): looks at what runs, judges what failed, and starts the next phase
 * and wave once everything before is healthy. Asked again with the same observation it says the same.
 */
export function passSync(input: SyncPassInput): SyncPass {
  const hasBegun = (input.state.syncResult?.resources ?? []).length > 0
  if (input.state.phase === "Terminating") return terminate(input, gatherResults(input, false))
  const refusal = hasBegun ? undefined : refuse(input)
  if (refusal !== undefined) return refusal
  if (input.isDryRun) return pretend(input)
  const gateAt = nextWaveAt(input)
  const known = gatherResults(input, false)
  const isLastWave = !input.tasks.some(
    (task) => task.phase !== "SyncFail" && isPending(input, known, task),
  )
  const results = gatherResults(input, isLastWave || gateAt === undefined || gateAt <= input.now)
  const done = input.tasks.filter(
    (task) =>
      task.isHook && results.get(task.key)?.hookPhase !== "Running" && results.has(task.key),
  )
  const releases = releaseHooks(input, done)
  const failed = input.tasks.filter(
    (task) => task.phase !== "SyncFail" && isFailed(results.get(task.key)),
  )
  const isRefused = failed.some((task) => results.get(task.key)?.status === "SyncFailed")
  const reason = isRefused
    ? "one or more objects failed to apply"
    : "one or more synchronization tasks completed unsuccessfully"
  if (releases.length > 0) {
    const message = "releasing completed hooks"
    return finish(input, results, { phase: "Running", message, actions: releases })
  }
  return failed.length > 0 ? fail(input, results, reason) : betweenBatches(input, results, gateAt)
}
