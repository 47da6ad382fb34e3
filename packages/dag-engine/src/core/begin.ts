import { claimFault, requestClaims } from "./claims.js"
import { planCollection } from "./collection.js"
import { compileCall } from "./compile-call.js"
import { settleAll } from "./decide.js"
import { execute } from "./execute.js"
import { fail, failBegun, failLocked } from "./failing.js"
import { unset } from "./instants.js"
import { measureWorkflow } from "./metrics.js"
import { applyTime } from "./passing.js"
import type { Run } from "./run.js"
import { carryOutShutdown, stopUnborn } from "./shutdown.js"
import { orderHolds, requestWorkflowLocks } from "./synchronization.js"

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
  const isFound = run.stored !== undefined
  if (isFound) orderHolds(run)
  run.stored = undefined
  settleAll(run)
  // Somebody may have stopped it while nobody drove it.
  if (isFound && run.shutdown !== "" && !run.isDone) carryOutShutdown(run)
  settleAll(run)
  applyTime(run)
  settleAll(run)
}

/** Nothing runs before the workflow's volumes are there. */
function awaitClaims(run: Run): void {
  const fault = claimFault(run)
  if (fault !== undefined) failBegun(run, fault)
}

function isFinal(phase: Run["phase"]): boolean {
  return phase === "Succeeded" || phase === "Failed" || phase === "Error"
}
