import { afterAttempt } from "./decide.js"
import { makeFault } from "./execute.js"
import { unset } from "./instants.js"
import {
  deadlineMessage,
  expireLeaf,
  expirePending,
  failLeaf,
  isPastDeadline,
  workflowDeadlineMessage,
} from "./leaf.js"
import { finish } from "./mark.js"
import { isRecalling } from "./memo.js"
import { isDaemoned, isFulfilled, isLeafType, type NodeRecord } from "./node.js"
import type { Run } from "./run.js"
import { resumeByTime } from "./suspend.js"
import { isWaitingForLocks } from "./synchronization.js"

/** Lets pass what the present instant ends: waits, deadlines, the workflow's own. */
export function applyTime(run: Run): void {
  for (let timer = run.timers.due(run.now); timer !== undefined; timer = run.timers.due(run.now)) {
    const { node } = timer
    if (isFulfilled(node) && !(timer.kind === "deadline" && isDaemoned(node))) continue
    if (timer.kind === "deadline" && node.isSynced) expireLeaf(run, node)
    else if (timer.kind === "pending") expirePending(run, node)
    else if (timer.kind === "resume") resumeByTime(run, node)
    else if (timer.kind === "backoff" && node.body?.kind === "attempts")
      afterAttempt(run, node.body)
  }
  if (run.deadline === unset || run.isExpired || run.now < run.deadline) return
  run.isExpired = true
  for (const node of run.byId.values())
    if (!isFulfilled(node) && isPastDeadline(run, node)) expire(run, node)
  for (const { call, message } of run.putOff.splice(0)) {
    if (call.frame?.halted === "") makeFault(run, call, message)
  }
}

function expire(run: Run, node: NodeRecord): void {
  if (isWaitingForLocks(run, node) || isRecalling(run, node)) {
    finish(run, node, "Failed", workflowDeadlineMessage)
  } else if (isLeafType(node.type) && node.isSynced) {
    const isUnborn = node.type !== "Pod" || node.phase === "Pending"
    failLeaf(run, node, isUnborn ? workflowDeadlineMessage : deadlineMessage)
  } else if (node.type === "Suspend") {
    finish(run, node, "Failed", workflowDeadlineMessage)
  } else if (node.body?.kind === "attempts") {
    afterAttempt(run, node.body)
  }
}
