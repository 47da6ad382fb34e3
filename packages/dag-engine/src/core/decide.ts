import type { NodePhase } from "../api/status.js"
import {
  assessFormer,
  assessGroup,
  beforeGroup,
  dependsHolds,
  forbidDependents,
  frameOf,
  hasBegun,
  isHaltedAt,
  isPlainlyDone,
  openFrame,
  openLoop,
  phaseOf,
  recordBranch,
} from "./bodies.js"
import { attemptCall, exitCall, unitCall } from "./calls.js"
import type { CompiledUnit } from "./compile-types.js"
import { becomeReady, hasServed, killDaemons, readmit } from "./daemons.js"
import { endGroup, endIfHalted, finishBody, finishDag, halt } from "./endings.js"
import {
  execute,
  leaveBody,
  makeFault,
  makeGroup,
  makeSkipped,
  makeTaskGroup,
  release,
} from "./execute.js"
import { fault, groupFault, hasFault, itemsOf } from "./faults.js"
import { type Attempts, type Call, type Frame, type Loop } from "./frame.js"
import { isKnownCall, isNextKnown, isShut } from "./halting.js"
import { awaitHooks, hookEnded, isExitWanted, reviewHooks, startHooks } from "./hooks.js"
import { unset } from "./instants.js"
import { evaluateWhen } from "./languages.js"
import { beginLeaf, beginSuspend, isPastDeadline } from "./leaf.js"
import { endAfterDaemons, setStatusGlobals } from "./lifecycle.js"
import { finish, mark, say } from "./mark.js"
import { measureNode } from "./metrics.js"
import {
  countsInProgress,
  dirty,
  extrasOf,
  isBad,
  isDaemoned,
  isFulfilled,
  isLeafType,
  type NodeRecord,
  wasReady,
} from "./node.js"
import { exportOutputs, setOutputs } from "./outputs.js"
import { countDone, uncountFailed } from "./progress.js"
import { nextAttempt } from "./retry.js"
import { isStored, type Run, touch } from "./run.js"
import { isStrict, nodePlace, placeOf, scopeOf } from "./scope.js"
import { isWaitingForLocks, releaseLocks } from "./synchronization.js"

/**
 * Runs until nothing more follows at this instant. Every node in the queue either is new and begins, or is done and
 * tells its owner: this file is the one place where "what happens next" branches.
 */
export function settleAll(run: Run): void {
  const { queue } = run
  do {
    for (let index = 0; index < queue.length; index++) {
      const node = queue[index] as NodeRecord
      if (isFulfilled(node)) settle(run, node)
      else if (wasReady(node)) resumeDaemon(run, node)
      else begin(run, node)
    }
    queue.length = 0
  } while (release(run) || reviewHooks(run, (node) => tellOwner(run, node)))
}

function begin(run: Run, node: NodeRecord): void {
  if (node.isFresh || run.stored === undefined) measureNode(run, node, false)
  beginByType(run, node)
  if (node.phase === "Running" || !node.isSynced) startHooks(run, node)
}

function beginByType(run: Run, node: NodeRecord): void {
  switch (node.type) {
    case "Pod":
    case "HTTP":
    case "Plugin":
      return beginLeaf(run, node)
    case "Suspend":
      return beginSuspend(run, node)
    case "Steps":
    case "DAG":
      return beginBody(run, node)
    case "Retry":
      return beginAttempts(run, node)
    default:
      return
  }
}

function beginBody(run: Run, node: NodeRecord): void {
  if (node.body !== undefined || node.template === undefined) return
  const opened = openFrame(run, node, node.template)
  if (!opened.ok) return fault(run, node, opened.message)
  const frame = opened.value
  if (frame.template.graph === undefined) return beginGroup(run, frame)
  const unmet = frame.unmet as Int32Array
  for (const slot of frame.template.graph.order) if (unmet[slot] === 0) beginUnit(run, frame, slot)
  if (frame.remaining === 0) finishDag(run, frame)
  else endIfHalted(run, frame)
}

function beginGroup(run: Run, frame: Frame): void {
  const { groups } = frame.template
  for (; frame.group < groups.length; frame.group++) {
    const { start, count } = groups[frame.group] as { start: number; count: number }
    const node = makeGroup(run, frame, beforeGroup(run, frame))
    frame.groupNode = node
    frame.remaining = count
    const unready = node.isFresh ? groupFault(run, frame, start, start + count) : undefined
    if (unready !== undefined) return endGroup(run, frame, "Error", unready)
    for (let slot = start; slot < start + count; slot++) beginUnit(run, frame, slot)
    if (hasFault(node)) frame.halted ||= "fault"
    if (count > 0) return endIfHalted(run, frame)
    mark(run, node, "Succeeded", "")
  }
  finishBody(run, frame, "Succeeded", "")
}

