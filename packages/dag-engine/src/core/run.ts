import type { JsonObject } from "@argo-ts/kernel"
import type { ArtifactRepositoryRef } from "../api/artifact.js"
import type {
  ArtifactRepository,
  NodeOutputs,
  NodePhase,
  NodeType,
  WorkflowPhase,
} from "../api/status.js"
import type { TemplateRef } from "../api/step.js"
import type { Template } from "../api/template.js"
import type { Workflow, WorkflowSpec } from "../api/workflow.js"
import type { Action } from "./actions.js"
import type { Collection } from "./collection.js"
import type { Compatibility } from "./compatibility.js"
import type { CompiledHook, CompiledTemplate, TemplateScope } from "./compile-types.js"
import type { ConfigMapSource } from "./config-map-values.js"
import type { Call, Hooked } from "./frame.js"
import type { Recall } from "./memo.js"
import type { GivenMetadata } from "./metadata.js"
import { continueHash, freeId, podName } from "./names.js"
import { createRecord, dirty, isLeafType, type NodeRecord } from "./node.js"
import type { LockHold } from "./synchronization.js"
import type { Timers } from "./timers.js"
import type { Waiting } from "./waiting.js"

/** Finds stored templates: what `templateRef` and `workflowTemplateRef` name. */
export type TemplateSource = (
  ref: Pick<TemplateRef, "name" | "clusterScope">,
) => WorkflowSpec | undefined

/** The artifact repository that a ConfigMap describes. */
export interface FoundRepository {
  readonly configMap?: string
  readonly key?: string
  readonly namespace?: string
  /** True: the default for whoever names none. */
  readonly default?: boolean
  readonly artifactRepository: ArtifactRepository
}

/**
 * Finds the artifact repository that `artifactRepositoryRef` names; without a reference, the default one. A `fault` says why
 * the one that is meant cannot be used.
 */
export type RepositorySource = (
  ref: ArtifactRepositoryRef | undefined,
) => FoundRepository | { readonly fault: string } | undefined

/** A call that is put off until the workflow ends, and why. */
export interface PutOff {
  readonly call: Call
  readonly message: string
}

