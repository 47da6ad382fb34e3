import { claimFault, requestClaims } from "./claims.js"
import { planCollection } from "./collection.js"
import { compileCall } from "./compile-call.js"
import { settleAll } from "./decide.js"
import { execute } from "./execute.js"
import { measureWorkflow } from "./metrics.js"
import { unset } from "./node.js"
import { applyTime } from "./passing.js"
import type { Run } from "./run.js"
import { orderHolds, releaseLocks, requestWorkflowLocks, wholeWorkflow } from "./synchronization.js"

/** Begins a new run, or a stored one where it was. A workflow with locks of its own waits for them as Pending. */
export function beginWorkflow(run: Run): void {
  // A run that was over when it was stored: nothing happens any more.
  if (isFinal(run.phase) && run.finishedAt !== unset) {
    run.isDone = true
    run.stored = undefined
    planCollection(run)
    return
  }
  if (run.fault !== undefined) return fail(run, run.fault.message, run.fault.phase)
  const hold = requestWorkflowLocks(run)
  if (!hold.ok) return failLocked(run, hold.message)
  if (hold.value === undefined || hold.value.isHeld) return beginEntry(run)
  run.stored = undefined
  if (run.phase === undefined) run.isDirty = true
  run.phase = "Pending"
  stopUnborn(run)
  settleAll(run)
}

/**
 * A workflow that still waits for its own locks, and is to end, ends without having begun. With an exit handler to run it
 * keeps its place in line: that, too, runs under the locks. Differs from Argo: without one it waits no longer, and one
 * that is terminated has not Succeeded.
 */
export function stopUnborn(run: Run): void {
  const { shutdown, hooks } = run
  if (shutdown === "") return
  if (shutdown === "Stop" && hooks.some(({ name }) => name === "exit")) return
  releaseLocks(run, wholeWorkflow)
  fail(run, `Stopped with strategy '${shutdown}'`, "Failed")
}

/** Begins the entry template: whatever the workflow had to wait for is there. */
export function beginEntry(run: Run): void {
  if (run.phase === undefined || run.phase === "Pending" || run.startedAt === unset) {
    run.phase = "Running"
    run.startedAt = run.now
    run.isDirty = true
    measureWorkflow(run, false)
  }
  run.globals.set("workflow.status", run.phase)
  const { activeDeadlineSeconds } = run.spec
  if (activeDeadlineSeconds !== undefined) {
    run.deadline = run.startedAt + activeDeadlineSeconds * 1000
  }
  if (run.stored !== undefined) run.claims ??= []
  if (requestClaims(run)) return awaitClaims(run)
  execute(run, {
    owner: undefined,
    slot: 0,
    frame: undefined,
    base: undefined,
    unit: undefined,
    hook: undefined,
    item: undefined,
    source: compileCall({
      template: run.spec.entrypoint ?? "",
      arguments: run.spec.arguments ?? {},
    }),
    suffix: "",
    isExit: false,
  })
  settleAll(run)
  if (run.stored !== undefined) orderHolds(run)
  run.stored = undefined
  settleAll(run)
  applyTime(run)
  settleAll(run)
}

/** Nothing runs before the workflow's volumes are there. */
function awaitClaims(run: Run): void {
  const fault = claimFault(run)
  if (fault !== undefined) failBegun(run, fault)
}

/** Ends a workflow that had begun, and can go no further. */
export function failBegun(run: Run, message: string): void {
  releaseLocks(run, wholeWorkflow)
  fail(run, message)
}

function isFinal(phase: Run["phase"]): boolean {
  return phase === "Succeeded" || phase === "Failed" || phase === "Error"
}

/** Ends a workflow whose own locks cannot be had. */
export function failLocked(run: Run, message: string): void {
  fail(run, `Failed to acquire the synchronization lock. ${message}`, "Failed")
}

/** Ends a workflow that cannot begin. */
export function fail(run: Run, message: string, phase: "Failed" | "Error" = "Error"): void {
  run.phase = phase
  run.message = message
  run.startedAt = run.startedAt === unset ? run.now : run.startedAt
  run.finishedAt = run.now
  run.isDone = true
  run.isDirty = true
}
