import type { MemoizationStatus } from "../api/memoize.js"
import type { Inputs } from "../api/parameter.js"
import type { NodeFlag, NodeOutputs, NodePhase, NodeStatus, NodeType } from "../api/status.js"
import type { TemplateRef } from "../api/step.js"
import type { CompiledTemplate } from "./compile-types.js"
import type { Body, Owner } from "./frame.js"
import { readInstant, unset, writeInstant } from "./instants.js"
import { hashName } from "./names.js"
import { type ReportedProgress, readProgress } from "./reported-progress.js"

/** What changed about a node since its last patch. */
export const dirty = {
  none: 0,
  created: 1,
  phase: 2,
  outputs: 4,
  shape: 8,
  started: 16,
  progress: 32,
} as const

/** What only few nodes have: kept apart, so that all others stay small. */
export interface NodeExtras {
  hostNodeName: string
  /** The lock it waits for; empty where it waits for none. */
  waitingFor: string
  /** What its cache remembered, once it has told. */
  memo: MemoizationStatus | undefined
  /** The address of a pod, once it is known; a daemon's says that it was ready. */
  podIP: string
  /** True while a daemon is ready: whoever waits for it goes on. */
  isDaemoned: boolean
  /** How far it is, where it tells itself; of a group, how far everything in it is. */
  progress: ReportedProgress | undefined
  /** What its pod took of each resource, in seconds. */
  resources: { readonly [resource: string]: number } | undefined
}

const untold: ReportedProgress = { done: 0, all: 1 }

/** What a node told of its progress: nothing of one, where it tells nothing. */
export function progressOf(node: NodeRecord): ReportedProgress {
  return node.extras?.progress ?? untold
}

/** What it is worth once its node has ended: all where that went well; one that failed has done no more than it told. */
export function finalProgressOf(node: NodeRecord): ReportedProgress {
  const told = progressOf(node)
  return isBad(node.phase) ? told : { done: told.all, all: told.all }
}

/** What a node that counts is worth as it is. */
export function worthOf(node: NodeRecord): ReportedProgress {
  return isFulfilled(node) || node.isSettled ? finalProgressOf(node) : progressOf(node)
}

/** What a new node is made of. */
export interface NodeSeed {
  readonly id: string
  readonly name: string
  readonly hash: number
  readonly displayName: string
  readonly type: NodeType
  readonly phase: NodePhase
  readonly boundaryId: string
}

/** What is true or false of a node, each a bit of one number: a workflow of a million nodes has as many of these. */
const bit = {
  hooked: 1,
  retried: 2,
  unsynced: 4,
  exit: 8,
  stored: 16,
  settled: 32,
  podRuns: 64,
} as const
/** What changed stands above them. */
const dirtyShift = 7
const flagsMask = (1 << dirtyShift) - 1

function withBit(bits: number, mask: number, is: boolean): number {
  return is ? bits | mask : bits & ~mask
}

/** A node while its run is open: mutable, linked to what runs it. Every field is set, so that all share one shape. */
export class NodeRecord {
  readonly id: string
  readonly name: string
  /** FNV-1a state after the name; children continue it. */
  readonly hash: number
  displayName: string
  type: NodeType
  phase: NodePhase
  message = ""
  template: CompiledTemplate | undefined = undefined
  templateName = ""
  templateRef: TemplateRef | undefined = undefined
  templateScope = ""
  boundaryId: string
  /** Milliseconds; {@link unset} while there is none. */
  startedAt: number
  finishedAt: number = unset
  inputs: Inputs | undefined = undefined
  outputs: NodeOutputs | undefined = undefined
  children: string[] | undefined = undefined
  outbound: readonly string[] | undefined = undefined
  /** What only few nodes have. */
  extras: NodeExtras | undefined = undefined
  owner: Owner | undefined = undefined
  /** Its place in the owner: unit, item or attempt. */
  slot = 0
  body: Body | undefined = undefined
  savedChildren = 0
  bits: number = dirty.created << dirtyShift

  constructor(seed: NodeSeed, now: number) {
    this.id = seed.id
    this.name = seed.name
    this.hash = seed.hash
    this.displayName = seed.displayName
    this.type = seed.type
    this.phase = seed.phase
    this.boundaryId = seed.boundaryId
    this.startedAt = now
  }

  get kind(): "node" {
    return "node"
  }

