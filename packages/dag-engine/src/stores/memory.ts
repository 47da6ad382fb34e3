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

/** Keeps runs in memory, as they were when their driving ended: what a journal would bring back. */
export function memoryStore(): Store {
  const runs = new Map<string, () => Workflow>()
  return {
    isRecording: false,
    async load(key) {
      const found = runs.get(key)
      return found === undefined ? undefined : { workflow: found() }
    },
    async snapshot(key, workflow) {
      runs.set(key, () => workflow)
    },
    append: () => undefined,
    follow: (key, workflow) => void runs.set(key, workflow),
  }
}
