import type { TaskResult } from "@argo-ts/expr/depends"
import type { NodePhase } from "../api/status.js"
import type { CompiledTemplate, CompiledUnit, Graph } from "./compile-types.js"
import { emptySlots, type Frame, type Loop } from "./frame.js"
import { storedHalt } from "./halting.js"
import type { Depends, Rendered, TaskResults } from "./languages.js"
import type { Item } from "./loops.js"
import { isBad, isCompleted, isDaemoned, type NodeRecord } from "./node.js"
import { isRecursive, isRunaway, runawayMessage } from "./recursion.js"
import { outboundOf, type Run } from "./run.js"
import { nodePlace, scopeOf } from "./scope.js"
import { createWaiting } from "./waiting.js"

/** Bits of the phases that reach whoever follows a task. */
const branch = { succeeded: 1, failed: 2, error: 4 } as const

/** The state of a new body. */
export function openFrame(run: Run, node: NodeRecord, template: CompiledTemplate): Rendered<Frame> {
  const { graph, units } = template
  const parent = frameOf(node)
  const isInItself = isRecursive(parent, template)
  if (isInItself && isRunaway(run) && run.stored === undefined) {
    return { ok: false, message: runawayMessage }
  }
  const isNeeded = graph === undefined ? undefined : neededUnits(run, node, graph, units)
  if (isNeeded !== undefined && !isNeeded.ok) return isNeeded
  const unmet = graph === undefined ? undefined : new Int32Array(units.length)
  let remaining = 0
  if (unmet !== undefined) {
    for (const unit of units) {
      const needed = isNeeded?.value === undefined || isNeeded.value[unit.index] === 1
      unmet[unit.index] = needed ? unit.dependencies.length : -1
      if (needed) remaining++
    }
  }
  const frame: Frame = {
    kind: "frame",
    node,
    template,
    units: emptySlots(units.length),
    unmet,
    blocked: graph === undefined ? undefined : new Uint8Array(units.length),
    branches: graph === undefined ? undefined : new Uint8Array(units.length),
    remaining,
    active: 0,
    group: 0,
    groupNode: undefined,
    halted: storedHalt(run, node, template),
    waiting: createWaiting(),
    counted: 0,
    depth: (parent?.depth ?? 0) + 1,
    parent,
    isRecursive: isInItself,
  }
  node.body = frame
  return { ok: true, value: frame }
}

/** The state of a new loop. */
export function openLoop(
  frame: Frame,
  unit: CompiledUnit,
  items: readonly Item[],
  node: NodeRecord | undefined,
): Loop {
  const { length } = items
  const nodes = emptySlots<NodeRecord>(length)
  const loop: Loop = {
    kind: "loop",
    frame,
    slot: unit.index,
    items,
    nodes,
    node,
    group: node ?? frame.groupNode,
    remaining: length,
  }
  frame.units[unit.index] = loop
  return loop
}

/** The body that a node runs in; `undefined` for the entry node and the exit handler. */
export function frameOf(node: NodeRecord): Frame | undefined {
  let { owner } = node
  for (;;) {
    if (owner === undefined) return undefined
    if (owner.kind === "frame") return owner
    if (owner.kind === "loop") return owner.frame
    owner = owner.node.owner
  }
}

/** The units that the targets need; `undefined` where that is all of them. */
function neededUnits(
  run: Run,
  node: NodeRecord,
  graph: Graph,
  units: readonly CompiledUnit[],
): Rendered<Uint8Array | undefined> {
  if (graph.target === undefined) return { ok: true, value: undefined }
  const targets = targetsOf(run, node, graph)
  if (!targets.ok) return targets
  const needed = new Uint8Array(units.length)
  const open = [...targets.value]
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (needed[index] === 1) continue
    needed[index] = 1
    for (const dependency of units[index]?.dependencies ?? []) open.push(dependency)
  }
  return { ok: true, value: needed }
}

