import { type JsonValue, thrownText } from "@argo-ts/kernel"
import type { Artifact } from "../api/artifact.js"
import type { Outcome } from "../core/actions.js"
import { fetchArtifact, storeArtifact } from "./artifacts.js"
import type { Executor, ExecutorWorld, Task } from "./executor.js"
import { Roster, type RosterEntry } from "./roster.js"

/** What a function sees. */
export interface StepContext {
  readonly task: Task
  /** Input parameters by name; a null-prototype record. */
  readonly parameters: { readonly [name: string]: string }
  /** Aborted when the step is to end early. */
  readonly signal: AbortSignal
  /**
   * Of a template with `daemon: true`: whoever waits for it goes on, and reaches it at the address. Default `127.0.0.1`.
   * The function goes on until `signal` is aborted; if it ends before, the daemon has failed.
   */
  ready(podIP?: string): void
  /** Copies an input artifact to `path`; false where the optional one is absent. */
  getArtifact(name: string, path: string): Promise<boolean>
  /** Stores the file or directory at `path` as an output artifact. */
  putArtifact(name: string, path: string): Promise<void>
}

/** What a function may give back. A text, number or boolean is `outputs.result`. */
export type StepResult =
  | undefined
  | string
  | number
  | boolean
  | {
      readonly result?: JsonValue
      readonly parameters?: { readonly [name: string]: string | number | boolean }
    }

/**
 * One template's work: returning is Succeeded, throwing is Failed. Called at least once: after a crash the same `key`
 * may come again.
 */
export type StepFunction = (
  context: StepContext,
) => Promise<StepResult> | StepResult | Promise<void> | void

/** Functions of this process, by template name. */
export type StepFunctions = { readonly [template: string]: StepFunction }

/** Runs templates as functions of this process: `functionExecutor({ build: async ({ parameters }) => … })`. */
export function functionExecutor(steps: StepFunctions): Executor {
  const running = new Roster<FunctionContext>()
  const find = (task: Task): StepFunction | undefined =>
    Object.hasOwn(steps, task.templateName) ? steps[task.templateName] : undefined
  return {
    accepts: (task) => find(task) !== undefined,
    async start(task, world) {
      const step = find(task)
      if (step === undefined) {
        return {
          phase: "Error",
          isUnstarted: true,
          message: `no function for template "${task.templateName}"`,
        }
      }
      const context = new FunctionContext(task, world)
      running.add(context)
      try {
        return succeeded(await step(context), context.stored)
      } catch (error) {
        const message = thrownText(error)
        return { phase: "Failed", message, exitCode: "1", artifacts: context.stored }
      } finally {
        running.delete(context)
      }
    },
    stop(key) {
      running.find(key)?.stop()
    },
  }
}

const done: Outcome = { phase: "Succeeded" }
const noArtifacts: readonly Artifact[] = []

function succeeded(value: StepResult | void, artifacts: readonly Artifact[]): Outcome {
  if (value === undefined) return artifacts.length === 0 ? done : { phase: "Succeeded", artifacts }
  if (typeof value !== "object") return { phase: "Succeeded", result: String(value), artifacts }
  const { result, parameters } = value
  const text = typeof result === "string" ? result : JSON.stringify(result)
  return {
    phase: "Succeeded",
    artifacts,
    ...(result === undefined ? {} : { result: text }),
    ...(parameters === undefined ? {} : { parameters: textsOf(parameters) }),
  }
}

function textsOf(values: { readonly [name: string]: string | number | boolean }): {
  [name: string]: string
} {
  const texts = Object.create(null) as { [name: string]: string }
  for (const name of Object.keys(values)) texts[name] = String(values[name])
  return texts
}

/** A class, so that what a function does not ask for costs nothing: an AbortController alone is dearer than a step. */
class FunctionContext implements StepContext, RosterEntry {
  readonly task: Task
  place = -1
  #stored: Artifact[] | undefined
  #controller: AbortController | undefined
  #isStopped = false
  readonly #world: ExecutorWorld

  constructor(task: Task, world: ExecutorWorld) {
    this.task = task
    this.#world = world
  }

  get key(): string {
    return this.task.key
  }

  /** The artifacts that were stored so far. */
  get stored(): readonly Artifact[] {
    return this.#stored ?? noArtifacts
  }

  stop(): void {
    this.#isStopped = true
    this.#controller?.abort()
  }

  get parameters(): { readonly [name: string]: string } {
    const parameters = Object.create(null) as { [name: string]: string }
    for (const { name, value } of this.task.inputs?.parameters ?? []) {
      if (value !== undefined) parameters[name] = String(value)
    }
    return parameters
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#isStopped) this.#controller.abort()
    return this.#controller.signal
  }

  // Getters, so that a function may take its context apart: `({ getArtifact }) => …`.
  get ready(): StepContext["ready"] {
    return (podIP = "127.0.0.1") => this.#world.ready(this.task, { podIP })
  }

  get getArtifact(): StepContext["getArtifact"] {
    return async (name, path) => {
      const artifact = this.task.inputs?.artifacts?.find((input) => input.name === name)
      return artifact === undefined ? false : fetchArtifact(this.#world, this.task, artifact, path)
    }
  }

  get putArtifact(): StepContext["putArtifact"] {
    return async (name, path) => {
      const declared = this.task.template.outputs?.artifacts?.find((each) => each.name === name)
      const stored = await storeArtifact(this.#world, this.task, declared ?? { name }, path)
      this.#stored ??= []
      this.#stored.push(stored)
    }
  }
}
