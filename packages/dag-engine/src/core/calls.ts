import type { Arguments } from "../api/parameter.js"
import { frameOf } from "./bodies.js"
import { compileCall } from "./compile-call.js"
import type { CompiledCall, CompiledHook, CompiledUnit } from "./compile-types.js"
import type { Attempts, Call, Frame, Hooked, Loop } from "./frame.js"
import { itemSuffix } from "./loops.js"
import type { NodeRecord } from "./node.js"

/** The call of a unit, or of one of its items. */
export function unitCall(frame: Frame, slot: number, loop?: Loop, index = 0): Call {
  const unit = frame.template.units[slot] as CompiledUnit
  const item = loop?.items[index]
  return {
    owner: loop ?? frame,
    slot: loop === undefined ? slot : index,
    frame,
    base: frame.template.graph === undefined ? frame.groupNode : frame.node,
    unit,
    hook: undefined,
    item,
    source: unit.call,
    suffix: item === undefined ? unit.suffix : unit.suffix + itemSuffix(item),
    isExit: frame.node.isExit,
  }
}

/** The call of the next attempt. */
export function attemptCall(attempts: Attempts): Call {
  const { node, list } = attempts
  return {
    owner: attempts,
    slot: list.length,
    frame: frameOf(node),
    base: node,
    unit: undefined,
    hook: undefined,
    item: undefined,
    source: undefined,
    suffix: `(${list.length})`,
    isExit: node.isExit,
  }
}

/** Hooks come after everything that a node's own body may hold. */
const firstHookSlot = 2 ** 31

/** The call of a hook. */
export function hookCall(hooked: Hooked, hook: CompiledHook): Call {
  return {
    owner: hooked,
    slot: firstHookSlot + hooked.hooks.indexOf(hook),
    frame: hooked.frame,
    base: hooked.node,
    unit: hooked.unit,
    hook,
    item: hooked.item,
    source: hook.call,
    suffix: hook.suffix,
    isExit: hook.name === "exit" || hooked.node.isExit,
  }
}

/** The call of the workflow's exit handler. */
export function exitCall(root: NodeRecord, hook: CompiledHook): Call {
  return {
    owner: undefined,
    slot: 0,
    frame: undefined,
    base: root,
    unit: undefined,
    hook,
    item: undefined,
    source: hook.call,
    suffix: hook.suffix,
    isExit: true,
  }
}

/** What a call hands on. An exit handler without arguments has those of the workflow (spec/workflows §2.13). */
export function handedOn(
  { hook }: Call,
  source: CompiledCall,
  given: Arguments | undefined,
): CompiledCall {
  const isOwn = source.parameters.length > 0 || source.artifacts.length > 0
  if (hook?.name !== "exit" || isOwn || given === undefined) return source
  let ofWorkflow = compiled.get(given)
  if (ofWorkflow === undefined) {
    ofWorkflow = compileCall({ arguments: given })
    compiled.set(given, ofWorkflow)
  }
  const { parameters, artifacts } = ofWorkflow
  return { ...source, parameters, artifacts }
}

/** Arguments of workflows made ready, once for each. */
const compiled = new WeakMap<Arguments, CompiledCall>()
