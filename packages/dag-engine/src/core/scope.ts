import { isJsonObject, type JsonValue } from "@argo-ts/kernel"
import type { Artifact } from "../api/artifact.js"
import type { Inputs } from "../api/parameter.js"
import { aggregateFault } from "./aggregate.js"
import { quotingFault } from "./compatibility.js"
import { scalarText } from "./compile-call.js"
import type { CompiledUnit } from "./compile-types.js"
import type { Attempts, Call, Frame } from "./frame.js"
import { marshal } from "./go-json.js"
import type { Expression, Rendered, Scope } from "./languages.js"
import { type Item, itemField, itemText } from "./loops.js"
import { displayNameOf } from "./names.js"
import type { NodeRecord } from "./node.js"
import { retryNamesBelow, retryValue } from "./retry.js"
import { durationOf, podNameOf, type Run } from "./run.js"
import { findUnit, unitNames, unitValue } from "./unit-scope.js"

/** From where a name is looked up. */
export interface Place {
  /** The body whose units can be named. */
  readonly frame: Frame | undefined
  /** The unit that asks: it sees what comes before it. `undefined` sees all. */
  readonly unit: CompiledUnit | undefined
  readonly item: Item | undefined
  /** The node whose template is rendered: its own inputs, names and attempts. */
  readonly node: NodeRecord | undefined
  /** The node a hook follows; it stands for its unit. */
  readonly hooked: NodeRecord | undefined
}

/** The place of what concerns the workflow as a whole: only global names are seen. */
export const runPlace: Place = {
  frame: undefined,
  unit: undefined,
  item: undefined,
  node: undefined,
  hooked: undefined,
}

/** The place of a node whose own template is rendered. */
export function nodePlace(node: NodeRecord): Place {
  return { frame: undefined, unit: undefined, item: undefined, node, hooked: undefined }
}

/** From where a call's own fields are looked up. */
export function placeOf(call: Call): Place {
  return {
    frame: call.frame,
    unit: call.unit,
    item: call.item,
    node: undefined,
    hooked: call.owner?.kind === "hooked" ? call.owner.node : undefined,
  }
}

/** Names as seen from a place. */
export function scopeOf(run: Run, place: Place): Scope {
  return new PlaceScope(run, place)
}

/** A class: one is made for every call, and most are never asked. */
class PlaceScope implements Scope {
  readonly now: number
  readonly refuses: ((value: string) => string | undefined) | undefined
  readonly #run: Run
  readonly #place: Place

  constructor(run: Run, place: Place) {
    this.now = run.now
    this.#run = run
    this.#place = place
    this.refuses = run.compatibility.controlCharactersFail === true ? quotingFault : undefined
  }

