import type { IssuePath } from "@argo-ts/kernel"
import { compileDepends } from "../../core/languages.js"
import type { DagTask, DagTemplate } from "../step.js"
import type { Template } from "../template.js"
import { checkCall } from "./calls.js"
import { type Context, checkFieldName, didYouMean, hasTag, report } from "./context.js"

/** Every rule about `dag`. */
export function checkDag(context: Context, path: IssuePath, template: Template): void {
  const dag = template.dag as DagTemplate
  const at = [...path, "dag"]
  const { tasks } = dag
  if (tasks.length === 0) report(context, [...at, "tasks"], "a dag needs at least one task")
  const byName = new Map<string, DagTask>()
  // One path for all tasks: most have nothing to report.
  const place = [...at, "tasks", 0]
  const last = place.length - 1
  for (const [index, task] of tasks.entries()) {
    place[last] = index
    checkFieldName(context, place, task.name, "task")
    if (byName.has(task.name)) {
      const message = `the task name "${task.name}" is there twice`
      report(context, [...place, "name"], message, { code: "DuplicateName" })
    }
    byName.set(task.name, task)
    checkCall(context, place, task, "task")
  }
  const edges = tasks.map((task, index) => {
    place[last] = index
    return checkEdges(context, place, task, byName)
  })
  checkMixture(context, at, dag)
  checkTargets(context, at, dag, byName)
  const cycle = findCycle(tasks, edges)
  if (cycle !== undefined) {
    const message = `tasks depend on each other in a circle: ${cycle.join(" → ")}`
    report(context, [...at, "tasks"], message, { code: "CyclicDependency" })
  }
}

/** The tasks that a task waits for. */
export function dependenciesOf(
  task: DagTask,
  byName: ReadonlyMap<string, DagTask>,
): readonly string[] {
  if (task.depends === undefined || task.depends === "") return task.dependencies ?? []
  const compiled = compileDepends(task.depends, (name) =>
    byName.has(name) ? { failed: false, error: false } : undefined,
  )
  return compiled.ok ? compiled.value.tasks : []
}

function checkEdges(
  context: Context,
  path: IssuePath,
  task: DagTask,
  byName: ReadonlyMap<string, DagTask>,
): readonly string[] {
  const hasDepends = task.depends !== undefined && task.depends !== ""
  if (hasDepends && task.dependencies !== undefined && task.dependencies.length > 0) {
    report(context, path, `the task "${task.name}" has either depends or dependencies, found both`)
  }
  if (hasDepends) return checkDepends(context, [...path, "depends"], task, byName)
  for (const [index, name] of (task.dependencies ?? []).entries()) {
    if (byName.has(name)) continue
    const message = `task "${task.name}" depends on "${name}", which does not exist`
    report(context, [...path, "dependencies", index], message, {
      code: "UnknownDependency",
      ...didYouMean(name, byName.keys()),
    })
  }
  return task.dependencies ?? []
}

function checkDepends(
  context: Context,
  path: IssuePath,
  task: DagTask,
  byName: ReadonlyMap<string, DagTask>,
): readonly string[] {
  const compiled = compileDepends(task.depends ?? "", (name) =>
    byName.has(name) ? { failed: false, error: false } : undefined,
  )
  if (!compiled.ok) {
    const code = compiled.message.includes("does not exist")
      ? "UnknownDependency"
      : "InvalidExpression"
    report(context, path, compiled.message, { code })
    return []
  }
  for (const name of compiled.value.loops) {
    const other = byName.get(name)
    const isLooped =
      other?.withItems !== undefined ||
      other?.withParam !== undefined ||
      other?.withSequence !== undefined
    if (!isLooped) {
      report(context, path, `"${name}" has no loop: AnySucceeded and AllFailed ask about its items`)
    }
  }
  return compiled.value.tasks
}

/** Upstream refuses a DAG in which one task uses `depends` and another `dependencies` or `continueOn`. */
function checkMixture(context: Context, path: IssuePath, dag: DagTemplate): void {
  const withDepends = dag.tasks.some((task) => task.depends !== undefined && task.depends !== "")
  const withList = dag.tasks.findIndex((task) => (task.dependencies?.length ?? 0) > 0)
  if (withDepends && withList >= 0) {
    const message = "a dag uses either depends or dependencies in all its tasks"
    report(context, [...path, "tasks", withList, "dependencies"], message)
  }
  if (withList < 0 && !withDepends) return
  for (const [index, task] of dag.tasks.entries()) {
    if (/^\d/.test(task.name)) {
      const message = `a task name starts with a letter where depends or dependencies are used, found "${task.name}"`
      report(context, [...path, "tasks", index, "name"], message)
    }
    if (withDepends && task.continueOn !== undefined) {
      const message = "has no effect in a dag with depends: write `a.Failed` or `a.Errored` there"
      report(context, [...path, "tasks", index, "continueOn"], message)
    }
  }
}

function checkTargets(
  context: Context,
  path: IssuePath,
  dag: DagTemplate,
  byName: ReadonlyMap<string, DagTask>,
): void {
  if (dag.target === undefined || hasTag(dag.target)) return
  for (const name of dag.target.split(" ").filter((part) => part !== "")) {
    if (byName.has(name)) continue
    report(context, [...path, "target"], `names the task "${name}", which does not exist`, {
      code: "UnknownDependency",
      ...didYouMean(name, byName.keys()),
    })
  }
}

/** The first circle, without recursion: graphs may be long. */
function findCycle(
  tasks: readonly DagTask[],
  edges: readonly (readonly string[])[],
): readonly string[] | undefined {
  const indexOf = new Map(tasks.map((task, index) => [task.name, index]))
  const at = (name: string): number => indexOf.get(name) ?? -1
  // Where every task stands behind those it waits for, as most write them, there is none.
  if (edges.every((names, index) => names.every((name) => at(name) < index))) return undefined
  const before = edges.map((names) => names.map(at))
  const state = new Uint8Array(tasks.length)
  for (let start = 0; start < tasks.length; start++) {
    if (state[start] !== 0) continue
    const trail = [{ index: start, next: 0 }]
    state[start] = 1
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      const next = before[top.index]?.[top.next++]
      if (next === undefined) {
        state[top.index] = 2
        trail.pop()
      } else if (state[next] === 1) {
        const names = trail.map(({ index }) => (tasks[index] as DagTask).name)
        const first = trail.findIndex(({ index }) => index === next)
        return [...names.slice(first), names[first] as string]
      } else if (state[next] === 0) {
        state[next] = 1
        trail.push({ index: next, next: 0 })
      }
    }
  }
  return undefined
}
