import { setTimeout as wait } from "node:timers/promises"
import { formatTree } from "@argo-ts/dag-engine"
import type { ExitCode, Io } from "../io.js"
import { type NodeFilterFlags, narrowing } from "../workflows/node-filter.js"
import { findKey, lookUp } from "../workflows/place.js"
import { printWorkflow, type WorkflowFormat } from "../workflows/print.js"
import { type StoreFlag, withPlace } from "./runs.js"
import { createTreeScreen } from "./tree-screen.js"

/** Options of `watch`. */
export interface WatchOptions extends StoreFlag, NodeFilterFlags {
  readonly output: WorkflowFormat
}

const lookMs = 200

/** `argo-ts watch NAME`: a run that another process drives, until it is over. 0 where it succeeded. */
export async function watch(name: string, options: WatchOptions, io: Io): Promise<ExitCode> {
  const narrow = narrowing(options)
  return withPlace(options, io, async (place) => {
    const key = await findKey(place, name)
    const isTree = options.output === "tree"
    const screen = createTreeScreen(io, isTree ? "text" : "json")
    for (;;) {
      const workflow = await lookUp(place, key)
      const treeOf = (): string => formatTree(narrow(workflow))
      if (workflow.status?.finishedAt !== undefined || io.signal.aborted) {
        if (isTree) screen.end(treeOf())
        else printWorkflow(narrow(workflow), options.output, io)
        return workflow.status?.phase === "Succeeded" ? 0 : 1
      }
      screen.show(treeOf)
      await wait(lookMs, undefined, { signal: io.signal }).catch(() => undefined)
    }
  })
}
