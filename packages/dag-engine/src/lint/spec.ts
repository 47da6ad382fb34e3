import { checkHook } from "./hooks.js"
import { checkMetrics } from "./metrics.js"
import { checkReads } from "./reads.js"
import { checkSpecRules, checkTemplateRules } from "./rules.js"
import { firstOf, type Globals, type Scope, workflowScope } from "./scope.js"
import { checkTemplate } from "./templates.js"
import { checkTemplated } from "./texts.js"
import { hooksOf, stepsOf, templatesOf } from "./walk.js"
import { findUnit, hintOf, referredKind, report, targetOf, type Unit, type World } from "./world.js"

/** Judges one spec. */
export function checkUnit(world: World, unit: Unit): void {
  const globals = workflowScope(globalsOf(world, unit))
  checkSpecRules(world, unit)
  for (const placed of templatesOf(unit)) {
    checkTemplateRules(world, unit, placed)
    checkTemplate(world, unit, placed, globals)
  }
  checkWorkflowRef(world, unit)
  checkWorkflowHooks(world, unit, globals)
  const metrics = { path: [...unit.at, "metrics"], metrics: unit.spec.metrics, template: undefined }
  checkMetrics(world, unit, metrics, globals)
  checkLabels(world, unit, globals)
  checkReads(world, unit, globals)
  checkUnused(world, unit)
}

/** The spec that a `workflowTemplateRef` brings in, if it is known. */
function referred(world: World, unit: Unit): Unit | undefined {
  const ref = unit.spec.workflowTemplateRef
  return ref === undefined ? undefined : findUnit(world, ref)
}

function globalsOf(world: World, unit: Unit): Globals {
  const base = referred(world, unit)
  const isWhole = unit.isRun && (unit.spec.workflowTemplateRef === undefined || base !== undefined)
  const own = [
    ...(unit.spec.arguments?.parameters ?? []),
    ...(base?.spec.arguments?.parameters ?? []),
  ]
  const outputs = new Set<string>()
  let isOpen = !unit.isRun
  for (const each of base === undefined ? [unit] : [unit, base]) {
    for (const placed of templatesOf(each)) {
      for (const output of placed.template.outputs?.parameters ?? []) addGlobal(outputs, output)
      for (const output of placed.template.outputs?.artifacts ?? []) addGlobal(outputs, output)
      // What other objects' templates export is theirs to say.
      isOpen ||= stepsOf(placed).some(({ step }) => step.templateRef !== undefined)
    }
  }
  return {
    parameters: isWhole ? new Set(own.map(({ name }) => name)) : undefined,
    outputs: isOpen || [...outputs].some((name) => name.includes("{{")) ? undefined : outputs,
    hasPriority: unit.spec.priority !== undefined || !unit.isRun,
    ...(isWhole ? metadataNames(base === undefined ? [unit] : [unit, base]) : {}),
  }
}

/** What a run's labels and annotations are made of: its own, and those that its specs add. */
function metadataNames(units: readonly Unit[]): Pick<Globals, "labels" | "annotations"> {
  const labels = new Set(units[0]?.labels)
  const annotations = new Set(units[0]?.annotations)
  for (const { spec } of units) {
    const added = spec.workflowMetadata
    for (const name of Object.keys({ ...added?.labels, ...added?.labelsFrom })) labels.add(name)
    for (const name of Object.keys(added?.annotations ?? {})) annotations.add(name)
  }
  return { labels, annotations }
}

/** Labels from expressions: upstream computes them before there are labels. */
function checkLabels(world: World, unit: Unit, globals: Scope): void {
  const from = unit.spec.workflowMetadata?.labelsFrom ?? {}
  for (const name of Object.keys(from)) {
    const source = from[name]?.expression ?? ""
    const path = [...unit.at, "workflowMetadata", "labelsFrom", name, "expression"]
    checkTemplated(world, unit, { path, source }, globals)
  }
}

function addGlobal(names: Set<string>, output: { readonly globalName?: string }): void {
  if (output.globalName !== undefined) names.add(output.globalName)
}

function checkWorkflowRef(world: World, unit: Unit): void {
  const ref = unit.spec.workflowTemplateRef
  if (ref === undefined) return
  const path = [...unit.at, "workflowTemplateRef", "name"]
  const base = referred(world, unit)
  if (base === undefined) {
    if (!world.isClosed) return
    const kind = referredKind(ref)
    const names = world.units.filter((each) => each.kind === kind).map(({ name }) => name)
    const message = `names the ${kind} "${ref.name}", which is not among the manifests`
    return report(world, unit, path, {
      code: "UnknownTemplate",
      message,
      hint: hintOf(ref.name, names),
    })
  }
  const entrypoint = unit.spec.entrypoint ?? base.spec.entrypoint
  if (entrypoint === undefined || !base.templates.has(entrypoint)) {
    const message =
      entrypoint === undefined
        ? `"${ref.name}" has no entrypoint: name one`
        : `"${ref.name}" has no template "${entrypoint}"`
    const hint = hintOf(entrypoint ?? "", base.templates.keys())
    report(world, unit, [...unit.at, "entrypoint"], { code: "UnknownTemplate", message, hint })
  }
  if (!unit.isRun) return
  const given = new Set((unit.spec.arguments?.parameters ?? []).map(({ name }) => name))
  for (const { name, value, default: fallback, valueFrom } of base.spec.arguments?.parameters ??
    []) {
    if (given.has(name) || value !== undefined || fallback !== undefined || valueFrom !== undefined)
      continue
    const message = `"${ref.name}" needs the parameter "${name}", which nothing supplies`
    report(world, unit, [...unit.at, "arguments"], { code: "MissingArgument", message })
  }
}

