import type { NodePhase } from "../api/status.js"
import type { CompiledTemplate, CompiledUnit } from "./compile-types.js"
import type { Attempts, Call, Frame } from "./frame.js"
import { finish } from "./mark.js"
import { isFulfilled, type NodeRecord } from "./node.js"
import { isStored, type Run } from "./run.js"

/*
 * A body that is halted starts nothing any more, and ends when what runs in it has ended (spec/workflows §2.11). A Retry node
 * whose next attempt would only be started runs nothing: it ends with the attempt that it had last.
 */

/** How a halted body ends. */
export function haltOf(
  run: Run,
  frame: Frame,
): { readonly phase: NodePhase; readonly message: string } {
  if (frame.halted === "fault") return { phase: "Error", message: frame.groupNode?.message ?? "" }
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

/**
 * True for a unit that a halted body does not begin. While a stored run is read, what had begun before is taken up; the items of
 * a loop of steps are looked at one by one.
 */
export function isShut(run: Run, frame: Frame, unit: CompiledUnit): boolean {
  if (frame.halted === "") return false
  const isSteps = frame.template.graph === undefined
  if (isSteps && unit.loop !== undefined && run.stored !== undefined) return false
  const base = isSteps ? frame.groupNode : frame.node
  return !isStored(run, (base?.name ?? "") + unit.suffix)
}

/** True for a call whose node a stored status holds. */
export function isKnownCall(run: Run, { base, suffix }: Call): boolean {
  return isStored(run, (base?.name ?? run.name) + suffix)
}

/** True where the group of steps after the current one stands in a stored status. */
export function isNextKnown(run: Run, { node, group }: Frame): boolean {
  return run.stored !== undefined && isStored(run, `${node.name}[${group + 1}]`)
}

/** What halts a body of a stored run from the beginning: it had been halted when the status was written. */
export function storedHalt(
  run: Run,
  node: NodeRecord,
  template: CompiledTemplate,
): Frame["halted"] {
  if (run.stored === undefined || isFulfilled(node)) return ""
  const isSpared = run.shutdown === "" || (node.isExit && run.shutdown === "Stop")
  if (!isSpared) return "shutdown"
  return template.failFast && run.spoilt.has(node.id) ? "failFast" : ""
}

/** Drops what a body that has just been halted holds back, but for what follows the end of `ended`. */
export function dropHeld(run: Run, frame: Frame, ended: NodeRecord | undefined): void {
  frame.waiting.clear()
  const drop = (node: NodeRecord): void => {
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
  const stopped = `Stopped with strategy '${run.shutdown}'`
  const isStop = frame === undefined || frame.halted === "shutdown"
  const message = isStop ? stopped : (last?.message ?? haltOf(run, frame).message)
  finish(run, node, last?.phase ?? "Failed", message)
}
