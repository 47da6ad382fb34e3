import { nearestName } from "@argo-ts/kernel/validation"
import type { Parameter } from "../api/parameter.js"
import { scalarText } from "./compile-call.js"
import { finish, say } from "./mark.js"
import { isSaving } from "./memo.js"
import type { NodeRecord } from "./node.js"
import { setOutputs } from "./outputs.js"
import type { Run } from "./run.js"

/** Values for the outputs of a suspended node, by name. */
export type SuppliedValues = { readonly [name: string]: string }

/** Shows on a suspended node what it is to be given (spec/workflows §2.17): whoever sets outputs looks there. */
export function awaitSupplies(run: Run, node: NodeRecord): void {
  const parameters = supplies(node)
  if (parameters.length > 0 && node.outputs === undefined) setOutputs(run, node, { parameters })
}

/**
 * Ends a suspended node: its `supplied` outputs take the given values, those that were given before, else their defaults.
 * One that is left without leaves the node waiting, and it says so.
 */
export function resume(run: Run, node: NodeRecord, values: SuppliedValues): void {
  if (isSaving(node)) return
  const parameters = supplied(node, values)
  const fault = unsuppliedFault(parameters)
  if (fault === undefined) {
    if (parameters.length > 0) setOutputs(run, node, { parameters: parameters.map(withDefault) })
    return finish(run, node, "Succeeded", "")
  }
  if (Object.keys(values).length > 0) setOutputs(run, node, { parameters })
  say(run, node, fault)
}

function withDefault(parameter: Parameter): Parameter {
  const { value, default: fallback, valueFrom } = parameter
  return withValue(parameter, value ?? valueFrom?.default ?? fallback ?? "")
}

/** What has its value says no more where it is to come from. */
function withValue(
  { valueFrom: _, ...parameter }: Parameter,
  value: string | number | boolean,
): Parameter {
  return { ...parameter, value: scalarText(value) }
}

/** A suspended node's time is over: nobody will give now what is still missing. */
export function resumeByTime(run: Run, node: NodeRecord): void {
  if (isSaving(node)) return
  const fault = unsuppliedFault(supplied(node, {}))
  if (fault === undefined) resume(run, node, {})
  else finish(run, node, "Error", fault)
}

function supplied(node: NodeRecord, values: SuppliedValues): readonly Parameter[] {
  const before = node.outputs?.parameters ?? []
  return supplies(node).map((declared) => {
    const { name } = declared
    const given = Object.hasOwn(values, name) ? values[name] : undefined
    const known = given ?? before.find((each) => each.name === name)?.value
    return known === undefined ? declared : withValue(declared, known)
  })
}

/** Why a suspended node cannot end yet: one of its outputs has no value, and no default either. */
export function unsuppliedFault(parameters: readonly Parameter[]): string | undefined {
  const missing = parameters.find(
    ({ value, default: fallback, valueFrom }) =>
      value === undefined && fallback === undefined && valueFrom?.default === undefined,
  )
  if (missing === undefined) return undefined
  return `raw output parameter '${missing.name}' has not been set and does not have a default value`
}

/** The declared outputs. An input of the same name lends its values, its words, and what it holds as the default. */
function supplies({ template, inputs }: NodeRecord): readonly Parameter[] {
  const { outputs, inputs: declared } = template?.source ?? {}
  return (outputs?.parameters ?? []).map((output) => {
    const named = ({ name }: Parameter): boolean => name === output.name
    const input = declared?.parameters?.find(named)
    const value = inputs?.parameters?.find(named)?.value
    const { enum: allowed = input?.enum, description = input?.description } = output
    const isOpen = output.default === undefined && output.valueFrom?.default === undefined
    return {
      ...output,
      ...(allowed === undefined ? {} : { enum: allowed }),
      ...(description === undefined ? {} : { description }),
      ...(isOpen && value !== undefined ? { default: scalarText(value) } : {}),
    }
  })
}

/** Why a suspended node does not take values: none of its outputs has such a name, or may have such a value. */
export function suppliedFault(
  parameters: readonly Parameter[],
  values: SuppliedValues,
): string | undefined {
  const names = parameters.map(({ name }) => name)
  for (const [name, value] of Object.entries(values)) {
    const output = parameters.find((each) => each.name === name)
    if (output === undefined) {
      const near = nearestName(name, names)
      const hint = near === undefined ? "" : ` (did you mean "${near}"?)`
      return `no output parameter '${name}' is to be supplied${hint}`
    }
    const allowed = output.enum?.map(scalarText)
    if (allowed === undefined || allowed.includes(value)) continue
    return `output parameter '${name}' is one of ${allowed.join(", ")}, found ${JSON.stringify(value)}`
  }
  return undefined
}
