import type { Outcome } from "./actions.js"
import { frameOf } from "./bodies.js"
import type { Frame } from "./frame.js"
import { finish } from "./mark.js"
import { isSaving } from "./memo.js"
import {
  countsInProgress,
  dirty,
  extrasOf,
  isCompleted,
  isDaemoned,
  isFulfilled,
  type NodeRecord,
  wasReady,
} from "./node.js"
import { recountDone } from "./progress.js"
import { enqueue, propose, type Run, touch } from "./run.js"

/*
 * A daemon (spec/workflows §1.18) is a leaf that serves others: whoever waits for it goes on when it is ready, and it is
 * ended when the body around it has ended. Its node is settled when it is ready, once; what happens to it later concerns
 * its Retry node, the limits that count it, and tasks that have not begun.
 */

/** A daemon, or the Retry node around one, can be used. */
export function becomeReady(run: Run, node: NodeRecord, podIP: string): void {
  const extras = extrasOf(node)
  extras.isDaemoned = true
  extras.podIP = podIP
  node.phase = "Running"
  node.message = ""
  touch(run, node, dirty.phase)
  enqueue(run, node)
}

/** True for a daemon that is ready, or was and is begun again: what depends on it goes on. */
export function hasServed(node: NodeRecord): boolean {
  return isDaemoned(node) || (wasReady(node) && !isCompleted(node.phase))
}

/** A daemon ended by itself. That is a failure, however it ended. */
export function daemonFell(run: Run, node: NodeRecord, outcome: Outcome): void {
  if (node.extras !== undefined) node.extras.isDaemoned = false
  if (outcome.exitCode !== undefined) {
    node.outputs = { exitCode: outcome.exitCode }
    touch(run, node, dirty.outputs)
  }
  const phase = outcome.phase === "Error" ? "Error" : "Failed"
  finish(run, node, phase, outcome.message ?? "")
}

/** Ends the daemons of a body that has ended; of the workflow itself where there is none. */
export function killDaemons(run: Run, frame: Frame | undefined): void {
  if (run.daemons.size === 0) return
  for (const node of run.daemons) {
    if (frameOf(node) !== frame) continue
    const { owner } = node
    if (owner?.kind === "attempts") retire(run, owner.node, true)
    // It has been told to end before.
    if (!node.isSynced) continue
    retire(run, node, false)
    propose(run, {
      type: "Stop",
      key: `${node.id}/stop`,
      node: node.id,
      reason: "the daemon is needed no longer",
    })
  }
}

function retire(run: Run, node: NodeRecord, isSynced: boolean): void {
  if (isFulfilled(node) && node.extras?.isDaemoned !== true) return
  if (node.extras !== undefined) node.extras.isDaemoned = false
  node.phase = "Succeeded"
  node.message = ""
  node.isSynced = isSynced
  if (isSynced) node.finishedAt = run.now
  touch(run, node, dirty.phase)
}

/**
 * While a stored run is read: a daemon that was ended, and whose end was not seen. Its body has ended too. True where it
 * was ready once, and so counted as done then.
 */
export function adoptKilled(run: Run, node: NodeRecord): boolean {
  if (node.isSynced || node.phase !== "Succeeded" || isSaving(node)) return false
  node.isSettled = node.extras !== undefined && node.extras.podIP !== ""
  run.daemons.add(node)
  if (node.type === "Pod") run.pods.counted++
  return node.isSettled
}

/** While a stored run is read: its owner is told again. It was counted as done there; where it was ended, here as well. */
export function readmit(run: Run, node: NodeRecord): void {
  if (run.daemons.has(node)) {
    if (node.type === "Pod") run.pods.counted--
    node.isSettled = false
  } else if (countsInProgress(node)) recountDone(run, node)
}
