import { unset } from "./instants.js"
import type { Run } from "./run.js"
import { releaseLocks, wholeWorkflow } from "./synchronization.js"

/** Ends a workflow that had begun, and can go no further. */
export function failBegun(run: Run, message: string): void {
  releaseLocks(run, wholeWorkflow)
  fail(run, message)
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
