import { type EpochMs, epochMs } from "@argo-ts/kernel"
import fc from "fast-check"
import {
  type Action,
  type OpenWorkflow,
  type Outcome,
  openWorkflow,
  type Template,
  type Workflow,
  type WorkflowEvent,
  type WorkflowStatus,
} from "../src/index.js"

const phases = ["Succeeded", "Failed", "Error"] as const

const results = ["Succeeded", "Failed", "Errored", "Skipped", "Omitted"] as const

/** A workflow of dags, steps, loops, retries, conditions and an exit handler, over two leaf templates. */
export const workflows: fc.Arbitrary<Workflow> = fc
  .record({
    size: fc.integer({ min: 1, max: 6 }),
    bits: fc.infiniteStream(fc.nat(1000)),
    parallelism: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    onExit: fc.boolean(),
  })
  .map(({ size, bits, parallelism, onExit }) => build(size, bits, { parallelism, onExit }))

function build(
  size: number,
  bits: Iterator<number>,
  more: { readonly parallelism: number | undefined; readonly onExit: boolean },
): Workflow {
  const draw = (below: number): number => (bits.next().value as number) % below
  // Under a limit a daemon may keep the room that those after it need for ever, as in Argo.
  const hasDaemons = more.parallelism === undefined && draw(2) === 0
  const inner = ["leaf", "retried", "pair", "set", ...(hasDaemons ? ["daemon", "kept"] : [])]
  const call = () => inner[draw(inner.length)] as string
  const loops = () => (draw(4) === 0 ? { withItems: ["x", "y", "z"].slice(0, draw(4)) } : {})
  const when = () => (draw(6) === 0 ? { when: draw(2) === 0 ? "a == b" : "1 == 1" } : {})
  const hooks = (root: "steps" | "tasks", name: string) => {
    if (draw(5) !== 0) return {}
    const status = ["Running", "Succeeded", "Failed", "Skipped"][draw(4)]
    const expression = `${root}["${name}"].status == "${status}"`
    const exit = draw(2) === 0 ? { exit: { template: "leaf" } } : {}
    return { hooks: { told: { expression, template: call() }, ...exit } }
  }
  const depends = draw(2) === 0
  const tasks = Array.from({ length: size }, (_, index) => {
    const before = Array.from({ length: index }, (_each, k) => `t${k}`).filter(() => draw(3) === 0)
    const condition = before
      .map((name) => (draw(3) === 0 ? `${name}.${results[draw(results.length)]}` : name))
      .join(draw(2) === 0 ? " && " : " || ")
    const edges =
      before.length === 0 ? {} : depends ? { depends: condition } : { dependencies: before }
    const on =
      !depends && draw(5) === 0 ? { continueOn: { failed: true, error: draw(2) === 0 } } : {}
    const name = `t${index}`
    const own = { ...on, ...loops(), ...when(), ...hooks("tasks", name) }
    return { name, template: call(), ...edges, ...own }
  })
  const steps = Array.from({ length: 1 + draw(3) }, (_, group) =>
    Array.from({ length: 1 + draw(2) }, (_each, index) => ({
      name: `s${group}-${index}`,
      template: index === 0 && group === 0 ? "graph" : call(),
      ...loops(),
      ...when(),
      ...hooks("steps", `s${group}-${index}`),
    })),
  )
  const limit = () => (!hasDaemons && draw(4) === 0 ? { parallelism: 1 + draw(2) } : {})
  const leaf = { container: { image: "none", command: ["true"] } }
  const templates: Template[] = [
    { name: "main", steps },
    { name: "graph", dag: { tasks, failFast: draw(2) === 0 }, ...limit() },
    {
      name: "pair",
      steps: [[{ name: "one", template: "leaf" }], [{ name: "two", template: "leaf" }]],
    },
    { name: "leaf", ...leaf },
    { name: "daemon", ...leaf, daemon: true },
    { name: "kept", ...leaf, daemon: true, retryStrategy: { limit: 1, retryPolicy: "Always" } },
    {
      name: "set",
      containerSet: {
        containers: [
          { name: "a", image: "none" },
          { name: "b", image: "none", dependencies: ["a"] },
        ],
      },
    },
    {
      name: "retried",
      ...leaf,
      retryStrategy: {
        limit: draw(3),
        retryPolicy: (["Always", "OnFailure", "OnError"] as const)[draw(3)] ?? "Always",
        ...(draw(2) === 0 ? { backoff: { duration: "5", factor: 2 } } : {}),
      },
    },
  ]
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "wf" },
    spec: {
      entrypoint: "main",
      templates,
      ...(more.onExit ? { onExit: "leaf" } : {}),
      ...(draw(3) === 0
        ? {
            hooks: {
              ran: { expression: 'workflow.status == "Running"', template: call() },
              fell: { expression: 'workflow.status == "Failed"', template: call() },
            },
          }
        : {}),
      ...(more.parallelism === undefined ? {} : { parallelism: more.parallelism }),
    },
  }
}

