import type { JsonObject, JsonValue } from "@argo-ts/kernel"
import type { WorkflowStatus } from "../api/status.js"
import { type NodeChanged, progressFields, type StatusChange } from "../core/changes.js"
import type { OpenWorkflow } from "../core/open.js"

type Draft = { [key: string]: JsonValue }

/** Labels that upstream keeps on a Workflow, for selectors. */
export const phaseLabel = "workflows.argoproj.io/phase"
/** `true` once the workflow is over. */
export const completedLabel = "workflows.argoproj.io/completed"

/**
 * A merge patch that makes a stored Workflow's status what the engine's is: as large as what changed. It names the uid,
 * so that a namesake made in the meantime refuses it.
 */
export function statusPatch(
  uid: string,
  changes: readonly StatusChange[],
  open: Pick<OpenWorkflow, "node">,
): JsonObject {
  const nodes: Draft = Object.create(null) as Draft
  let summary: Draft = {}
  for (const change of changes) {
    if (change.type === "WorkflowChanged") summary = summaryPatch(change.status)
    else if (change.type === "NodeAdded")
      nodes[change.node.id] = change.node as unknown as JsonValue
    else patchNode(nodes, change, open)
  }
  const phase = summary["phase"]
  const labels = phase === undefined ? {} : { labels: labelsOf(String(phase)) }
  return {
    metadata: { uid, ...labels },
    status: { ...summary, ...(Object.keys(nodes).length === 0 ? {} : { nodes }) },
  }
}

function labelsOf(phase: string): JsonObject {
  const isOver = phase === "Succeeded" || phase === "Failed" || phase === "Error"
  return { [phaseLabel]: phase, ...(isOver ? { [completedLabel]: "true" } : {}) }
}

/** What is absent now is removed: null says so in a merge patch. */
function summaryPatch(status: Omit<WorkflowStatus, "nodes">): Draft {
  const { message = null, finishedAt = null, outputs = null } = status as Draft
  const synchronization = synchronizationPatch(status.synchronization)
  return { ...(status as unknown as Draft), message, finishedAt, outputs, synchronization }
}

/** Part by part: what nobody holds or waits for any more would stay, and be held again by whoever reads it. */
function synchronizationPatch(synchronization: WorkflowStatus["synchronization"]): JsonValue {
  if (synchronization === undefined) return null
  const partOf = (part: object | undefined): JsonValue =>
    part === undefined ? null : ({ holding: null, waiting: null, ...part } as JsonObject)
  const { mutex, semaphore } = synchronization
  return { mutex: partOf(mutex), semaphore: partOf(semaphore) }
}

function patchNode(nodes: Draft, change: NodeChanged, open: Pick<OpenWorkflow, "node">): void {
  const node = open.node(change.id)
  if (node === undefined) return
  const draft = (nodes[change.id] as Draft | undefined) ?? (Object.create(null) as Draft)
  if (change.progress !== undefined) {
    for (const field of progressFields) draft[field] = null
    Object.assign(draft, change.progress)
  }
  if (change.groupProgress !== undefined) draft["progress"] = change.groupProgress
  if (change.outputs !== undefined) draft["outputs"] = change.outputs as unknown as JsonValue
  if (change.outboundNodes !== undefined) draft["outboundNodes"] = change.outboundNodes
  // A merge patch replaces lists as a whole.
  if (change.children !== undefined) draft["children"] = node.children ?? []
  nodes[change.id] = draft
}
