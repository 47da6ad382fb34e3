import { type EpochMs, epochMs } from "@argo-ts/kernel"
import fc from "fast-check"
import {
  type Action,
  createLockTable,
  type LockAnswer,
  type MemoEntry,
  type NodeStatus,
  type OpenWorkflow,
  type Outcome,
  openWorkflow,
  type StartAction,
  type StatusChange,
  type Workflow,
  type WorkflowEvent,
  type WorkflowStatus,
} from "../src/index.js"

/** Endless numbers, for {@link picker}. */
export const picks: fc.Arbitrary<Iterator<number>> = fc.infiniteStream(fc.nat(1000))

/** A choice of {@link Play}. */
export function picker(stream: Iterator<number>): (count: number) => number {
  return () => stream.next().value as number
}

/** What is left of a value in JSON. */
export function json<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

const phases = ["Succeeded", "Failed", "Error"] as const

function hashOf(name: string, seed: number): number {
  let hash = seed
  for (const char of name) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193)
  return hash >>> 8
}

/** How a node ends, told by its name and a seed: independent of the order in which things happen. */
export function outcomeOf(name: string, seed: number): Outcome {
  const phase = phases[hashOf(name, seed) % 5] ?? "Succeeded"
  return phase === "Succeeded" ? { phase, result: name } : { phase, message: `${phase} by draw` }
}

/** True for steps that a cache may know, and those inside: they come to the same, whoever is first. */
export function isRemembered(templateName: string): boolean {
  return templateName === "known" || templateName === "sure"
}

/** How a step ends; what a list comes to, others loop over. */
export function endOf({ nodeName, templateName }: StartAction, seed: number): Outcome {
  const outcome = outcomeOf(isRemembered(templateName) ? "known" : nodeName, seed)
  if (templateName !== "list" || outcome.phase !== "Succeeded") return outcome
  return {
    phase: "Succeeded",
    result: JSON.stringify(["p", "q", "r"].slice(0, hashOf(nodeName, seed) % 4)),
  }
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
  /** The object after each moment, as a store would have it; the first is that of opening. */
  readonly objects: readonly Workflow[]
  /** Statuses after each moment; the first is that of opening. */
  readonly statuses: readonly WorkflowStatus[]
}

/** Told what opening or a moment changed. */
export type Look = (
  open: OpenWorkflow,
  moment: Moment | undefined,
  changes: readonly StatusChange[],
) => void

/** How a run is played. */
export interface Play {
  /** Chooses which of so many possible things happens next. */
  readonly pick: (count: number) => number
  /** How much time each takes. Default a second. */
  readonly stepMs?: number
  /** When it begins. Default the epoch. */
  readonly from?: number
  /**
   * True: daemons fall, steps tell how far they are, and somebody suspends, stops or ends the workflow. What becomes of
   * it then depends on the order. Default false.
   */
  readonly isWild?: boolean
  /** Told after opening and after each moment. */
  readonly look?: Look
}

/** Who answers what is not a step: locks, caches, volumes. */
interface Surroundings {
  readonly told: WorkflowEvent[]
  answer(action: Action): void
}

function createSurroundings(): Surroundings {
  const told: WorkflowEvent[] = []
  const table = createLockTable()
  table.resize("default/ConfigMap/limits/few", 2)
  const nodes = new Map<string, string>()
  const caches = new Map<string, MemoEntry>()
  const say = (node: string, answer: LockAnswer): void => void told.push({ ...answer, node })
  return {
    told,
    answer(action) {
      if (action.type === "Acquire") {
        nodes.set(action.request.holder, action.node)
        say(action.node, table.acquire(action.request))
      } else if (action.type === "Release") {
        for (const { holder } of table.release(action.holder)) {
          say(nodes.get(holder) as string, { type: "Acquired" })
        }
      } else if (action.type === "Recall") {
        const entry = caches.get(`${action.cache}/${action.entry}`)
        told.push({
          type: "Recalled",
          node: action.node,
          ...(entry === undefined ? {} : { entry }),
        })
      } else if (action.type === "Remember") {
        caches.set(`${action.cache}/${action.entry}`, action.value)
        told.push({ type: "Remembered", node: action.node })
      } else if (action.type === "Claim") told.push({ type: "Claimed" })
    },
  }
}

/** What may happen next to one leaf or suspended node: the first of the list. */
type Future = Map<string, readonly WorkflowEvent[]>

function futureOf(action: StartAction, seed: number, isWild: boolean): readonly WorkflowEvent[] {
  const { node } = action
  const outcome = endOf(action, seed)
  const hash = hashOf(action.nodeName, seed + 1)
  const started: WorkflowEvent[] = [
    ...(isWild && hash % 3 === 0 ? [{ type: "Waiting", node, message: "no room" } as const] : []),
    ...(hash % 2 === 0 ? [{ type: "Started", node } as const] : []),
    ...(isWild && hash % 5 === 0 ? [{ type: "Progress", node, progress: "3/7" } as const] : []),
  ]
  const isDaemon = action.template.daemon === true && outcome.phase === "Succeeded"
  const fallen: Outcome = { phase: "Failed", message: "fell" }
  if (!isDaemon) return [...started, { type: "Finished", node, outcome }]
  const ready: WorkflowEvent = { type: "Ready", node, podIP: "10.0.0.1" }
  const falls = isWild && hash % 3 === 1
  return [
    ...started,
    ready,
    ...(falls ? [{ type: "Finished", node, outcome: fallen } as const] : []),
  ]
}

