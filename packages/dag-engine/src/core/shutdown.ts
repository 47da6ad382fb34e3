import { afterAttempt } from "./decide.js"
import { dropCall, halt } from "./endings.js"
import { fail } from "./failing.js"
import { failLeaf } from "./leaf.js"
import { finish } from "./mark.js"
import { isRecalling } from "./memo.js"
import { isFulfilled, isLeafType, type NodeRecord } from "./node.js"
import type { Run } from "./run.js"
import { isWaitingForLocks, releaseLocks, wholeWorkflow } from "./synchronization.js"

/*
 * Stopping (spec/workflows §2.18): nothing begins any more, and what runs is ended; under Stop exit handlers are spared.
 */

/** What upstream says of pods differs from what it says of everything else. */
function shutdownMessage(run: Run, node: NodeRecord): string {
  return node.type === "Pod"
    ? `workflow shutdown with strategy:  ${run.shutdown}`
    : `Stopped with strategy '${run.shutdown}'`
}

/** Ends what runs, where that has not been done: `run.shutdown` says how. */
export function carryOutShutdown(run: Run): void {
  for (const call of run.waiting.calls()) dropCall(run, call)
  run.waiting.clear()
  if (run.root === undefined && run.phase === "Pending") return stopUnborn(run)
  const nodes = [...run.byId.values()].filter(
    (node) => !isFulfilled(node) && (!node.isExit || run.shutdown === "Terminate"),
  )
  for (const node of nodes) {
    if (isWaitingForLocks(run, node) || isRecalling(run, node)) {
      finish(run, node, "Failed", `Stopped with strategy '${run.shutdown}'`)
    } else if (isLeafType(node.type) && node.isSynced) {
      failLeaf(run, node, shutdownMessage(run, node))
    } else if (node.type === "Suspend") {
      finish(run, node, "Failed", `Stopped with strategy '${run.shutdown}'`)
    }
  }
  for (const node of nodes) {
    if (node.body?.kind === "frame") halt(run, node.body, "shutdown")
    else if (node.body?.kind === "attempts") afterAttempt(run, node.body)
  }
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
