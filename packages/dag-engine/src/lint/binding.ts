import type { IssuePath } from "@argo-ts/kernel"
import type { BoundSubmit, WorkflowEventBinding } from "../api/event-binding.js"
import { checkExpression } from "./expressions.js"
import { open, type Scope, type Sight, unknown } from "./scope.js"
import { findUnit, hintOf, type Place, referredKind, report, type World } from "./world.js"

/** Judges a WorkflowEventBinding: its expressions, the template that it submits, and what it gives it. */
export function checkEventBinding(
  world: World,
  place: Place,
  { spec }: WorkflowEventBinding,
): void {
  const path = ["spec", "event", "selector"]
  checkExpression(world, place, { path, source: spec.event.selector }, eventScope)
  const { submit } = spec
  if (submit === undefined) return
  for (const [index, { valueFrom }] of (submit.arguments?.parameters ?? []).entries()) {
    const at = ["spec", "submit", "arguments", "parameters", index, "valueFrom", "event"]
    checkExpression(world, place, { path: at, source: valueFrom?.event ?? "" }, eventScope)
  }
  checkSubmission(world, place, submit)
}

const text: Sight = { is: "value", sample: "1" }
const names: { readonly [name: string]: Sight } = {
  payload: open,
  discriminator: text,
  namespace: text,
  metadata: open,
}

/** What an event brings; of its payload nothing is known. */
const eventScope: Scope = ([root = "", field]) => {
  if (!Object.hasOwn(names, root)) {
    const known = Object.keys(names)
    return unknown(`an event has ${known.join(", ")}`, hintOf(root, known))
  }
  return field === undefined ? names[root] : open
}

function checkSubmission(world: World, place: Place, submit: BoundSubmit): void {
  const ref = submit.workflowTemplateRef
  const base: IssuePath = ["spec", "submit"]
  const unit = findUnit(world, ref)
  if (unit === undefined) {
    if (!world.isClosed) return
    const kind = referredKind(ref)
    const known = world.units.filter((each) => each.kind === kind).map(({ name }) => name)
    const message = `names the ${kind} "${ref.name}", which is not among the manifests`
    const hint = hintOf(ref.name, known)
    return report(world, place, [...base, "workflowTemplateRef", "name"], {
      code: "UnknownTemplate",
      message,
      hint,
    })
  }
  const declared = unit.spec.arguments?.parameters ?? []
  const given = submit.arguments?.parameters ?? []
  for (const { name, value, default: fallback, valueFrom } of declared) {
    const hasOwn = value !== undefined || fallback !== undefined || valueFrom !== undefined
    if (hasOwn || given.some((each) => each.name === name)) continue
    const message = `"${ref.name}" needs the parameter "${name}", which the binding does not give`
    report(world, place, [...base, "arguments"], { code: "MissingArgument", message })
  }
  const known = declared.map(({ name }) => name)
  for (const [index, { name }] of given.entries()) {
    if (known.includes(name)) continue
    const message = `"${ref.name}" declares no parameter "${name}"`
    const at = [...base, "arguments", "parameters", index, "name"]
    const hint = hintOf(name, known)
    report(world, place, at, { code: "UnusedArgument", message, hint, severity: "warning" })
  }
}
