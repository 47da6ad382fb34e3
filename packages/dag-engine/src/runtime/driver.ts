import type { EpochMs, Logger } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import type { Workflow } from "../api/workflow.js"
import type { ArtifactStore } from "../artifacts/artifact-store.js"
import type { ArtifactDriver } from "../artifacts/driver.js"
import type { Action, WorkflowEvent } from "../core/actions.js"
import type { StatusChange } from "../core/changes.js"
import type { OpenWorkflow, Transition } from "../core/open.js"
import type { Executor, Task } from "../executors/executor.js"
import { runKey } from "../stores/store.js"
import type { Locks } from "./locks.js"
import type { MemoCaches } from "./memo.js"
import type { MetricsSink } from "./metrics-sink.js"
import { createPerformer, type Performer } from "./performer.js"

/** What drives one open workflow. */
export interface DriverPorts {
  readonly workflow: Workflow
  readonly open: OpenWorkflow
  /** True where the workflow had run before: its steps may be alive. */
  readonly isRecovered: boolean
  readonly executors: readonly Executor[]
  readonly artifacts: ArtifactStore
  readonly artifactDrivers: readonly ArtifactDriver[]
  readonly locks: Locks
  readonly memo: MemoCaches
  /** Absent: nobody wants custom metrics. */
  readonly metrics?: MetricsSink | undefined
  readonly clock: Clock
  readonly logger: Logger
  /** Makes changes durable before what follows from them is performed. */
  readonly save: ((changes: readonly StatusChange[]) => void | Promise<void>) | undefined
  /**
   * Makes the object durable as it is, status and all, after an event that its spec has to remember. Absent: where such
   * events come from, the spec already says so.
   */
  readonly keep?: (() => Promise<void>) | undefined
  /** Told after every transition; reads its changes if somebody wants to know. */
  readonly changed: ((step: Transition) => void) | undefined
  readonly output: ((task: Task, stream: "stdout" | "stderr", text: string) => void) | undefined
  /** Called once: the workflow is over, or the driver cannot go on. */
  readonly ended: (error?: unknown) => void
}

/** The loop between an open workflow and the world. */
export interface Driver {
  /** Takes an event in; its consequences follow before this returns, unless the store makes them wait. */
  send(event: WorkflowEvent): void
  /** Ends the driving and leaves running steps to themselves. */
  close(): void
  /** Ends the driving and every running step: nobody will want to know. */
  abandon(): void
  /**
   * Ends the driving, for another driver to go on: locks stay as they are, and steps that go on without this process are let
   * go. The others are ended, to be begun again.
   */
  halt(): void
  /**
   * Begins nothing new, and resolves when the steps that run have ended and that is recorded. What is pending then is for
   * the next driver.
   */
  drain(): Promise<void>
}

/** The loop's state. */
interface Loop {
  readonly ports: DriverPorts
  readonly queue: WorkflowEvent[]
  readonly performer: Performer
  readonly alarm: Alarm
  head: number
  isBusy: boolean
  isClosed: boolean
  /** True where an event came in that the spec has to remember, and is not saved yet. */
  isSteered: boolean
  /** Called when nothing runs, and all that happened is recorded. */
  onQuiet: (() => void) | undefined
}

/** Performs what is pending, then whatever follows. */
export function startDriver(ports: DriverPorts): Driver {
  const send = (event: WorkflowEvent): void => {
    if (loop.isClosed) return
    loop.queue.push(event)
    if (loop.isBusy) return
    loop.isBusy = true
    drain(loop)
  }
  const loop: Loop = {
    ports,
    queue: [],
    performer: createPerformer(ports, send),
    alarm: createAlarm(ports.clock, `${runKey(ports.workflow)}/timer`, () =>
      send({ type: "Tick" }),
    ),
    head: 0,
    isBusy: true,
    isClosed: false,
    isSteered: false,
    onQuiet: undefined,
  }
  const begin = async (): Promise<void> => {
    await settle(loop, [ports.open.opened], ports.open.pending())
    drain(loop)
  }
  begin().catch((error: unknown) => end(loop, error))
  return {
    send,
    close: () => close(loop),
    halt() {
      close(loop)
      loop.performer.leaveAll()
    },
    drain() {
      loop.performer.hold()
      return new Promise((resolve) => {
        loop.onQuiet = resolve
        tellQuiet(loop)
      })
    },
    abandon() {
      close(loop)
      loop.performer.stopAll()
      // Nobody will give back what it holds, or its places in line.
      for (const action of ports.open.pending()) {
        if (action.type === "Acquire") ports.locks.release(action.request.holder)
      }
    },
  }
}

