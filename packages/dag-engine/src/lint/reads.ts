import type { IssuePath } from "@argo-ts/kernel"
import type { Template } from "../api/template.js"
import type { Scope } from "./scope.js"
import { tagsOf } from "./texts.js"
import { hooksOf, stepsOf, textsOf } from "./walk.js"
import { type Call, findUnit, report, targetOf, type Unit, type World } from "./world.js"

/** A template that a run gets to, and the place in the run's own manifest that leads there. */
interface Reached {
  readonly unit: Unit
  readonly template: Template
  readonly path: IssuePath
}

/**
 * What a run's templates read of their workflow, as far as only the run can tell: the tags of other objects' templates
 * that it calls, and `workflow.failures`, which is there when the exit handler begins.
 */
export function checkReads(world: World, unit: Unit, globals: Scope): void {
  if (!unit.isRun) return
  const { spec, at } = unit
  const base =
    spec.workflowTemplateRef === undefined ? undefined : findUnit(world, spec.workflowTemplateRef)
  const home = base ?? unit
  const place = base === undefined ? at : [...at, "workflowTemplateRef", "name"]
  const entrypoint = spec.entrypoint ?? base?.spec.entrypoint
  const entry = home.templates.get(entrypoint ?? "")
  const first = entry === undefined ? [] : [placed(unit, home, entry, place)]
  const main = reachedFrom(world, unit, first)
  for (const each of main.values()) checkFailures(world, unit, each)
  const handlers = [...hooksOf(at, spec), ...(base === undefined ? [] : hooksOf(at, base.spec))]
  const later = handlers.flatMap(({ path, hook }) => {
    const target = targetOf(world, home, hook)
    const where = base === undefined ? path : place
    return target === undefined ? [] : [placed(unit, target.unit, target.template, where)]
  })
  const all = new Map([...reachedFrom(world, unit, later), ...main])
  for (const each of all.values()) if (each.unit !== unit) checkBorrowed(world, unit, each, globals)
}

/** In the run's own manifest a template stands at its own place, elsewhere at that of the call. */
function placed(run: Unit, unit: Unit, template: Template, call: IssuePath): Reached {
  if (unit !== run) return { unit, template, path: call }
  const index = (run.spec.templates ?? []).indexOf(template)
  return { unit, template, path: index < 0 ? call : [...run.at, "templates", index] }
}

function reachedFrom(
  world: World,
  run: Unit,
  first: readonly Reached[],
): ReadonlyMap<Template, Reached> {
  const found = new Map<Template, Reached>()
  const waiting = [...first]
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (found.has(next.template)) continue
    found.set(next.template, next)
    const { unit, template, path } = next
    for (const { path: at, step } of stepsOf({ path, template })) {
      const calls: readonly Call[] = [step, ...hooksOf(at, step).map(({ hook }) => hook)]
      for (const call of calls) {
        const target = targetOf(world, unit, call)
        // Inside another object the way there goes on at the place that led to it.
        const where = unit === run ? at : path
        if (target !== undefined) waiting.push(placed(run, target.unit, target.template, where))
      }
    }
  }
  return found
}

/** The names that a template's simple tags read of the workflow. */
function namesOf({ template }: Reached): ReadonlySet<string> {
  // An inline template is one of its own.
  const { steps: _steps, dag: _dag, ...rest } = template
  const calls = stepsOf({ path: [], template }).map(
    ({ step: { inline: _inline, ...step } }) => step,
  )
  const texts = textsOf([], [rest, template.dag?.target, ...calls])
  const names = texts.flatMap(({ text }) => tagsOf(text).map(({ name }) => name.trim()))
  return new Set(names.filter((name) => name.startsWith("workflow.")))
}

function checkFailures(world: World, run: Unit, reached: Reached): void {
  if (!namesOf(reached).has("workflow.failures")) return
  const message =
    "failed to resolve {{workflow.failures}}: it is there for exit handlers only, and the entrypoint gets here"
  report(world, run, reached.path, { code: "UnresolvedTag", message })
}

function checkBorrowed(world: World, run: Unit, reached: Reached, globals: Scope): void {
  for (const name of namesOf(reached)) {
    const sight = globals(name.split("."))
    if (sight?.is !== "unknown") continue
    const whose = `${reached.unit.name}/${reached.template.name ?? ""}`
    const message = `failed to resolve {{${name}}} of "${whose}": ${sight.message}`
    report(world, run, reached.path, { code: "UnresolvedTag", message, hint: sight.hint })
  }
}