function checkWorkflowHooks(world: World, unit: Unit, globals: Scope): void {
  const { spec, at } = unit
  for (const hook of hooksOf(at, spec)) {
    const scope = firstOf(globals)
    checkHook(world, unit, { ...hook, scope, level: "workflow", owner: "", isSkipped: false })
  }
  const never = (path: readonly (string | number)[], message: string): void =>
    report(world, unit, path, { code: "UnreachableHandler", message, severity: "warning" })
  const hasExit = spec.hooks !== undefined && Object.hasOwn(spec.hooks, "exit")
  if (spec.onExit !== undefined && hasExit) {
    never([...at, "hooks", "exit"], "the handler never runs: onExit takes its place")
  }
  if (hasExit && spec.hooks?.["exit"]?.expression !== undefined) {
    const message = "is not looked at: the workflow's exit handler always runs"
    report(world, unit, [...at, "hooks", "exit", "expression"], {
      code: "IgnoredField",
      message,
      severity: "warning",
    })
  }
  if (spec.shutdown === "Terminate" && (spec.onExit !== undefined || spec.hooks !== undefined)) {
    never([...at, "shutdown"], "handlers never run: Terminate runs none")
  }
}

/** Templates that nothing calls. */
function checkUnused(world: World, unit: Unit): void {
  // Other objects may call the templates of a stored one, unless everything is here.
  if (!unit.isRun && !world.isClosed) return
  if (unit.spec.workflowTemplateRef !== undefined) return
  const roots = [unit.spec.entrypoint, unit.spec.onExit].filter((name) => name !== undefined)
  for (const { hook } of hooksOf([], unit.spec))
    if (hook.template !== undefined) roots.push(hook.template)
  roots.push(...calledFromOutside(world, unit))
  const { used, isOpen } = reachedFrom(world, unit, roots)
  if (isOpen || (!unit.isRun && unit.spec.entrypoint === undefined)) return
  for (const [index, { name }] of (unit.spec.templates ?? []).entries()) {
    if (name === undefined || name === "" || used.has(name)) continue
    const message = `nothing calls the template "${name}"`
    const path = [...unit.at, "templates", index, "name"]
    report(world, unit, path, { code: "Unreachable", message, severity: "warning" })
  }
}

function calledFromOutside(world: World, unit: Unit): readonly string[] {
  if (unit.isRun) return []
  const names: string[] = []
  for (const other of world.units) {
    const { spec } = other
    if (
      spec.workflowTemplateRef !== undefined &&
      findUnit(world, spec.workflowTemplateRef) === unit
    ) {
      names.push(spec.entrypoint ?? "", spec.onExit ?? "")
      for (const { hook } of hooksOf([], spec)) names.push(hook.template ?? "")
    }
    const calls = templatesOf(other).flatMap((placed) => stepsOf(placed).map(({ step }) => step))
    const hooks = [spec, ...calls].flatMap((owner) => hooksOf([], owner)).map(({ hook }) => hook)
    for (const { templateRef } of [...calls, ...hooks]) {
      if (templateRef !== undefined && findUnit(world, templateRef) === unit) {
        names.push(templateRef.template)
      }
    }
  }
  return names
}

function reachedFrom(
  world: World,
  unit: Unit,
  roots: readonly string[],
): { readonly used: ReadonlySet<string>; readonly isOpen: boolean } {
  const used = new Set<string>()
  let isOpen = false
  const waiting = roots.flatMap((name) => unit.templates.get(name) ?? [])
  for (let template = waiting.pop(); template !== undefined; template = waiting.pop()) {
    if (template.name !== undefined && unit.templates.get(template.name) === template) {
      if (used.has(template.name)) continue
      used.add(template.name)
    }
    for (const { step } of stepsOf({ path: [], template })) {
      for (const call of [step, ...hooksOf([], step).map(({ hook }) => hook)]) {
        // A name that is only known when it runs may be any.
        if (call.template?.includes("{{") === true) isOpen = true
        const target = targetOf(world, unit, call)
        if (target?.unit === unit) waiting.push(target.template)
      }
    }
  }
  return { used, isOpen }
}