function targetsOf(run: Run, node: NodeRecord, graph: Graph): Rendered<readonly number[]> {
  if (graph.target === undefined) return { ok: true, value: graph.leaves }
  const text = graph.target.render(scopeOf(run, nodePlace(node)), () => true)
  if (!text.ok) return text
  const targets: number[] = []
  for (const name of text.value.split(" ").filter((part) => part !== "")) {
    const index = graph.byName.get(name)
    if (index === undefined) return { ok: false, message: `target '${name}' is not a task` }
    targets.push(index)
  }
  return { ok: true, value: targets }
}

/** The phase of what a unit has become. */
export function phaseOf(state: NodeRecord | Loop | undefined): NodePhase | undefined {
  if (state === undefined) return undefined
  return state.kind === "loop" ? state.node?.phase : state.phase
}

/** Succeeded, skipped, or forgiven by `continueOn`: what a plain dependency asks for. */
export function isPlainlyDone(unit: CompiledUnit, phase: NodePhase | undefined): boolean {
  if (phase === "Succeeded" || phase === "Skipped") return true
  return (phase === "Failed" && unit.continueFailed) || (phase === "Error" && unit.continueError)
}

/** Remembers which phases reach whoever follows a task. */
export function recordBranch(frame: Frame, slot: number): void {
  const { branches, template, units } = frame
  if (branches === undefined) return
  const phase = phaseOf(units[slot])
  if (phase !== undefined && isCompleted(phase)) {
    branches[slot] =
      phase === "Succeeded" ? branch.succeeded : phase === "Failed" ? branch.failed : branch.error
    return
  }
  const { dependencies } = template.units[slot] as CompiledUnit
  let bits = dependencies.length === 0 ? branch.succeeded : 0
  for (const dependency of dependencies) bits |= branches[dependency] as number
  branches[slot] = bits
}

/** How a DAG whose tasks are all done ended. */
export function assessDag(run: Run, frame: Frame, graph: Graph): NodePhase {
  const targets = targetsOf(run, frame.node, graph)
  let result: NodePhase = "Succeeded"
  for (const index of targets.ok ? targets.value : []) {
    const bits = frame.branches?.[index] ?? 0
    const phase: NodePhase =
      (bits & branch.failed) !== 0 ? "Failed" : (bits & branch.error) !== 0 ? "Error" : "Succeeded"
    const unit = frame.template.units[index]
    const isForgiven =
      (phase === "Failed" && unit?.continueFailed === true) ||
      (phase === "Error" && unit?.continueError === true)
    if (!isBad(phase) || isForgiven) continue
    result = phase
    if (graph.failFast) break
  }
  return result
}

/** What a `depends` may ask about a task. */
export function resultsOf(state: NodeRecord | Loop | undefined): TaskResults {
  const phase = phaseOf(state)
  const results: TaskResult[] = []
  if (phase === "Error") results.push("Errored")
  else if (phase !== undefined && phase !== "Pending" && phase !== "Running") results.push(phase)
  if (state?.kind !== "loop") {
    if (state !== undefined && isDaemoned(state)) results.push("Daemoned")
    return results
  }
  const { nodes } = state
  if (nodes.some((node) => node?.phase === "Succeeded")) results.push("AnySucceeded")
  const isAllFailed = nodes.length > 0 && nodes.every((node) => node?.phase === "Failed")
  if (isAllFailed) results.push("AllFailed")
  return results
}

/** Every node of a group of steps, in order. */
export function groupNodes(frame: Frame, group: number): readonly [CompiledUnit, NodeRecord][] {
  const found: [CompiledUnit, NodeRecord][] = []
  const bounds = frame.template.groups[group]
  if (bounds === undefined) return found
  for (let slot = bounds.start; slot < bounds.start + bounds.count; slot++) {
    const unit = frame.template.units[slot] as CompiledUnit
    const state = frame.units[slot]
    if (state?.kind === "node") found.push([unit, state])
    else for (const node of state?.nodes ?? []) if (node !== undefined) found.push([unit, node])
  }
  return found
}

