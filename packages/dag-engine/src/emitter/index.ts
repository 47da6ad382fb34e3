import { EventEmitter } from "eventemitter3"
import type { Workflow } from "../api/workflow.js"
import type { OpenRun, RunEvent } from "../runtime/run.js"

/** What listeners of a run are called with, by the event's name. */
export interface RunListeners {
  readonly node: (event: Extract<RunEvent, { readonly type: "node" }>) => void
  readonly workflow: (event: Extract<RunEvent, { readonly type: "workflow" }>) => void
  readonly output: (event: Extract<RunEvent, { readonly type: "output" }>) => void
  /** The run is over; called once, last. */
  readonly done: (workflow: Workflow) => void
  /** The store or the engine failed; called once, last. Without a listener it is not thrown: `run.done` rejects. */
  readonly error: (error: unknown) => void
}

/** Hands on the events of a run to an `eventemitter3`, from now on: `runEmitter(run).on("node", ({ node }) => …)`. */
export function runEmitter(run: OpenRun): EventEmitter<RunListeners> {
  const emitter = new EventEmitter<RunListeners>()
  const forward = async (): Promise<void> => {
    for await (const event of run.events()) {
      if (event.type === "node") emitter.emit("node", event)
      else if (event.type === "workflow") emitter.emit("workflow", event)
      else emitter.emit("output", event)
    }
  }
  const fail = (error: unknown): void => {
    emitter.emit("error", error)
  }
  const all = Promise.all([run.done, forward()])
  all.then(([workflow]) => emitter.emit("done", workflow)).catch(fail)
  return emitter
}
