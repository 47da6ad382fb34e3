import type { Artifact } from "../api/artifact.js"
import type { Parameter } from "../api/parameter.js"
import type { NodeOutputs } from "../api/status.js"
import type { Template } from "../api/template.js"
import type { Outcome } from "./actions.js"
import { optionalScalar, scalarText } from "./compile-call.js"
import type { CompiledOutput } from "./compile-types.js"
import type { Frame } from "./frame.js"
import { sourceArtifact } from "./inputs.js"
import { compileText, type Rendered, type Scope } from "./languages.js"
import { dirty, type NodeRecord } from "./node.js"
import { type Run, touch } from "./run.js"
import { isLenient, nodePlace, type Place, scopeOf } from "./scope.js"

const noTemplate: Pick<Template, "outputs"> = {}
const nothing: Rendered<undefined> = { ok: true, value: undefined }
const resultMax = 256 * 1024

/** What a leaf left behind, or what it owes. */
export function leafOutputs(
  run: Run,
  node: NodeRecord,
  outcome: Outcome,
): Rendered<NodeOutputs | undefined> {
  const { template } = node
  const { outputs } = template?.source ?? noTemplate
  const isPlain = outcome.result === undefined && outcome.exitCode === undefined
  if (outputs === undefined && isPlain && (outcome.artifacts?.length ?? 0) === 0) return nothing
  const parameters: Parameter[] = []
  const isRequired = outcome.phase === "Succeeded"
  const declarations = declaredParameters(run, node)
  if (!declarations.ok) return declarations
  for (const declared of declarations.value) {
    const value =
      ownValue(outcome.parameters, declared.name) ??
      optionalScalar(declared.value ?? declared.valueFrom?.default ?? declared.default)
    if (value !== undefined) parameters.push({ ...declared, value })
    else if (isRequired) {
      const path = declared.valueFrom?.path
      const place = path === undefined ? "" : ` (${path})`
      return { ok: false, message: `output parameter '${declared.name}'${place} was not produced` }
    }
  }
  const artifacts = outcome.artifacts ?? []
  for (const { declared } of template?.outputArtifacts ?? []) {
    const name = artifactName(run, node, declared)
    const isThere = artifacts.some((artifact) => artifact.name === name)
    if (isRequired && !isThere && declared.optional !== true) {
      const place = declared.path === undefined ? "" : ` (${declared.path})`
      return { ok: false, message: `output artifact '${name}'${place} was not produced` }
    }
  }
  return { ok: true, value: collect(parameters, artifacts, outcome) }
}

/** The output parameters that a leaf declares, as they read here: names, defaults and values may hold tags. */
function declaredParameters(run: Run, node: NodeRecord): Rendered<readonly Parameter[]> {
  const { template } = node
  if (template?.outputTexts === undefined) {
    return { ok: true, value: template?.source.outputs?.parameters ?? [] }
  }
  const texts = template.outputTexts.render(scopeOf(run, nodePlace(node)), isLenient)
  return texts.ok ? { ok: true, value: texts.value as unknown as readonly Parameter[] } : texts
}

/** The name that a declared artifact has here: it may hold tags. */
function artifactName(run: Run, node: NodeRecord, { name }: Artifact): string {
  if (!name.includes("{{")) return name
  const rendered = compileText(name).render(scopeOf(run, nodePlace(node)), isLenient)
  return rendered.ok ? rendered.value : name
}

function ownValue(
  values: { readonly [name: string]: string } | undefined,
  name: string,
): string | undefined {
  return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined
}

function collect(
  parameters: readonly Parameter[],
  artifacts: readonly Artifact[],
  outcome: Outcome,
): NodeOutputs | undefined {
  const { result, exitCode } = outcome
  if (
    parameters.length === 0 &&
    artifacts.length === 0 &&
    result === undefined &&
    exitCode === undefined
  ) {
    return undefined
  }
  return {
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(artifacts.length > 0 ? { artifacts } : {}),
    ...(result === undefined ? {} : { result: result.slice(-resultMax) }),
    ...(exitCode === undefined ? {} : { exitCode }),
  }
}

/**
 * The outputs of a steps or dag template that succeeded. A DAG first exports what its tasks put out once more: of several
 * that share a `globalName`, the last one written has the last word.
 */
