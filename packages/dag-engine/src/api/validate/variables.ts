import type { IssuePath, JsonValue } from "@argo-ts/kernel"
import { compileJson } from "../../core/json-text.js"
import { compileTemplated, evaluateWhen } from "../../core/languages.js"
import type { Artifact } from "../artifact.js"
import type { DagTask, WorkflowStep } from "../step.js"
import type { Template } from "../template.js"
import { checkArtifactSources, type Resolve } from "./artifact-sources.js"
import { type Context, didYouMean, hasTag, report } from "./context.js"
import { dependenciesOf } from "./dag.js"

/** Checks every simple tag of a template against what is in scope there, and that every expression can be read. */
export function checkVariables(context: Context, path: IssuePath, template: Template): void {
  const common = commonScope(context, template)
  if (template.steps !== undefined) checkStepTags(context, path, template, common)
  else if (template.dag !== undefined) checkTaskTags(context, path, template, common)
  else {
    const { inputs: _inputs, outputs: _outputs, name: _name, ...body } = template
    const inLeaf: Resolve = (name) =>
      /^(steps|tasks|item)(\.|$)/.test(name) && !/^(steps|tasks)\.name$/.test(name)
        ? "is not in scope of a leaf template"
        : common(name)
    checkTags(context, path, body as unknown as JsonValue, inLeaf)
  }
  const expressions = (template.outputs?.parameters ?? []).map(
    ({ valueFrom }) => valueFrom?.expression,
  )
  for (const [index, source] of expressions.entries()) {
    checkExpression(
      context,
      [...path, "outputs", "parameters", index, "valueFrom", "expression"],
      source,
    )
  }
  checkExpression(
    context,
    [...path, "retryStrategy", "expression"],
    template.retryStrategy?.expression,
  )
}

function checkExpression(context: Context, path: IssuePath, source: string | undefined): void {
  if (source === undefined || source === "") return
  const { fault } = compileTemplated(source)
  if (fault !== undefined) report(context, path, fault, { code: "InvalidExpression" })
}

/** True where some text in a value holds a tag. Most do not: it costs no more than looking. */
function containsTag(value: JsonValue): boolean {
  if (typeof value === "string") return value.includes("{{")
  if (typeof value !== "object" || value === null) return false
  const inner: readonly JsonValue[] = Array.isArray(value) ? value : Object.values(value)
  return inner.some(containsTag)
}

function checkTags(context: Context, path: IssuePath, value: JsonValue, resolve: Resolve): void {
  if (containsTag(value)) checkTagsIn(context, path, value, resolve)
}

function checkTagsIn(context: Context, path: IssuePath, value: JsonValue, resolve: Resolve): void {
  const text = compileJson(value)
  for (const fault of text.faults) report(context, path, fault, { code: "InvalidExpression" })
  for (const name of new Set(text.tags)) {
    const fault = name.includes("{{") ? undefined : resolve(name)
    if (fault === undefined) continue
    report(context, path, `failed to resolve {{${name}}}: ${fault}`, { code: "UnresolvedTag" })
  }
}

/** What a tag can name of the workflow: `workflow.…`. */
export const workflowFields: ReadonlySet<string> = new Set([
  "name",
  "namespace",
  "uid",
  "mainEntrypoint",
  "serviceAccountName",
  "creationTimestamp",
  "scheduledTime",
  "priority",
  "parameters",
  "labels",
  "annotations",
  "status",
  "duration",
  "failures",
  "outputs",
])

