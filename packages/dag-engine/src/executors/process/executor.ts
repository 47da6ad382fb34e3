import { mkdtempSync } from "node:fs"
import { mkdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Clock } from "@argo-ts/kernel/clock"
import { inheritedEnvironment } from "@argo-ts/kernel/process"
import type { Outcome } from "../../core/actions.js"
import { mainContainers } from "../containers.js"
import type { Executor, ExecutorWorld, Task } from "../executor.js"
import { claimFolder, folderOfKey, nodeFolder } from "./files.js"
import type { ProcessPod } from "./pod.js"

/** How local processes are run. */
export interface ProcessOptions {
  /**
   * Holds one directory a node. Give one that lasts and processes that outlive this program are found again; default: a
   * new temporary directory.
   */
  readonly directory?: string
  /** Variables for every process, besides `PATH`, `HOME`, `USER`, `LANG`, `TZ` and those named `ARGO_TS_…`. */
  readonly environment?: { readonly [name: string]: string }
  /** How far a virtual clock moves for one process, in milliseconds; of a daemon, until it is ready. Default 1000. */
  readonly takesMs?: number
  /** After so many real milliseconds a process is ended; a daemon only until it is ready. Default ten minutes. */
  readonly realLimitMs?: number
}

/** Runs steps as processes of this machine. */
export interface ProcessExecutor extends Executor {
  /** Deletes the directories of all nodes. */
  dispose(): Promise<void>
}

const takesDefaultMs = 1000
const limitDefaultMs = 600_000

interface Running {
  isStopped: boolean
  pod: ProcessPod | undefined
  clock: Clock
}

/**
 * Runs the commands of `container`, `script` and `containerSet` templates, with their init containers and sidecars, on this
 * machine — never in an image. Only for manifests you trust: a process may do whatever this program may. Absolute paths
 * that a template declares lie below the node's own directory and are replaced where they occur in command, args, env and
 * source.
 */
export function processExecutor(options: ProcessOptions = {}): ProcessExecutor {
  let directory = options.directory
  const takesMs = options.takesMs ?? takesDefaultMs
  const running = new Map<string, Running>()
  const open = (): string => {
    directory ??= mkdtempSync(join(tmpdir(), "argo-ts-work-"))
    return directory
  }
  const begin = async (task: Task, world: ExecutorWorld, state: Running): Promise<ProcessPod> => {
    // Loaded for the first step: most programs that import the engine run no processes.
    const { startPod } = await import("./pod.js")
    const environment = { ...inheritedEnvironment(), ...options.environment }
    const pod = startPod({ node: nodeFolder(open(), task), task, world, environment })
    state.pod = pod
    if (state.isStopped) pod.kill()
    return pod
  }
  return {
    accepts: ({ template }) => mainContainers(template).length > 0,
    async start(task, world) {
      const state: Running = { isStopped: false, pod: undefined, clock: world.clock }
      running.set(task.key, state)
      // Told before anything real happens: the order of such tidings must not depend on how fast processes start.
      world.started(task)
      const limits = {
        takesMs: Math.max(0, task.startedAt + takesMs - world.clock.now()),
        realLimitMs: options.realLimitMs ?? limitDefaultMs,
      }
      const isDaemon = task.template.daemon === true
      try {
        return await world.clock
          .track(
            task.key,
            async (signal) => {
              signal.addEventListener("abort", () => kill(state), { once: true })
              const pod = await begin(task, world, state)
              return isDaemon ? Promise.race([pod.ready, pod.end]) : pod.end
            },
            limits,
          )
          .then((end) => (typeof end === "boolean" ? serve(task, world, state, end) : end))
      } finally {
        running.delete(task.key)
      }
    },
    stop(key) {
      const state = running.get(key)
      if (state !== undefined) stop(key, state)
      else if (directory !== undefined) endFormer(folderOfKey(directory, key))
    },
    async claim({ namespace, claims }) {
      for (const { claim } of claims) {
        await mkdir(claimFolder(open(), namespace, claim), { recursive: true })
      }
    },
    async release({ namespace, claims }) {
      for (const claim of claims) {
        await rm(claimFolder(open(), namespace, claim), { recursive: true, force: true })
      }
    },
    async dispose() {
      if (directory !== undefined) await rm(directory, { recursive: true, force: true })
    },
  }
}

/** A daemon is ready, and goes on: a clock does not wait for it. */
function serve(
  task: Task,
  world: ExecutorWorld,
  { pod }: Running,
  isReady: boolean,
): Promise<Outcome> {
  if (isReady) world.ready(task, { podIP: "127.0.0.1" })
  return (pod as ProcessPod).end
}

/** What an earlier life started is not waited for: its end is decided already. */
function endFormer(folder: string): void {
  import("./child.js").then(({ endLeftOver }) => endLeftOver(folder)).catch(() => undefined)
}

function kill(state: Running): void {
  state.isStopped = true
  state.pod?.kill()
}

/** The end that was asked for is waited for on any clock. */
function stop(key: string, state: Running): void {
  kill(state)
  const { pod, clock } = state
  if (pod === undefined) return
  const ended = pod.end.then(
    () => undefined,
    () => undefined,
  )
  const limits = { takesMs: 0, realLimitMs: limitDefaultMs }
  clock.track(`${key}/stop`, () => ended, limits).catch(() => undefined)
}
