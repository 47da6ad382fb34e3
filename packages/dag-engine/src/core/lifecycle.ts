import { compareText } from "@argo-ts/kernel"
import type { WorkflowPhase } from "../api/status.js"
import { collectActions, planCollection } from "./collection.js"
import { marshal } from "./go-json.js"
import { writeInstant } from "./instants.js"
import { measureWorkflow } from "./metrics.js"
import { isBad, type NodeRecord } from "./node.js"
import { sumGroups } from "./progress.js"
import { durationOf, podNameOf, propose, type Run } from "./run.js"
import { releaseLocks, wholeWorkflow } from "./synchronization.js"

/** What a root's phase makes of the workflow. */
export function workflowPhaseOf(node: NodeRecord): WorkflowPhase {
  return node.phase === "Failed" || node.phase === "Error" ? node.phase : "Succeeded"
}

/** `workflow.status`, `workflow.failures`, `workflow.duration`: what exit handlers ask for. */
export function setStatusGlobals(run: Run, root: NodeRecord): void {
  run.globals.set("workflow.status", workflowPhaseOf(root))
  run.globals.set("workflow.failures", JSON.stringify(failures(run)))
  run.globals.set("workflow.duration", durationOf(run))
}

function failures(run: Run): string {
  // By name: upstream's order is chance (spec/workflows §2.26, 12).
  const failed = [...run.byId.values()]
    .filter((node) => isBad(node.phase))
    .toSorted((left, right) => compareText(left.name, right.name))
  if (failed.length === 0) return "null"
  return marshal(
    failed.map((node) => ({
      displayName: node.displayName,
      message: node.message,
      templateName: node.templateName,
      phase: node.phase,
      podName: podNameOf(run, node),
      finishedAt: writeInstant(node.finishedAt),
    })),
  )
}

/** Ends a workflow whose last daemon is gone. */
export function endAfterDaemons(run: Run): void {
  if (!run.isEnding || run.isDone || run.daemons.size > 0 || run.root === undefined) return
  finishWorkflow(run, run.root)
}

/** Ends the workflow: the root's phase, unless a good end is spoilt by the exit handler. */
export function finishWorkflow(run: Run, root: NodeRecord): void {
  const { exit } = run
  run.phase = workflowPhaseOf(root)
  run.message = root.message
  if (!isBad(root.phase) && exit !== undefined && isBad(exit.phase)) {
    run.phase = workflowPhaseOf(exit)
    run.message = exit.message
  } else if (isBad(root.phase) && run.shutdown !== "") {
    run.message = `Stopped with strategy '${run.shutdown}'`
  }
  if (run.entryFault !== "") {
    run.phase = "Error"
    run.message = run.entryFault
  }
  run.finishedAt = run.now
  releaseLocks(run, wholeWorkflow)
  run.isDone = true
  run.isDirty = true
  sumGroups(run)
  measureWorkflow(run, true)
  planCollection(run)
  for (const action of collectActions(run)) propose(run, action)
}