function close(loop: Loop): void {
  loop.isClosed = true
  loop.performer.close()
  loop.alarm.set(undefined)
  tellQuiet(loop)
}

function end(loop: Loop, error?: unknown): void {
  if (loop.isClosed) return
  close(loop)
  loop.ports.ended(error)
}

/** Saves what one or more transitions changed, then performs them; a promise where saving takes waiting. */
function settle(
  loop: Loop,
  steps: readonly Transition[],
  actions: readonly Action[],
): void | Promise<void> {
  const { save, keep } = loop.ports
  if (save === undefined) return follow(loop, steps, actions)
  const changes = steps.length === 1 ? steps[0]?.changes : steps.flatMap((step) => step.changes)
  const isWhole = loop.isSteered && keep !== undefined
  loop.isSteered = false
  const isNothing = changes === undefined || changes.length === 0
  const saving = isWhole ? keep() : isNothing ? undefined : save(changes)
  return saving === undefined
    ? follow(loop, steps, actions)
    : saving.then(() => follow(loop, steps, actions))
}

/** Tells and performs what has been saved. */
function follow(loop: Loop, steps: readonly Transition[], actions: readonly Action[]): void {
  if (loop.isClosed) return
  for (const step of steps) tell(loop, step)
  loop.performer.perform(actions)
}

function tell({ ports, alarm }: Loop, step: Transition): void {
  ports.changed?.(step)
  alarm.set(step.wakeAt)
}

function take(loop: Loop): Transition {
  const { open, clock, save } = loop.ports
  const event = loop.queue[loop.head++] as WorkflowEvent
  if (event.type === "Suspend" || event.type === "Shutdown") loop.isSteered = true
  const step = open.handle(event, clock.now())
  // Read now: the changes of a transition are those since the last reading.
  if (save !== undefined) void step.changes
  return step
}

function drain(loop: Loop): void {
  const { ports, queue } = loop
  try {
    while (loop.head < queue.length && !loop.isClosed) {
      if (ports.save === undefined) {
        const step = take(loop)
        tell(loop, step)
        loop.performer.perform(step.actions)
        continue
      }
      const steps = [take(loop)]
      // What came in while the store was busy is saved in one piece.
      while (loop.head < queue.length) steps.push(take(loop))
      const saving = settle(loop, steps, actionsOf(steps))
      if (saving !== undefined) {
        saving.then(
          () => drain(loop),
          (error: unknown) => end(loop, error),
        )
        return
      }
    }
  } catch (error) {
    return end(loop, error)
  }
  queue.length = 0
  loop.head = 0
  loop.isBusy = false
  if (ports.open.isDone()) end(loop)
  tellQuiet(loop)
}

function tellQuiet({ isBusy, isClosed, performer, onQuiet }: Loop): void {
  if (isClosed || (!isBusy && performer.isIdle())) onQuiet?.()
}

function actionsOf(steps: readonly Transition[]): readonly Action[] {
  const [only] = steps
  return steps.length === 1 && only !== undefined
    ? only.actions
    : steps.flatMap((step) => step.actions)
}

/** One wake-up at a time. */
interface Alarm {
  set(at: EpochMs | undefined): void
}

function createAlarm(clock: Clock, key: string, ring: () => void): Alarm {
  let armedAt: EpochMs | undefined
  let cancel: () => void = () => undefined
  return {
    set(at) {
      if (at === armedAt) return
      cancel()
      armedAt = at
      cancel = () => undefined
      if (at === undefined) return
      cancel = clock.wakeAt(at, key, () => {
        armedAt = undefined
        ring()
      })
    },
  }
}