  /** What changed since its last patch. */
  get dirty(): number {
    return this.bits >> dirtyShift
  }

  set dirty(what: number) {
    this.bits = (this.bits & flagsMask) | (what << dirtyShift)
  }

  get isHooked(): boolean {
    return (this.bits & bit.hooked) !== 0
  }

  set isHooked(is: boolean) {
    this.bits = withBit(this.bits, bit.hooked, is)
  }

  get isRetried(): boolean {
    return (this.bits & bit.retried) !== 0
  }

  set isRetried(is: boolean) {
    this.bits = withBit(this.bits, bit.retried, is)
  }

  /** False between the end that the engine decided and the end that was seen. */
  get isSynced(): boolean {
    return (this.bits & bit.unsynced) === 0
  }

  set isSynced(is: boolean) {
    this.bits = withBit(this.bits, bit.unsynced, !is)
  }

  /** True below the workflow's exit handler: deadlines and `Stop` spare it. */
  get isExit(): boolean {
    return (this.bits & bit.exit) !== 0
  }

  set isExit(is: boolean) {
    this.bits = withBit(this.bits, bit.exit, is)
  }

  /** True where the node was just made, false where it was read from a stored status. */
  get isFresh(): boolean {
    return (this.bits & bit.stored) === 0
  }

  set isFresh(is: boolean) {
    this.bits = withBit(this.bits, bit.stored, !is)
  }

  /** True once its owner has been told. */
  get isSettled(): boolean {
    return (this.bits & bit.settled) !== 0
  }

  set isSettled(is: boolean) {
    this.bits = withBit(this.bits, bit.settled, is)
  }

  /** True while it is counted as a pod that runs. */
  get isRunningPod(): boolean {
    return (this.bits & bit.podRuns) !== 0
  }

  set isRunningPod(is: boolean) {
    this.bits = withBit(this.bits, bit.podRuns, is)
  }
}

/** A fresh record. */
export function createRecord(seed: NodeSeed, now: number): NodeRecord {
  return new NodeRecord(seed, now)
}

/** A record of a node that a stored status holds. */
export function adoptRecord(status: NodeStatus): NodeRecord {
  const record = createRecord(
    {
      id: status.id,
      name: status.name,
      hash: hashName(status.name),
      displayName: status.displayName,
      type: status.type,
      phase: status.phase,
      boundaryId: status.boundaryID ?? "",
    },
    readInstant(status.startedAt),
  )
  record.message = status.message ?? ""
  record.templateName = status.templateName ?? ""
  record.templateRef = status.templateRef
  record.templateScope = status.templateScope ?? ""
  record.finishedAt = readInstant(status.finishedAt)
  record.inputs = status.inputs
  record.outputs = status.outputs
  record.children = status.children === undefined ? undefined : [...status.children]
  record.outbound = status.outboundNodes
  adoptExtras(record, status)
  record.isHooked = status.nodeFlag?.hooked === true
  record.isRetried = status.nodeFlag?.retried === true
  record.isSynced = status.taskResultSynced !== false
  record.isFresh = false
  record.dirty = dirty.none
  record.savedChildren = record.children?.length ?? 0
  return record
}

function adoptExtras(record: NodeRecord, status: NodeStatus): void {
  const { hostNodeName, synchronizationStatus, memoizationStatus, podIP, daemoned } = status
  if (hostNodeName !== undefined) extrasOf(record).hostNodeName = hostNodeName
  const { waiting } = synchronizationStatus ?? {}
  if (waiting !== undefined) extrasOf(record).waitingFor = waiting
  if (memoizationStatus !== undefined) extrasOf(record).memo = memoizationStatus
  if (podIP !== undefined) extrasOf(record).podIP = podIP
  if (status.resourcesDuration !== undefined) extrasOf(record).resources = status.resourcesDuration
  if (daemoned === true) extrasOf(record).isDaemoned = true
  const told = readProgress(status.progress)
  if (told !== undefined && (!isExecutable(record.type) || told.all > 1)) {
    extrasOf(record).progress = told
  }
}

/** A node's extras, to be written. */
export function extrasOf(node: NodeRecord): NodeExtras {
  node.extras ??= {
    hostNodeName: "",
    waitingFor: "",
    memo: undefined,
    podIP: "",
    isDaemoned: false,
    progress: undefined,
    resources: undefined,
  }
  return node.extras
}