function beginUnit(run: Run, frame: Frame, slot: number): void {
  const unit = frame.template.units[slot] as CompiledUnit
  if (isShut(run, frame, unit)) return
  if (frame.template.graph !== undefined) {
    const allowed =
      hasBegun(run, frame, unit) ||
      (unit.depends === undefined ? frame.blocked?.[slot] !== 1 : dependsHolds(frame, unit.depends))
    if (typeof allowed === "string") return makeFault(run, unitCall(frame, slot), allowed)
    if (!allowed) {
      const message = "omitted: depends condition not met"
      return makeSkipped(run, unitCall(frame, slot), "Omitted", message)
    }
  }
  if (unit.loop === undefined) beginInstance(run, unitCall(frame, slot))
  else beginLoop(run, frame, unit)
}

function beginInstance(run: Run, call: Call): void {
  const { when } = call.unit as CompiledUnit
  if (when === undefined) return execute(run, call)
  const rendered = when.render(scopeOf(run, placeOf(call)), isStrict)
  const verdict = rendered.ok ? evaluateWhen(rendered.value) : rendered
  if (!verdict.ok) return makeFault(run, call, verdict.message)
  if (verdict.value) return execute(run, call)
  const text = rendered.ok ? rendered.value : when.source
  makeSkipped(run, call, "Skipped", `when '${text}' evaluated false`)
}

function beginLoop(run: Run, frame: Frame, unit: CompiledUnit): void {
  const call = unitCall(frame, unit.index)
  const { graph } = frame.template
  const items = itemsOf(run, unit, placeOf(call))
  if (!items.ok) return makeFault(run, call, items.message)
  const { length } = items.value
  if (length === 0) return makeSkipped(run, call, "Skipped", "Skipped, empty params")
  const state = openLoop(frame, unit, items.value, graph && makeTaskGroup(run, frame, unit))
  for (let index = 0; index < length; index++) {
    const instance = unitCall(frame, unit.index, state, index)
    if (frame.halted === "" || isKnownCall(run, instance)) beginInstance(run, instance)
  }
}

function beginAttempts(run: Run, node: NodeRecord): void {
  if (node.body !== undefined || node.template === undefined) return
  const attempts: Attempts = {
    kind: "attempts",
    node,
    template: node.template,
    list: [],
    nextAt: unset,
  }
  node.body = attempts
  do execute(run, attemptCall(attempts))
  while (isStored(run, `${node.name}(${attempts.list.length})`))
}

/** A daemon that is not ready any more: whoever waited for it was told when it was. */
function resumeDaemon(run: Run, node: NodeRecord): void {
  if (run.stored === undefined) return begin(run, node)
  readmit(run, node)
  begin(run, node)
  settle(run, node)
}

/** A node is done: count it, run its exit hook, tell its owner. */
function settle(run: Run, node: NodeRecord): void {
  if (node.isSettled) return afterDaemon(run, node)
  node.isSettled = true
  if (isDaemoned(node)) adoptDaemon(run, node)
  else if (isFulfilled(node)) run.daemons.delete(node)
  const isNews = node.isFresh || run.stored === undefined
  if (isNews && countsInProgress(node)) countDone(run, node)
  if (!run.daemons.has(node)) stopCounting(run, node)
  if (run.holds.size > 0) releaseLocks(run, node.id)
  if (run.recalls.size > 0) run.recalls.delete(node.id)
  exportOutputs(run, node)
  if (isNews) measureNode(run, node, true)
  if (node === run.root) setStatusGlobals(run, node)
  if (!awaitHooks(run, node)) tellOwner(run, node)
  // A daemon that was never ready ends like any step.
  if (run.isEnding) endAfterDaemons(run)
}

/** What a node took up, others may have. */
function stopCounting(run: Run, node: NodeRecord): void {
  if (node.type === "Pod" && !isWaitingForLocks(run, node)) run.pods.counted--
  const frame = leaveBody(run, node)
  if (frame?.template.failFast && isBad(node.phase)) halt(run, frame, "failFast", node)
}

/** A daemon is ready; of a stored run it may be found so. */
function adoptDaemon(run: Run, node: NodeRecord): void {
  if (isLeafType(node.type)) run.daemons.add(node)
  else beginAttempts(run, node)
}

/** Something happened to a node whose owner has been told: it is a daemon. */
function afterDaemon(run: Run, node: NodeRecord): void {
  if (isDaemoned(node) || !isFulfilled(node)) return
  const { owner } = node
  if (run.daemons.delete(node)) {
    stopCounting(run, node)
    uncountFailed(run, node)
    run.isDirty = true
    if (run.isEnding) return endAfterDaemons(run)
    if (owner?.kind === "attempts" && !isFulfilled(owner.node)) return afterAttempt(run, owner)
    if (owner?.kind === "attempts" && isDaemoned(owner.node)) {
      extrasOf(owner.node).isDaemoned = false
      touch(run, owner.node, dirty.phase)
      return afterAttempt(run, owner)
    }
  }
  if (isBad(node.phase)) afterFall(run, node)
}

