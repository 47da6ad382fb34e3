import type { Inputs } from "../api/parameter.js"
import type { NodePhase } from "../api/status.js"
import { frameOf } from "./bodies.js"
import { handedOn, unitCall } from "./calls.js"
import { isPutOff } from "./compatibility.js"
import type { CompiledCall, CompiledTemplate, CompiledUnit } from "./compile-types.js"
import { dropCall } from "./endings.js"
import { depthMessage, executionFault, fault, isBarred, tellCaller } from "./faults.js"
import type { Call, Frame, Owner } from "./frame.js"
import { resolveInputs, takesNothing } from "./inputs.js"
import type { Rendered } from "./languages.js"
import { armPending } from "./leaf.js"
import { finish } from "./mark.js"
import { requestMemo } from "./memo.js"
import { displayNameFault, displayNameOf, hashName, isDisplayName } from "./names.js"
import {
  countsInProgress,
  createRecord,
  isFulfilled,
  isLeafType,
  isLimitedType,
  type NodeRecord,
} from "./node.js"
import { countNew } from "./progress.js"
import { tellTemplate } from "./provenance.js"
import { mayRecurse, runawayMessage } from "./recursion.js"
import { resolveName, resolveTemplate } from "./resolve.js"
import {
  countRunning,
  enqueue,
  ensureNode,
  isEndpoint,
  isStored,
  link,
  outboundOf,
  type Run,
  register,
  touchNode,
} from "./run.js"
import { nodePlace, placeOf, scopeOf } from "./scope.js"
import { isWaitingForLocks, type LockHold, noteHeld, requestNodeLocks } from "./synchronization.js"
import { inSpecOrder, isFull } from "./waiting.js"

const depthMax = 100

/** Makes the node of a call, or holds the call back. The new node is queued: `decide.ts` takes it from there. */
export function execute(run: Run, call: Call): void {
  // Hooks decide for themselves when their time has come: `hooks.ts`.
  const isHook = call.hook !== undefined
  const name = run.stored === undefined ? "" : (call.base?.name ?? run.name) + call.suffix
  const isKnown = isStored(run, name)
  if (!isKnown && !isHook && isHalted(call)) return dropCall(run, call)
  if (!isKnown && run.stored !== undefined && isBarred(run, call, name)) return
  if (!isKnown && !isHook && !call.isExit && isLimited(run, limiterOf(call))) run.waiting.add(call)
  else start(run, call, isKnown)
}

/** True where nothing new may start. Steps that ran when another met a fault have their attempts. */
function isHalted({ frame, owner }: Call): boolean {
  if (frame === undefined || frame.halted === "") return false
  return frame.halted !== "fault" || owner?.kind !== "attempts"
}

function start(run: Run, call: Call, isKnown: boolean): void {
  if (!isKnown && !mayRecurse(run, call.frame)) return makeFault(run, call, runawayMessage)
  const resolved = resolveCall(run, call, isKnown)
  if (!resolved.ok) {
    const { message, isReference = false } = resolved
    const name = (call.base?.name ?? "") + call.suffix
    const said = isReference
      ? { message, group: message }
      : executionFault(call.owner, name, message)
    return makeFault(run, call, said.message, said.group)
  }
  const { template, inputs } = resolved.value
  const isAttempt = call.owner?.kind === "attempts"
  const isRetried = template.retry !== undefined && !isAttempt
  const type = isRetried ? "Retry" : template.nodeType
  const node = makeNode(run, call, type, isLeafType(type) ? "Pending" : "Running")
  node.template = template
  if (node.isFresh) {
    tellTemplate(run, node, call)
    node.inputs = inputs
    node.isRetried = isAttempt
    node.isHooked = call.hook !== undefined
  }
  // Attempts run under the locks of their Retry node.
  const hold = isAttempt ? noLocks : requestNodeLocks(run, node, template)
  attach(run, call, node)
  if (!hold.ok) return fault(run, node, hold.message)
  const misnamed = node.isFresh ? nameNode(run, node, template) : undefined
  if (misnamed !== undefined) return fault(run, node, misnamed)
  if (hold.value !== undefined && !hold.value.isHeld) {
    node.phase = "Pending"
    return armPending(run, node)
  }
  recallOrBegin(run, node, template)
}

