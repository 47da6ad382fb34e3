import type { Parameter } from "../api/parameter.js"
import type { WorkflowSpec } from "../api/workflow.js"
import { compileText, type Rendered, type Scope, type Text } from "./languages.js"

/** Finds the data of a ConfigMap in the workflow's namespace: what `valueFrom.configMapKeyRef` names. */
export type ConfigMapSource = (name: string) => { readonly [key: string]: string } | undefined

/** `valueFrom.configMapKeyRef`, its tags parsed. */
export interface CompiledConfigMapRef {
  readonly name: Text
  readonly key: Text
}

/** Makes the ConfigMap reference of a parameter ready, where it has one and no value of its own. */
export function compileConfigMapRef(parameter: Parameter): CompiledConfigMapRef | undefined {
  const ref = parameter.valueFrom?.configMapKeyRef
  if (ref === undefined || parameter.value !== undefined) return undefined
  return { name: compileText(ref.name), key: compileText(ref.key) }
}

/** The value that a reference stands for. */
export function configMapValue(
  find: ConfigMapSource,
  ref: CompiledConfigMapRef,
  scope: Scope,
): Rendered {
  const name = ref.name.render(scope, isNeverStrict)
  if (!name.ok) return name
  const key = ref.key.render(scope, isNeverStrict)
  return key.ok ? valueAt(find, name.value, key.value) : key
}

function isNeverStrict(): boolean {
  return false
}

function valueAt(find: ConfigMapSource, name: string, key: string): Rendered {
  const data = find(name)
  if (data === undefined) return { ok: false, message: `ConfigMap '${name}' is not there` }
  const value = Object.hasOwn(data, key) ? data[key] : undefined
  if (value !== undefined) return { ok: true, value }
  return { ok: false, message: `ConfigMap '${name}' does not have the key '${key}'` }
}

/** A spec whose own arguments have the values that ConfigMaps give them; or why one has none. */
export function withConfigMapArguments(
  spec: WorkflowSpec,
  find: ConfigMapSource,
): { readonly spec: WorkflowSpec; readonly fault: string | undefined } {
  const given = spec.arguments?.parameters ?? []
  if (!given.some((each) => each.valueFrom?.configMapKeyRef !== undefined)) {
    return { spec, fault: undefined }
  }
  let fault: string | undefined
  const parameters = given.map((parameter) => {
    const ref = parameter.valueFrom?.configMapKeyRef
    if (ref === undefined || parameter.value !== undefined) return parameter
    const found = valueAt(find, ref.name, ref.key)
    if (found.ok) return { ...parameter, value: found.value }
    const fallback = parameter.valueFrom?.default ?? parameter.default
    if (fallback === undefined) {
      fault ??=
        `failed to set global parameters: failed to set global parameter ${parameter.name} ` +
        `from configmap with name ${ref.name} and key ${ref.key}: ${found.message}`
    }
    return parameter
  })
  return { spec: { ...spec, arguments: { ...spec.arguments, parameters } }, fault }
}