/** What a daemon served is not there any more: tasks that have not begun never will, nor do further groups of steps. */
function afterFall(run: Run, node: NodeRecord): void {
  const frame = frameOf(node)
  if (frame === undefined) return
  if (frame.template.graph !== undefined) {
    if (node.owner === frame) forbidDependents(frame, node.slot)
  } else if (assessFormer(frame) !== undefined) halt(run, frame, "fallen")
}

function tellOwner(run: Run, node: NodeRecord): void {
  const { owner } = node
  if (owner === undefined) {
    if (node === run.root) afterRoot(run, node)
    else if (node === run.exit) endWorkflow(run)
    return
  }
  switch (owner.kind) {
    case "frame":
      owner.active--
      return afterUnit(run, owner, node.slot)
    case "loop":
      owner.frame.active--
      return afterInstance(run, owner)
    case "attempts":
      return afterAttempt(run, owner)
    case "hooked":
      if (hookEnded(run, owner)) tellOwner(run, owner.node)
      return
  }
}

function afterInstance(run: Run, loop: Loop): void {
  if (--loop.remaining > 0) return endIfHalted(run, loop.frame)
  if (loop.node !== undefined) {
    let phase: NodePhase = "Succeeded"
    for (const node of loop.nodes) if (node !== undefined && isBad(node.phase)) phase = node.phase
    mark(run, loop.node, phase, "")
  }
  afterUnit(run, loop.frame, loop.slot)
}

function afterUnit(run: Run, frame: Frame, slot: number): void {
  if (isFulfilled(frame.node)) return
  frame.remaining--
  if (frame.template.graph === undefined) {
    const isLast = isHaltedAt(frame, slot) && !isNextKnown(run, frame)
    return frame.remaining === 0 && !isLast ? finishGroup(run, frame) : endIfHalted(run, frame)
  }
  recordBranch(frame, slot)
  const unmet = frame.unmet as Int32Array
  const unit = frame.template.units[slot] as CompiledUnit
  const state = frame.units[slot]
  const isGood = (state?.kind === "node" && hasServed(state)) || isPlainlyDone(unit, phaseOf(state))
  for (const dependent of unit.dependents) {
    const left = unmet[dependent] as number
    if (left < 0) continue
    if (!isGood && frame.blocked !== undefined) frame.blocked[dependent] = 1
    unmet[dependent] = left - 1
    if (left === 1) beginUnit(run, frame, dependent)
  }
  if (frame.remaining > 0 || isHaltedAt(frame, slot)) endIfHalted(run, frame)
  else finishDag(run, frame)
}

function finishGroup(run: Run, frame: Frame): void {
  const { groupNode } = frame
  // What a stored run says of a group stands, whatever became of a daemon since.
  const isKnown = groupNode !== undefined && isFulfilled(groupNode)
  const { phase, message } = isKnown ? groupNode : assessGroup(frame)
  if (isKnown && !isBad(phase) && isBad(assessGroup(frame).phase)) frame.halted ||= "fallen"
  if (isBad(phase)) return endGroup(run, frame, phase, message)
  if (groupNode !== undefined) mark(run, groupNode, phase, message)
  if (frame.halted !== "" && !isNextKnown(run, frame)) return endIfHalted(run, frame)
  frame.group++
  beginGroup(run, frame)
}

/** An attempt is over, a wait has passed, or the run is ending: decides about the Retry node. */
export function afterAttempt(run: Run, attempts: Attempts): void {
  const { node, list } = attempts
  const last = list.at(-1)
  if (last !== undefined && isDaemoned(last)) {
    return isDaemoned(node) ? undefined : becomeReady(run, node, last.extras?.podIP ?? "")
  }
  if (isFulfilled(node)) return settle(run, node)
  if (last === undefined || !last.isSettled) return
  const next = nextAttempt(attempts, {
    now: run.now,
    isHalted: frameOf(node)?.halted === "failFast",
    shutdown: node.isExit ? "" : run.shutdown,
    passedDeadline: isPastDeadline(run, node) ? run.deadline : undefined,
    needsLimit: run.compatibility.backoffNeedsLimit === true,
    scope: scopeOf(run, nodePlace(node)),
  })
  if (next.do === "start") {
    say(run, node, "")
    attempts.nextAt = unset
    return execute(run, attemptCall(attempts))
  }
  if (next.do === "wait") {
    attempts.nextAt = next.until
    run.timers.add(next.until, "backoff", node)
    return say(run, node, next.message)
  }
  setOutputs(run, node, last.outputs)
  finish(run, node, next.phase, next.message)
}

/** The entry node is done: the exit handler, if there is one, then the end. */
function afterRoot(run: Run, root: NodeRecord): void {
  const hook = run.hooks.find(({ name }) => name === "exit")
  const isWanted = hook !== undefined && run.entryFault === "" && isExitWanted(run, root, hook)
  if (!isWanted) return endWorkflow(run)
  execute(run, exitCall(root, hook))
}

/** The workflow ends when its daemons have. */
function endWorkflow(run: Run): void {
  killDaemons(run, undefined)
  run.isEnding = true
  endAfterDaemons(run)
}
