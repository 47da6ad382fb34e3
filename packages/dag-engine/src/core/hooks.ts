import { compareText } from "@argo-ts/kernel"
import { hookCall } from "./calls.js"
import type { CompiledHook, CompiledUnit } from "./compile-types.js"
import { execute, hasRoom, isLimited, makeFault } from "./execute.js"
import { tellCaller } from "./faults.js"
import type { Hooked } from "./frame.js"
import { say } from "./mark.js"
import { isCompleted, isFulfilled, type NodeRecord, wasReady } from "./node.js"
import { isStored, type Run } from "./run.js"
import { placeOf, runPlace, scopeOf } from "./scope.js"

/*
 * Hooks (spec/workflows §2.13): work that the state of a step, a task or the workflow sets off. A named hook starts once,
 * as soon as its expression holds while its node runs or when it has ended; the exit hook follows when they are over.
 * Nobody follows the node before all of them have ended; how they end changes nothing.
 */

/** Starts the named hooks whose expressions hold. A node without hooks costs nothing. */
export function startHooks(run: Run, node: NodeRecord): void {
  const hooked = hookedOf(run, node)
  if (hooked === undefined) return
  for (const hook of unstarted(hooked)) {
    const isKnown = isStored(run, node.name + hook.suffix)
    // Where something is limited, a hook starts when everything else has; until then it is as if nobody had looked.
    const isAsked = !isEnding(node) && !isLimited(run, hooked.frame)
    if (isKnown || (isAsked && isTimeOf(run, hooked, hook))) {
      start(run, hooked, hook)
    }
  }
  watch(run, hooked)
}

/** Its end was decided and is not seen yet: until then no hook is asked, and those that had started go on. */
function isEnding(node: NodeRecord): boolean {
  return !node.isSynced && !node.isSettled
}

/** Tries again the hooks that wait for something else than their own node. True where something followed. */
export function reviewHooks(run: Run, tellOwner: (node: NodeRecord) => void): boolean {
  // While a stored run is read, what they look at is not all there.
  if (run.stored !== undefined || run.watched.size === 0) return false
  let isAny = false
  // By name, so that who gets the last room follows from what there is, not from when it came.
  const inOrder = [...run.watched].toSorted((left, right) =>
    compareText(left.node.name, right.node.name),
  )
  for (const hooked of inOrder) {
    if (isEnding(hooked.node)) continue
    for (const hook of unstarted(hooked)) {
      if (!hasRoom(run, hooked.frame) || !isTimeOf(run, hooked, hook)) continue
      start(run, hooked, hook)
      isAny = true
    }
    if (!hooked.node.isSettled) watch(run, hooked)
    else if (!isHeld(run, hooked)) {
      tellOwner(hooked.node)
      isAny = true
    }
  }
  return isAny
}

/** A node has ended: starts what follows. True while somebody has to wait for it. */
export function awaitHooks(run: Run, node: NodeRecord): boolean {
  startHooks(run, node)
  const hooked = run.hooked.get(node)
  return hooked !== undefined && isHeld(run, hooked)
}

/** A hook has ended. True where its node has nothing more to wait for. */
export function hookEnded(run: Run, hooked: Hooked): boolean {
  hooked.remaining--
  return hooked.node.isSettled && !isHeld(run, hooked)
}

/** True while any hook runs or waits for room; starts the exit hook when its turn has come. */
function isHeld(run: Run, hooked: Hooked): boolean {
  if (isLimited(run, hooked.frame)) {
    if (unstarted(hooked).some((hook) => isTimeOf(run, hooked, hook))) {
      run.watched.add(hooked)
      return true
    }
  }
  if (hooked.remaining > 0) return true
  run.watched.delete(hooked)
  const exit = hooked.hooks.find((hook) => hook.name === "exit")
  if (exit === undefined || hooked.started.has("exit") || !isCompleted(hooked.node.phase)) {
    return false
  }
  if (!isTimeOf(run, hooked, exit)) return false
  start(run, hooked, exit)
  return true
}

/** Named hooks that have not started. */
function unstarted(hooked: Hooked): readonly CompiledHook[] {
  return hooked.hooks.filter((hook) => hook.name !== "exit" && !hooked.started.has(hook.name))
}

function hookedOf(run: Run, node: NodeRecord): Hooked | undefined {
  const known = run.hooked.get(node)
  if (known !== undefined) return known
  const hooked = node === run.root ? ofWorkflow(run, node) : ofUnit(node)
  if (hooked !== undefined) run.hooked.set(node, hooked)
  return hooked
}

