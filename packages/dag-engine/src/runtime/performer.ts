import { type EpochMs, thrownText } from "@argo-ts/kernel"
import type { Inputs } from "../api/parameter.js"
import type { Template } from "../api/template.js"
import type { WorkflowSpec } from "../api/workflow.js"
import type {
  Action,
  ClaimAction,
  CollectAction,
  MemoAction,
  Outcome,
  StartAction,
  WorkflowEvent,
} from "../core/actions.js"
import type { Scheduling } from "../core/surroundings.js"
import { deleteAll } from "../executors/artifacts.js"
import type { Executor, ExecutorWorld, Task } from "../executors/executor.js"
import { Roster, type RosterEntry } from "../executors/roster.js"
import { runKey } from "../stores/store.js"
import type { DriverPorts } from "./driver.js"
import type { MemoPlace } from "./memo.js"
import { isForNow, persistently } from "./patience.js"

/** Hands actions to executors and their answers back as events. */
export interface Performer {
  perform(actions: readonly Action[]): void
  /** Nobody listens any more: what failed is not tried again. */
  close(): void
  /** Ends everything that runs. */
  stopAll(): void
  /** Lets go of what goes on without this process, and ends the rest. */
  leaveAll(): void
  /** From now on nothing new is begun; what goes on without this process is let go. */
  hold(): void
  isIdle(): boolean
}

/** What a performer needs of a driver's ports. */
export type PerformerPorts = Pick<
  DriverPorts,
  | "workflow"
  | "open"
  | "isRecovered"
  | "executors"
  | "artifacts"
  | "artifactDrivers"
  | "clock"
  | "logger"
  | "output"
  | "locks"
  | "memo"
  | "metrics"
>

/** A performer for one workflow. */
export function createPerformer(
  ports: PerformerPorts,
  send: (event: WorkflowEvent) => void,
): Performer {
  const steps = createSteps(ports, send)
  let isOver = false
  const perform = (action: Action): void => {
    switch (action.type) {
      case "Start":
        return steps.start(action)
      case "Stop":
        return steps.stop(action.node)
      case "Acquire":
        if (steps.isHeld()) return
        ports.locks.acquire(action.request, (answer) => send({ ...answer, node: action.node }))
        return
      case "Release":
        return ports.locks.release(action.holder)
      case "Measure":
        for (const each of action.measurements) ports.metrics?.record(each)
        return
      case "Claim":
        return claim(ports, action, { send, isOver: () => isOver })
      case "Collect":
        return collect(ports, action, send)
      case "Recall":
        return recall(ports, action, send)
      case "Remember":
        return remember(ports, action, send)
    }
  }
  return {
    perform(actions) {
      for (const action of actions) perform(action)
    },
    close() {
      isOver = true
    },
    stopAll: steps.stopAll,
    leaveAll() {
      steps.leave()
      steps.stopAll()
    },
    hold: steps.hold,
    isIdle: steps.isIdle,
  }
}

/** The steps that run here. */
interface Steps {
  start(action: StartAction): void
  stop(node: string): void
  stopAll(): void
  /** Lets go of what goes on without this process. */
  leave(): void
  hold(): void
  isHeld(): boolean
  isIdle(): boolean
}

function createSteps(ports: PerformerPorts, send: (event: WorkflowEvent) => void): Steps {
  const prefix = `${runKey(ports.workflow)}/${ports.workflow.metadata.uid ?? "0"}/`
  const running = new Roster<RunTask>()
  let isHeld = false
  const world = worldOf(ports, send)
  const finished = (task: RunTask, outcome: Outcome): void => {
    // Whatever is still told of a task that was let go: somebody else hears it, too.
    if (task.isLeft) return
    running.delete(task)
    send({ type: "Finished", node: task.nodeId, outcome })
  }
  const leave = (): void => {
    for (const task of running.all()) {
      if (task.executor?.leave === undefined) continue
      task.isLeft = true
      running.delete(task)
      task.executor.leave(task.key)
    }
  }
  return {
    start(action) {
      if (isHeld) return
      const task = new RunTask(ports, prefix, action)
      const executor = executorOf(ports.executors, task)
      if (executor === undefined) {
        const message = `no executor runs ${workOf(task)}`
        return finished(task, { phase: "Error", isUnstarted: true, message })
      }
      task.executor = executor
      running.add(task)
      executor.start(task, world).then(
        (outcome) => finished(task, outcome),
        (error: unknown) => finished(task, { phase: "Error", message: thrownText(error) }),
      )
    },
    stop(node) {
      const task = running.find(prefix + node)
      if (task !== undefined) return task.executor?.stop(task.key)
      // What was let go is ended by whoever finds it again.
      if (isHeld) return
      // Nothing of this life runs it: every executor may know it from an earlier one, and its end is decided already.
      for (const each of ports.executors) each.stop(prefix + node)
      send({ type: "Finished", node, outcome: { phase: "Failed" } })
    },
    stopAll() {
      for (const task of running.all()) task.executor?.stop(task.key)
    },
    leave,
    hold() {
      isHeld = true
      leave()
    },
    isHeld: () => isHeld,
    isIdle: () => running.size === 0,
  }
}

function worldOf(ports: PerformerPorts, send: (event: WorkflowEvent) => void): ExecutorWorld {
  const { clock, logger, artifacts, artifactDrivers } = ports
  return {
    clock,
    logger,
    artifacts,
    artifactDrivers,
    started: (task, place) => send({ type: "Started", node: task.nodeId, ...place }),
    waiting: (task, message) => send({ type: "Waiting", node: task.nodeId, message }),
    progress: (task, progress) => send({ type: "Progress", node: task.nodeId, progress }),
    ready: (task, place) => send({ type: "Ready", node: task.nodeId, ...place }),
    output: (task, stream, text) => ports.output?.(task, stream, text),
  }
}

