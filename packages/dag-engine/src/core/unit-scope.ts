import type { Parameter } from "../api/parameter.js"
import type { NodePhase } from "../api/status.js"
import {
  aggregateFault,
  aggregateParameter,
  aggregateParameters,
  aggregateResult,
} from "./aggregate.js"
import { scalarText } from "./compile-call.js"
import type { CompiledUnit } from "./compile-types.js"
import type { Frame, Loop } from "./frame.js"
import { unset, writeInstant } from "./instants.js"
import type { NodeRecord } from "./node.js"
import { absentDefault, skippedTemplate } from "./resolve.js"
import type { Run } from "./run.js"
import type { Place } from "./scope.js"

/*
 * What `steps.…` and `tasks.…` stand for (spec/workflows §2.9). Steps see the groups before theirs, tasks their ancestors;
 * the hooks of a step see their own step, and the status of those before it in its group.
 */

const unitFields = [
  "id",
  "status",
  "startedAt",
  "finishedAt",
  "hostNodeName",
  "ip",
  "exitCode",
] as const

/** Names after `steps.` or `tasks.`: of one unit, or of all. */
export function unitNames(
  run: Run,
  place: Place,
  root: string,
  name: string | undefined,
): readonly string[] {
  const all = place.frame?.template.units ?? []
  const units = name === undefined ? all.map((unit) => unit.name) : [name]
  return units.flatMap((unit) => {
    const found = findUnit(place, unit)
    if (found?.state === undefined) {
      return siblingPhase(place, unit) === undefined ? [] : [`${root}.${unit}.status`]
    }
    const declared = declaredParameters(run, place, found.unit, found.state)
    return [
      ...unitFields.map((field) => `${root}.${unit}.${field}`),
      `${root}.${unit}.outputs.result`,
      ...declared.map((parameter) => `${root}.${unit}.outputs.parameters.${parameter.name}`),
    ]
  })
}

/** The output parameters that a unit has, or would have had. */
function declaredParameters(
  run: Run,
  place: Place,
  unit: CompiledUnit,
  state: NodeRecord | Loop,
): readonly Parameter[] {
  const node =
    state.kind === "loop" ? state.nodes.find((each) => each?.template !== undefined) : state
  const template =
    state.kind === "node" && state.type === "Skipped"
      ? templateOfSkipped(run, place.frame, unit)
      : node?.template?.source
  return template?.outputs?.parameters ?? node?.outputs?.parameters ?? []
}

function templateOfSkipped(run: Run, frame: Frame | undefined, unit: CompiledUnit) {
  return skippedTemplate(run, unit, frame?.template.scope ?? run.local)
}

/** What a name after `steps.` or `tasks.` stands for, if the place may see it. */
export function findUnit(
  place: Place,
  unitName: string,
): { readonly unit: CompiledUnit; readonly state: NodeRecord | Loop | undefined } | undefined {
  const { frame } = place
  if (frame === undefined) return undefined
  const { units, graph } = frame.template
  const index = graph?.byName.get(unitName) ?? units.findIndex((unit) => unit.name === unitName)
  const unit = units[index]
  if (unit === undefined) return undefined
  if (place.hooked !== undefined && place.unit === unit) return { unit, state: place.hooked }
  if (place.unit !== undefined && !isBefore(frame, unit, place.unit)) return undefined
  return { unit, state: frame.units[index] }
}

/** Steps see earlier groups, tasks see their ancestors: whether something is done must not depend on timing. */
function isBefore(frame: Frame, unit: CompiledUnit, asking: CompiledUnit): boolean {
  if (frame.template.graph === undefined) return unit.group < asking.group
  if (asking.dependencies.includes(unit.index)) return true
  const seen = new Set<number>(asking.dependencies)
  for (const index of seen) {
    if (index === unit.index) return true
    for (const next of frame.template.units[index]?.dependencies ?? []) seen.add(next)
  }
  return false
}

/** What the hooks of a step see of those before it in its group: how they stand. */
function siblingPhase({ frame, unit, hooked }: Place, name: string): NodePhase | undefined {
  if (frame === undefined || unit === undefined || hooked === undefined) return undefined
  const { units, graph } = frame.template
  if (graph !== undefined) return undefined
  const sibling = units.find((each) => each.name === name)
  if (sibling === undefined || sibling.group !== unit.group || sibling.index >= unit.index) {
    return undefined
  }
  const state = frame.units[sibling.index]
  return state?.kind === "node" ? state.phase : undefined
}

/** What a path after `steps.` or `tasks.` stands for. */
export function unitValue(run: Run, place: Place, path: string): string | null | undefined {
  const dot = path.indexOf(".")
  if (dot < 0) return undefined
  const name = path.slice(0, dot)
  const field = path.slice(dot + 1)
  const found = findUnit(place, name)
  if (found?.state === undefined) {
    return field === "status" ? siblingPhase(place, name) : undefined
  }
  if (found.state.kind === "loop") {
    const { textResultsFail = false } = run.compatibility
    const isRefused =
      textResultsFail && field === "outputs.result" && aggregateFault(found.state) !== undefined
    return isRefused ? undefined : loopValue(found.state, field)
  }
  const { state, unit } = found
  if (state.type === "Skipped" && field.startsWith("outputs.")) {
    return absentDefault(templateOfSkipped(run, place.frame, unit), field)
  }
  return nodeValue(state, field)
}

function loopValue(loop: Loop, field: string): string | undefined {
  if (field === "outputs.result") return aggregateResult(loop)
  if (field === "outputs.parameters") return aggregateParameters(loop)
  if (field.startsWith("outputs.parameters.")) return aggregateParameter(loop, field.slice(19))
  return loop.group === undefined ? undefined : plainValue(loop.group, field)
}

function nodeValue(node: NodeRecord, field: string): string | undefined {
  if (field === "outputs.result") return node.outputs?.result
  if (field === "exitCode") return node.outputs?.exitCode ?? silentExitCode(node)
  if (field === "outputs.parameters") return JSON.stringify(node.outputs?.parameters ?? [])
  if (!field.startsWith("outputs.parameters.")) return plainValue(node, field)
  const name = field.slice(19)
  const value = node.outputs?.parameters?.find((parameter) => parameter.name === name)?.value
  return value === undefined ? undefined : scalarText(value)
}

/** Who runs a step need not say how it went where it went well: a function has no exit code, and stands for a pod that has. */
function silentExitCode({ phase, template }: NodeRecord): string | undefined {
  return phase === "Succeeded" && template?.nodeType === "Pod" ? "0" : undefined
}

function plainValue(node: NodeRecord, field: string): string | undefined {
  switch (field) {
    case "id":
      return node.id
    case "status":
      return node.phase
    case "startedAt":
      return writeInstant(node.startedAt)
    case "finishedAt":
      return node.finishedAt === unset ? undefined : writeInstant(node.finishedAt)
    case "hostNodeName":
      return node.extras?.hostNodeName || undefined
    case "ip":
      return node.extras?.podIP || undefined
    default:
      return undefined
  }
}
