import { type ArtifactSource, referenceName } from "./artifact-source.js"
import { unitCall } from "./calls.js"
import { isPutOff } from "./compatibility.js"
import type { CompiledLoop, CompiledUnit } from "./compile-types.js"
import type { Call, Frame, Owner } from "./frame.js"
import { isAbsent, renderArgument, sourceArtifact } from "./inputs.js"
import { evaluateWhen, type Rendered, type Scope } from "./languages.js"
import { expandLoop, hasField, type Item } from "./loops.js"
import { finish, say } from "./mark.js"
import type { NodeRecord } from "./node.js"
import { resolveTemplate } from "./resolve.js"
import { retriesErrors } from "./retry.js"
import { isStored, type Run } from "./run.js"
import { isStrict, type Place, placeOf, scopeOf } from "./scope.js"
import { findUnit } from "./unit-scope.js"

/*
 * What goes wrong before there is anything to run (spec/workflows §2.5, §2.6). In a DAG it concerns the task; in steps the
 * whole group is an Error from then on: what has started goes on, and nothing more starts.
 */

/** What the node of a call says, and its group of steps: `""` where the group goes on. */
export interface Fault {
  readonly message: string
  readonly group: string
}

/** Why bodies cannot be nested any deeper. */
export const depthMessage =
  "Maximum recursion depth exceeded. See https://argo-workflows.readthedocs.io/en/latest/scaling/#maximum-recursion-depth"

/**
 * Ends a node by an error of what its template was to do: whoever called it meets it too (spec/workflows §2.4, 15), unless it
 * is an attempt and the retry policy covers errors.
 */
export function fault(run: Run, node: NodeRecord, message: string): void {
  const { owner, name } = node
  if (owner?.kind === "attempts") {
    finish(run, node, "Error", message)
    if (!retriesErrors(owner.template)) fault(run, owner.node, message)
    return
  }
  const said = executionFault(owner, name, message)
  finish(run, node, "Error", said.message)
  tellCaller(run, node, said.group)
}

const inEntry = "error in entry template execution: "
const inExit = "error in exit template execution : "

/** The error of the entry template or of the exit handler that a stored workflow ends by; `""`: none. */
export function storedEntryFault({ message = "" }: { readonly message?: string } = {}): string {
  return message.startsWith(inEntry) || message.startsWith(inExit) ? message : ""
}

/** A call, or the node that it made. */
type Called = Pick<NodeRecord, "owner" | "isExit">

/** An error of what a call was to begin, not of its references. */
export function executionFault(owner: Owner | undefined, name: string, message: string): Fault {
  const frame = unitFrame(owner)
  if (frame === undefined) return { message, group: message }
  if (message === depthMessage) return { message, group: "" }
  if (frame.template.graph !== undefined) {
    return { message: `task '${name}' errored: ${message}`, group: "" }
  }
  return { message, group: `step group deemed errored due to child ${name} error: ${message}` }
}

/** The body of a step or task, and of its items; `undefined` for what else is called. */
function unitFrame(owner: Owner | undefined): Frame | undefined {
  if (owner?.kind === "loop") return owner.frame
  return owner?.kind === "frame" ? owner : undefined
}

/**
 * What was called could not begin. The group of a step, or of its hook, is an Error, and nothing more of it starts; the entry
 * template and the exit handler have nobody but the workflow, which ends by it.
 */
export function tellCaller(run: Run, { owner, isExit }: Called, message: string): void {
  if (owner === undefined) {
    run.entryFault = `${isExit ? inExit : inEntry}${message}`
    // Until its daemons are gone the workflow runs on: somebody else may have to end it.
    run.message = run.entryFault
  }
  const frame = owner?.kind === "hooked" ? owner.frame : unitFrame(owner)
  const group = frame?.groupNode
  if (frame === undefined || group === undefined || message === "") return
  if (frame.template.graph !== undefined || frame.halted !== "") return
  frame.halted = "fault"
  say(run, group, message)
}

/** True for a group of steps that goes on with a message: a fault is what it says. */
export function hasFault(group: NodeRecord): boolean {
  return group.message !== ""
}

/** While a stored run is read: true for what a fault had kept from starting. */
export function isBarred(run: Run, call: Call, name: string): boolean {
  const group = call.frame?.groupNode
  if (group === undefined || !hasFault(group) || unitFrame(call.owner) === undefined) return false
  return run.stored !== undefined && !isStored(run, name)
}

/** Why a group of steps cannot begin at all: a reference that none of its steps may leave open. */
export function groupFault(run: Run, frame: Frame, start: number, end: number): string | undefined {
  for (let slot = start; slot < end; slot++) {
    const unit = frame.template.units[slot] as CompiledUnit
    const { parameters, artifacts } = unit.call
    const isPlain = parameters.every(hasNoTags) && artifacts.length === 0
    if (isPlain && unit.loop === undefined) continue
    const fault = unitFault(run, unit, placeOf(unitCall(frame, slot)))
    if (fault !== undefined && !isPutOff(fault)) return fault
  }
  return undefined
}