/** A node has its locks. It begins when there is room for it: until then it is as if it waited for them. */
export function beginHeld(run: Run, node: NodeRecord): boolean {
  if (!hasRoomFor(run, node)) {
    run.granted.add(node)
    return false
  }
  run.granted.delete(node)
  noteHeld(run, node.id)
  if (node.type === "Pod") run.pods.counted++
  if (!isLeafType(node.type)) node.phase = "Running"
  touchNode(run, node)
  if (node.template === undefined) enqueue(run, node)
  else recallOrBegin(run, node, node.template)
  return true
}

/** Only pods count in the workflow's limit; nothing begins while it is suspended. Bodies had their room before. */
function hasRoomFor(run: Run, node: NodeRecord): boolean {
  return node.isExit || (node.type === "Pod" ? hasRoom(run, undefined) : !run.isSuspended)
}

/** Begins a node, or asks first what is remembered of it. */
export function recallOrBegin(run: Run, node: NodeRecord, template: CompiledTemplate): void {
  const isAttempt = node.owner?.kind === "attempts"
  const asks = isAttempt ? noRecall : requestMemo(run, node, template)
  if (!asks.ok) return fault(run, node, asks.message)
  if (!asks.value) return enqueue(run, node)
  node.phase = "Pending"
  touchNode(run, node)
}

const noRecall: Rendered<boolean> = { ok: true, value: false }

const noLocks: Rendered<LockHold | undefined> = { ok: true, value: undefined }

interface Resolved {
  readonly template: CompiledTemplate
  readonly inputs: Inputs | undefined
}

function resolveCall(run: Run, call: Call, isKnown: boolean): Rendered<Resolved> {
  const { owner, source } = call
  if (owner?.kind === "attempts") {
    return { ok: true, value: { template: owner.template, inputs: owner.node.inputs } }
  }
  if (call.frame !== undefined && call.frame.depth >= depthMax) {
    return { ok: false, message: depthMessage }
  }
  const template = calledTemplate(run, call, source as CompiledCall)
  if (!template.ok) return template
  if (isKnown || takesNothing(template.value)) {
    return { ok: true, value: { template: template.value, inputs: undefined } }
  }
  const place = placeOf(call)
  const caller = { place, scope: scopeOf(run, place) }
  const given = handedOn(call, source as CompiledCall, run.spec.arguments)
  const inputs = resolveInputs(run, given, template.value, caller)
  return inputs.ok
    ? { ok: true, value: { template: template.value, inputs: inputs.value } }
    : inputs
}

/** Most calls say a template's name without tags: then nobody needs to know what can be seen from there. */
function calledTemplate(run: Run, call: Call, source: CompiledCall): Rendered<CompiledTemplate> {
  const caller = call.frame?.template.scope ?? run.local
  const { template, templateRef, inline } = source
  const isPlain = template?.isLiteral === true && templateRef === undefined && inline === undefined
  return isPlain
    ? resolveName(run, caller, template.source)
    : resolveTemplate(run, source, caller, scopeOf(run, placeOf(call)))
}

/** `workflows.argoproj.io/display-name`; answers what is wrong with it. */
function nameNode(run: Run, node: NodeRecord, template: CompiledTemplate): string | undefined {
  if (template.displayName === undefined) return undefined
  const rendered = template.displayName.render(scopeOf(run, nodePlace(node)), () => false)
  if (!rendered.ok) return rendered.message
  if (!isDisplayName(rendered.value)) return displayNameFault
  node.displayName = rendered.value
  return undefined
}