/** How something ended, and what it says of it. */
export interface Verdict {
  readonly phase: NodePhase
  readonly message: string
}

/** How a group of steps ended: Failed by its first child that nothing forgives. */
export function assessGroup(frame: Frame, group: number = frame.group): Verdict {
  for (const [unit, node] of groupNodes(frame, group)) {
    if (!isBad(node.phase)) continue
    if (node.phase === "Failed" && unit.continueFailed) continue
    if (node.phase === "Error" && unit.continueError) continue
    return { phase: "Failed", message: `child '${node.id}' failed` }
  }
  return { phase: "Succeeded", message: "" }
}

/** What became of steps one of whose former groups is good no longer: a daemon of it has fallen. */
export function assessFormer(frame: Frame): Verdict | undefined {
  for (let group = 0; group < frame.group; group++) {
    const verdict = assessGroup(frame, group)
    if (isBad(verdict.phase)) return verdict
  }
  return undefined
}

/** Where whoever follows a Steps or DAG node is attached. */
export function outboundIds(run: Run, frame: Frame): readonly string[] {
  const ids: string[] = []
  const add = (node: NodeRecord): void => {
    for (const outbound of outboundOf(run, node)) ids.push(outbound.id)
  }
  const { graph } = frame.template
  if (graph === undefined) {
    const last = Math.min(frame.group, frame.template.groups.length - 1)
    const nodes = groupNodes(frame, last)
    for (const [, node] of nodes) add(node)
    if (nodes.length === 0 && frame.groupNode !== undefined) ids.push(frame.groupNode.id)
    return ids
  }
  const targets = targetsOf(run, frame.node, graph)
  for (const index of targets.ok ? targets.value : []) {
    const state = frame.units[index]
    const node = state?.kind === "loop" ? state.node : state
    if (node !== undefined) add(node)
  }
  return ids
}

/** A string says what is wrong with the condition. */
export function dependsHolds(frame: Frame, depends: Depends): boolean | string {
  const byName = frame.template.graph?.byName
  const holds = depends.evaluate((task) => resultsOf(frame.units[byName?.get(task) ?? -1]))
  return holds.ok ? holds.value : holds.message
}

/** While a stored run is read: true where it has begun, whatever became of a daemon since. */
export function hasBegun(run: Run, frame: Frame, unit: CompiledUnit): boolean {
  const stored = run.stored?.get(frame.node.name + unit.suffix)
  return stored !== undefined && stored.type !== "Skipped"
}

/** A daemon fell: tasks that plainly depend on it and have not begun never will. */
export function forbidDependents(frame: Frame, slot: number): void {
  const { unmet, blocked } = frame
  if (unmet === undefined || blocked === undefined) return
  recordBranch(frame, slot)
  for (const dependent of (frame.template.units[slot] as CompiledUnit).dependents) {
    if ((unmet[dependent] as number) > 0) blocked[dependent] = 1
  }
}

/** The nodes that a group of steps follows: the ends of all children of the group before. */
export function beforeGroup(run: Run, frame: Frame): readonly NodeRecord[] {
  if (frame.group === 0) return [frame.node]
  const nodes = groupNodes(frame, frame.group - 1)
  if (nodes.length === 0) return frame.groupNode === undefined ? [] : [frame.groupNode]
  return nodes.flatMap(([, node]) => outboundOf(run, node))
}

/**
 * True where what halts a body decides its end. A template's failFast is looked at before its body, but in the pass in which
 * an inner body has ended.
 */
export function isHaltedAt(frame: Frame, slot: number): boolean {
  if (frame.halted === "fault" || frame.halted === "fallen") return true
  if (frame.halted !== "failFast") return false
  const ended = frame.units[slot]
  const nodes = ended?.kind === "loop" ? ended.nodes : [ended]
  return nodes.some((node) => node !== undefined && node.type !== "Steps" && node.type !== "DAG")
}
