import { recordOf } from "@argo-ts/kernel"
import type { NodeOutputs, NodeStatus, WorkflowStatus } from "../api/status.js"
import { collectionStatus } from "./collection.js"
import { unset, writeInstant } from "./instants.js"
import {
  dirty,
  type Mutable,
  type NodeRecord,
  toStatus,
  writeProgress,
  writtenProgress,
} from "./node.js"
import type { Run } from "./run.js"
import { synchronizationOf } from "./synchronization.js"

/** Those of the fields below that may be absent: what a change does not name is gone. */
export const progressFields = [
  "message",
  "finishedAt",
  "hostNodeName",
  "podIP",
  "daemoned",
  "taskResultSynced",
  "synchronizationStatus",
  "memoizationStatus",
  "resourcesDuration",
] as const

/**
 * The fields of a node that change as it goes on. A change replaces all of them, but for `startedAt`, which it names only where
 * that has changed.
 */
export type NodeProgress = Pick<
  NodeStatus,
  "phase" | "progress" | "startedAt" | (typeof progressFields)[number]
>

/** A node that is new: its whole status. */
export interface NodeAdded {
  readonly type: "NodeAdded"
  readonly node: NodeStatus
}

/** A node that changed: only what did. */
export interface NodeChanged {
  readonly type: "NodeChanged"
  readonly id: string
  readonly progress?: NodeProgress
  /** Of a group: how far everything in it is, where nothing else of `progress` changed. */
  readonly groupProgress?: string
  readonly outputs?: NodeOutputs
  /** Appended to `children`. */
  readonly children?: readonly string[]
  readonly outboundNodes?: readonly string[]
}

/** The workflow's own fields: everything but `nodes`. */
export interface WorkflowChanged {
  readonly type: "WorkflowChanged"
  readonly status: Omit<WorkflowStatus, "nodes">
}

/** One entry of what a step changed. Folding all of them, in order, gives the status. */
export type StatusChange = NodeAdded | NodeChanged | WorkflowChanged

/** Takes what changed since the last time. */
export function takeChanges(run: Run): readonly StatusChange[] {
  const changes: StatusChange[] = []
  for (const node of run.touched) {
    changes.push(changeOf(node))
    node.dirty = dirty.none
    node.savedChildren = node.children?.length ?? 0
  }
  run.touched = []
  if (run.isDirty) changes.push({ type: "WorkflowChanged", status: summaryOf(run) })
  run.isDirty = false
  return changes
}

function changeOf(node: NodeRecord): StatusChange {
  if ((node.dirty & dirty.created) !== 0) return { type: "NodeAdded", node: toStatus(node) }
  const change: Mutable<NodeChanged> = { type: "NodeChanged", id: node.id }
  if ((node.dirty & dirty.phase) !== 0) {
    const progress: Mutable<NodeProgress> = { phase: node.phase }
    writeProgress(node, progress)
    if ((node.dirty & dirty.started) !== 0) progress.startedAt = writeInstant(node.startedAt)
    change.progress = progress
  } else if ((node.dirty & dirty.progress) !== 0) {
    const groupProgress = writtenProgress(node)
    if (groupProgress !== undefined) change.groupProgress = groupProgress
  }
  if ((node.dirty & dirty.outputs) !== 0 && node.outputs !== undefined)
    change.outputs = node.outputs
  if ((node.dirty & dirty.shape) !== 0) {
    const children = node.children?.slice(node.savedChildren) ?? []
    if (children.length > 0) change.children = children
    if (node.outbound !== undefined) change.outboundNodes = node.outbound
  }
  return change
}