/** How a node ends, told by its name and a seed: independent of the order in which things happen. */
export function outcomeOf(name: string, seed: number): Outcome {
  let hash = seed
  for (const char of name) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193)
  const phase = phases[(hash >>> 8) % 5] ?? "Succeeded"
  return phase === "Succeeded" ? { phase, result: name } : { phase, message: `${phase} by draw` }
}

/** One event of a recorded run. */
export interface Moment {
  readonly event: WorkflowEvent
  readonly at: EpochMs
}

/** A run and everything that happened in it. */
export interface Played {
  readonly moments: readonly Moment[]
  readonly status: WorkflowStatus
  /** Statuses after each moment; the first is that of opening. */
  readonly statuses: readonly WorkflowStatus[]
}

/** Runs to the end; `pick` chooses which of the running leaves ends next. */
export function play(
  open: OpenWorkflow,
  seed: number,
  options: {
    readonly pick: (count: number) => number
    readonly stepMs?: number
    readonly from?: number
  },
): Played {
  let now = options.from ?? 0
  const running = new Map<string, string>()
  const daemons = new Set<string>()
  const stopped: string[] = []
  const moments: Moment[] = []
  const statuses: WorkflowStatus[] = [open.status()]
  const take = (actions: readonly Action[]): void => {
    for (const action of actions) {
      if (action.type === "Start") {
        running.set(action.node, action.nodeName)
        if (action.template.daemon === true) daemons.add(action.node)
      } else if (action.type === "Stop") stopped.push(action.node)
    }
  }
  take(open.pending())
  let { wakeAt } = open.opened
  for (let round = 0; round < 2000 && !open.isDone(); round++) {
    const ids = [...running.keys()].sort()
    let event: WorkflowEvent = { type: "Tick" }
    const ended = stopped.shift()
    if (ended !== undefined) {
      running.delete(ended)
      event = { type: "Finished", node: ended, outcome: { phase: "Failed" } }
    } else if (ids.length > 0) {
      const node = ids[options.pick(ids.length) % ids.length] as string
      const outcome = outcomeOf(running.get(node) as string, seed)
      const isReady = daemons.has(node) && outcome.phase === "Succeeded"
      event = isReady
        ? { type: "Ready", node, podIP: "10.0.0.1" }
        : { type: "Finished", node, outcome }
      running.delete(node)
      now += options.stepMs ?? 1000
    } else if (wakeAt !== undefined) now = Math.max(now, wakeAt)
    else throw new Error(`stuck: ${open.explain(epochMs(now)).join("; ")}`)
    const step = open.handle(event, epochMs(now))
    moments.push({ event, at: epochMs(now) })
    take(step.actions)
    ;({ wakeAt } = step)
    statuses.push(open.status())
  }
  return { moments, status: open.status(), statuses }
}

/** Opens at the epoch. */
export function openAt0(workflow: Workflow): OpenWorkflow {
  return openWorkflow(workflow, { now: epochMs(0) })
}