  get(name: string): string | null | undefined {
    return lookup(this.#run, this.#place, name)
  }

  below(path: string): Iterable<string> {
    return namesBelow(this.#run, this.#place, path)
  }

  fault(name: string): string | undefined {
    if (this.#run.compatibility.textResultsFail !== true) return undefined
    const [, unit = "", ...field] = name.split(".")
    if (field.join(".") !== "outputs.result") return undefined
    const state = findUnit(this.#place, unit)?.state
    return state?.kind === "loop" ? aggregateFault(state) : undefined
  }
}

/** Names of steps and tasks must resolve; everything else unknown is left to the step. */
export function isStrict(name: string): boolean {
  return (
    (name.startsWith("steps.") || name.startsWith("tasks.")) &&
    !name.includes(".outputs.artifacts.")
  )
}

/** Everything has to resolve. */
export function isClosed(): boolean {
  return true
}

/** Nothing needs to resolve. */
export function isLenient(): boolean {
  return false
}

function lookup(run: Run, place: Place, name: string): string | null | undefined {
  const dot = name.indexOf(".")
  const root = dot < 0 ? name : name.slice(0, dot)
  const rest = dot < 0 ? "" : name.slice(dot + 1)
  switch (root) {
    case "workflow":
      return run.globals.get(name) ?? (rest === "duration" ? durationOf(run) : undefined)
    case "inputs":
      return inputValue(place.node?.inputs ?? place.frame?.node.inputs, rest, place)
    case "item":
      return place.item === undefined ? undefined : itemValue(place.item, rest)
    case "steps":
    case "tasks":
      if (rest === "name") return unitName(run, place)
      return unitValue(run, place, rest)
    case "node":
      return rest === "name" ? calledNode(place)?.name : undefined
    case "pod":
      return rest === "name" && place.node?.type === "Pod" ? podNameOf(run, place.node) : undefined
    case "outputs":
      return outputPath(place, rest)
    case "retries":
    case "lastRetry":
      return attemptValue(place.node ?? place.frame?.node, name)
    default:
      return undefined
  }
}

/** The node that was called: for an attempt, its Retry node. */
function calledNode(place: Place): NodeRecord | undefined {
  const node = place.node ?? place.frame?.node
  return node?.owner?.kind === "attempts" ? node.owner.node : node
}

/** The name of the step or task that was called, whatever its display name. */
function unitName(run: Run, place: Place): string | undefined {
  const node = calledNode(place)
  return node && displayNameOf(node.name, run.byId.get(node.boundaryId)?.name)
}

/** Names for expressions: enough of the scope around a path, found without looking at everything. */
function namesBelow(run: Run, place: Place, path: string): readonly string[] {
  const [root, second] = path.split(".")
  switch (root) {
    case "workflow": {
      const prefix = second === undefined ? "workflow." : `workflow.${second}`
      return [...run.globals.keys()].filter((name) => name.startsWith(prefix))
    }
    case "inputs":
      return inputNames(place.node?.inputs ?? place.frame?.node.inputs)
    case "item":
      return itemNames(place.item)
    case "steps":
    case "tasks":
      return [`${root}.name`, ...unitNames(run, place, root, second)]
    case "retries":
    case "lastRetry":
      return retryNamesBelow(path)
    case "node":
    case "pod":
      return [`${root}.name`]
    default:
      return []
  }
}

function inputNames(inputs: Inputs | undefined): readonly string[] {
  const parameters = inputs?.parameters?.map(({ name }) => `inputs.parameters.${name}`) ?? []
  const artifacts = inputs?.artifacts?.map(({ name }) => `inputs.artifacts.${name}.path`) ?? []
  return [...parameters, ...artifacts]
}

function itemNames(item: Item | undefined): readonly string[] {
  if (item === undefined) return []
  const keys = isJsonObject(item.value) ? Object.keys(item.value) : []
  return ["item", ...keys.map((key) => `item.${key}`)]
}

/** `retries` and `lastRetry.…`, in the template that is retried: in a leaf, or in what steps and tasks are given. */
function attemptValue(node: NodeRecord | undefined, name: string): string | undefined {
  return node === undefined ? undefined : retryValue(attemptsOf(node), name)
}

function attemptsOf(node: NodeRecord): Attempts | undefined {
  return node.owner?.kind === "attempts" ? node.owner : undefined
}

function itemValue(item: Item, key: string): string | undefined {
  return key === "" ? itemText(item) : itemField(item, key)
}

/** `inputs.…` of a template. */
function inputValue(inputs: Inputs | undefined, path: string, place: Place): string | undefined {
  const [kind, name, field] = path.split(".")
  if (kind === "parameters" && (name === undefined || (name === "json" && !has(inputs, name)))) {
    return marshal((inputs?.parameters ?? []) as unknown as JsonValue)
  }
  if (kind === "parameters") {
    const found = inputs?.parameters?.find((parameter) => parameter.name === name)
    return found?.value === undefined ? undefined : scalarText(found.value)
  }
  if (kind === "artifacts" && field === "path") {
    const declared = (place.node ?? place.frame?.node)?.template?.inputArtifacts
    return declared?.find((artifact) => artifact.name === name)?.path
  }
  return undefined
}

function has(inputs: Inputs | undefined, name: string): boolean {
  return inputs?.parameters?.some((parameter) => parameter.name === name) === true
}

function outputPath(place: Place, path: string): string | undefined {
  const [kind, name] = path.split(".")
  const outputs = place.node?.template?.source.outputs
  if (!path.endsWith(".path")) return undefined
  if (kind === "parameters") {
    return outputs?.parameters?.find((parameter) => parameter.name === name)?.valueFrom?.path
  }
  return kind === "artifacts"
    ? outputs?.artifacts?.find((artifact) => artifact.name === name)?.path
    : undefined
}

/** The artifact a name stands for: of an earlier unit, of the inputs, or global. */
export function findArtifact(run: Run, place: Place, name: string): Artifact | undefined {
  const parts = name.split(".")
  const last = parts[parts.length - 1]
  if (name.startsWith("workflow.outputs.artifacts.")) {
    return run.outputs?.artifacts?.find((artifact) => artifact.name === last)
  }
  if (name.startsWith("inputs.artifacts.")) {
    return (place.node ?? place.frame?.node)?.inputs?.artifacts?.find(
      (artifact) => artifact.name === last,
    )
  }
  const found = findUnit(place, parts[1] ?? "")
  if (found?.state === undefined || found.state.kind === "loop") return undefined
  return found.state.outputs?.artifacts?.find((artifact) => artifact.name === last)
}

const artifactName = /^(inputs|(steps|tasks)\.[^.]+\.outputs|workflow\.outputs)\.artifacts\.[^.]+$/

/**
 * The artifact that a `fromExpression` chooses; `undefined` where it gives nothing. The expression sees each artifact as
 * its name, and what it gives is looked up again.
 */
export function chooseArtifact(
  run: Run,
  place: Place,
  scope: Scope,
  expression: Expression,
): Rendered<Artifact | undefined> {
  const plain = expression.within(scope)
  if (!plain.ok) return plain
  const names = plain.value.paths
    .map((path) => path.join("."))
    .filter((name) => artifactName.test(name))
  const known = names.filter((name) => findArtifact(run, place, name) !== undefined)
  const value = plain.value.evaluate({
    now: scope.now,
    get: (name) => (names.includes(name) ? (known.includes(name) ? name : null) : scope.get(name)),
    below: (path) => [
      ...scope.below(path),
      ...names.filter((name) => name === path || name.startsWith(`${path}.`)),
    ],
  })
  if (!value.ok) return value
  if (value.value === null) return { ok: true, value: undefined }
  if (typeof value.value === "string" && names.includes(value.value)) {
    return { ok: true, value: findArtifact(run, place, value.value) }
  }
  const found = JSON.stringify(value.value)
  return { ok: false, message: `fromExpression gave no artifact, but ${found}` }
}
