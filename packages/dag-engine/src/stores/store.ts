import type { Workflow } from "../api/workflow.js"
import type { StatusChange } from "../core/changes.js"

/** What a store knows of a run. */
export interface StoredRun {
  /** The object, with the last recorded status. */
  readonly workflow: Workflow
}

/** Keeps runs. Keys are `namespace/name`. */
export interface Store {
  /** The run as it was last recorded; `undefined` where there is none. */
  load(key: string): Promise<StoredRun | undefined>
  /** Replaces what is known of a run. */
  snapshot(key: string, workflow: Workflow): Promise<void>
  /**
   * Adds what one transition changed. Returns when a crash of this process can no longer lose it; a promise where
   * that takes waiting. The changes of one call are kept all or not at all.
   */
  append(key: string, changes: readonly StatusChange[]): void | Promise<void>
  /** True where `append` wants to be called; stores that need no changes spare the engine the work. */
  readonly isRecording: boolean
  /** A store in the memory of the run's own process asks for the object when it is asked, instead of recording. */
  follow?(key: string, workflow: () => Workflow): void
}

/** `namespace/name`. */
export function runKey(workflow: Workflow): string {
  return `${workflow.metadata.namespace ?? "default"}/${workflow.metadata.name ?? ""}`
}
