import type { EpochMs, Logger } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import type { Workflow } from "../api/workflow.js"
import type { ArtifactStore } from "../artifacts/artifact-store.js"
import type { Action, WorkflowEvent } from "../core/actions.js"
import type { StatusChange } from "../core/changes.js"
import type { OpenWorkflow, Transition } from "../core/open.js"
import type { Executor, Task } from "../executors/executor.js"
import { runKey } from "../stores/store.js"
import { createPerformer } from "./performer.js"

/** What drives one open workflow. */
export interface DriverPorts {
  readonly workflow: Workflow
  readonly open: OpenWorkflow
  /** True where the workflow had run before: its steps may be alive. */
  readonly isRecovered: boolean
  readonly executors: readonly Executor[]
  readonly artifacts: ArtifactStore
  readonly clock: Clock
  readonly logger: Logger
  /** Makes changes durable before what follows from them is performed. */
  readonly save: ((changes: readonly StatusChange[]) => void | Promise<void>) | undefined
  /** Told after every transition; reads what changed if somebody wants to know. */
  readonly changed: ((read: () => readonly StatusChange[]) => void) | undefined
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
}

/** Performs what is pending, then whatever follows. */
export function startDriver(ports: DriverPorts): Driver {
  const { open, clock } = ports
  const queue: WorkflowEvent[] = []
  let head = 0
  let isBusy = true
  let isClosed = false

  const send = (event: WorkflowEvent): void => {
    if (isClosed) return
    queue.push(event)
    if (isBusy) return
    isBusy = true
    drain()
  }
  const performer = createPerformer(ports, send)
  const alarm = createAlarm(clock, `${runKey(ports.workflow)}/timer`, () => send({ type: "Tick" }))
  const close = (): void => {
    isClosed = true
    alarm.set(undefined)
  }
  const end = (error?: unknown): void => {
    if (isClosed) return
    close()
    ports.ended(error)
  }
  /** Saves what one or more transitions changed, then performs them; a promise where saving takes waiting. */
  const settle = (
    steps: readonly Transition[],
    actions: readonly Action[],
  ): void | Promise<void> => {
    const last = steps[steps.length - 1]
    const follow = (): void => {
      if (isClosed) return
      for (const step of steps) ports.changed?.(() => step.changes)
      alarm.set(last?.wakeAt)
      performer.perform(actions)
    }
    // Read now: the changes of a transition are those since the last reading.
    const saving = ports.save?.(
      steps.length === 1 && last !== undefined
        ? last.changes
        : steps.flatMap((step) => step.changes),
    )
    return saving === undefined ? follow() : saving.then(follow)
  }
  const take = (): Transition => {
    const step = open.handle(queue[head++] as WorkflowEvent, clock.now())
    if (ports.save !== undefined) void step.changes
    return step
  }
  const drain = (): void => {
    try {
      while (head < queue.length && !isClosed) {
        const steps = [take()]
        // What came in while the store was busy is saved in one piece.
        while (ports.save !== undefined && head < queue.length) steps.push(take())
        const saving = settle(steps, actionsOf(steps))
        if (saving !== undefined) return void saving.then(drain, end)
      }
    } catch (error) {
      return end(error)
    }
    queue.length = 0
    head = 0
    isBusy = false
    if (open.isDone()) end()
  }
  const begin = async (): Promise<void> => {
    await settle([open.opened], open.pending())
    drain()
  }
  begin().catch(end)
  return { send, close }
}

function actionsOf(steps: readonly Transition[]): readonly Action[] {
  const [only] = steps
  return steps.length === 1 && only !== undefined
    ? only.actions
    : steps.flatMap((step) => step.actions)
}

/** One wake-up at a time. */
function createAlarm(
  clock: Clock,
  key: string,
  ring: () => void,
): { readonly set: (at: EpochMs | undefined) => void } {
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
