import type { IssuePath } from "@argo-ts/kernel"
import type { DagTask, WorkflowStep } from "../api/step.js"
import type { Template } from "../api/template.js"
import { evaluateWhen } from "../core/languages.js"
import { type Asker, type Body, bodyOf, bodyScope } from "./body-scope.js"
import { checkCall } from "./calls.js"
import { checkHook } from "./hooks.js"
import { checkLeaf } from "./leaf.js"
import { checkMetrics } from "./metrics.js"
import { firstOf, inputsScope, itemScope, retryScope, type Scope } from "./scope.js"
import {
  checkForeignTags,
  checkList,
  checkTemplated,
  checkText,
  checkTexts,
  checkWhenForm,
  checkWhenPhases,
} from "./texts.js"
import { hooksOf, type PlacedStep, type PlacedTemplate, stepsOf } from "./walk.js"
import { hasTag, report, targetOf, type Unit, type World } from "./world.js"

/** Judges every expression, tag and call of one template. */
export function checkTemplate(
  world: World,
  unit: Unit,
  placed: PlacedTemplate,
  globals: Scope,
): void {
  const { path, template } = placed
  const inputs = inputsScope(template)
  const common = firstOf(globals, inputs)
  const { retryStrategy } = template
  if (retryStrategy?.expression !== undefined) {
    const at = [...path, "retryStrategy", "expression"]
    const scope = firstOf(retryScope(), common)
    checkTemplated(world, unit, { path: at, source: retryStrategy.expression }, scope)
  }
  if (template.steps === undefined && template.dag === undefined) {
    const isRetried = retryStrategy !== undefined || unit.spec.retryStrategy !== undefined
    return checkLeaf(world, unit, placed, { globals: common, isRetried })
  }
  const { memoize, synchronization, metrics } = template
  const { expression: _expression, ...retry } = retryStrategy ?? {}
  const fields = { memoize, synchronization, retryStrategy: retry }
  checkTexts(world, unit, { path, value: fields }, common)
  checkMetrics(world, unit, { path: [...path, "metrics"], metrics, template }, common)
  const body = bodyOf(world, unit, template, stepsOf(placed))
  for (const step of body.steps.values()) checkStep(body, step, common)
  if (template.dag !== undefined) checkReach(body)
  checkOutputs(body, path, common)
}

const noGuard = { isHook: false, guard: "" }

function checkStep(body: Body, { path, step }: PlacedStep, common: Scope): void {
  const { world, unit } = body
  const item = itemScope(step)
  // A guard is read per text: an expression may test the status itself.
  const scopeFor = (guard: string): Scope =>
    firstOf(item, bodyScope(body, { ...noGuard, step, guard }), common)
  const fields = {
    template: step.template,
    templateRef: step.templateRef,
    withItems: step.withItems,
    withSequence: step.withSequence,
  }
  checkTexts(world, unit, { path, value: fields }, scopeFor(""))
  checkArguments(body, { path, step }, scopeFor(""))
  // A loop's own source has no item yet.
  const withoutItem = firstOf(bodyScope(body, { ...noGuard, step, guard: "" }), common)
  if (step.withParam !== undefined) {
    const source = { path: [...path, "withParam"], text: step.withParam }
    checkText(world, unit, source, withoutItem)
    checkList(world, unit, source)
  }
  if (step.when !== undefined) {
    const at = { path: [...path, "when"], text: step.when }
    checkText(world, unit, at, scopeFor(step.when))
    checkWhenPhases(world, unit, at, scopeFor(step.when))
    checkWhenForm(world, unit, at)
    if (isNever(step.when)) {
      const message = `the ${body.root === "steps" ? "step" : "task"} "${step.name}" never runs: its when is always false`
      report(world, unit, at.path, { code: "Unreachable", message, severity: "warning" })
    }
  }
  checkCall(world, unit, { path, call: step, given: step.arguments })
  const isSkipped = step.when !== undefined && isNever(step.when)
  for (const hook of hooksOf(path, step)) {
    const asker: Asker = { step, isHook: true, guard: hook.hook.expression ?? "" }
    const scope = firstOf(item, bodyScope(body, asker), common)
    checkHook(world, unit, { ...hook, scope, level: body.root, owner: step.name, isSkipped })
  }
}

