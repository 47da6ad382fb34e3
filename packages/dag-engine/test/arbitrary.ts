import fc from "fast-check"
import type { DagTask, Template, Workflow, WorkflowStep } from "../src/index.js"
import { leaves, nested } from "./templates.js"

const results = ["Succeeded", "Failed", "Errored", "Skipped", "Omitted"] as const

/** What a generated workflow may hold besides dags, steps, retries and conditions. */
export interface Features {
  /** `parallelism` of the workflow. */
  readonly parallelism: number | undefined
  /** `parallelism` of templates. */
  readonly limits: boolean
  /** `failFast` of templates: nothing new starts in a body one of whose children failed. */
  readonly failFast: boolean
  /** Mutexes and semaphores, of templates and of the workflow. */
  readonly locks: boolean
  readonly memo: boolean
  /** Suspend templates, for a while and until somebody comes. */
  readonly waits: boolean
  readonly loops: boolean
  readonly hooks: boolean
  readonly onExit: boolean
  readonly daemons: boolean
  /** Deadlines of templates: who is late depends on the order in which things end. */
  readonly deadlines: boolean
}

const feature = fc.boolean()

/** Everything that a generated workflow may hold, drawn. */
export const features: fc.Arbitrary<Features> = fc.record({
  parallelism: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  limits: feature,
  failFast: feature,
  locks: feature,
  memo: feature,
  waits: feature,
  loops: feature,
  hooks: feature,
  onExit: feature,
  daemons: feature,
  deadlines: feature,
})

/** `PROPERTY_SIZE=12`: larger workflows than the ordinary run's. */
const sizeMax = Number(process.env["PROPERTY_SIZE"] ?? 6)

/** Workflows with some features given, whatever the others are. */
export function workflowsWith(given: Partial<Features> = {}): fc.Arbitrary<Workflow> {
  return fc
    .record({
      size: fc.integer({ min: 1, max: sizeMax }),
      bits: fc.infiniteStream(fc.nat(1000)),
      drawn: features,
    })
    .map(({ size, bits, drawn }) => build(size, bits, { ...drawn, ...given }))
}

/** Workflows of every kind, but for deadlines. */
export const workflows: fc.Arbitrary<Workflow> = workflowsWith({ deadlines: false })

function build(size: number, bits: Iterator<number>, given: Features): Workflow {
  const draw = (below: number): number => (bits.next().value as number) % below
  // Under a limit a daemon may keep the room that those after it need for ever, as in Argo.
  const isLimited = given.parallelism !== undefined || given.limits
  const has: Features = { ...given, daemons: given.daemons && !isLimited }
  const callable = [
    "leaf",
    "retried",
    "pair",
    "set",
    "inner",
    ...(has.daemons ? ["daemon", "kept"] : []),
    ...(has.locks ? ["alone", "few", "both", "aloneRetried", "alonePair"] : []),
    ...(has.memo ? ["known", "knownPair"] : []),
    ...(has.waits ? ["nap", "asked"] : []),
    ...(has.deadlines ? ["late", "lateRetried"] : []),
  ]
  const call = () => callable[draw(callable.length)] as string
  const tasks = drawTasks(size, { draw, has, call })
  const steps = drawSteps({ draw, has, call })
  const limit = () => (has.limits && draw(2) === 0 ? { parallelism: 1 + draw(2) } : {})
  const failFast = () => (has.failFast && draw(2) === 0 ? { failFast: true } : {})
  const templates: Template[] = [
    { name: "main", steps, ...failFast() },
    { name: "graph", dag: { tasks, failFast: draw(2) === 0 }, ...limit(), ...failFast() },
    ...nested(limit),
    ...leaves(draw),
  ]
  const hooks = {
    ran: { expression: 'workflow.status == "Running"', template: call() },
    fell: { expression: 'workflow.status == "Failed"', template: call() },
  }
  const ends = {
    ...(has.onExit ? { onExit: "leaf" } : {}),
    ...(has.hooks && draw(3) === 0 ? { hooks } : {}),
  }
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "wf" },
    spec: {
      entrypoint: "main",
      templates: reached(templates, JSON.stringify({ template: "main", ...ends })),
      ...ends,
      ...(has.locks && draw(4) === 0 ? { synchronization: { mutexes: [{ name: "whole" }] } } : {}),
      ...(has.parallelism === undefined ? {} : { parallelism: has.parallelism }),
    },
  }
}

