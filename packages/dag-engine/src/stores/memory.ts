import type { Workflow } from "../api/workflow.js"
import { foldStatus, type StatusFold } from "../core/changes.js"
import type { Store } from "./store.js"

/** Keeps nothing: a run that ends with its process. The default. */
export function noStore(): Store {
  return {
    isRecording: false,
    load: () => Promise.resolve(undefined),
    snapshot: () => Promise.resolve(),
    append: () => undefined,
  }
}

/** Keeps runs in memory, as changes folded over their start: what a journal would bring back. */
export function memoryStore(): Store {
  const runs = new Map<string, { readonly workflow: Workflow; readonly fold: StatusFold }>()
  return {
    isRecording: true,
    async load(key) {
      const found = runs.get(key)
      if (found === undefined) return undefined
      return { workflow: { ...found.workflow, status: found.fold.status() } }
    },
    async snapshot(key, workflow) {
      runs.set(key, { workflow, fold: foldStatus(workflow.status) })
    },
    append(key, changes) {
      runs.get(key)?.fold.apply(changes)
    },
  }
}
