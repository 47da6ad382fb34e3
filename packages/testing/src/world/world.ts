import { mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type ClusterSim, type ClusterSimOptions, createClusterSim } from "@argo-ts/cluster-sim"
import { type Cluster, type Controller, createManager, type RunningManager } from "@argo-ts/k8s"
import {
  type Addresses,
  type EpochMs,
  epochMs,
  type Kind,
  type KubernetesObject,
  type Logger,
  OperationError,
  parseDuration,
  parseInstant,
  silentLogger,
} from "@argo-ts/kernel"
import { createVirtualClock, type VirtualClock } from "@argo-ts/kernel/clock"
import type {
  ScenarioAction,
  ScenarioFaults,
  ScenarioGiven,
  StateSection,
} from "../api/scenario.js"
import { faultyCluster } from "../faults/faulty-cluster.js"
import { formatMismatch, matchState, type ParsedState, parseState } from "../match/state.js"
import { createLife, type Life } from "./life.js"
import { createObjectIndex, type ObjectIndex } from "./objects.js"
import { createStage, type Stage } from "./stage.js"

/** What controllers of a scenario may be made from. */
export interface Setting {
  readonly clock: VirtualClock
  readonly cluster: Cluster
  /** Stable names of fixture repositories and scripted metrics → where they are here. Grows as the story goes on. */
  readonly addresses: Addresses
  /** A directory of the scenario's own, removed at its end. */
  readonly directory: string
  readonly logger: Logger
}

/** A scenario as TypeScript states it. */
export interface ScenarioOptions {
  /** The engines under test, or what makes them from the setting. */
  readonly controllers:
    | readonly Controller[]
    | ((setting: Setting) => readonly Controller[] | Promise<readonly Controller[]>)
  /** The kinds of the engines; Kubernetes' own are always there. */
  readonly kinds: readonly Kind[]
  /** RFC 3339. Default `2026-01-05T09:00:00Z`, a Monday. */
  readonly start?: string
  /** Default 1. */
  readonly seed?: number
  readonly given?: ScenarioGiven
  /** States that must never hold. */
  readonly never?: readonly StateSection[]
  /** What relative file names are relative to. Default the working directory. */
  readonly directory?: string
  /** How pods behave. Default: ready after a second, for ever. */
  readonly pods?: NonNullable<ClusterSimOptions["pods"]>
  /** Default: nothing is logged. */
  readonly logger?: Logger
}

/** A cluster, controllers and a virtual clock, to tell a story on. */
export interface World {
  readonly clock: VirtualClock
  /** The cluster as a user meets it: without the injected faults. */
  readonly cluster: Cluster
  readonly addresses: Addresses
  now(): EpochMs
  /** Every object there is now. */
  objects(): readonly KubernetesObject[]
  /** Performs actions in order, as `when` does. */
  when(...actions: readonly ScenarioAction[]): Promise<void>
  /** Lets time pass: a Go duration. */
  advance(duration: string): Promise<void>
  /** Throws where the state does not hold now. */
  expect(state: StateSection): void
  /** Lets time pass until the state holds; throws where it does not within the duration. */
  until(state: StateSection, within: string): Promise<void>
  /** How the cluster differs from the state now, one line per difference. */
  differences(state: StateSection): readonly string[]
  /** Violations of `never` so far, each with its instant and the write that caused it. */
  violations(): readonly string[]
  /** Writes so far. */
  writes(): number
  close(): Promise<void>
}

const defaultStart = "2026-01-05T09:00:00Z"

/** An expectation of a scenario does not hold. */
export class ScenarioError extends OperationError {
  override readonly name = "ScenarioError"

  constructor(message: string) {
    super(message, { code: "ExpectationFailed", retryable: false })
  }
}

/** Milliseconds of a duration that a caller wrote. */
export function durationMs(text: string): number {
  const parsed = parseDuration(text)
  if (!parsed.ok) throw new ScenarioError(parsed.issues[0]?.message ?? "expected a duration")
  return parsed.value
}

function readState(state: StateSection): ParsedState {
  const parsed = parseState(state)
  if (parsed.ok) return parsed.value
  throw new ScenarioError(parsed.issues.map((issue) => issue.message).join("; "))
}

/** The controllers as they run now. */
interface Running {
  current: { readonly manager: RunningManager; readonly life: Life } | undefined
}

/** Ends the controllers as a crash does: at once, with whatever they were waiting for left undone. */
function endLife(running: Running): void {
  running.current?.life.end()
  running.current?.manager.stop().catch(() => {})
  running.current = undefined
}

interface Parts {
  readonly sim: ClusterSim
  readonly clock: VirtualClock
  readonly stage: Stage
  readonly start: () => Promise<void>
  readonly running: Running
}

