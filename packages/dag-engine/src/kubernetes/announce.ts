import type { ReconcileContext } from "@argo-ts/k8s"
import type { Stored } from "@argo-ts/kernel"
import type { NodePhase } from "../api/status.js"
import type { Workflow } from "../api/workflow.js"
import type { StatusChange } from "../core/changes.js"
import type { OpenWorkflow } from "../core/open.js"

/** Tells about a workflow's beginning and end, as upstream does. */
export function announce(
  object: Stored<Workflow>,
  changes: readonly StatusChange[],
  context: ReconcileContext,
): void {
  for (const change of changes) {
    if (change.type !== "WorkflowChanged") continue
    const { phase, message = "", startedAt, progress } = change.status
    const isNew = object.status?.phase === undefined && phase === "Running"
    if (isNew && startedAt !== undefined && progress?.startsWith("0/") === true) {
      context.record(object, {
        type: "Normal",
        reason: "WorkflowRunning",
        message: "Workflow Running",
      })
    } else if (phase === "Succeeded") {
      context.record(object, {
        type: "Normal",
        reason: "WorkflowSucceeded",
        message: "Workflow completed",
      })
    } else if (phase === "Failed" || phase === "Error") {
      context.record(object, {
        type: "Warning",
        reason: "WorkflowFailed",
        message: message || phase,
      })
    }
  }
}

/** Tells about nodes that begin and end, in upstream's words. */
export function announceNodes(
  object: Stored<Workflow>,
  changes: readonly StatusChange[],
  to: { readonly context: ReconcileContext; readonly open: Pick<OpenWorkflow, "node"> },
): void {
  const tell = (id: string, phase: NodePhase): void => {
    const node = to.open.node(id)
    if (node === undefined) return
    const isGood = phase === "Running" || phase === "Succeeded"
    const because = node.phase === phase && node.message !== undefined ? `: ${node.message}` : ""
    to.context.record(object, {
      type: isGood ? "Normal" : "Warning",
      reason: `WorkflowNode${phase}`,
      message: `${phase} node ${node.name}${because}`,
    })
  }
  for (const change of changes) {
    if (change.type === "WorkflowChanged") continue
    const isNew = change.type === "NodeAdded"
    const id = isNew ? change.node.id : change.id
    const phase = isNew ? change.node.phase : change.progress?.phase
    const isEnd = phase === "Succeeded" || phase === "Failed" || phase === "Error"
    // What begins and ends in one transition has run, too.
    if (isNew && isEnd) tell(id, "Running")
    if (phase === "Running" || isEnd) tell(id, phase)
  }
}
