import type { IssuePath } from "@argo-ts/kernel"
import type { Arguments } from "../api/parameter.js"
import type { Template } from "../api/template.js"
import { missingInputs } from "../api/validate/arguments.js"
import {
  type Call,
  findUnit,
  hasTag,
  hintOf,
  referredKind,
  report,
  targetOf,
  type Unit,
  type World,
} from "./world.js"

/** A call and what it is given. */
export interface PlacedCall {
  readonly path: IssuePath
  readonly call: Call
  readonly given: Arguments | undefined
}

/** Judges a call: a template of another object exists, gets what it needs, and takes what it is given. */
export function checkCall(world: World, unit: Unit, { path, call, given }: PlacedCall): void {
  checkReference(world, unit, path, call)
  const target = targetOf(world, unit, call)
  if (target === undefined) return
  const { template } = target
  const shown = call.templateRef === undefined ? "" : `${call.templateRef.name}/`
  // Validation judges calls inside one object.
  if (call.templateRef !== undefined) {
    for (const missing of missingInputs(template, given)) {
      const message = `"${shown}${template.name ?? ""}" needs ${missing}, which the call does not give`
      report(world, unit, [...path, "arguments"], { code: "MissingArgument", message })
    }
  }
  checkExtra(world, unit, { path, call, given }, template)
}

function checkReference(world: World, unit: Unit, path: IssuePath, call: Call): void {
  const ref = call.templateRef
  if (ref === undefined || ref.name === "" || ref.template === "") return
  if (hasTag(ref.name) || hasTag(ref.template)) return
  const other = findUnit(world, ref)
  const kind = referredKind(ref)
  if (other === undefined) {
    if (!world.isClosed) return
    const names = world.units.filter((each) => each.kind === kind).map(({ name }) => name)
    const message = `names the ${kind} "${ref.name}", which is not among the manifests`
    const hint = hintOf(ref.name, names) ?? otherScope(world, ref.name, kind)
    return report(world, unit, [...path, "templateRef", "name"], {
      code: "UnknownTemplate",
      message,
      hint,
    })
  }
  if (other.templates.has(ref.template)) return
  const message = `the ${kind} "${ref.name}" has no template "${ref.template}"`
  const hint = hintOf(ref.template, other.templates.keys())
  report(world, unit, [...path, "templateRef", "template"], {
    code: "UnknownTemplate",
    message,
    hint,
  })
}

function otherScope(world: World, name: string, kind: string): string | undefined {
  const other = world.units.find((each) => each.name === name && each.kind !== kind)
  return other?.kind.endsWith("WorkflowTemplate") === true
    ? `there is a ${other.kind} of that name: ${other.kind === "WorkflowTemplate" ? "leave out clusterScope" : "set clusterScope: true"}`
    : undefined
}

/** Arguments that the template does not declare are ignored: most often a name is misspelt. */
function checkExtra(world: World, unit: Unit, placed: PlacedCall, template: Template): void {
  const { path, given } = placed
  for (const kind of ["parameters", "artifacts"] as const) {
    const declared = (template.inputs?.[kind] ?? []).map(({ name }) => name)
    for (const [index, { name }] of (given?.[kind] ?? []).entries()) {
      if (declared.includes(name)) continue
      const message = `"${template.name ?? "the inline template"}" declares no input "${name}": the argument is ignored`
      const at = [...path, "arguments", kind, index, "name"]
      const hint = hintOf(name, declared)
      report(world, unit, at, { code: "UnusedArgument", message, hint, severity: "warning" })
    }
  }
}