export function bodyOutputs(run: Run, frame: Frame): Rendered<NodeOutputs | undefined> {
  const { template, units } = frame
  if (template.graph !== undefined) {
    for (const state of units) if (state?.kind === "node") exportOutputs(run, state)
  }
  if (template.outputs.length === 0 && template.outputArtifacts.length === 0) {
    return { ok: true, value: undefined }
  }
  const place: Place = {
    frame,
    unit: undefined,
    item: undefined,
    node: undefined,
    hooked: undefined,
  }
  const scope = scopeOf(run, place)
  const parameters: Parameter[] = []
  for (const output of template.outputs) {
    const value = outputValue(output, scope)
    if (!value.ok) return value
    const declared = template.source.outputs?.parameters?.find(({ name }) => name === output.name)
    const named = globalNameOf(declared, scope)
    parameters.push({ ...declared, ...named, name: output.name, value: value.value })
  }
  const artifacts: Artifact[] = []
  for (const output of template.outputArtifacts) {
    const { name, declared } = output
    const source = sourceArtifact(run, output, { place, scope })
    if (!source.ok) return { ok: false, message: `output artifact '${name}': ${source.message}` }
    if (source.value !== undefined) artifacts.push(exported(declared, source.value, scope))
    else if (!output.isOptional) {
      const from = declared.from ?? declared.fromExpression ?? ""
      return { ok: false, message: `output artifact '${name}': ${from} is not there` }
    }
  }
  const outputs = collect(parameters, artifacts, { phase: "Succeeded" })
  return { ok: true, value: outputs }
}

function exported(declared: Artifact, found: Artifact, scope: Scope): Artifact {
  const { globalName: _global, path: _path, ...rest } = found
  return { ...rest, name: declared.name, ...globalNameOf(declared, scope) }
}

/** The name an output of a body has in the whole workflow: it may hold tags. */
function globalNameOf(
  declared: { readonly globalName?: string } | undefined,
  scope: Scope,
): { readonly globalName?: string } {
  const { globalName } = declared ?? {}
  if (globalName === undefined) return {}
  const rendered = compileText(globalName).render(scope, isLenient)
  return { globalName: rendered.ok ? rendered.value : globalName }
}

function outputValue(output: CompiledOutput, scope: Scope): Rendered {
  if (output.expression !== undefined) {
    const printed = output.expression.print(scope)
    if (printed.ok && printed.value !== undefined) return { ok: true, value: printed.value }
    if (output.default !== undefined) return { ok: true, value: output.default }
    if (!printed.ok) return printed
    const message = `output parameter '${output.name}': its expression gave nothing`
    return { ok: false, message }
  }
  const rendered = output.text?.render(scope, () => true)
  if (rendered?.ok === true) return rendered
  if (output.default !== undefined) return { ok: true, value: output.default }
  const message = rendered?.message ?? "it has no source"
  return { ok: false, message: `output parameter '${output.name}': ${message}` }
}

/** A list with one more of that name: in the place of the former, else at the end. */
function withNamed<T extends { readonly name: string }>(
  list: readonly T[] | undefined,
  one: T,
): readonly T[] {
  const isKnown = list?.some(({ name }) => name === one.name) === true
  if (!isKnown) return [...(list ?? []), one]
  return list.map((other) => (other.name === one.name ? one : other))
}

/** Copies outputs with a `globalName` to the workflow. The last writer wins. */
export function exportOutputs(run: Run, node: NodeRecord): void {
  const { outputs } = node
  if (outputs === undefined) return
  for (const parameter of outputs.parameters ?? []) {
    if (parameter.globalName === undefined || parameter.value === undefined) continue
    const name = parameter.globalName
    const value = scalarText(parameter.value)
    run.globals.set(`workflow.outputs.parameters.${name}`, value)
    const parameters = withNamed(run.outputs?.parameters, { name, value })
    run.outputs = { ...run.outputs, parameters }
    run.isDirty = true
  }
  for (const artifact of outputs.artifacts ?? []) {
    if (artifact.globalName === undefined) continue
    const { globalName, ...rest } = artifact
    const artifacts = withNamed(run.outputs?.artifacts, { ...rest, name: globalName })
    run.outputs = { ...run.outputs, artifacts }
    run.isDirty = true
  }
}

/** Gives a node its outputs. */
export function setOutputs(run: Run, node: NodeRecord, outputs: NodeOutputs | undefined): void {
  if (outputs === undefined) return
  node.outputs = outputs
  touch(run, node, dirty.outputs)
}