/** What somebody says to a suspended node; nothing to one that goes on by itself. */
function wordsTo(name: string, node: string, seed: number): WorkflowEvent {
  const hash = hashOf(name, seed)
  if (hash % 4 === 0) return { type: "Set", node, phase: "Failed", message: "no" }
  if (hash % 4 === 1) return { type: "Set", node, parameters: { said: "yes" } }
  return { type: "Resume", node }
}

const wishes: readonly WorkflowEvent[] = [
  { type: "Suspend", isSuspended: true },
  { type: "Suspend", isSuspended: true },
  { type: "Suspend", isSuspended: true },
  { type: "Shutdown", strategy: "Stop" },
  { type: "Shutdown", strategy: "Terminate" },
]

const roundsMax = 4000

/** Runs to the end; everything but steps is answered at once. */
export function play(open: OpenWorkflow, seed: number, options: Play): Played {
  const { pick, stepMs = 1000, isWild = false } = options
  let now = options.from ?? 0
  let isSuspended = false
  const { told, answer } = createSurroundings()
  const future: Future = new Map()
  const moments: Moment[] = []
  const statuses: WorkflowStatus[] = []
  const objects: Workflow[] = []
  const draw = (count: number): number => pick(count) % count
  const perform = (actions: readonly Action[]): void => {
    for (const action of actions) {
      if (action.type === "Start") future.set(action.node, futureOf(action, seed, isWild))
      else if (action.type === "Stop") {
        const outcome: Outcome = { phase: "Failed" }
        future.set(action.node, [{ type: "Finished", node: action.node, outcome }])
      } else answer(action)
    }
  }
  const note = (moment: Moment | undefined, changes: readonly StatusChange[]): void => {
    const status = open.status()
    for (const { id, name, type, phase, templateName } of Object.values(status.nodes ?? {})) {
      if (type !== "Suspend" || templateName === "nap") continue
      if (phase !== "Running") future.delete(id)
      else if (!future.has(id)) future.set(id, [wordsTo(name, id, seed)])
    }
    statuses.push(status)
    objects.push({ ...open.object(), status })
    options.look?.(open, moment, changes)
  }
  const step = (event: WorkflowEvent): EpochMs | undefined => {
    const moment: Moment = { event, at: epochMs(now) }
    const transition = open.handle(event, moment.at)
    moments.push(moment)
    perform(transition.actions)
    note(moment, transition.changes)
    return transition.wakeAt
  }
  note(undefined, open.opened.changes)
  perform(open.pending())
  let { wakeAt } = open.opened
  for (let round = 0; round < roundsMax && !open.isDone(); round++) {
    const tiding = told.shift()
    if (tiding !== undefined) {
      wakeAt = step(tiding)
      continue
    }
    if (isWild && draw(isSuspended ? 4 : 40) === 0) {
      const wish: WorkflowEvent | undefined = isSuspended ? undefined : wishes[draw(wishes.length)]
      isSuspended = wish?.type === "Suspend"
      wakeAt = step(wish ?? { type: "Suspend", isSuspended: false })
      continue
    }
    const ids = [...future.keys()].sort()
    const id = ids[draw(Math.max(1, ids.length))]
    if (id !== undefined) {
      const [event, ...rest] = future.get(id) as readonly WorkflowEvent[]
      if (rest.length > 0) future.set(id, rest)
      else future.delete(id)
      now += stepMs
      // What is due by now was due before.
      wakeAt = step(event as WorkflowEvent)
    } else if (wakeAt !== undefined) {
      now = Math.max(now, wakeAt)
      wakeAt = step({ type: "Tick" })
    } else if (isSuspended) {
      isSuspended = false
      wakeAt = step({ type: "Suspend", isSuspended: false })
    } else throw new Error(`stuck: ${open.explain(epochMs(now)).join("; ")}`)
  }
  if (!open.isDone()) throw new Error(`no end after ${roundsMax} events`)
  return { moments, status: open.status(), statuses, objects }
}

/** Opens at the epoch. */
export function openAt0(workflow: Workflow): OpenWorkflow {
  return openWorkflow(workflow, { now: epochMs(0) })
}

/** What of a node does not depend on when things happened: no instants, children as sets, cache hits as misses. */
export function shapeOf(node: NodeStatus): unknown {
  return {
    name: node.name,
    type: node.type,
    phase: node.phase,
    message: node.message,
    boundary: node.boundaryID,
    children: (node.children ?? []).toSorted(),
    outbound: (node.outboundNodes ?? []).toSorted(),
    outputs: node.outputs,
  }
}