/** The templates that are called, from a text on: what is told of a failure is short. */
function reached(templates: readonly Template[], from: string): readonly Template[] {
  const found = new Set<Template>()
  let text = from
  for (let before = -1; before < found.size; ) {
    before = found.size
    for (const template of templates) {
      if (found.has(template) || !text.includes(`"${template.name ?? ""}"`)) continue
      found.add(template)
      text += JSON.stringify(template)
    }
  }
  return templates.filter((template) => found.has(template))
}

interface Drawing {
  draw(below: number): number
  readonly has: Features
  call(): string
}

/** What steps and tasks have in common. */
function drawOwn(
  root: "steps" | "tasks",
  name: string,
  { draw, has, call }: Drawing,
): Omit<WorkflowStep, "name" | "template"> {
  const items = ["x", "y", "z"].slice(0, draw(4))
  const told = `${root}["${name}"].status == "${["Running", "Succeeded", "Failed", "Skipped"][draw(4)]}"`
  const hooks = {
    ...(draw(3) === 0 ? { exit: { template: "leaf" } } : {}),
    told: { expression: told, template: call() },
  }
  return {
    ...(has.loops && draw(4) === 0 ? { withItems: items } : {}),
    ...(draw(6) === 0 ? { when: draw(2) === 0 ? "a == b" : "1 == 1" } : {}),
    ...(has.hooks && draw(4) === 0 ? { hooks } : {}),
  }
}

function drawTasks(size: number, drawing: Drawing): readonly DagTask[] {
  const { draw, has, call } = drawing
  const isConditional = draw(2) === 0
  const lists: string[] = []
  return Array.from({ length: size }, (_, index) => {
    const name = `t${index}`
    const before = Array.from({ length: index }, (_each, k) => `t${k}`).filter(() => draw(3) === 0)
    const list = before.find((each) => lists.includes(each))
    const condition = before
      .map((each) => (draw(3) === 0 ? `${each}.${results[draw(results.length)]}` : each))
      .join(draw(2) === 0 ? " && " : " || ")
    const edges =
      before.length === 0 ? {} : isConditional ? { depends: condition } : { dependencies: before }
    const on =
      !isConditional && draw(5) === 0 ? { continueOn: { failed: true, error: draw(2) === 0 } } : {}
    const own = drawOwn("tasks", name, drawing)
    const isList = has.loops && draw(4) === 0
    if (isList) lists.push(name)
    const isLooped = list !== undefined && draw(2) === 0
    const { withItems: _items, ...rest } = own
    return {
      name,
      template: isList ? "list" : call(),
      ...edges,
      ...on,
      ...(isList || isLooped ? rest : own),
      ...(isLooped ? { withParam: `{{tasks.${list}.outputs.result}}` } : {}),
    }
  })
}

function drawSteps(drawing: Drawing): readonly (readonly WorkflowStep[])[] {
  const { draw, call } = drawing
  return Array.from({ length: 1 + draw(3) }, (_, group) =>
    Array.from({ length: 1 + draw(2) }, (_each, index) => {
      const name = `s${group}-${index}`
      const template = index === 0 && group === 0 ? "graph" : call()
      return { name, template, ...drawOwn("steps", name, drawing) }
    }),
  )
}

/** The same workflow with hooks that ask for a failure where they asked whether something is running. */
export function askingForEnds(workflow: Workflow): Workflow {
  const told = JSON.stringify(workflow.spec).replaceAll('"Running\\"', '"Failed\\"')
  return { ...workflow, spec: JSON.parse(told) as Workflow["spec"] }
}
