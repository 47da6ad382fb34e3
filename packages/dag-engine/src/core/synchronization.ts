import { equalJson, type JsonValue } from "@argo-ts/kernel"
import type { WorkflowStatus } from "../api/status.js"
import type {
  MutexHolding,
  Synchronization,
  SynchronizationStatus,
} from "../api/synchronization.js"
import type { Workflow } from "../api/workflow.js"
import type { AcquireAction, WorkflowEvent } from "./actions.js"
import type { CompiledTemplate } from "./compile-types.js"
import { readInstant } from "./instants.js"
import { compileJson, type JsonText } from "./json-text.js"
import type { Rendered, Scope } from "./languages.js"
import type { LockRequest } from "./locks.js"
import { dirty, extrasOf, isFulfilled, type NodeRecord, wasReady } from "./node.js"
import { propose, type Run, touch, touchNode } from "./run.js"
import { isLenient, nodePlace, runPlace, scopeOf } from "./scope.js"

/*
 * A run's side of locks (spec/workflows §2.15). It asks for them by an action, is told by an event, and writes what it
 * holds into its status before anything starts; who gets what when is the table's business (`locks.ts`).
 */

/** Stands for the workflow itself where a node's id is expected. */
export const wholeWorkflow = ""

/** What a node or the workflow has asked for. */
export interface LockHold {
  readonly holder: string
  readonly locks: readonly string[]
  isHeld: boolean
  /** Its place in line, where somebody said. */
  position: number | undefined
  /** The lock that was not to be had, and what was said about it. */
  waitingFor: string
  message: string
}

function namespaceOf(run: Run): string {
  return run.object.metadata.namespace ?? "default"
}

