import { readFileSync } from "node:fs"
import type { Readable, Writable } from "node:stream"
import { finished } from "node:stream/promises"
import { setTimeout as pause } from "node:timers/promises"
import { type EpochMs, epochMs } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import type { Container } from "../../workloads.js"
import type { PodEvent, RunEnd, RunView } from "../container-step.js"
import type { PodLogLine } from "../pod-logs.js"
import type { Guard } from "./guard.js"
import { type Health, watchHealth } from "./health.js"
import { type Command, launch, launchFault, type ProcessEnd } from "./launch.js"
import { createLogBuffer, type LogBuffer } from "./log-buffer.js"
import type { ContainerDirectory } from "./work-directory.js"

/** What hears the output of a run. */
export type OutputListener = (stream: PodLogLine["stream"], chunk: Uint8Array) => void

/** One run of a container as a process. */
export interface ContainerRun extends RunView {
  readonly restartCount: number
  readonly container: Container
  readonly log: LogBuffer
  /** With what its commands and those of `exec` run; absent where nothing could be made ready. */
  readonly setting: RunSetting | undefined
  readonly stdin: Writable | undefined
  /** Resolves when it has ended and everything that it wrote is in its log. */
  readonly ended: Promise<void>
  /** Asks it to end, and ends it at `killAt`; an earlier instant than before counts. */
  stop(killAt: EpochMs): void
  /** Hears what it writes from now on, until the answer is called. */
  listen(listener: OutputListener): () => void
}

/** Where and with what a container's commands run. */
export interface RunSetting {
  readonly directory: ContainerDirectory
  readonly env: { readonly [name: string]: string }
  /** The container's own command and arguments. */
  readonly words: readonly string[]
}

/** What to run. */
export interface RunSpec {
  readonly container: Container
  readonly restartCount: number
  /** From the request to end to the end. */
  readonly graceSeconds: number
}

/** Where runs live. */
export interface RunWorld {
  readonly guard: Guard
  readonly clock: Clock
  readonly key: string
  /** The run is another than before. */
  changed(): void
  tell(event: PodEvent): void
}

/** What escaped its group may hold a stream open: it is not waited for any longer. */
const drainMs = 1_000
const messageMax = 4_096

/** What a container left in its termination message file. */
function lastWords({ messageFile }: ContainerDirectory): string {
  try {
    return readFileSync(messageFile, "utf8").slice(0, messageMax)
  } catch {
    return ""
  }
}

function endOf({ exitCode, signal, fault }: ProcessEnd, directory: ContainerDirectory): RunEnd {
  if (fault !== undefined) return { exitCode, reason: "StartError", message: fault }
  const message = lastWords(directory)
  return {
    exitCode,
    ...(signal === undefined ? {} : { signal }),
    ...(message === "" ? {} : { message }),
  }
}

async function drained(...streams: readonly Readable[]): Promise<void> {
  const all = Promise.allSettled(streams.map((stream) => finished(stream)))
  await Promise.race([all, pause(drainMs, undefined, { ref: false })])
  for (const stream of streams) stream.destroy()
}

/** A run that never began. */
function failedRun({ container, restartCount }: RunSpec, fault: string): ContainerRun {
  return {
    container,
    restartCount,
    setting: undefined,
    log: createLogBuffer(),
    stdin: undefined,
    ended: Promise.resolve(),
    end: { exitCode: 128, reason: "StartError", message: fault },
    isStarted: false,
    isReady: false,
    stop: () => undefined,
    listen: () => () => undefined,
  }
}

/** Starts a container's process, in what `prepare` makes ready. One that cannot be started has ended. */
export function startRun(world: RunWorld, spec: RunSpec, prepare: () => RunSetting): ContainerRun {
  try {
    const setting = prepare()
    const { directory, env, words } = setting
    const { stdin: hasInput = false } = spec.container
    const command: Command = { words, cwd: directory.cwd, env, hasInput }
    const fault = launchFault(command)
    return fault === undefined ? begin(world, spec, setting, command) : failedRun(spec, fault)
  } catch (error) {
    return failedRun(spec, error instanceof Error ? error.message : String(error))
  }
}

/** Answers what asks a process to end and, later, ends it. */
function createStop({ clock, key }: RunWorld, kill: (signal: NodeJS.Signals) => void) {
  let killAt = Number.POSITIVE_INFINITY
  let cancel = (): void => undefined
  return {
    stop(at: EpochMs): void {
      if (at >= killAt) return
      if (killAt === Number.POSITIVE_INFINITY) kill("SIGTERM")
      killAt = at
      cancel()
      cancel = clock.wakeAt(at, key, () => kill("SIGKILL"))
    },
    /** It has ended. */
    settle(): void {
      killAt = Number.NEGATIVE_INFINITY
      cancel()
    },
  }
}

/** Probes a run, and tells of what is found. */
function probe(
  { clock, key, changed, tell }: RunWorld,
  { container, graceSeconds }: RunSpec,
  { directory, env }: RunSetting,
  stop: (killAt: EpochMs) => void,
): Health {
  const { cwd, paths } = directory
  const surroundings = { cwd, env, replace: paths.replace, ports: container.ports ?? [] }
  const { name } = container
  return watchHealth(
    container,
    { surroundings, clock, key },
    {
      changed,
      unhealthy(which, fault) {
        const message = `${which} probe failed: ${fault}`
        tell({ type: "Warning", reason: "Unhealthy", message })
      },
      failed(which, seconds = graceSeconds) {
        const message = `Container ${name} failed ${which.toLowerCase()} probe, will be restarted`
        tell({ type: "Normal", reason: "Killing", message })
        stop(epochMs(clock.now() + seconds * 1000))
      },
    },
  )
}

function begin(
  world: RunWorld,
  spec: RunSpec,
  setting: RunSetting,
  command: Command,
): ContainerRun {
  const { clock, guard } = world
  const { container } = spec
  const log = createLogBuffer()
  const launched = launch(guard, command)
  const listeners = new Set<OutputListener>()
  const hear = (stream: PodLogLine["stream"], readable: Readable): void => {
    readable.on("data", (chunk: Buffer) => {
      log.write(stream, chunk, clock.now())
      for (const listener of listeners) listener(stream, chunk)
    })
  }
  hear("stdout", launched.stdout)
  hear("stderr", launched.stderr)
  let end: RunEnd | undefined
  const { stop, settle } = createStop(world, launched.kill)
  const health = probe(world, spec, setting, stop)
  const ended = launched.end.then(async (how) => {
    health.stop()
    await drained(launched.stdout, launched.stderr)
    settle()
    log.end(clock.now())
    end = endOf(how, setting.directory)
    world.changed()
  })
  return {
    container,
    restartCount: spec.restartCount,
    setting,
    log,
    stdin: launched.stdin,
    ended,
    get end() {
      return end
    },
    get isStarted() {
      return health.isStarted
    },
    get isReady() {
      return health.isReady
    },
    stop,
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