/** Everything an open run knows. Mutable; never leaves the core. */
export interface Run {
  readonly object: Workflow
  readonly name: string
  readonly spec: WorkflowSpec
  readonly local: TemplateScope
  readonly findTemplate: TemplateSource
  readonly findConfigMap: ConfigMapSource
  /** Where artifacts go; `undefined`: into the run's artifact store. */
  readonly repository: FoundRepository | undefined
  readonly compatibility: Compatibility
  /** Calls that wait for what can never be there, as upstream would have it. */
  readonly putOff: PutOff[]
  /** Bodies of referred templates, frozen when first used. */
  readonly storedTemplates: Map<string, Template>
  readonly inlined: Map<Template, CompiledTemplate>
  readonly scopes: Map<string, TemplateScope>
  readonly globals: Map<string, string>
  readonly hooks: readonly CompiledHook[]
  /** The hooks of each node that has some, once they were looked at. */
  readonly hooked: Map<NodeRecord, Hooked>
  /** Those among them that wait for something beyond their own node. */
  readonly watched: Set<Hooked>
  /** Locks that nodes hold or wait for, by the node's id; those of the workflow under the empty id. */
  readonly holds: Map<string, LockHold>
  /** Nodes that have got their locks, and wait for room. */
  readonly granted: Set<NodeRecord>
  /** Nodes that wait for what a cache remembers. */
  readonly recalls: Map<string, Recall>
  /** Holders that a stored status names. */
  readonly held: ReadonlySet<string>
  /** Who has the locks that are waited for, as it was told last. */
  readonly holders: Map<string, readonly string[]>
  /** Nodes one of whose children had failed when the status was stored. */
  readonly spoilt: ReadonlySet<string>
  /** Daemons whose end has not been seen. */
  readonly daemons: Set<NodeRecord>
  readonly byId: Map<string, NodeRecord>
  /** While opening: the stored nodes that nothing has claimed yet. */
  stored: Map<string, NodeRecord> | undefined
  readonly timers: Timers
  now: number
  /** Nodes to look at next. */
  readonly queue: NodeRecord[]
  touched: NodeRecord[]
  actions: Action[]
  /** Calls that `parallelism` or `suspend` hold back. */
  readonly waiting: Waiting
  readonly pods: PodCounts
  countedNodes: number
  /** Calls that bodies inside bodies of their own template have made. */
  recursed: number
  fulfilledNodes: number
  phase: WorkflowPhase | undefined
  message: string
  startedAt: number
  finishedAt: number
  /** `unset`: none. */
  deadline: number
  /** True once the deadline has been acted on. */
  isExpired: boolean
  /** Why the workflow cannot begin at all. */
  readonly fault: { readonly phase: "Failed" | "Error"; readonly message: string } | undefined
  /** The error of the entry template or of the exit handler itself, which ends the workflow; `""`: none. */
  entryFault: string
  outputs: NodeOutputs | undefined
  /** What its pods took of each resource, in seconds. */
  resources: { readonly [resource: string]: number } | undefined
  shutdown: "" | "Stop" | "Terminate"
  isSuspended: boolean
  root: NodeRecord | undefined
  exit: NodeRecord | undefined
  isDirty: boolean
  /** The workflow's own volumes, as pods name them; `undefined` until it is known that they are there. */
  claims: readonly JsonObject[] | undefined
  /** What became of the artifacts that go with the workflow's end. */
  collection: Collection
  /** The first thing that is wrong with custom metrics; empty where nothing is. */
  metricsFault: string
  /** Labels and annotations that the spec gives the object. */
  readonly given: GivenMetadata
  /** True where only daemons are waited for. */
  isEnding: boolean
  /** True once `phase` is final. */
  isDone: boolean
}

/** How many pods there are. */
interface PodCounts {
  /** Those that `parallelism` is about, whether they run yet or not. */
  counted: number
  running: number
}

/** `workflow.duration`: seconds since the start, with six places. */
export function durationOf(run: Run): string {
  return ((run.now - run.startedAt) / 1000).toFixed(6)
}

/** The name of a node's pod: of the template that it runs, wherever that was found. */
export function podNameOf(run: Run, node: NodeRecord): string {
  const { template, templateRef, templateName } = node
  return podName(run.name, node, template?.name ?? templateRef?.template ?? templateName)
}

/** Marks what changed about a node. */
export function touch(run: Run, node: NodeRecord, what: number): void {
  if (node.dirty === dirty.none) run.touched.push(node)
  node.dirty |= what
  if ((what & dirty.phase) !== 0 && node.type === "Pod") countRunning(run, node)
}

/** Keeps count of the pods that run: the condition `PodRunning` says whether any does. */
export function countRunning(run: Run, node: NodeRecord): void {
  const isRunning = node.phase === "Running"
  if (isRunning === node.isRunningPod) return
  node.isRunningPod = isRunning
  run.pods.running += isRunning ? 1 : -1
  const isTurn = run.pods.running === (isRunning ? 1 : 0)
  if (isTurn && run.stored === undefined) run.isDirty = true
}

/** Marks that a node's own state changed. */
export function touchNode(run: Run, node: NodeRecord): void {
  touch(run, node, dirty.phase)
}

/** Proposes an action: it goes with the transition that is under way. */
export function propose(run: Run, action: Action): void {
  // Most events lead to one at most, and a list that grows is larger.
  if (run.actions.length === 0) run.actions = [action]
  else run.actions.push(action)
}

/** Asks the loop in `decide.ts` to look at a node. */
export function enqueue(run: Run, node: NodeRecord): void {
  run.queue.push(node)
}

