import type { JsonValue } from "@argo-ts/kernel"
import type { DagTemplate, WorkflowStep } from "../api/step.js"
import type { Template } from "../api/template.js"
import { compileCall, compileHooks } from "./compile-call.js"
import type {
  CompiledCall,
  CompiledHook,
  CompiledLoop,
  CompiledUnit,
  Graph,
  Group,
} from "./compile-types.js"
import { compileJson } from "./json-text.js"
import { compileDepends, compileText, type Depends, type Text } from "./languages.js"
import { inKeyOrder } from "./loops.js"

interface Units {
  readonly units: readonly CompiledUnit[]
  readonly groups: readonly Group[]
  readonly graph: Graph | undefined
}

/** The steps or tasks of a template, ready to run. */
export function compileUnits(source: Template): Units {
  if (source.steps !== undefined) return compileSteps(source.steps)
  if (source.dag !== undefined) return compileDag(source.dag)
  return { units: [], groups: [], graph: undefined }
}

function compileSteps(steps: readonly (readonly WorkflowStep[])[]): Units {
  const units: CompiledUnit[] = []
  const groups: Group[] = []
  const shared = new Map<string, CompiledCall>()
  for (const [group, members] of steps.entries()) {
    groups.push({ start: units.length, count: members.length })
    for (const step of members) {
      units.push(
        compileUnit(step, {
          shared,
          index: units.length,
          group,
          dependencies: [],
          depends: undefined,
        }),
      )
    }
  }
  return { units, groups, graph: undefined }
}

/** Calls that say nothing but a template's name are one and the same: a graph of a million tasks has few of them. */
function sharedCall(step: WorkflowStep, shared: Map<string, CompiledCall>): CompiledCall {
  const { template } = step
  const isPlain =
    template !== undefined &&
    step.arguments === undefined &&
    step.templateRef === undefined &&
    step.inline === undefined
  if (!isPlain) return compileCall(step)
  let call = shared.get(template)
  if (call === undefined) {
    call = compileCall(step)
    shared.set(template, call)
  }
  return call
}

interface Place {
  readonly shared: Map<string, CompiledCall>
  readonly index: number
  readonly group: number
  readonly dependencies: readonly number[]
  readonly depends: Depends | undefined
}

function compileUnit(step: WorkflowStep, place: Place): CompiledUnit {
  return {
    index: place.index,
    name: step.name,
    group: place.group,
    suffix: `.${step.name}`,
    when: step.when === undefined || step.when === "" ? undefined : compileText(step.when),
    loop: compileLoop(step),
    call: sharedCall(step, place.shared),
    continueFailed: step.continueOn?.failed === true,
    continueError: step.continueOn?.error === true,
    dependencies: place.dependencies,
    dependents: none,
    depends: place.depends,
    hooks:
      step.hooks === undefined && step.onExit === undefined
        ? noHooks
        : compileHooks(step.hooks, step.onExit),
  }
}

function compileLoop(step: WorkflowStep): CompiledLoop | undefined {
  if (step.withItems !== undefined) {
    const items = step.withItems.map(inKeyOrder)
    return { kind: "items", items, text: compileJson(items) }
  }
  if (step.withParam !== undefined && step.withParam !== "") {
    return { kind: "param", text: compileText(step.withParam) }
  }
  if (step.withSequence === undefined) return undefined
  const sequence = step.withSequence
  return { kind: "sequence", sequence, text: compileJson(sequence as unknown as JsonValue) }
}

function compileDag(dag: DagTemplate): Units {
  const byName = new Map<string, number>()
  for (const [index, task] of dag.tasks.entries()) byName.set(task.name, index)
  const continueOn = (name: string): { failed: boolean; error: boolean } | undefined => {
    const task = dag.tasks[byName.get(name) ?? -1]
    if (task === undefined) return undefined
    return { failed: task.continueOn?.failed === true, error: task.continueOn?.error === true }
  }
  const shared = new Map<string, CompiledCall>()
  const units = dag.tasks.map((task, index) => {
    const parsed =
      task.depends === undefined || task.depends === ""
        ? undefined
        : compileDepends(task.depends, continueOn)
    const depends = parsed?.ok === true ? parsed.value : undefined
    return compileUnit(task, {
      shared,
      index,
      group: 0,
      dependencies: indexesOf(depends?.tasks ?? task.dependencies, byName),
      depends: depends?.isPlain === true ? undefined : depends,
    })
  })
  const graph = graphOf(dag, units, byName)
  listDependents(units, graph.order)
  return { units, groups: [], graph }
}

/** Turns the edges round: whom each unit lets go on, in order. Most let go one: its list begins with it. */
function listDependents(units: readonly CompiledUnit[], order: readonly number[]): void {
  for (const index of order) {
    for (const dependency of (units[index] as CompiledUnit).dependencies) {
      const unit = units[dependency]
      if (unit?.dependents === none) unit.dependents = [index]
      else unit?.dependents.push(index)
    }
  }
}

/** Shared by all units without any; never written. */
const none: number[] = []
const noHooks: readonly CompiledHook[] = []

function indexesOf(
  names: readonly string[] | undefined,
  byName: ReadonlyMap<string, number>,
): readonly number[] {
  if (names === undefined || names.length === 0) return none
  const found: number[] = []
  for (const name of names) {
    const index = byName.get(name)
    if (index !== undefined) found.push(index)
  }
  return found.length < 2 ? found : [...new Set(found)]
}

function graphOf(
  dag: DagTemplate,
  units: readonly CompiledUnit[],
  byName: ReadonlyMap<string, number>,
): Graph {
  const isNeeded = new Uint8Array(units.length)
  for (const { dependencies } of units) for (const index of dependencies) isNeeded[index] = 1
  const leaves = units
    .filter((unit) => isNeeded[unit.index] === 0)
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .map((unit) => unit.index)
  const target = dag.target === undefined || dag.target === "" ? undefined : compileText(dag.target)
  const order = beginningOrder(units, [...namedTargets(target, byName), ...leaves])
  const ranks: number[] = order.slice()
  for (const [rank, index] of order.entries()) ranks[index] = rank
  return { failFast: dag.failFast !== false, target, leaves, byName, order, ranks }
}

/** Targets that are written out, before those that nobody depends on. */
function namedTargets(
  target: Text | undefined,
  byName: ReadonlyMap<string, number>,
): readonly number[] {
  if (target?.isLiteral !== true) return none
  return indexesOf(
    target.source.split(" ").filter((name) => name !== ""),
    byName,
  )
}

/** From each target up to what it depends on, and back: upstream looks at a graph in this order (spec/workflows §2.6). */
function beginningOrder(
  units: readonly CompiledUnit[],
  targets: readonly number[],
): readonly number[] {
  const order: number[] = []
  const next = new Int32Array(units.length)
  for (const target of targets) {
    const path = [target]
    for (let index = path.at(-1); index !== undefined; index = path.at(-1)) {
      const { dependencies } = units[index] as CompiledUnit
      const at = next[index] as number
      next[index] = at + 1
      const dependency = dependencies[at]
      if (dependency !== undefined) {
        if (next[dependency] === 0) path.push(dependency)
        continue
      }
      if (at === dependencies.length) order.push(index)
      path.pop()
    }
  }
  return order
}
