import type { TaskResult } from "@argo-ts/expr/depends"
import type { DagTask } from "../api/step.js"
import { compileDepends, type Depends } from "../core/languages.js"

/** How a task can end. */
export type End = "Succeeded" | "Failed" | "Errored" | "Skipped" | "Omitted" | "Daemoned"

/** What is known of a task before it runs. */
export interface TaskFacts {
  readonly task: DagTask
  readonly depends: Depends | undefined
  /** The ends that are possible at all. */
  readonly ends: ReadonlySet<End>
}

/** The tasks of one DAG. */
export interface Graph {
  readonly tasks: ReadonlyMap<string, TaskFacts>
}

/** True where a step makes several. */
export function isLooped(step: DagTask): boolean {
  return (
    step.withItems !== undefined || (step.withParam ?? "") !== "" || step.withSequence !== undefined
  )
}

/** Reads how tasks depend on each other. `isDaemon` tells whose template is a daemon. */
export function graphOf(tasks: readonly DagTask[], isDaemon: (task: DagTask) => boolean): Graph {
  const byName = new Map(tasks.map((task) => [task.name, task]))
  const continueOn = (name: string): { failed: boolean; error: boolean } | undefined => {
    const on = byName.get(name)
    if (on === undefined) return undefined
    return { failed: on.continueOn?.failed === true, error: on.continueOn?.error === true }
  }
  const facts = new Map<string, TaskFacts>()
  for (const task of tasks) {
    const source = task.depends ?? (task.dependencies ?? []).join(" && ")
    const compiled = source.trim() === "" ? undefined : compileDepends(source, continueOn)
    const depends = compiled?.ok === true ? compiled.value : undefined
    facts.set(task.name, { task, depends, ends: endsOf(task, depends, isDaemon(task)) })
  }
  return { tasks: facts }
}

function endsOf(task: DagTask, depends: Depends | undefined, isDaemon: boolean): ReadonlySet<End> {
  const ends = new Set<End>(["Succeeded", "Failed", "Errored"])
  const mayBeEmpty = (task.withParam ?? "") !== "" || task.withSequence !== undefined
  if ((task.when ?? "") !== "" || mayBeEmpty || task.withItems?.length === 0) ends.add("Skipped")
  if (depends !== undefined) ends.add("Omitted")
  if (isDaemon) ends.add("Daemoned")
  return ends
}

/** Which of its results hold where a task ended so. */
function resultsOf(task: DagTask, end: End): readonly TaskResult[] {
  if (!isLooped(task)) return [end]
  if (end === "Succeeded") return ["Succeeded", "AnySucceeded"]
  if (end === "Failed") return ["Failed", "AllFailed"]
  return [end]
}

/** Beyond so many combinations a `depends` is taken to allow everything. */
const combinationsMax = 8000

/** What combinations of ends a condition over them allows. */
export interface Verdicts {
  /** By task: the ends it may have where the condition holds. */
  readonly whenTrue: ReadonlyMap<string, ReadonlySet<End>>
  /** And where it does not. */
  readonly whenFalse: ReadonlyMap<string, ReadonlySet<End>>
  /** False where no combination makes it true. */
  readonly canHold: boolean
}

/** Tries every combination of ends of the tasks that a condition names. `undefined` where there are too many. */
export function verdictsOf(graph: Graph, facts: TaskFacts): Verdicts | undefined {
  const { depends } = facts
  if (depends === undefined) return undefined
  const others = depends.tasks.flatMap((name) => graph.tasks.get(name) ?? [])
  let count = 1
  for (const other of others) count *= other.ends.size
  if (depends.isPlain && count > combinationsMax) return plainVerdicts(graph, depends)
  if (count > combinationsMax) return undefined
  const whenTrue = new Map(others.map(({ task }) => [task.name, new Set<End>()]))
  const whenFalse = new Map(others.map(({ task }) => [task.name, new Set<End>()]))
  const canHold = tryAll({ depends, others, whenTrue, whenFalse })
  return { whenTrue, whenFalse, canHold }
}

interface Trial {
  readonly depends: Depends
  readonly others: readonly TaskFacts[]
  readonly whenTrue: ReadonlyMap<string, Set<End>>
  readonly whenFalse: ReadonlyMap<string, Set<End>>
}

