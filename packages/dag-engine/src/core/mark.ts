import type { NodePhase } from "../api/status.js"
import { isSaving, startSaving } from "./memo.js"
import { dirty, isFulfilled, type NodeRecord } from "./node.js"
import { enqueue, type Run, touch } from "./run.js"

/** Ends a node, unless it has ended: what a stored status says stands. */
export function mark(run: Run, node: NodeRecord, phase: NodePhase, message: string): void {
  if (isFulfilled(node)) return
  node.phase = phase
  node.message = message
  if (isFulfilled(node)) node.finishedAt = run.now
  touch(run, node, dirty.phase)
}

/** Ends a node and has its owner told: at once, or when its cache has what it came to. */
export function finish(run: Run, node: NodeRecord, phase: NodePhase, message: string): void {
  if (isSaving(node) || (phase === "Succeeded" && startSaving(run, node, message))) return
  mark(run, node, phase, message)
  enqueue(run, node)
}

/** Says why a node waits. */
export function say(run: Run, node: NodeRecord, message: string): void {
  if (node.message === message) return
  node.message = message
  touch(run, node, dirty.phase)
}