function commonScope(context: Context, template: Template): Resolve {
  const parameters = new Set(template.inputs?.parameters?.map(({ name }) => name))
  const artifacts = new Set(template.inputs?.artifacts?.map(({ name }) => name))
  const { spec } = context
  const isClosed = context.isWorkflow && spec.workflowTemplateRef === undefined
  const globals = new Set(spec.arguments?.parameters?.map(({ name }) => name))
  return (name) => {
    const [root, kind = "", item] = name.split(".")
    if (root === "inputs" && item !== undefined) {
      const known =
        kind === "parameters" ? parameters : kind === "artifacts" ? artifacts : undefined
      if (known === undefined) return "inputs have parameters and artifacts"
      if (known.has(item) || item === "json") return undefined
      return `the template declares no input "${item}"${hintOf(item, known)}`
    }
    if (root !== "workflow") return undefined
    if (!workflowFields.has(kind))
      return `there is no workflow.${kind}${hintOf(kind, workflowFields)}`
    if (kind !== "parameters" || item === undefined || item === "json" || !isClosed)
      return undefined
    return globals.has(item)
      ? undefined
      : `the workflow has no argument "${item}"${hintOf(item, globals)}`
  }
}

function hintOf(name: string, known: Iterable<string>): string {
  const { hint } = didYouMean(name, known)
  return hint === undefined ? "" : ` (${hint})`
}

/** The fields of a step or task that hold tags; an inline template and hooks have scopes of their own. */
/** True where some field that may hold tags does. */
function hasTags(step: DagTask | WorkflowStep): boolean {
  const { template, templateRef, arguments: given, when, withItems, withParam, withSequence } = step
  return (
    (template !== undefined && hasTag(template)) ||
    (when !== undefined && hasTag(when)) ||
    (withParam !== undefined && hasTag(withParam)) ||
    (templateRef !== undefined && containsTag(templateRef as unknown as JsonValue)) ||
    (given !== undefined && containsTag(given as unknown as JsonValue)) ||
    (withItems !== undefined && containsTag(withItems as unknown as JsonValue)) ||
    (withSequence !== undefined && containsTag(withSequence as unknown as JsonValue))
  )
}

function fieldsOf(step: DagTask | WorkflowStep): JsonValue {
  const { template, templateRef, arguments: given, when, withItems, withParam, withSequence } = step
  const fields = [template, templateRef, given, when, withItems, withParam, withSequence]
  return fields.filter((field) => field !== undefined) as unknown as JsonValue
}

function stepScope(
  context: Context,
  step: WorkflowStep,
  common: Resolve,
  find: (name: string) => WorkflowStep | string,
): Resolve {
  const hasLoop =
    step.withItems !== undefined || step.withParam !== undefined || step.withSequence !== undefined
  return (name) => {
    const [root = "", unit = "", ...field] = name.split(".")
    if (root === "item") return hasLoop ? undefined : "there is no loop here"
    if (root !== "steps" && root !== "tasks") return common(name)
    if (field.length === 0) return undefined
    const found = find(unit)
    return typeof found === "string" ? found : checkOutput(context, found, field)
  }
}

function checkOutput(
  context: Context,
  step: WorkflowStep,
  field: readonly string[],
): string | undefined {
  const [outputs, kind, item] = field
  if (outputs !== "outputs" || item === undefined) return undefined
  if (kind !== "parameters" && kind !== "artifacts") return undefined
  if (step.template === undefined || hasTag(step.template)) return undefined
  const template = context.templates.get(step.template)
  if (template === undefined || template.resource !== undefined) return undefined
  const declared = template.outputs?.[kind]?.map(({ name }) => name) ?? []
  if (declared.includes(item)) return undefined
  return `"${step.template}" declares no output of that name${hintOf(item, declared)}`
}

function checkStepTags(
  context: Context,
  path: IssuePath,
  template: Template,
  common: Resolve,
): void {
  const earlier = new Map<string, WorkflowStep>()
  const all = new Map((template.steps ?? []).flat().map((step) => [step.name, step]))
  const find = (name: string): WorkflowStep | string =>
    earlier.get(name) ??
    (all.has(name) ? `"${name}" is not in an earlier group` : none("step", name, all))
  for (const [group, steps] of (template.steps ?? []).entries()) {
    for (const [index, step] of steps.entries()) {
      const at = [...path, "steps", group, index]
      const scope = stepScope(context, step, common, find)
      checkTags(context, at, fieldsOf(step), scope)
      checkArguments(context, at, step, scope)
      checkWhen(context, [...at, "when"], step.when)
    }
    for (const step of steps) earlier.set(step.name, step)
  }
  checkBodyOutputs(context, path, template, (name) => all.get(name) ?? none("step", name, all))
}

