import type { JsonValue } from "@argo-ts/kernel"
import type { TemplateRef } from "../api/step.js"
import type { Template, TemplateDefaults } from "../api/template.js"
import type { WorkflowSpec } from "../api/workflow.js"
import { compileTemplate, kindOf } from "./compile.js"
import { scalarText } from "./compile-call.js"
import type {
  CompiledCall,
  CompiledTemplate,
  CompiledUnit,
  TemplateScope,
} from "./compile-types.js"
import type { Rendered, Scope } from "./languages.js"
import { mergeOver } from "./merge.js"
import type { Run } from "./run.js"

/** The templates of a spec by name. */
export function templatesOf(spec: WorkflowSpec): ReadonlyMap<string, Template> {
  const templates = new Map<string, Template>()
  for (const template of spec.templates ?? []) templates.set(template.name ?? "", template)
  return templates
}

/** A scope of templates with nothing compiled yet. */
export function createScope(name: string, spec: WorkflowSpec): TemplateScope {
  return { name, templates: templatesOf(spec), compiled: new Map() }
}

/** The template that a call names, made ready. */
export function resolveTemplate(
  run: Run,
  call: CompiledCall,
  caller: TemplateScope,
  scope: Scope,
): Rendered<CompiledTemplate> {
  if (call.inline !== undefined) return resolveInline(run, call.inline, caller)
  if (call.templateRef !== undefined) {
    const { text, ref } = call.templateRef
    const rendered = text.isLiteral ? ref : text.render(scope, () => true)
    if ("ok" in rendered && !rendered.ok) return rendered
    return resolveRef(run, ("ok" in rendered ? rendered.value : rendered) as unknown as TemplateRef)
  }
  if (call.template === undefined) return { ok: false, message: "the call names no template" }
  if (call.template.isLiteral) return resolveName(run, caller, call.template.source)
  const name = call.template.render(scope, () => true)
  return name.ok ? resolveName(run, caller, name.value) : name
}

/** A template by name in a scope. */
export function resolveName(
  run: Run,
  scope: TemplateScope,
  name: string,
): Rendered<CompiledTemplate> {
  const known = scope.compiled.get(name)
  if (known !== undefined) return { ok: true, value: known }
  const key = `${scope.name}/${name}`
  const source = run.storedTemplates.get(key) ?? scope.templates.get(name)
  if (source === undefined) {
    return { ok: false, message: `template '${name}' is not defined in ${scope.name}` }
  }
  if (scope !== run.local && !run.storedTemplates.has(key)) {
    run.storedTemplates.set(key, source)
    run.isDirty = true
  }
  return compile(run, source, scope)
}

function compile(run: Run, source: Template, scope: TemplateScope): Rendered<CompiledTemplate> {
  const full = withDefaults(source, run.spec.templateDefaults)
  const compiled = compileTemplate(full, scope, run.spec.retryStrategy)
  if (compiled === undefined) {
    return { ok: false, message: `template '${source.name ?? ""}' is of no kind that runs here` }
  }
  if (source.name !== undefined) scope.compiled.set(source.name, compiled)
  return { ok: true, value: compiled }
}

function resolveInline(
  run: Run,
  source: Template,
  caller: TemplateScope,
): Rendered<CompiledTemplate> {
  const known = run.inlined.get(source)
  if (known !== undefined) return { ok: true, value: known }
  const { name: _name, ...anonymous } = source
  const compiled = compile(run, anonymous, caller)
  if (compiled.ok) run.inlined.set(source, compiled.value)
  return compiled
}

function resolveRef(run: Run, ref: TemplateRef): Rendered<CompiledTemplate> {
  const name = `${ref.clusterScope === true ? "cluster" : "namespaced"}/${ref.name}`
  const known = run.scopes.get(name)
  if (known !== undefined) return resolveName(run, known, ref.template)
  const spec = run.findTemplate(ref)
  const isStored = run.storedTemplates.has(`${name}/${ref.template}`)
  if (spec === undefined && !isStored) {
    return { ok: false, message: `workflow template '${ref.name}' does not exist` }
  }
  const scope = createScope(name, wearing(spec ?? {}))
  if (spec !== undefined) run.scopes.set(name, scope)
  return resolveName(run, scope, ref.template)
}

/** Pods of another object's templates have the `podMetadata` of that object too; the template's own goes before it. */
function wearing(spec: WorkflowSpec): WorkflowSpec {
  const { podMetadata, templates = [] } = spec
  if (podMetadata === undefined) return spec
  const worn = templates.map((template) => {
    const { labels, annotations } = template.metadata ?? {}
    const metadata = {
      labels: { ...podMetadata.labels, ...labels },
      annotations: { ...podMetadata.annotations, ...annotations },
    }
    return { ...template, metadata }
  })
  return { ...spec, templates: worn }
}

/** A template with what `templateDefaults` adds: objects merge, everything explicit wins. */
function withDefaults(template: Template, defaults: TemplateDefaults | undefined): Template {
  if (defaults === undefined) return template
  const kind = kindOf(template)
  const { container, script, ...common } = defaults
  const ofKind =
    kind === "container" && container !== undefined
      ? { container }
      : kind === "script" && script !== undefined
        ? { script }
        : {}
  const base = { ...common, ...ofKind } as unknown as JsonValue
  return mergeOver(base, template as unknown as JsonValue) as unknown as Template
}

const nothing: Scope = { now: 0, get: () => undefined, below: () => [] }

/** The template of a unit that never ran, as the body around it knows it; `undefined` where that cannot be told. */
export function skippedTemplate(
  run: Run,
  { call }: CompiledUnit,
  scope: TemplateScope,
): Template | undefined {
  const compiled = resolveTemplate(run, call, scope, nothing)
  return compiled.ok ? compiled.value.source : undefined
}

/** What an output of a unit that never ran stands for: its declared default, or `null`: absent. */
export function absentDefault(template: Template | undefined, field: string): string | null {
  if (!field.startsWith("outputs.parameters.")) return null
  const name = field.slice(19)
  const declared = template?.outputs?.parameters?.find((output) => output.name === name)
  const value = declared?.valueFrom?.default ?? declared?.default
  return value === undefined ? null : scalarText(value)
}
