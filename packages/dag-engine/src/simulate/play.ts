import { createHeap, type EpochMs, epochMs } from "@argo-ts/kernel"
import type { ArtifactRepositoryRef } from "../api/artifact.js"
import type { NodeStatus, WorkflowStatus } from "../api/status.js"
import type { Workflow } from "../api/workflow.js"
import type { Action, Outcome, StartAction, WorkflowEvent } from "../core/actions.js"
import type { ConfigMapSource } from "../core/config-map-values.js"
import { openWorkflow } from "../core/open.js"
import type { FoundRepository, TemplateSource } from "../core/run.js"
import { createLocks } from "../runtime/locks.js"

/** What happens in one played run. */
export interface Played {
  readonly status: WorkflowStatus
  /** Nodes in the order in which their leaves began. */
  readonly started: readonly string[]
  /** Leaves that had failed for good when a leaf began, by its id. */
  readonly failedBefore: ReadonlyMap<string, readonly string[]>
  /** False where nothing more happened by itself, or too much did. */
  readonly isDone: boolean
}

/** How a run is played. */
export interface PlayOptions {
  /** How a leaf ends, and how many milliseconds it takes. Asked once, when it starts. */
  readonly outcomeOf: (action: StartAction) => {
    readonly outcome: Outcome
    readonly durationMs: number
  }
  readonly findTemplate?: TemplateSource
  readonly findConfigMap?: ConfigMapSource
}

interface Ending {
  readonly at: number
  readonly order: number
  readonly node: string
  readonly outcome: Outcome
  /** True: a daemon is ready, not over. */
  readonly isReady: boolean
}

/** What ends first; of those that end at once, what began first. */
function endsBefore(left: Ending, right: Ending): boolean {
  return left.at === right.at ? left.order < right.order : left.at < right.at
}

const eventsMax = 20_000

/** Nothing real is stored where nothing real runs: whatever repository is asked for is there. */
export function anyRepository(ref: ArtifactRepositoryRef | undefined): FoundRepository | undefined {
  return ref === undefined ? undefined : { ...ref, artifactRepository: {} }
}

type Asked = Exclude<Action, StartAction | { readonly type: "Stop" }>

/** What answers everything that is not work: locks, and caches that remember nothing. */
function createSurroundings(): {
  readonly told: WorkflowEvent[]
  readonly answers: (action: Asked) => void
} {
  // Nobody says how many a semaphore lets in here: one at a time shows everything that waiting can do.
  const locks = createLocks({ limits: () => 1 })
  const told: WorkflowEvent[] = []
  const answers = (action: Asked): void => {
    const { node } = action
    if (action.type === "Acquire") {
      locks.acquire(action.request, (answer) => told.push({ ...answer, node }))
    } else if (action.type === "Release") locks.release(action.holder)
    else if (action.type === "Recall") told.push({ type: "Recalled", node })
    else if (action.type === "Remember") told.push({ type: "Remembered", node })
    else if (action.type === "Claim") told.push({ type: "Claimed" })
    else if (action.type === "Collect") {
      const deleted = action.artifacts.map((each) => ({
        node: each.node,
        name: each.artifact.name,
      }))
      told.push({ type: "Collected", deleted })
    }
  }
  return { told, answers }
}

/** Plays a parsed workflow on virtual time, without promises and without a clock: thousands of small runs in a second. */
export function playWorkflow(workflow: Workflow, options: PlayOptions): Played {
  const { findTemplate, findConfigMap } = options
  const start = epochMs(0)
  const open = openWorkflow(workflow, {
    now: start,
    ...(findTemplate === undefined ? {} : { findTemplate }),
    ...(findConfigMap === undefined ? {} : { findConfigMap }),
    findRepository: anyRepository,
  })
  const started: string[] = []
  const failedBefore = new Map<string, readonly string[]>()
  const failed: string[] = []
  const endings = createHeap(endsBefore)
  let now: EpochMs = start
  let order = 0
  const { told, answers } = createSurroundings()
  const perform = (actions: readonly Action[]): void => {
    for (const action of actions) {
      if (action.type === "Stop") {
        const outcome = { phase: "Failed" } as const
        endings.push({ at: now, order: order++, node: action.node, outcome, isReady: false })
        continue
      }
      if (action.type !== "Start") {
        answers(action)
        continue
      }
      started.push(action.node)
      failedBefore.set(action.node, [...failed])
      const { outcome, durationMs } = options.outcomeOf(action)
      const isReady = action.template.daemon === true && outcome.phase === "Succeeded"
      endings.push({ at: now + durationMs, order: order++, node: action.node, outcome, isReady })
    }
  }
  perform(open.pending())
  let { wakeAt } = open.opened
  let resumed = 0
  for (let events = 0; events < eventsMax && !open.isDone(); events++) {
    const tiding = told.shift()
    if (tiding !== undefined) {
      const step = open.handle(tiding, now)
      wakeAt = step.wakeAt
      perform(step.actions)
      continue
    }
    const next = endings.peek()
    if (next !== undefined && (wakeAt === undefined || next.at <= wakeAt)) {
      endings.pop()
      now = Math.max(now, next.at) as EpochMs
      if (next.outcome.phase !== "Succeeded") failed.push(next.node)
      const { node, outcome, isReady } = next
      const ready: WorkflowEvent = { type: "Ready", node, podIP: "127.0.0.1" }
      const step = open.handle(isReady ? ready : { type: "Finished", node, outcome }, now)
      wakeAt = step.wakeAt
      perform(step.actions)
    } else if (wakeAt !== undefined) {
      now = Math.max(now, wakeAt) as EpochMs
      const step = open.handle({ type: "Tick" }, now)
      wakeAt = step.wakeAt
      perform(step.actions)
    } else if (resumed++ < 100) {
      // Whoever waits for a person gets one.
      open.handle({ type: "Suspend", isSuspended: false }, now)
      const step = open.handle({ type: "Resume" }, now)
      wakeAt = step.wakeAt
      perform(open.pending().filter((action) => !failedBefore.has(action.node)))
    } else break
  }
  return { status: open.status(), started, failedBefore, isDone: open.isDone() }
}

/** The name of the step that a node stands for: its display name without index and attempt. */
export function stepName(node: NodeStatus): string {
  return node.displayName.replace(/\(.*$/s, "")
}