function checkTaskTags(
  context: Context,
  path: IssuePath,
  template: Template,
  common: Resolve,
): void {
  const { tasks = [], target } = template.dag ?? {}
  if (target !== undefined) checkTags(context, [...path, "dag", "target"], target, common)
  let named: ReadonlyMap<string, DagTask> | undefined
  const all = (): ReadonlyMap<string, DagTask> => {
    named ??= new Map(tasks.map((task) => [task.name, task]))
    return named
  }
  for (const [index, task] of tasks.entries()) {
    const artifacts = task.arguments?.artifacts ?? noArtifacts
    if (task.when === undefined && artifacts.length === 0 && !hasTags(task)) continue
    const at = [...path, "dag", "tasks", index]
    checkWhen(context, [...at, "when"], task.when)
    if (artifacts.length === 0 && !hasTags(task)) continue
    let ancestors: Set<string> | undefined
    const find = (name: string): WorkflowStep | string => {
      const found = all().get(name)
      if (found === undefined) return none("task", name, all())
      // Most speak of what they name as a dependency: looking further is for the rest.
      if (dependenciesOf(task, all()).includes(name)) return found
      ancestors ??= ancestorsOf(task, all())
      return ancestors.has(name)
        ? found
        : `"${task.name}" does not depend on "${name}" (missing dependency)`
    }
    const scope = stepScope(context, task, common, find)
    checkTags(context, at, fieldsOf(task), scope)
    checkArguments(context, at, task, scope)
  }
  checkBodyOutputs(context, path, template, (name) => all().get(name) ?? none("task", name, all()))
}

const noArtifacts: readonly Artifact[] = []

function checkArguments(
  context: Context,
  path: IssuePath,
  { arguments: given }: WorkflowStep,
  scope: Resolve,
): void {
  const at = [...path, "arguments", "artifacts"]
  checkArtifactSources(context, at, given?.artifacts ?? noArtifacts, scope)
}

function none(what: string, name: string, all: ReadonlyMap<string, unknown>): string {
  return `there is no ${what} "${name}"${hintOf(name, all.keys())}`
}

function ancestorsOf(task: DagTask, all: ReadonlyMap<string, DagTask>): Set<string> {
  const seen = new Set(dependenciesOf(task, all))
  for (const name of seen) {
    const next = all.get(name)
    if (next !== undefined) for (const dependency of dependenciesOf(next, all)) seen.add(dependency)
  }
  return seen
}

function checkBodyOutputs(
  context: Context,
  path: IssuePath,
  template: Template,
  find: (name: string) => WorkflowStep | string,
): void {
  const sources: JsonValue[] = []
  for (const parameter of template.outputs?.parameters ?? []) {
    if (parameter.valueFrom?.parameter !== undefined) sources.push(parameter.valueFrom.parameter)
  }
  for (const artifact of template.outputs?.artifacts ?? []) {
    if (artifact.from !== undefined) sources.push(artifact.from)
  }
  const scope: Resolve = (name) => {
    const [root, unit = "", ...field] = name.split(".")
    if ((root !== "steps" && root !== "tasks") || field.length === 0) return undefined
    const found = find(unit)
    return typeof found === "string" ? found : checkOutput(context, found, field)
  }
  checkTags(context, [...path, "outputs"], sources, scope)
  const artifacts = template.outputs?.artifacts ?? noArtifacts
  checkArtifactSources(context, [...path, "outputs", "artifacts"], artifacts, scope)
}

function checkWhen(context: Context, path: IssuePath, when: string | undefined): void {
  if (when === undefined || hasTag(when)) return
  const verdict = evaluateWhen(when)
  if (!verdict.ok) report(context, path, verdict.message, { code: "InvalidExpression" })
}