function makeNode(run: Run, call: Call, type: NodeRecord["type"], phase: NodePhase): NodeRecord {
  const { base } = call
  if (base === undefined) {
    const stored = run.stored?.get(run.name)
    if (stored !== undefined) {
      run.stored?.delete(run.name)
      return stored
    }
    const { name } = run
    const seed = {
      id: name,
      name,
      hash: hashName(name),
      displayName: name,
      type,
      phase,
      boundaryId: "",
    }
    return register(run, createRecord(seed, run.now))
  }
  const boundary = call.frame?.node
  const displayName =
    call.item === undefined && call.unit !== undefined && call.owner?.kind === "frame"
      ? call.unit.name
      : displayNameOf(base.name + call.suffix, boundary?.name)
  const place = { base, suffix: call.suffix, displayName, boundaryId: boundary?.id ?? "" }
  return ensureNode(run, place, type, phase)
}

function attach(run: Run, call: Call, node: NodeRecord): void {
  const { owner, frame, slot } = call
  node.owner = owner
  node.slot = slot
  node.isExit = call.isExit
  if (owner === undefined) {
    if (call.isExit) run.exit = node
    else run.root = node
  } else if (owner.kind === "frame") {
    owner.units[slot] = node
    owner.active++
    linkUnit(run, owner, owner.template.units[slot] as CompiledUnit, node)
  } else if (owner.kind === "loop") {
    owner.nodes[slot] = node
    owner.frame.active++
    link(run, owner.node ?? (owner.frame.groupNode as NodeRecord), node)
  } else {
    if (owner.kind === "attempts") owner.list[slot] = node
    else owner.nodes.push(node)
    link(run, owner.node, node)
  }
  count(run, frame, node)
}

function count(run: Run, frame: Frame | undefined, node: NodeRecord): void {
  // Stored nodes were counted when they were read.
  if (node.isFresh && countsInProgress(node)) countNew(run, node)
  if (node.type === "Pod") {
    countRunning(run, node)
    if (!isWaitingForLocks(run, node)) run.pods.counted++
  }
  if (frame !== undefined && isCounted(node)) frame.counted++
}

/**
 * True for nodes that a template's `parallelism` counts. Differs from Argo: a Retry node with locks is counted as long as it
 * is there instead of its attempts, since one that had to wait for room might wait for those who wait for its locks.
 */
function isCounted(node: NodeRecord): boolean {
  if (node.type === "Retry") return node.template?.synchronization !== undefined
  return isLimitedType(node.type) && !isLockedAttempt(node.owner)
}

function isLockedAttempt(owner: Owner | undefined): boolean {
  return owner?.kind === "attempts" && owner.template.synchronization !== undefined
}

/** The body whose limit a call has to respect. */
function limiterOf(call: Call): Frame | undefined {
  return isLockedAttempt(call.owner) ? undefined : call.frame
}

/** Draws the edges from what a unit waited for. */
function linkUnit(run: Run, frame: Frame, unit: CompiledUnit, node: NodeRecord): void {
  if (!node.isFresh) return
  if (frame.template.graph === undefined) return link(run, frame.groupNode as NodeRecord, node)
  if (unit.dependencies.length === 0) return link(run, frame.node, node)
  for (const dependency of unit.dependencies) {
    const state = frame.units[dependency]
    const before = state?.kind === "loop" ? state.node : state
    if (before === undefined) continue
    if (isEndpoint(before)) link(run, before, node)
    else for (const outbound of outboundOf(run, before)) link(run, outbound, node)
  }
}

/** True where somebody limits or suspends the run: calls in that body have to queue. */
export function isLimited(run: Run, frame: Frame | undefined): boolean {
  return (
    run.isSuspended || (run.spec.parallelism ?? 0) > 0 || (frame?.template.parallelism ?? 0) > 0
  )
}

/** True where one more may start in a body now. */
export function hasRoom(run: Run, frame: Frame | undefined): boolean {
  const pods = run.spec.parallelism ?? 0
  return !run.isSuspended && (pods === 0 || run.pods.counted < pods) && !isFull(frame)
}