/** Where a new node hangs. */
export interface NodePlace {
  /** The node whose name is the start of the new one's. */
  readonly base: NodeRecord
  readonly suffix: string
  readonly displayName: string
  readonly boundaryId: string
}

/** The node with that name: the stored one where there is one, else a new one. */
export function ensureNode(
  run: Run,
  place: NodePlace,
  type: NodeType,
  phase: NodePhase,
): NodeRecord {
  const { base, suffix, displayName, boundaryId } = place
  const name = base.name + suffix
  const stored = run.stored?.get(name)
  if (stored !== undefined) {
    run.stored?.delete(name)
    return stored
  }
  const hash = continueHash(base.hash, suffix)
  const wanted = `${run.name}-${hash >>> 0}`
  const id = freeId(wanted, (each) => run.byId.has(each))
  const node = createRecord({ id, name, hash, displayName, type, phase, boundaryId }, run.now)
  return register(run, node)
}

/** True where opening found a stored node of that name. */
export function isStored(run: Run, name: string): boolean {
  return run.stored !== undefined && run.stored.has(name)
}

/** Adds a fresh node to the run. */
export function register(run: Run, node: NodeRecord): NodeRecord {
  run.byId.set(node.id, node)
  run.touched.push(node)
  return node
}

/** Draws an edge. Stored nodes were linked when they were made. */
export function link(run: Run, parent: NodeRecord, child: NodeRecord): void {
  if (!child.isFresh) return
  if (parent.children === undefined) parent.children = [child.id]
  else parent.children.push(child.id)
  touch(run, parent, dirty.shape)
}

/** True for what whoever follows is attached to itself. */
export function isEndpoint({ type, template }: NodeRecord): boolean {
  if (type === "Skipped" || type === "Suspend" || type === "Container") return true
  return isLeafType(type) && template?.source.containerSet === undefined
}

/** Where whoever follows `node` is attached. */
export function outboundOf(run: Run, node: NodeRecord): readonly NodeRecord[] {
  if (isEndpoint(node)) return [node]
  const isBody = node.type === "Steps" || node.type === "DAG"
  if (isBody && node.outbound !== undefined) return recordsOf(run, node.outbound)
  const children = recordsOf(run, node.children ?? [])
  let ends: readonly NodeRecord[] = []
  const { hooksAreOutbound = false } = run.compatibility
  if (node.type === "Pod") {
    const hooks = hooksAreOutbound
      ? children.filter(({ isHooked, type }) => isHooked && type !== "Container")
      : []
    ends = [...lastContainers(run, node, children), ...hooks]
  } else if (node.type === "Retry" || node.type === "TaskGroup") {
    const parts = hooksAreOutbound ? children : children.filter((child) => !child.isHooked)
    // Whatever the last attempt is: a body that was tried again is followed itself, not what it ran last.
    ends = node.type === "Retry" ? parts.slice(-1) : parts.flatMap((part) => outboundOf(run, part))
  }
  return ends.length === 0 ? [node] : ends
}

/** The containers of a pod that no other one follows. */
function lastContainers(
  run: Run,
  pod: NodeRecord,
  first: readonly NodeRecord[],
): readonly NodeRecord[] {
  const seen = new Set<NodeRecord>()
  const isInside = ({ type, boundaryId }: NodeRecord): boolean =>
    type === "Container" && boundaryId === pod.id
  const ends: NodeRecord[] = []
  const visit = (container: NodeRecord): void => {
    if (seen.has(container)) return
    seen.add(container)
    const next = recordsOf(run, container.children ?? []).filter(isInside)
    if (next.length === 0) ends.push(container)
    next.forEach(visit)
  }
  first.filter(isInside).forEach(visit)
  return ends
}

export function recordsOf(run: Run, ids: readonly string[]): NodeRecord[] {
  const found: NodeRecord[] = []
  for (const id of ids) {
    const node = run.byId.get(id)
    if (node !== undefined) found.push(node)
  }
  return found
}