function hasNoTags({ text }: CompiledUnit["call"]["parameters"][number]): boolean {
  return text === undefined || text.isLiteral
}

function unitFault(run: Run, unit: CompiledUnit, place: Place): string | undefined {
  const scope = scopeOf(run, place)
  // Without its item, the condition of a loop may not be evaluable yet.
  if (isRuledOut(run, unit, place) !== false) return undefined
  for (const { text } of unit.call.parameters) {
    if (text === undefined || text.isLiteral) continue
    const rendered = renderArgument(text, scope)
    if (!rendered.ok && !isAbsent(text, scope)) return rendered.message
  }
  const missing = missingArtifact(run, unit, { place, scope })
  if (missing !== undefined) return missing
  if (unit.loop === undefined) return undefined
  const items = itemsOf(run, unit, place)
  return items.ok ? undefined : items.message
}

/** What a step is to be given, and nobody has made; one that was skipped, or an input that may be missing, is its own matter. */
function missingArtifact(
  run: Run,
  unit: CompiledUnit,
  caller: { readonly place: Place; readonly scope: Scope },
): string | undefined {
  for (const artifact of unit.call.artifacts) {
    const { name, from, choice } = artifact
    if (artifact.isOptional || (from ?? choice) === undefined) continue
    const found = sourceArtifact(run, artifact, caller)
    if (!found.ok) return found.message
    if (found.value !== undefined || isOfSkipped(artifact, caller.place)) continue
    if (isOptionalInput(run, unit, name, caller)) continue
    return `inputs.artifacts.${name}: ${from ?? choice?.source} is not there`
  }
  return undefined
}

/** Steps that were skipped stand for artifacts that are empty. */
function isOfSkipped({ from }: ArtifactSource, place: Place): boolean {
  const [root, unit = ""] = referenceName(from ?? "").split(".")
  const state = root === "steps" || root === "tasks" ? findUnit(place, unit)?.state : undefined
  return state?.kind === "node" && state.type === "Skipped"
}

function isOptionalInput(
  run: Run,
  { call }: CompiledUnit,
  name: string,
  { place, scope }: { readonly place: Place; readonly scope: Scope },
): boolean {
  const template = resolveTemplate(run, call, place.frame?.template.scope ?? run.local, scope)
  const input = template.ok && template.value.inputArtifacts.find((each) => each.name === name)
  return input !== false && input?.optional === true
}

/**
 * The items of a loop. Where its list is made of what others put out, the condition is asked first: one that says no leaves
 * the list alone.
 */
export function itemsOf(run: Run, unit: CompiledUnit, place: Place): Rendered<readonly Item[]> {
  const loop = unit.loop as CompiledLoop
  const isMade = loop.kind !== "items" && loop.text.names.some(isStrict)
  if (isMade && isRuledOut(run, unit, place) === true) return { ok: true, value: [] }
  const values = expandLoop(loop, scopeOf(run, place))
  if (!values.ok) return isRuledOut(run, unit, place) === true ? { ok: true, value: [] } : values
  const items = values.value.map(({ value, written }, index) => ({ index, value, written }))
  const message = openTag(run, unit, place, items)
  if (message === undefined || isRuledOut(run, unit, place) === true)
    return { ok: true, value: items }
  return { ok: false, message }
}

/** A tag in what the items are given that stands for nothing: the loop is an Error before any of them begins. */
function openTag(
  run: Run,
  { call }: CompiledUnit,
  place: Place,
  items: readonly Item[],
): string | undefined {
  const [first] = items
  if (first === undefined) return undefined
  const scope = scopeOf(run, { ...place, item: first })
  for (const { text } of call.parameters) {
    for (const name of text?.tags ?? []) {
      const isKnown = name.startsWith("item.")
        ? items.every((item) => hasField(item, name.slice(5)))
        : name.includes("{{") || scope.get(name) !== undefined
      if (!isKnown) return scope.fault?.(name) ?? `failed to resolve {{${name}}}`
    }
  }
  return undefined
}

/** Whether a unit's condition says no before its loop is expanded; `undefined` where a step's cannot be evaluated. */
export function isRuledOut(run: Run, unit: CompiledUnit, place: Place): boolean | undefined {
  if (unit.when === undefined) return false
  const rendered = unit.when.render(scopeOf(run, place), isStrict)
  const verdict = rendered.ok ? evaluateWhen(rendered.value) : rendered
  if (verdict.ok) return !verdict.value
  return unit.loop === undefined ? undefined : false
}