/** Starts held calls as far as the limits allow, in the order of the specification. False: none started. */
export function release(run: Run): boolean {
  // While a stored run is read, what ran is not counted yet.
  if (run.isSuspended || run.stored !== undefined) return false
  let isAny = releaseGranted(run)
  const pods = run.spec.parallelism ?? 0
  while (pods === 0 || run.pods.counted < pods) {
    const call = run.waiting.next()
    if (call === undefined) break
    if (isHalted(call)) {
      dropCall(run, call)
      isAny = true
    } else if (isFull(limiterOf(call))) call.frame?.waiting.add(call)
    else {
      start(run, call, false)
      isAny = true
      if (call.frame !== undefined) refill(run, call.frame)
    }
  }
  return isAny
}

/** Those who have their locks go first: others wait for these. */
function releaseGranted(run: Run): boolean {
  if (run.granted.size === 0) return false
  let isAny = false
  for (const node of inSpecOrder(run.granted)) {
    if (!isWaitingForLocks(run, node) || isFulfilled(node)) run.granted.delete(node)
    else if (beginHeld(run, node)) isAny = true
  }
  return isAny
}

/** A counted node of a body has ended. */
function makeRoom(run: Run, frame: Frame): void {
  frame.counted--
  refill(run, frame)
}

/** While a body has room, the first of its held calls queues with those of all others. */
function refill(run: Run, frame: Frame): void {
  if (isFull(frame)) return
  const call = frame.waiting.next()
  if (call !== undefined) run.waiting.add(call)
}

/** A node for a call that runs nothing: skipped, omitted, or an error found before there was anything to run. */
export function makeSkipped(run: Run, call: Call, phase: NodePhase, message: string): void {
  if (isBarred(run, call, (call.base?.name ?? "") + call.suffix)) return
  const node = makeNode(run, call, "Skipped", phase)
  if (node.isFresh) {
    tellTemplate(run, node, call)
    node.message = message
    node.finishedAt = run.now
    node.isHooked = call.hook !== undefined
    node.isRetried = call.owner?.kind === "attempts"
  }
  attach(run, call, node)
  if (isFulfilled(node)) enqueue(run, node)
  else finish(run, node, phase, message)
}

/** An error found before there was anything to run; `group` is what a group of steps says to it. */
export function makeFault(run: Run, call: Call, message: string, group: string = message): void {
  const isPatient = run.compatibility.missingReferencesWait === true && !run.isExpired
  if (isPatient && call.frame !== undefined && isPutOff(message)) {
    run.putOff.push({ call, message })
    return
  }
  makeSkipped(run, call, "Error", message)
  tellCaller(run, call, group)
}

/** The node of the current group of steps, linked to what came before it. */
export function makeGroup(run: Run, frame: Frame, before: readonly NodeRecord[]): NodeRecord {
  const suffix = `[${frame.group}]`
  const place = { base: frame.node, suffix, displayName: suffix, boundaryId: frame.node.id }
  const node = ensureNode(run, place, "StepGroup", "Running")
  if (node.isFresh) node.templateScope = frame.template.scope.name
  for (const parent of before) link(run, parent, node)
  return node
}

/** The TaskGroup of a looped task. */
export function makeTaskGroup(run: Run, frame: Frame, unit: CompiledUnit): NodeRecord {
  const { suffix, name } = unit
  const place = { base: frame.node, suffix, displayName: name, boundaryId: frame.node.id }
  const node = ensureNode(run, place, "TaskGroup", "Running")
  tellTemplate(run, node, unitCall(frame, unit.index))
  linkUnit(run, frame, unit, node)
  return node
}

/** A node of a body has ended: what it took up, others may have. Answers the body where its `failFast` is about such nodes. */
export function leaveBody(run: Run, node: NodeRecord): Frame | undefined {
  if (isCounted(node)) {
    const frame = frameOf(node)
    if (frame !== undefined) makeRoom(run, frame)
  }
  return isLimitedType(node.type) ? frameOf(node) : undefined
}
