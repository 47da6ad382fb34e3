import type { Arguments } from "../api/parameter.js"
import { missingInputs } from "../api/validate/arguments.js"
import { checkCall } from "./calls.js"
import type { Scope } from "./scope.js"
import { checkTemplated, checkTexts } from "./texts.js"
import type { PlacedHook } from "./walk.js"
import { report, targetOf, type Unit, type World } from "./world.js"

/** A hook, what it sees, and whose it is. */
export interface ScopedHook extends PlacedHook {
  readonly scope: Scope
  readonly level: "steps" | "tasks" | "workflow"
  /** The step's or task's name; empty for the workflow. */
  readonly owner: string
  /** True where its step never runs. */
  readonly isSkipped: boolean
}

/** Judges a hook: what it calls and names, and that it can run at all. */
export function checkHook(world: World, unit: Unit, placed: ScopedHook): void {
  const { path, hook, scope, isSkipped, owner } = placed
  checkTexts(world, unit, { path: [...path, "arguments"], value: hook.arguments }, scope)
  const isOld = typeof path.at(-1) === "string" && path.at(-1) === "onExit"
  const given = givenTo(world, unit, placed)
  if (!isOld) checkCall(world, unit, { path, call: hook, given })
  checkGiven(world, unit, placed, given)
  const { expression } = hook
  if (expression !== undefined) {
    const at = [...path, "expression"]
    checkTemplated(world, unit, { path: at, source: expression }, scope)
    checkCanHold(world, unit, placed, expression)
  }
  if (isSkipped) {
    const message = `the handler never runs: "${owner}" itself never does`
    report(world, unit, path, { code: "UnreachableHandler", message, severity: "warning" })
  }
}

/** What a hook hands on: an exit handler without arguments of its own has those of the workflow that its template declares. */
function givenTo(world: World, unit: Unit, { hook, name }: ScopedHook): Arguments | undefined {
  const { parameters = [], artifacts = [] } = hook.arguments ?? {}
  if (name !== "exit" || parameters.length > 0 || artifacts.length > 0) return hook.arguments
  const inputs = targetOf(world, unit, hook)?.template.inputs
  const { arguments: all } = unit.spec
  const declared = (kind: "parameters" | "artifacts", wanted: string): boolean =>
    inputs?.[kind]?.some((input) => input.name === wanted) === true
  return {
    parameters: all?.parameters?.filter(({ name: each }) => declared("parameters", each)) ?? [],
    artifacts: all?.artifacts?.filter(({ name: each }) => declared("artifacts", each)) ?? [],
  }
}

/** Validation does not ask whether hooks have what they call for; of another object's templates `checkCall` tells. */
function checkGiven(
  world: World,
  unit: Unit,
  { path, hook }: ScopedHook,
  given: Arguments | undefined,
): void {
  const target = hook.templateRef === undefined ? targetOf(world, unit, hook) : undefined
  // The arguments of a stored template may come with whoever runs it.
  if (target === undefined || !unit.isRun) return
  for (const missing of missingInputs(target.template, given)) {
    const message = `calls "${target.template.name ?? ""}", which needs ${missing}`
    report(world, unit, path, { code: "MissingArgument", message })
  }
}

/** Handlers look at nodes that run or ended; these phases are gone by then. */
const neverSeen: { readonly [level: string]: readonly string[] } = {
  steps: ["Pending", "Skipped", "Omitted"],
  tasks: ["Pending", "Skipped", "Omitted"],
  workflow: ["Pending"],
}

function checkCanHold(world: World, unit: Unit, placed: ScopedHook, expression: string): void {
  const { path, name, level } = placed
  const at = [...path, "expression"]
  const never = (message: string): void =>
    report(world, unit, at, { code: "UnreachableHandler", message, severity: "warning" })
  if (/^\s*false\s*$/.test(expression))
    return never("the handler never runs: its expression is false")
  const only =
    /^\s*(workflow|steps|tasks)(\.[-\w]+|\[['"][^'"]+['"]\])?\.status\s*==\s*["'](\w+)["']\s*$/.exec(
      expression,
    )
  const phase = only?.[3]
  if (phase === undefined) return
  const isEnd = name === "exit"
  if (isEnd && phase === "Running" && level !== "workflow") {
    never("the handler never runs: an exit handler looks when the node is no longer Running")
  } else if (neverSeen[level]?.includes(phase) === true) {
    never(`the handler never runs: hooks are not looked at while the phase is ${phase}`)
  }
}
