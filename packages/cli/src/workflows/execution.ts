import { join } from "node:path"
import {
  type ArtifactDriver,
  type ArtifactStore,
  createLocks,
  dataExecutor,
  directoryArtifactStore,
  type Executor,
  httpExecutor,
  type Locks,
  processExecutor,
  simulateExecutor,
} from "@argo-ts/dag-engine"
import { readOutcomes } from "../commands/outcomes.js"
import { CliError, type Io } from "../io.js"
import { artifactDrivers } from "./artifact-drivers.js"
import { sharedLocks } from "./locks.js"
import type { RunPlace } from "./place.js"
import type { Surroundings } from "./submission.js"

/** Where runs are kept, and where their steps work. */
export interface Workplace {
  readonly place: RunPlace | undefined
  readonly directory: string
}

/** What runs the steps. */
export interface Execution {
  readonly executors: readonly Executor[]
  readonly artifactDrivers: readonly ArtifactDriver[]
  /** Artifacts that say no place of their own. */
  readonly artifactStore: ArtifactStore
  /** All runs of the command respect each other, and those of a directory all others there. */
  readonly locks: Locks
  readonly isVirtual: boolean
  /** Ends it with the command. */
  close(): void
}

/** Where the artifacts of runs lie below the directory of their steps. */
export function artifactsBelow(directory: string): ArtifactStore {
  return directoryArtifactStore(join(directory, "artifacts"))
}

/** Reads `--executor` and `--outcomes`. */
export function createExecution(
  options: { readonly executor: string; readonly outcomes?: string },
  { place, directory }: Workplace,
  { secret, limitOf, io }: Pick<Surroundings, "secret" | "limitOf"> & { readonly io: Io },
): Execution {
  if (options.executor !== "process" && options.executor !== "simulate") {
    const found = JSON.stringify(options.executor)
    throw new CliError("InvalidOption", `--executor: expected process or simulate, found ${found}`)
  }
  const limits = (lock: string): number | undefined => limitOf(lock) ?? place?.limits().get(lock)
  if (options.executor === "simulate") {
    const rules = options.outcomes === undefined ? [] : readOutcomes(options.outcomes, io.cwd)
    return {
      executors: [simulateExecutor(rules)],
      artifactDrivers: [],
      artifactStore: artifactsBelow(directory),
      // Where nobody says how many a semaphore lets in, and nothing is real: one at a time.
      locks: createLocks({ limits: (lock) => limits(lock) ?? 1 }),
      isVirtual: true,
      close: () => undefined,
    }
  }
  if (options.outcomes !== undefined) {
    throw new CliError("InvalidOption", "--outcomes: expected --executor simulate beside it")
  }
  const shared =
    place?.directory === undefined
      ? undefined
      : sharedLocks({ directory: place.directory, look: place.look }, limits)
  return {
    executors: [processExecutor({ directory }), httpExecutor({ secret }), dataExecutor()],
    artifactDrivers: artifactDrivers({ cacheDirectory: join(directory, "git-cache"), secret }),
    artifactStore: artifactsBelow(directory),
    locks: shared ?? createLocks({ limits }),
    isVirtual: false,
    close: () => shared?.close(),
  }
}