/** True while it is a daemon that is ready. */
export function isDaemoned(node: NodeRecord): boolean {
  return node.extras?.isDaemoned === true
}

/** True where it is a daemon that was ready once: whoever waited for it went on then. */
export function wasReady(node: NodeRecord): boolean {
  const { extras } = node
  return extras !== undefined && extras.podIP !== "" && node.template?.source.daemon === true
}

/** Succeeded, Failed or Error. */
export function isCompleted(phase: NodePhase): boolean {
  return phase === "Succeeded" || phase === "Failed" || phase === "Error"
}

/** Failed or Error. */
export function isBad(phase: NodePhase): boolean {
  return phase === "Failed" || phase === "Error"
}

/** Whoever waits for it goes on: nothing more will happen to it, or it is a daemon and ready. */
export function isFulfilled(node: NodeRecord): boolean {
  const { phase } = node
  if (phase === "Pending") return false
  if (phase === "Running") return isDaemoned(node)
  return node.isSynced || phase === "Skipped" || phase === "Omitted"
}

/** True for types whose nodes count in `progress`. */
export function isExecutable(type: NodeType): boolean {
  return type === "Suspend" || type === "Container" || isLeafType(type)
}

/** True for what an executor runs: pods, and the work of agents. */
export function isLeafType(type: NodeType): boolean {
  return type === "Pod" || type === "HTTP" || type === "Plugin"
}

/** True for nodes that `parallelism` and `failFast` of a template are about. */
export function isLimitedType(type: NodeType): boolean {
  return type === "Pod" || type === "Steps" || type === "DAG"
}

/** True for nodes that count in `progress`. */
export function countsInProgress(node: NodeRecord): boolean {
  return isExecutable(node.type)
}

/** A node as `status.nodes` shows it. */
export function toStatus(node: NodeRecord): NodeStatus {
  const status: Mutable<NodeStatus> = {
    id: node.id,
    name: node.name,
    displayName: node.displayName,
    type: node.type,
    phase: node.phase,
  }
  if (node.templateName !== "") status.templateName = node.templateName
  if (node.templateRef !== undefined) status.templateRef = node.templateRef
  if (node.templateScope !== "") status.templateScope = node.templateScope
  if (node.boundaryId !== "") status.boundaryID = node.boundaryId
  if (node.inputs !== undefined) status.inputs = node.inputs
  if (node.isHooked || node.isRetried) status.nodeFlag = flagOf(node)
  status.startedAt = writeInstant(node.startedAt)
  writeProgress(node, status)
  if (node.outputs !== undefined) status.outputs = node.outputs
  if (node.children !== undefined) status.children = node.children.slice()
  if (node.outbound !== undefined) status.outboundNodes = node.outbound
  return status
}

/** A type whose fields may be written while it is built. */
export type Mutable<T> = { -readonly [Field in keyof T]: T[Field] }

function flagOf(node: NodeRecord): NodeFlag {
  if (node.isHooked && node.isRetried) return { hooked: true, retried: true }
  return node.isHooked ? { hooked: true } : { retried: true }
}

/** The fields that change as a node goes on. */
export function writeProgress(node: NodeRecord, status: Mutable<Partial<NodeStatus>>): void {
  status.phase = node.phase
  if (node.message !== "") status.message = node.message
  if (node.finishedAt !== unset) status.finishedAt = writeInstant(node.finishedAt)
  if (!node.isSynced) status.taskResultSynced = false
  if (node.extras !== undefined) writeExtras(node.extras, status)
  const progress = writtenProgress(node)
  if (progress !== undefined) status.progress = progress
}

/** `done/all`; `undefined` for a group with nothing in it that counts. */
export function writtenProgress(node: NodeRecord): string | undefined {
  const progress = isExecutable(node.type) ? worthOf(node) : node.extras?.progress
  return progress === undefined ? undefined : `${progress.done}/${progress.all}`
}

function writeExtras(extras: NodeExtras, status: Mutable<Partial<NodeStatus>>): void {
  if (extras.hostNodeName !== "") status.hostNodeName = extras.hostNodeName
  if (extras.podIP !== "") status.podIP = extras.podIP
  if (extras.isDaemoned) status.daemoned = true
  if (extras.memo !== undefined) status.memoizationStatus = extras.memo
  if (extras.resources !== undefined) status.resourcesDuration = extras.resources
  if (extras.waitingFor !== "") status.synchronizationStatus = { waiting: extras.waitingFor }
}
