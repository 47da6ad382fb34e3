import { nearestName } from "@argo-ts/kernel/validation"
import type { Parameter } from "../api/parameter.js"
import { scalarText } from "./compile-call.js"
import { finish } from "./mark.js"
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

/** Ends a suspended node: its `supplied` outputs take the given values, else their defaults. */
export function resume(run: Run, node: NodeRecord, values: SuppliedValues): void {
  if (isSaving(node)) return
  const parameters: Parameter[] = []
  for (const declared of supplies(node)) {
    const given = Object.hasOwn(values, declared.name) ? values[declared.name] : undefined
    const value = given ?? declared.valueFrom?.default ?? declared.default
    if (value === undefined) {
      const message = `output parameter '${declared.name}' was not supplied and has no default`
      return finish(run, node, "Error", message)
    }
    parameters.push({ ...declared, value: scalarText(value) })
  }
  if (parameters.length > 0) setOutputs(run, node, { parameters })
  finish(run, node, "Succeeded", "")
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
