import type {
  Action,
  CollectAction,
  MemoAction,
  Outcome,
  StartAction,
  WorkflowEvent,
} from "../core/actions.js"
import { deleteAll } from "../executors/artifacts.js"
import type { Executor, ExecutorWorld, Task } from "../executors/executor.js"
import { runKey } from "../stores/store.js"
import type { DriverPorts } from "./driver.js"
import type { MemoPlace } from "./memo.js"

/** Hands actions to executors and their answers back as events. */
export interface Performer {
  perform(actions: readonly Action[]): void
  /** Ends everything that runs. */
  stopAll(): void
  /** From now on nothing new is begun. */
  hold(): void
  isIdle(): boolean
}

/** What a performer needs of a driver's ports. */
export type PerformerPorts = Pick<
  DriverPorts,
  | "workflow"
  | "isRecovered"
  | "executors"
  | "artifacts"
  | "artifactDrivers"
  | "clock"
  | "logger"
  | "output"
  | "locks"
  | "memo"
>

/** A performer for one workflow. */
export function createPerformer(
  ports: PerformerPorts,
  send: (event: WorkflowEvent) => void,
): Performer {
  const prefix = `${runKey(ports.workflow)}/${ports.workflow.metadata.uid ?? "0"}/`
  const running = new Map<string, Executor>()
  let isHeld = false
  const world = worldOf(ports, send)
  const start = (action: StartAction): void => {
    const { node } = action
    const task = taskOf(ports, prefix, action)
    const executor = executorOf(ports.executors, task)
    if (executor === undefined) {
      const message = `no executor runs the template "${task.templateName}"`
      return send({ type: "Finished", node, outcome: { phase: "Error", message } })
    }
    running.set(node, executor)
    executor.start(task, world).then(
      (outcome) => finished(node, outcome),
      (error: unknown) => finished(node, { phase: "Error", message: textOf(error) }),
    )
  }
  const finished = (node: string, outcome: Outcome): void => {
    running.delete(node)
    send({ type: "Finished", node, outcome })
  }
  const stop = (node: string): void => {
    const executor = running.get(node)
    if (executor !== undefined) return executor.stop(prefix + node)
    // Nothing of this life runs it: every executor may know it from an earlier one, and its end is decided already.
    for (const each of ports.executors) each.stop(prefix + node)
    send({ type: "Finished", node, outcome: { phase: "Failed" } })
  }
  const perform = (action: Action): void => {
    switch (action.type) {
      case "Start":
        return isHeld ? undefined : start(action)
      case "Stop":
        return stop(action.node)
      case "Acquire":
        if (isHeld) return
        ports.locks.acquire(action.request, (answer) => send({ ...answer, node: action.node }))
        return
      case "Release":
        return ports.locks.release(action.holder)
      case "Collect":
        return collect(ports, action, send)
      case "Recall":
        return recall(ports, action, send)
      case "Remember":
        return keep(ports, action)
    }
  }
  return {
    perform(actions) {
      for (const action of actions) perform(action)
    },
    stopAll() {
      for (const [node, executor] of running) executor.stop(prefix + node)
    },
    hold() {
      isHeld = true
    },
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
    started: (task) => send({ type: "Started", node: task.nodeId }),
    ready: (task, place) => send({ type: "Ready", node: task.nodeId, ...place }),
    output: (task, stream, text) => ports.output?.(task, stream, text),
  }
}

function taskOf(ports: PerformerPorts, prefix: string, action: StartAction): Task {
  const { name = "", namespace = "default" } = ports.workflow.metadata
  return {
    key: prefix + action.key,
    workflow: name,
    namespace,
    nodeId: action.node,
    nodeName: action.nodeName,
    podName: action.podName,
    templateName: action.templateName,
    template: action.template,
    inputs: action.inputs,
    startedAt: action.startedAt,
    isResumed: action.isResumed || ports.isRecovered,
  }
}

/** Deletes artifacts one after the other; what cannot be deleted is said, and stays. */
function collect(
  ports: PerformerPorts,
  { artifacts: due, key }: CollectAction,
  send: (event: WorkflowEvent) => void,
): void {
  const namespace = ports.workflow.metadata.namespace ?? "default"
  const work = deleteAll(ports, due, namespace)
  const limits = { takesMs: 0, realLimitMs: collectLimitMs }
  ports.clock
    .track(`${runKey(ports.workflow)}/${key}`, () => work, limits)
    .then(
      (result) => send({ type: "Collected", ...result }),
      (error: unknown) => send({ type: "Collected", deleted: [], faults: [textOf(error)] }),
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
  { node, cache, entry: key }: Recall,
  send: (event: WorkflowEvent) => void,
): void {
  ports.memo.recall(placeOf(ports, cache), key).then(
    (entry) => send({ type: "Recalled", node, ...(entry === undefined ? {} : { entry }) }),
    (error: unknown) => {
      send({
        type: "Recalled",
        node,
        fault: textOf(error),
      })
    },
  )
}

function keep(ports: PerformerPorts, { cache, entry, value }: Remember): void {
  ports.memo.remember(placeOf(ports, cache), entry, value).catch((error: unknown) => {
    ports.logger.warn("what a step came to could not be remembered", { cache, entry, error })
  })
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function executorOf(executors: readonly Executor[], task: Task): Executor | undefined {
  for (const each of executors) if (each.accepts(task)) return each
  return undefined
}