/** The names of all locks, semaphores first. */
function lockNames(run: Run, source: Synchronization): Rendered<readonly string[]> {
  const names: string[] = []
  for (const { namespace = namespaceOf(run), configMapKeyRef, database } of source.semaphores ??
    []) {
    if (configMapKeyRef !== undefined) {
      names.push(`${namespace}/ConfigMap/${configMapKeyRef.name}/${configMapKeyRef.key}`)
    } else names.push(`${namespace}/Database/${database?.key ?? ""}`)
  }
  for (const { namespace = namespaceOf(run), name, database } of source.mutexes ?? []) {
    names.push(`${namespace}/${database === true ? "Database" : "Mutex"}/${name}`)
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  return twice === undefined
    ? { ok: true, value: names }
    : { ok: false, message: `the lock ${twice} is asked for twice` }
}

function nameLocks(run: Run, text: JsonText, scope: Scope): Rendered<readonly string[]> {
  const rendered = text.render(scope, isLenient)
  return rendered.ok ? lockNames(run, rendered.value as unknown as Synchronization) : rendered
}

/** Asks for a node's locks; an error says why that is impossible. */
export function requestNodeLocks(
  run: Run,
  node: NodeRecord,
  template: CompiledTemplate,
): Rendered<LockHold | undefined> {
  const { synchronization } = template
  if (synchronization === undefined || isFulfilled(node) || wasReady(node)) {
    return { ok: true, value: undefined }
  }
  const names = nameLocks(run, synchronization, scopeOf(run, nodePlace(node)))
  if (!names.ok) return names
  return { ok: true, value: request(run, node.id, names.value) }
}

/** Asks for the workflow's own locks. */
export function requestWorkflowLocks(run: Run): Rendered<LockHold | undefined> {
  const { synchronization } = run.spec
  if (synchronization === undefined) return { ok: true, value: undefined }
  const text = compileJson(synchronization as unknown as JsonValue)
  const scope = scopeOf(run, runPlace)
  const names = nameLocks(run, text, scope)
  return names.ok ? { ok: true, value: request(run, wholeWorkflow, names.value) } : names
}

function request(run: Run, node: string, locks: readonly string[]): LockHold | undefined {
  if (locks.length === 0) return undefined
  const own = `${namespaceOf(run)}/${run.name}`
  const holder = node === wholeWorkflow ? own : `${own}/${node}`
  const stored = node === wholeWorkflow ? undefined : run.byId.get(node)
  const waitingFor = stored?.extras?.waitingFor ?? ""
  const hold: LockHold = {
    holder,
    locks,
    isHeld: run.held.has(holder),
    position: undefined,
    waitingFor,
    message: waitingFor === "" ? "" : (stored?.message ?? ""),
  }
  run.holds.set(node, hold)
  if (run.stored === undefined) {
    run.isDirty = true
    propose(run, acquireAction(run, node, hold))
  }
  return hold
}

/** A stored run has been read: its nodes ask in the order in which they were made, as they did before. */
export function orderHolds({ holds, byId }: Run): void {
  if (holds.size < 2) return
  for (const id of [wholeWorkflow, ...byId.keys()]) {
    const hold = holds.get(id)
    if (hold === undefined) continue
    holds.delete(id)
    holds.set(id, hold)
  }
}

/** The action that asks for locks, or says again that they are held. */
export function acquireAction(run: Run, node: string, hold: LockHold): AcquireAction {
  return {
    type: "Acquire",
    key: `${hold.holder}/acquire`,
    node,
    request: {
      holder: hold.holder,
      workflow: `${namespaceOf(run)}/${run.name}`,
      locks: hold.locks,
      priority: run.spec.priority ?? 0,
      createdAt: createdAt(run.object),
      ...(hold.isHeld ? { isHeld: true } : {}),
    },
  }
}

/** Gives a node's locks back, or its place in line. */
export function releaseLocks(run: Run, node: string): void {
  const hold = run.holds.get(node)
  if (hold === undefined) return
  run.holds.delete(node)
  noteOwn(run, hold, false)
  run.isDirty = true
  propose(run, { type: "Release", key: `${hold.holder}/release`, node, holder: hold.holder })
}

/** What a run's own takes or gives back is known to those of it that still wait, without being told. */
function noteOwn({ holders, holds }: Run, { locks, holder }: LockHold, isHeld: boolean): void {
  for (const lock of locks) {
    const known = holders.get(lock)
    if (known === undefined) continue
    const others = isMutex(lock) && isHeld ? [] : known.filter((each) => each !== holder)
    const isWanted = [...holds.values()].some((each) => !each.isHeld && each.locks.includes(lock))
    if (isWanted) holders.set(lock, isHeld ? [...others, holder] : others)
    else holders.delete(lock)
  }
}

/** True while a node has asked for locks and not got them. */
export function isWaitingForLocks(run: Run, node: NodeRecord): boolean {
  return run.holds.size > 0 && run.holds.get(node.id)?.isHeld === false
}

/** Writes down that a node waits, for what, and for whom. */
export function noteWaiting(run: Run, event: WorkflowEvent & { readonly type: "Queued" }): void {
  const { node: id, lock, message, position, holders = {} } = event
  const hold = run.holds.get(id)
  if (hold === undefined || hold.isHeld) return
  hold.position = position
  for (const [name, names] of Object.entries(holders)) {
    if (equalJson(run.holders.get(name) ?? [], names)) continue
    run.holders.set(name, names)
    run.isDirty = true
  }
  if (hold.waitingFor === lock && hold.message === message) return
  hold.waitingFor = lock
  hold.message = message
  run.isDirty = true
  const node = run.byId.get(id)
  if (node === undefined) run.message = message
  else {
    node.message = message
    extrasOf(node).waitingFor = lock
    touchNode(run, node)
  }
}

/**
 * Writes down that a node has its locks. False where it has not asked, or has them already. Differs from Argo: a node that
 * had to wait for its locks begins, in its status and for its deadlines, when it has got them.
 */
export function noteHeld(run: Run, id: string): boolean {
  const hold = run.holds.get(id)
  if (hold === undefined || hold.isHeld) return false
  hold.isHeld = true
  noteOwn(run, hold, true)
  hold.waitingFor = ""
  hold.message = ""
  run.isDirty = true
  const node = run.byId.get(id)
  if (node === undefined) run.message = ""
  else {
    node.message = ""
    node.startedAt = run.now
    if (node.extras !== undefined) node.extras.waitingFor = ""
    touch(run, node, dirty.phase | dirty.started)
  }
  return true
}

/**
 * `status.synchronization`; `undefined` where nobody holds or wants anything. What is held names who of this workflow holds
 * it; what is waited for names who has it meanwhile, as it was told last.
 */
export function synchronizationOf(run: Run): SynchronizationStatus | undefined {
  if (run.holds.size === 0) return undefined
  const holding: MutexHolding[] = []
  const semaphores = new Map<string, string[]>()
  const wanted = new Set<string>()
  for (const { isHeld, locks, holder } of run.holds.values()) {
    for (const name of locks) {
      if (!isHeld) wanted.add(name)
      else if (isMutex(name)) holding.push({ mutex: name, holder })
      else semaphores.set(name, [...(semaphores.get(name) ?? []), holder])
    }
  }
  const others = [...wanted].map((name) => [name, run.holders.get(name) ?? []] as const)
  const kinds = {
    mutex: filled({
      holding,
      waiting: others.flatMap(([mutex, [holder]]) =>
        isMutex(mutex) && holder !== undefined ? [{ mutex, holder }] : [],
      ),
    }),
    semaphore: filled({
      holding: [...semaphores].map(([semaphore, holders]) => ({ semaphore, holders })),
      waiting: others.flatMap(([semaphore, holders]) =>
        isMutex(semaphore) ? [] : [{ semaphore, holders }],
      ),
    }),
  }
  const told = Object.entries(kinds).filter(([, value]) => value !== undefined)
  return told.length === 0 ? undefined : Object.fromEntries(told)
}

function isMutex(lock: string): boolean {
  return lock.split("/")[1] === "Mutex"
}

function filled(lists: { readonly [name: string]: readonly object[] }): object | undefined {
  const some = Object.entries(lists).filter(([, list]) => list.length > 0)
  return some.length === 0 ? undefined : Object.fromEntries(some)
}

/** What a stored workflow and its nodes hold, as requests that fill a table again. */
export function heldRequests(workflow: Workflow): readonly LockRequest[] {
  const byHolder = new Map<string, string[]>()
  for (const { lock, holder } of storedHolds(workflow)) {
    byHolder.set(holder, [...(byHolder.get(holder) ?? []), lock])
  }
  return [...byHolder].map(([holder, locks]) => ({
    holder,
    workflow: keyOf(workflow),
    locks,
    priority: workflow.spec.priority ?? 0,
    createdAt: createdAt(workflow),
    isHeld: true,
  }))
}

/** When a workflow was made, in epoch milliseconds: its rank among those of its priority. */
export function createdAt({ metadata }: Workflow): number {
  return Math.max(0, readInstant(metadata.creationTimestamp))
}

/** Who held what when a workflow was stored: its holders. */
export function storedHolders(workflow: Workflow): ReadonlySet<string> {
  return new Set(storedHolds(workflow).map(({ holder }) => holder))
}

/** Who had, when a status was stored, the locks that were waited for. */
export function storedRivals(status: WorkflowStatus | undefined): Map<string, readonly string[]> {
  const { mutex, semaphore } = status?.synchronization ?? {}
  return new Map([
    ...(mutex?.waiting ?? []).map(({ mutex: lock, holder }) => [lock, [holder]] as const),
    ...(semaphore?.waiting ?? []).map(
      ({ semaphore: lock, holders = [] }) => [lock, holders] as const,
    ),
  ])
}

function keyOf({ metadata }: Workflow): string {
  return `${metadata.namespace ?? "default"}/${metadata.name ?? ""}`
}

function storedHolds(
  workflow: Workflow,
): readonly { readonly lock: string; readonly holder: string }[] {
  const { mutex, semaphore } = workflow.status?.synchronization ?? {}
  const held = [
    ...(mutex?.holding ?? []).map(({ mutex: lock, holder }) => ({ lock, holder })),
    ...(semaphore?.holding ?? []).flatMap(({ semaphore: lock, holders = [] }) =>
      holders.map((holder) => ({ lock, holder })),
    ),
  ]
  return held.map(({ lock, holder }) => ({ lock, holder: fullHolder(workflow, holder) }))
}

/** Controllers before Argo Workflows 3.6 wrote the workflow's name alone for itself, and the id alone for a node. */
function fullHolder(workflow: Workflow, holder: string): string {
  if (holder.includes("/")) return holder
  const { synchronization } = workflow.status?.storedWorkflowTemplateSpec ?? workflow.spec
  const isOwn = holder === workflow.metadata.name && synchronization !== undefined
  return isOwn ? keyOf(workflow) : `${keyOf(workflow)}/${holder}`
}
