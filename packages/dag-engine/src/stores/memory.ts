import type { WorkflowStatus } from "../api/status.js"
import type { Workflow } from "../api/workflow.js"
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

interface KeptRun {
  readonly workflow: Workflow
  status: () => WorkflowStatus | undefined
}

/** Keeps runs in memory, as they were when their driving ended: what a journal would bring back. */
export function memoryStore(): Store {
  const runs = new Map<string, KeptRun>()
  return {
    isRecording: false,
    async load(key) {
      const found = runs.get(key)
      if (found === undefined) return undefined
      const status = found.status()
      return { workflow: status === undefined ? found.workflow : { ...found.workflow, status } }
    },
    async snapshot(key, workflow) {
      runs.set(key, { workflow, status: () => workflow.status })
    },
    append: () => undefined,
    follow(key, status) {
      const found = runs.get(key)
      if (found !== undefined) found.status = status
    },
  }
}