/** The workflow's own status. */
export function summaryOf(run: Run): Omit<WorkflowStatus, "nodes"> {
  const summary: Mutable<WorkflowStatus> = {}
  if (run.phase !== undefined) summary.phase = run.phase
  if (run.message !== "") summary.message = run.message
  if (run.startedAt !== unset) summary.startedAt = writeInstant(run.startedAt)
  if (run.finishedAt !== unset) summary.finishedAt = writeInstant(run.finishedAt)
  summary.progress = `${run.fulfilledNodes}/${run.countedNodes}`
  if (run.outputs !== undefined) summary.outputs = run.outputs
  if (run.resources !== undefined) summary.resourcesDuration = run.resources
  const synchronization = synchronizationOf(run)
  if (synchronization !== undefined) summary.synchronization = synchronization
  summary.conditions = [
    { type: "PodRunning", status: run.pods.running > 0 ? "True" : "False" },
    { type: "Completed", status: run.isDone ? "True" : "False" },
  ]
  if (run.claims !== undefined && run.claims.length > 0) {
    summary.persistentVolumeClaims = run.claims
  }
  if (run.repository !== undefined) summary.artifactRepositoryRef = run.repository
  const collected = collectionStatus(run)
  if (collected !== undefined) summary.artifactGCStatus = collected
  if (run.collection.fault !== "") {
    const { fault } = run.collection
    const condition = { type: "ArtifactGCError", status: "True", message: fault } as const
    summary.conditions = [...summary.conditions, condition]
  }
  if (run.metricsFault !== "") {
    const condition = { type: "MetricsError", status: "True", message: run.metricsFault } as const
    summary.conditions = [...summary.conditions, condition]
  }
  if (run.storedTemplates.size > 0) summary.storedTemplates = recordOf(run.storedTemplates)
  if (run.spec !== run.object.spec) summary.storedWorkflowTemplateSpec = run.spec
  return summary
}

/** The whole status. */
export function statusOf(run: Run): WorkflowStatus {
  const nodes = Object.create(null) as { [id: string]: NodeStatus }
  for (const [id, node] of run.byId) nodes[id] = toStatus(node)
  return { ...summaryOf(run), nodes }
}

/** Rebuilds a status from changes: what a store does when it loads. */
export interface StatusFold {
  apply(changes: readonly StatusChange[]): void
  status(): WorkflowStatus
}

/** How changes are folded. */
export interface FoldOptions {
  /** True: what is handed in belongs to the fold, which may change it instead of copying. Default false. */
  readonly isOwner?: boolean
}

/** Starts from a stored status, or from nothing. Costs O(changes), however many nodes there are. */
export function foldStatus(start?: WorkflowStatus, options: FoldOptions = {}): StatusFold {
  const copyNode = options.isOwner === true ? own : copied
  const nodes = new Map<string, Mutable<NodeStatus>>()
  for (const node of Object.values(start?.nodes ?? {})) {
    nodes.set(node.id, copyNode(node))
  }
  let summary: Omit<WorkflowStatus, "nodes"> = start ?? {}
  const applyNode = (change: NodeChanged): void => {
    const node = nodes.get(change.id)
    if (node === undefined) return
    if (change.progress !== undefined) {
      // Deleting what is not there would still turn the object into a slow one.
      for (const field of progressFields) if (node[field] !== undefined) delete node[field]
      Object.assign(node, change.progress)
    }
    if (change.groupProgress !== undefined) node.progress = change.groupProgress
    if (change.outputs !== undefined) node.outputs = change.outputs
    if (change.outboundNodes !== undefined) node.outboundNodes = change.outboundNodes
    if (change.children !== undefined) {
      const children = (node.children as string[] | undefined) ?? []
      for (const id of change.children) children.push(id)
      node.children = children
    }
  }
  return {
    apply(changes) {
      for (const change of changes) {
        if (change.type === "NodeAdded") nodes.set(change.node.id, copyNode(change.node))
        else if (change.type === "NodeChanged") applyNode(change)
        else summary = change.status
      }
    },
    status() {
      const record = Object.create(null) as { [id: string]: NodeStatus }
      for (const [id, node] of nodes) record[id] = copyNode(node)
      return { ...summary, nodes: record }
    },
  }
}

function own(node: NodeStatus): Mutable<NodeStatus> {
  return node as Mutable<NodeStatus>
}

function copied(node: NodeStatus): Mutable<NodeStatus> {
  const copy: Mutable<NodeStatus> = { ...node }
  if (node.children !== undefined) copy.children = [...node.children]
  return copy
}