function tryAll({ depends, others, whenTrue, whenFalse }: Trial): boolean {
  const lists = others.map(({ ends }) => [...ends])
  const at = others.map(() => 0)
  let canHold = false
  for (;;) {
    const chosen = new Map(
      others.map(({ task }, index) => [task.name, lists[index]?.[at[index] ?? 0] ?? "Succeeded"]),
    )
    const holds = holdsFor(depends, others, chosen)
    if (holds) canHold = true
    for (const [name, end] of chosen) (holds ? whenTrue : whenFalse).get(name)?.add(end)
    let digit = 0
    for (; digit < at.length; digit++) {
      at[digit] = (at[digit] ?? 0) + 1
      if ((at[digit] ?? 0) < (lists[digit]?.length ?? 0)) break
      at[digit] = 0
    }
    if (digit >= at.length) return canHold
  }
}

function holdsFor(
  depends: Depends,
  others: readonly TaskFacts[],
  chosen: ReadonlyMap<string, End>,
): boolean {
  if (depends.isPlain)
    return others.every((other) => acceptsBare(other, chosen.get(other.task.name)))
  const byName = new Map(others.map((other) => [other.task.name, other.task]))
  const result = depends.evaluate((name) => {
    const task = byName.get(name)
    return task === undefined ? [] : resultsOf(task, chosen.get(name) ?? "Succeeded")
  })
  return result.ok && result.value
}

function acceptsBare({ task }: TaskFacts, end: End | undefined): boolean {
  if (end === "Failed") return task.continueOn?.failed === true
  if (end === "Errored") return task.continueOn?.error === true
  return end !== "Omitted"
}

function plainVerdicts(graph: Graph, depends: Depends): Verdicts {
  const whenTrue = new Map<string, ReadonlySet<End>>()
  const whenFalse = new Map<string, ReadonlySet<End>>()
  for (const name of depends.tasks) {
    const facts = graph.tasks.get(name)
    if (facts === undefined) continue
    whenTrue.set(name, new Set([...facts.ends].filter((end) => acceptsBare(facts, end))))
    whenFalse.set(name, facts.ends)
  }
  return { whenTrue, whenFalse, canHold: true }
}

/** The ends that `of` may have had where `task` runs, and through whom `task` comes to run all the same. */
export interface Reach {
  readonly ends: ReadonlySet<End>
}

const depthMax = 50

/** Remembers verdicts and reaches: graphs may be wide. */
export interface Reaches {
  /** The ends that an ancestor may have had where a task runs; `undefined` where it is no ancestor. */
  endsBefore(task: string, ancestor: string): ReadonlySet<End> | undefined
  verdicts(task: string): Verdicts | undefined
}

/** Follows conditions up the graph. */
export function reachesOf(graph: Graph): Reaches {
  const verdicts = new Map<string, Verdicts | undefined>()
  const reached = new Map<string, ReadonlySet<End> | undefined>()
  const verdictsFor = (name: string): Verdicts | undefined => {
    if (verdicts.has(name)) return verdicts.get(name)
    const facts = graph.tasks.get(name)
    const found = facts === undefined ? undefined : verdictsOf(graph, facts)
    verdicts.set(name, found)
    return found
  }
  const follow = (
    name: string,
    of: string,
    holds: boolean,
    depth: number,
  ): ReadonlySet<End> | undefined => {
    const key = `${name}\n${of}\n${holds}`
    if (reached.has(key)) return reached.get(key)
    reached.set(key, undefined)
    const found = depth > depthMax ? undefined : followFresh(name, of, holds, depth)
    reached.set(key, found)
    return found
  }
  const followFresh = (
    name: string,
    of: string,
    holds: boolean,
    depth: number,
  ): ReadonlySet<End> | undefined => {
    const facts = graph.tasks.get(name)
    if (facts?.depends === undefined) return undefined
    const verdict = verdictsFor(name)
    let ends: ReadonlySet<End> | undefined
    for (const dependency of facts.depends.tasks) {
      const all = graph.tasks.get(dependency)?.ends ?? new Set<End>()
      const allowed = (holds ? verdict?.whenTrue : verdict?.whenFalse)?.get(dependency) ?? all
      const through = dependency === of ? allowed : endsThrough(dependency, of, allowed, depth)
      if (through === undefined) continue
      const before = ends
      ends = before === undefined ? through : new Set([...before].filter((end) => through.has(end)))
    }
    return ends
  }
  const endsThrough = (
    name: string,
    of: string,
    allowed: ReadonlySet<End>,
    depth: number,
  ): ReadonlySet<End> | undefined => {
    const ran = [...allowed].some((end) => end !== "Omitted")
    const yes = ran ? follow(name, of, true, depth + 1) : undefined
    const no = allowed.has("Omitted") ? follow(name, of, false, depth + 1) : undefined
    if (yes === undefined && no === undefined) return undefined
    return new Set([...(yes ?? []), ...(no ?? [])])
  }
  return {
    endsBefore: (task, ancestor) => follow(task, ancestor, true, 0),
    verdicts: verdictsFor,
  }
}