/** A class: one is made for every leaf, and most executors ask for little of it. */
class RunTask implements Task, RosterEntry {
  executor: Executor | undefined
  place = -1
  isLeft = false
  readonly #ports: PerformerPorts
  readonly #prefix: string
  readonly #action: StartAction

  constructor(ports: PerformerPorts, prefix: string, action: StartAction) {
    this.#ports = ports
    this.#prefix = prefix
    this.#action = action
  }

  get key(): string {
    return this.#prefix + this.#action.key
  }

  get workflow(): string {
    return this.#ports.workflow.metadata.name ?? ""
  }

  get namespace(): string {
    return this.#ports.workflow.metadata.namespace ?? "default"
  }

  get workflowUid(): string {
    return this.#ports.workflow.metadata.uid ?? ""
  }

  get nodeId(): string {
    return this.#action.node
  }

  get nodeName(): string {
    return this.#action.nodeName
  }

  get podName(): string {
    return this.#action.podName
  }

  get templateName(): string {
    return this.#action.templateName
  }

  get template(): Template {
    return this.#action.template
  }

  get inputs(): Inputs | undefined {
    return this.#action.inputs
  }

  get startedAt(): EpochMs {
    return this.#action.startedAt
  }

  get deadline(): EpochMs | undefined {
    return this.#action.deadline
  }

  get isResumed(): boolean {
    return this.#action.isResumed || this.#ports.isRecovered
  }

  get spec(): WorkflowSpec {
    return this.#ports.open.spec(this.#action.node)
  }

  get isResultWanted(): boolean {
    return this.#ports.open.surroundings(this.#action.node).isResultWanted
  }

  get isExitHandler(): boolean {
    return this.#ports.open.surroundings(this.#action.node).isExitHandler
  }

  get avoidHosts(): readonly string[] {
    return this.#ports.open.surroundings(this.#action.node).avoidHosts
  }

  get scheduling(): Scheduling {
    return this.#ports.open.surroundings(this.#action.node).scheduling
  }
}

/** Has every executor that keeps volumes make them. */
/** Who is told, and whether anybody still wants to know. */
interface Answering {
  readonly send: (event: WorkflowEvent) => void
  readonly isOver: () => boolean
}

/** Has the workflow's volumes made, however long what keeps them from it lasts. */
function claim(ports: PerformerPorts, { claims }: ClaimAction, { send, isOver }: Answering): void {
  const { name = "", namespace = "default", uid = "" } = ports.workflow.metadata
  const request = { workflow: name, namespace, workflowUid: uid, claims }
  const patience = {
    clock: ports.clock,
    key: `${runKey(ports.workflow)}/claim`,
    isPassing: (error: unknown) => isForNow(error) && !isOver(),
    waiting: (error: unknown) =>
      send({ type: "Claimed", fault: thrownText(error), isPassing: true }),
  }
  const work = () => Promise.all(ports.executors.map((each) => each.claim?.(request)))
  persistently(work, patience).then(
    () => send({ type: "Claimed" }),
    (error: unknown) => send({ type: "Claimed", fault: thrownText(error) }),
  )
}

/** Deletes artifacts one after the other, then volumes; what cannot be deleted is said, and stays. */
function collect(
  ports: PerformerPorts,
  { artifacts: due, claims, key }: CollectAction,
  send: (event: WorkflowEvent) => void,
): void {
  const namespace = ports.workflow.metadata.namespace ?? "default"
  const work = deleteAll(ports, due, namespace).then(async (result) => {
    if (claims.length === 0) return result
    await Promise.all(ports.executors.map((each) => each.release?.({ namespace, claims })))
    return result
  })
  const limits = { takesMs: 0, realLimitMs: collectLimitMs }
  ports.clock
    .track(`${runKey(ports.workflow)}/${key}`, () => work, limits)
    .then(
      (result) => send({ type: "Collected", ...result }),
      (error: unknown) => send({ type: "Collected", deleted: [], faults: [thrownText(error)] }),
    )
}

const collectLimitMs = 600_000

type Recall = MemoAction & { readonly type: "Recall" }
type Remember = MemoAction & { readonly type: "Remember" }

function placeOf({ workflow }: PerformerPorts, name: string): MemoPlace {
  return { namespace: workflow.metadata.namespace ?? "default", name }
}

function recall(
  ports: PerformerPorts,
  { node, cache, entry: key, maxAgeMs }: Recall,
  send: (event: WorkflowEvent) => void,
): void {
  ports.memo.recall(placeOf(ports, cache), key, { now: ports.clock.now(), maxAgeMs }).then(
    (entry) => send({ type: "Recalled", node, ...(entry === undefined ? {} : { entry }) }),
    (error: unknown) => send({ type: "Recalled", node, fault: thrownText(error) }),
  )
}

function remember(
  ports: PerformerPorts,
  { node, cache, entry, value }: Remember,
  send: (event: WorkflowEvent) => void,
): void {
  ports.memo.remember(placeOf(ports, cache), entry, value).then(
    () => send({ type: "Remembered", node }),
    (error: unknown) => send({ type: "Remembered", node, fault: thrownText(error) }),
  )
}

/** Plugins are known by their own names. */
function workOf({ template, templateName }: Task): string {
  const [plugin] = Object.keys(template.plugin ?? {})
  const named = `the template "${templateName}"`
  return plugin === undefined ? named : `the plugin "${plugin}" of ${named}`
}

function executorOf(executors: readonly Executor[], task: Task): Executor | undefined {
  for (const each of executors) if (each.accepts(task)) return each
  return undefined
}