/** An argument that is nothing but a tag may be absent where the input has a default: the default takes its place. */
function checkArguments(
  { world, unit }: Body,
  { path, step }: Pick<PlacedStep, "path" | "step">,
  scope: Scope,
): void {
  const inputs = targetOf(world, unit, step)?.template.inputs
  const given = step.arguments
  for (const [index, parameter] of (given?.parameters ?? []).entries()) {
    const input = inputs?.parameters?.find(({ name }) => name === parameter.name)
    const hasDefault = input?.default !== undefined || input?.value !== undefined
    const isTag = /^\{\{(?!=)[^}]*\}\}$/.test(String(parameter.value ?? ""))
    const at = [...path, "arguments", "parameters", index]
    checkTexts(
      world,
      unit,
      { path: at, value: parameter },
      hasDefault && isTag ? withoutAbsence(scope) : scope,
    )
    if (isLooped(step)) checkForeignTags(world, unit, { path: at, value: parameter })
  }
  for (const [index, artifact] of (given?.artifacts ?? []).entries()) {
    const input = inputs?.artifacts?.find(({ name }) => name === artifact.name)
    const isOptional = input?.optional === true || artifact.optional === true
    const at = [...path, "arguments", "artifacts", index]
    const seen = isOptional ? withoutAbsence(scope) : scope
    const { fromExpression, ...fields } = artifact
    checkTexts(world, unit, { path: at, value: fields }, seen)
    if (fromExpression === undefined) continue
    const source = fromExpression
    checkTemplated(world, unit, { path: [...at, "fromExpression"], source }, seen)
  }
}

function isLooped({ when, withItems, withParam, withSequence }: WorkflowStep): boolean {
  const isLoop = withItems !== undefined || withParam !== undefined || withSequence !== undefined
  return isLoop && !isNever(when ?? "")
}

/** True where a condition without tags is false. */
export function isNever(when: string): boolean {
  if (when.trim() === "" || hasTag(when)) return false
  const verdict = evaluateWhen(when)
  return verdict.ok && !verdict.value
}

/** Tasks that no target needs, and conditions that no end of the tasks before can meet. */
function checkReach(body: Body): void {
  const { world, unit, template } = body
  const needed = neededTasks(body, template)
  for (const { path: at, step } of body.steps.values()) {
    const verdict = body.reaches.verdicts(step.name)
    if (verdict !== undefined && !verdict.canHold) {
      const field = (step.depends ?? "") === "" ? "dependencies" : "depends"
      const message = `the task "${step.name}" never runs: no end of the tasks before it meets its ${field}`
      report(world, unit, [...at, field], { code: "Unreachable", message, severity: "warning" })
    }
    if (needed !== undefined && !needed.has(step.name)) {
      const message = `the task "${step.name}" never runs: no target depends on it`
      report(world, unit, at, { code: "Unreachable", message, severity: "warning" })
    }
  }
}

function neededTasks(body: Body, template: Template): ReadonlySet<string> | undefined {
  const target = template.dag?.target
  if (target === undefined || target.trim() === "" || hasTag(target)) return undefined
  const needed = new Set(target.split(" ").filter((name) => body.steps.has(name)))
  for (const name of needed) {
    const task = body.steps.get(name)?.step as DagTask | undefined
    for (const dependency of dependenciesOf(task)) {
      if (body.steps.has(dependency)) needed.add(dependency)
    }
  }
  return needed
}

function dependenciesOf(task: DagTask | undefined): readonly string[] {
  if (task === undefined) return []
  if ((task.depends ?? "") === "") return task.dependencies ?? []
  return task.depends?.match(/[a-zA-Z0-9][-a-zA-Z0-9]*/g) ?? []
}

function checkOutputs(body: Body, path: IssuePath, common: Scope): void {
  const { world, unit, template } = body
  const scopeFor = (guard: string): Scope =>
    firstOf(bodyScope(body, { ...noGuard, step: undefined, guard }), common)
  for (const [index, { valueFrom }] of (template.outputs?.parameters ?? []).entries()) {
    const at = [...path, "outputs", "parameters", index, "valueFrom"]
    const hasDefault = valueFrom?.default !== undefined
    const { parameter, expression } = valueFrom ?? {}
    if (parameter !== undefined) {
      const scope = hasDefault ? withoutAbsence(scopeFor("")) : scopeFor("")
      checkText(world, unit, { path: [...at, "parameter"], text: parameter }, scope)
    }
    if (expression !== undefined) {
      const scope = hasDefault ? withoutAbsence(scopeFor(expression)) : scopeFor(expression)
      checkTemplated(world, unit, { path: [...at, "expression"], source: expression }, scope)
    }
  }
  for (const [index, artifact] of (template.outputs?.artifacts ?? []).entries()) {
    const at = [...path, "outputs", "artifacts", index]
    const seen = artifact.optional === true ? withoutAbsence : (scope: Scope): Scope => scope
    if (artifact.from !== undefined) {
      checkText(world, unit, { path: [...at, "from"], text: artifact.from }, seen(scopeFor("")))
    }
    if (artifact.fromExpression !== undefined) {
      const source = artifact.fromExpression
      const scope = seen(scopeFor(source))
      checkTemplated(world, unit, { path: [...at, "fromExpression"], source }, scope)
    }
  }
}

function withoutAbsence(scope: Scope): Scope {
  return (path) => {
    const sight = scope(path)
    if (sight?.is !== "value" || sight.absent === undefined) return sight
    const { absent: _absent, ...present } = sight
    return present
  }
}
