import type { CompiledTemplate, CompiledUnit } from "./compile-types.js"
import type { Call, Frame } from "./frame.js"
import { isFulfilled, type NodeRecord } from "./node.js"
import { isStored, type Run } from "./run.js"

/*
 * A body that is halted starts nothing any more (spec/workflows §2.11). While a stored run is read, what had begun before is
 * taken up again.
 */

/** True for a unit that a halted body does not begin. The items of a loop of steps are looked at one by one. */
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
  if (template.failFast && run.spoilt.has(node.id)) return "failFast"
  return isSpared ? "" : "shutdown"
}