/** The workflow's exit handler is none of these: it has an end of its own to decide. */
function ofWorkflow(run: Run, node: NodeRecord): Hooked | undefined {
  const hooks = run.hooks.filter((hook) => hook.name !== "exit")
  if (hooks.length === 0) return undefined
  return open(node, hooks, { frame: undefined, unit: undefined, item: undefined })
}

function ofUnit(node: NodeRecord): Hooked | undefined {
  const { owner } = node
  if (owner === undefined || (owner.kind !== "frame" && owner.kind !== "loop")) return undefined
  const frame = owner.kind === "loop" ? owner.frame : owner
  const unit = frame.template.units[owner.kind === "loop" ? owner.slot : node.slot] as CompiledUnit
  if (unit.hooks.length === 0) return undefined
  // A step that was skipped never was; a task is there, whatever became of it.
  if (node.type === "Skipped" && frame.template.graph === undefined) return undefined
  const item = owner.kind === "loop" ? owner.items[node.slot] : undefined
  return open(node, unit.hooks, { frame, unit, item })
}

function open(
  node: NodeRecord,
  hooks: readonly CompiledHook[],
  place: Pick<Hooked, "frame" | "unit" | "item">,
): Hooked {
  return { kind: "hooked", node, hooks, ...place, started: new Set(), nodes: [], remaining: 0 }
}

/** True where a hook is to start: it had started before a restart, or its expression holds. */
function isTimeOf(run: Run, hooked: Hooked, hook: CompiledHook): boolean {
  if (isStored(run, hooked.node.name + hook.suffix)) return true
  // While a stored run is read: the hooks of a daemon were asked when it was ready, whatever became of it since.
  if (run.stored !== undefined && wasReady(hooked.node) && isCompleted(hooked.node.phase)) {
    return false
  }
  const isExit = hook.name === "exit"
  if (run.shutdown === "Terminate" || (run.shutdown !== "" && !isExit)) return false
  if (hooked.frame?.halted === "failFast" || hooked.frame?.halted === "fault") return false
  if (hook.expression === undefined) return isExit || refuse(run, hooked, hook)
  const holds = hook.expression.evaluate(scopeOf(run, placeOf(hookCall(hooked, hook))))
  if (holds.ok) return holds.value === true
  // Differs from Argo: what a running node does not have yet, it may still get.
  if (isFulfilled(hooked.node)) spoil(run, hooked, hook, holds.message)
  return false
}

/** Whether a hook is to start cannot be told. In steps that is an error of the group, in a DAG of the task. */
function spoil(run: Run, hooked: Hooked, hook: CompiledHook, message: string): void {
  const { node, frame } = hooked
  if (frame !== undefined && frame.template.graph === undefined) {
    return tellCaller(run, hookCall(hooked, hook), message)
  }
  node.phase = "Error"
  say(run, node, message)
}

function refuse(run: Run, hooked: Hooked, hook: CompiledHook): false {
  hooked.started.add(hook.name)
  hooked.remaining++
  const name = hooked.node.name + hook.suffix
  makeFault(run, hookCall(hooked, hook), `Expression required for hook ${name}`)
  return false
}

function start(run: Run, hooked: Hooked, hook: CompiledHook): void {
  hooked.started.add(hook.name)
  hooked.remaining++
  execute(run, hookCall(hooked, hook))
}

/** Keeps an eye on a running node's hooks that wait for more than the node itself. */
function watch(run: Run, hooked: Hooked): void {
  const isOpen =
    !hooked.node.isSettled &&
    unstarted(hooked).some((hook) => isLimited(run, hooked.frame) || looksBeyond(hook, hooked.unit))
  if (isOpen) run.watched.add(hooked)
  else run.watched.delete(hooked)
}

function looksBeyond(hook: CompiledHook, unit: CompiledUnit | undefined): boolean {
  const paths = hook.expression?.paths ?? []
  return paths.some(([root, name]) => (root !== "steps" && root !== "tasks") || name !== unit?.name)
}

/** False where `Terminate` spares it, or its expression does not hold; one that cannot be told makes the entry node an Error. */
export function isExitWanted(run: Run, root: NodeRecord, hook: CompiledHook): boolean {
  if (isStored(run, root.name + hook.suffix)) return true
  if (run.shutdown === "Terminate") return false
  if (hook.expression === undefined || run.compatibility.exitHookIgnoresExpression === true) {
    return true
  }
  const holds = hook.expression.evaluate(scopeOf(run, runPlace))
  if (holds.ok) return holds.value === true
  root.phase = "Error"
  say(run, root, holds.message)
  return false
}