async function createParts(options: ScenarioOptions, startAt: EpochMs): Promise<Parts> {
  const { kinds, seed = 1, logger = silentLogger, given = {} } = options
  const clock = createVirtualClock(startAt)
  const pods = options.pods === undefined ? {} : { pods: options.pods }
  const sim = createClusterSim({ clock, kinds, seed, logger, ...pods })
  const directory = await mkdtemp(join(tmpdir(), "argo-ts-scenario-"))
  let faults: ScenarioFaults = given.faults ?? {}
  const cluster = faultyCluster(sim.cluster, { random: sim.random, faults: () => faults })
  const running: Running = { current: undefined }
  const restart = async (): Promise<void> => {
    endLife(running)
    await start()
  }
  const stage = createStage({
    clock,
    cluster: sim.cluster,
    directory,
    filesFrom: options.directory ?? process.cwd(),
    setFaults: (next) => {
      faults = next
    },
    restart,
  })
  const start = async (): Promise<void> => {
    const { controllers } = options
    const life = createLife(cluster)
    const { addresses } = stage
    const setting: Setting = { clock, cluster: life.cluster, addresses, directory, logger }
    const made = typeof controllers === "function" ? await controllers(setting) : controllers
    const manager = createManager({ cluster: life.cluster, clock, logger })
      .add(...made)
      .start()
    running.current = { manager, life }
    // Whoever waits for a kind that is not served is told by the log; the story then fails by itself.
    manager.ready.catch(() => {})
  }
  return { sim, clock, stage, start, running }
}

/** What is forbidden, judged after every write. */
function createGuard(
  states: readonly ParsedState[],
  describe: () => string,
): {
  judge(objects: readonly KubernetesObject[], written: string): void
  readonly violations: readonly string[]
} {
  const violations: string[] = []
  const open = new Set(states.map((_state, index) => index))
  return {
    violations,
    judge(objects, written) {
      for (const index of open) {
        const state = states[index] ?? []
        if (matchState(state, objects).length > 0) continue
        open.delete(index)
        const names = state.map((check) => check.text).join(", ")
        violations.push(`never[${index}] held ${describe()} (${names}) after the ${written}`)
      }
    },
  }
}

function readStart(text: string): EpochMs {
  const start = parseInstant(text)
  if (start.ok) return start.value
  throw new ScenarioError(start.issues[0]?.message ?? "expected an instant")
}

/** Opens the world of a scenario with everything that is given; close it when the story is over. */
export async function openWorld(options: ScenarioOptions): Promise<World> {
  const startAt = readStart(options.start ?? defaultStart)
  const never = (options.never ?? []).map(readState)
  const parts = await createParts(options, startAt)
  const { sim, clock, stage } = parts
  const guard = createGuard(never, () => `at +${(clock.now() - startAt) / 1000}s`)
  let isGiven = false
  const index: ObjectIndex = await createObjectIndex(sim, (written) => {
    if (isGiven) guard.judge(index.all(), written)
  })
  try {
    await stage.give(options.given ?? {})
    isGiven = true
    await parts.start()
    await clock.advance(0)
  } catch (error) {
    await closeParts(parts, index)
    throw error
  }
  return createWorld(parts, index, guard)
}

async function closeParts(
  { sim, clock, stage, running }: Parts,
  index: ObjectIndex,
): Promise<void> {
  index.stop()
  endLife(running)
  // Real work that is under way ends before its files are removed.
  await clock.advance(0)
  await sim.close()
  await stage.close()
}

function createWorld(
  parts: Parts,
  index: ObjectIndex,
  guard: { readonly violations: readonly string[] },
): World {
  const { sim, clock, stage } = parts
  const differences = (state: StateSection): readonly string[] =>
    matchState(readState(state), index.all()).map(formatMismatch)
  const check = (state: StateSection, when: string): void => {
    const found = differences(state)
    if (found.length > 0)
      throw new ScenarioError(`${when}:\n${found.map((line) => `  ${line}`).join("\n")}`)
  }
  return {
    clock,
    cluster: sim.cluster,
    addresses: stage.addresses,
    now: clock.now,
    objects: index.all,
    differences,
    violations: () => guard.violations,
    writes: index.version,
    async when(...actions) {
      for (const action of actions) {
        if (action.advance === undefined) await stage.perform(action)
        else await clock.advance(durationMs(action.advance))
      }
    },
    advance: (duration) => clock.advance(durationMs(duration)),
    expect: (state) => check(state, "not as expected"),
    async until(state, within) {
      const parsed = readState(state)
      let judged = -1
      let holds = false
      const isDone = (): boolean => {
        if (judged !== index.version()) {
          judged = index.version()
          holds = matchState(parsed, index.all()).length === 0
        }
        return holds
      }
      const limit = epochMs(clock.now() + durationMs(within))
      if (!(await clock.runUntil(isDone, limit))) check(state, `not as expected within ${within}`)
    },
    close: () => closeParts(parts, index),
  }
}
