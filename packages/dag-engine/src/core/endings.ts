import type { NodePhase } from "../api/status.js"
import { assessDag, assessFormer, assessGroup, outboundIds, type Verdict } from "./bodies.js"
import { killDaemons } from "./daemons.js"
import { fault } from "./faults.js"
import type { Attempts, Call, Frame } from "./frame.js"
import { finish, mark } from "./mark.js"
import { dirty, isFulfilled, type NodeRecord } from "./node.js"
import { bodyOutputs, setOutputs } from "./outputs.js"
import { type Run, touch } from "./run.js"

/*
 * How steps and dag templates end (spec/workflows §2.5, §2.6): with what they put out, with the group or the tasks that
 * failed, or halted before their time.
 *
 * A body that is halted starts nothing any more, and ends when what runs in it has ended (§2.11). A Retry node whose next
 * attempt would only be started runs nothing: it ends with the attempt that it had last.
 */

/** A group of steps has ended badly, and its template with it: whose phase is always Failed. */
export function endGroup(run: Run, frame: Frame, phase: NodePhase, message: string): void {
  if (frame.groupNode !== undefined) mark(run, frame.groupNode, phase, message)
  finishBody(run, frame, "Failed", message)
}

export function finishDag(run: Run, frame: Frame): void {
  const { graph } = frame.template
  if (graph !== undefined) finishBody(run, frame, assessDag(run, frame, graph), "")
}

export function finishBody(run: Run, frame: Frame, phase: NodePhase, message: string): void {
  const { node } = frame
  if (isFulfilled(node)) return
  killDaemons(run, frame)
  node.outbound = outboundIds(run, frame)
  touch(run, node, dirty.shape)
  if (phase !== "Succeeded") return finish(run, node, phase, message)
  const outputs = bodyOutputs(run, frame)
  if (!outputs.ok) return fault(run, node, outputs.message)
  setOutputs(run, node, outputs.value)
  finish(run, node, phase, message)
}

/** Starts nothing more in a body: it ends when what runs has ended. A node that `failed` is about to tell of its own end. */
export function halt(run: Run, frame: Frame, why: Frame["halted"], failed?: NodeRecord): void {
  // As in Argo: of a body that was stopped, a failed child is what is told.
  const isWorse = frame.halted === "shutdown" && why === "failFast"
  if ((frame.halted !== "" && !isWorse) || isFulfilled(frame.node)) return
  frame.halted = why
  dropHeld(run, frame, failed)
  if (failed === undefined) endIfHalted(run, frame)
}

export function endIfHalted(run: Run, frame: Frame): void {
  if (frame.halted === "" || frame.active > 0 || isFulfilled(frame.node)) return
  const { phase, message } = haltOf(run, frame)
  if (frame.halted === "fallen") return endFallen(run, frame, message)
  for (const state of frame.units) {
    if (state?.kind === "loop" && state.node !== undefined) mark(run, state.node, "Failed", message)
  }
  endGroup(run, frame, phase, message)
}

/** The group that ran when a daemon of a former one fell stands for itself. */
function endFallen(run: Run, frame: Frame, message: string): void {
  const { phase, message: own } = assessGroup(frame)
  if (frame.groupNode !== undefined) mark(run, frame.groupNode, phase, own)
  finishBody(run, frame, "Failed", message)
}

/** How a halted body ends. */
function haltOf(run: Run, frame: Frame): Verdict {
  if (frame.halted === "fault") return { phase: "Error", message: frame.groupNode?.message ?? "" }
  const fallen = frame.halted === "fallen" ? assessFormer(frame) : undefined
  if (fallen !== undefined) return fallen
  const message =
    frame.halted === "failFast"
      ? "template has failed or errored children and failFast enabled"
      : `Stopped with strategy '${run.shutdown}'`
  return { phase: "Failed", message }
}

/** A call that is not made any more: it is dropped, and where it was the next attempt of a Retry node, that has ended. */
export function dropCall(run: Run, { owner, frame }: Call): void {
  if (owner?.kind === "attempts" && !isFulfilled(owner.node)) endAttempts(run, frame, owner)
}

/** Drops what a body that has just been halted holds back, but for what follows the end of `ended`. */
function dropHeld(run: Run, frame: Frame, ended: NodeRecord | undefined): void {
  frame.waiting.clear()
  const drop = (node: NodeRecord): void => {
    for (const hook of run.hooked.get(node)?.nodes ?? []) drop(hook)
    const { body } = node
    if (body?.kind !== "attempts" || isFulfilled(node) || body === ended?.owner) return
    const last = body.list.at(-1)
    if (last === undefined || last.isSettled) endAttempts(run, frame, body)
  }
  for (const state of frame.units) {
    if (state?.kind === "node") drop(state)
    else for (const node of state?.nodes ?? []) if (node !== undefined) drop(node)
  }
}

function endAttempts(run: Run, frame: Frame | undefined, { node, list }: Attempts): void {
  const last = list.at(-1)
  const halted = frame === undefined ? "" : haltOf(run, frame).message
  const isStop = run.shutdown !== "" && frame?.halted !== "failFast"
  const message = isStop ? `Stopped with strategy '${run.shutdown}'` : (last?.message ?? halted)
  finish(run, node, last?.phase ?? "Failed", message)
}
