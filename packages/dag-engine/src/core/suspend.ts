import type { Parameter } from "../api/parameter.js"
import { scalarText } from "./compile-call.js"
import { finish } from "./mark.js"
import { isSaving } from "./memo.js"
import type { NodeRecord } from "./node.js"
import { setOutputs } from "./outputs.js"
import type { Run } from "./run.js"

/** Ends a suspended node: its `supplied` outputs take the given values, else their defaults. */
export function resume(
  run: Run,
  node: NodeRecord,
  values: { readonly [name: string]: string },
): void {
  if (isSaving(node)) return
  const parameters: Parameter[] = []
  for (const declared of node.template?.source.outputs?.parameters ?? []) {
    const given = Object.hasOwn(values, declared.name) ? values[declared.name] : undefined
    const fallback = declared.valueFrom?.default ?? declared.default ?? inputOf(node, declared.name)
    if (given === undefined && fallback === undefined) {
      const message = `output parameter '${declared.name}' was not supplied and has no default`
      return finish(run, node, "Error", message)
    }
    parameters.push({ ...declared, value: given ?? scalarText(fallback as string) })
  }
  if (parameters.length > 0) setOutputs(run, node, { parameters })
  finish(run, node, "Succeeded", "")
}

/** Intermediate parameters: an input of the same name is the default of a supplied output. */
function inputOf(node: NodeRecord, name: string): string | undefined {
  const value = node.inputs?.parameters?.find((parameter) => parameter.name === name)?.value
  return value === undefined ? undefined : scalarText(value)
}
