import type { EpochMs, Logger } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import type { Inputs } from "../api/parameter.js"
import type { Template } from "../api/template.js"
import type { WorkflowSpec } from "../api/workflow.js"
import type { ArtifactStore } from "../artifacts/artifact-store.js"
import type { ArtifactDriver } from "../artifacts/driver.js"
import type { DaemonPlace, Outcome, VolumeClaim } from "../core/actions.js"
import type { Scheduling } from "../core/surroundings.js"

/** One leaf to run: one attempt of one node. */
export interface Task {
  /** Unique over workflows and stable over restarts: starting it twice runs it once. */
  readonly key: string
  readonly workflow: string
  readonly namespace: string
  readonly nodeId: string
  readonly nodeName: string
  readonly podName: string
  readonly templateName: string
  /** With every tag replaced. */
  readonly template: Template
  readonly inputs: Inputs | undefined
  /** The workflow's uid: what runs for it is owned by it. */
  readonly workflowUid: string
  /** The spec that runs, but for its templates, with every global name, the task's inputs and its pod's name replaced. */
  readonly spec: WorkflowSpec
  /** True where somebody may ask for `outputs.result`. */
  readonly isResultWanted: boolean
  /** Machines on which earlier attempts ran, where this one is to run elsewhere. */
  readonly avoidHosts: readonly string[]
  /** True where it belongs to an exit handler. */
  readonly isExitHandler: boolean
  /** Where the steps or dag template around it wants its pods, as far as its own template says nothing. */
  readonly scheduling: Scheduling
  /** When the engine will ask for its end. */
  readonly deadline: EpochMs | undefined
  /** When the node began: before now where the task is found again. */
  readonly startedAt: EpochMs
  /** True where an earlier life of this program may have started it: look for it first. */
  readonly isResumed: boolean
}

/** What a driver lends to executors. */
export interface ExecutorWorld {
  readonly clock: Clock
  readonly logger: Logger
  readonly artifacts: ArtifactStore
  /** Who moves artifacts that have a location of their own. */
  readonly artifactDrivers: readonly ArtifactDriver[]
  /** Tells that the task has begun. */
  readonly started: (task: Task, place?: { readonly hostNodeName: string }) => void
  /** Tells why a task has not begun yet. */
  readonly waiting: (task: Task, message: string) => void
  /** Tells how far a running task is, `3/10`: N of M, N at most M. Anything else is not told. */
  readonly progress: (task: Task, progress: string) => void
  /** Tells that a daemon can be used, and where. Told again after a restart, it changes nothing. */
  readonly ready: (task: Task, place: DaemonPlace) => void
  /** Hands on what a task writes, as it writes it. */
  readonly output: (task: Task, stream: "stdout" | "stderr", text: string) => void
}

/**
 * Runs leaves. Failures of the work are outcomes; a rejected promise is a fault of the executor and becomes the phase
 * Error.
 */
export interface Executor {
  /** True where this executor runs such a task. Of several executors the first that accepts it does. */
  accepts(task: Task): boolean
  /** Runs the task, or finds it again. Resolves once, with its outcome. */
  start(task: Task, world: ExecutorWorld): Promise<Outcome>
  /** Ends a task early; its promise still resolves. A key that does not run is no error. */
  stop(key: string): void
  /**
   * Lets go of a task that goes on: whoever drives its workflow next finds it again by `start`, on another machine, too. Its
   * promise need not resolve. Absent: tasks run in this process alone, and are stopped where it drives their workflow no more.
   */
  leave?(key: string): void
  /** Makes volumes of a workflow, before anything of it runs; what is there is kept. Absent: it needs none. */
  claim?(request: ClaimRequest): Promise<void>
  /** Deletes volumes of a workflow, by the names of their claims; what is not there is no error. */
  release?(request: ReleaseRequest): Promise<void>
}

/** The workflow that volumes are for. */
export interface ReleaseRequest {
  readonly namespace: string
  readonly claims: readonly string[]
}

/** Volumes for a workflow. */
export interface ClaimRequest {
  readonly workflow: string
  readonly namespace: string
  readonly workflowUid: string
  readonly claims: readonly VolumeClaim[]
}
