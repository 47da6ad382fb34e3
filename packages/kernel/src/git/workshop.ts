import { mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { type Addresses, resolveAddress } from "../addresses.js"
import type { Clock } from "../clock/clock.js"
import type { EpochMs } from "../instant.js"
import { type Logger, silentLogger } from "../logger.js"
import { OperationError } from "../operation-error.js"
import { accessEnvironment, type GitAccess } from "./access.js"
import { createRunGit, type GitIdentity, type RunGit } from "./command.js"
import { createMirror, type Mirror, type Remote } from "./mirror.js"
import { checkUrl, displayUrl } from "./names.js"
import { originFile, type Session } from "./worktree.js"

/** What git needs. */
export interface GitOptions {
  readonly clock: Clock
  /** Bare copies of repositories live here. Belongs to one process at a time; losing it costs only time. */
  readonly cacheDirectory: string
  /** Default none. */
  readonly addresses?: Addresses
  /** Default `argo-ts <argo-ts@localhost>`. */
  readonly identity?: GitIdentity
  /** Default silent. */
  readonly logger?: Logger
  /** Who speaks to remotes. Default: what the machine offers to ssh, and nobody over HTTP. */
  readonly access?: GitAccess
  /** How far a virtual clock moves per operation. Default 500. */
  readonly takesMs?: number
  /** Real milliseconds after which an operation is given up. Default 120,000. */
  readonly realLimitMs?: number
}

const defaultIdentity: GitIdentity = { name: "argo-ts", email: "argo-ts@localhost" }

/** Operations on one repository run one after another, in the order of their calls: reads see earlier pushes. */
function createQueues(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const tails = new Map<string, Promise<unknown>>()
  return (name, work) => {
    const result = (tails.get(name) ?? Promise.resolve()).then(work, work)
    tails.set(name, result)
    return result
  }
}

/** Performs git operations: on the clock, one after another per repository. */
export interface Workshop {
  readonly clock: Clock
  /** Tracked and queued; `work` must not wait for the clock. */
  perform<T>(
    what: string,
    url: string,
    work: (session: Session, mirror: Mirror) => Promise<T>,
    as?: { readonly at?: EpochMs; readonly author?: GitIdentity },
  ): Promise<T>
}

/** Sets up the cache directory and the queues. */
export function createWorkshop(options: GitOptions): Workshop {
  const { clock, cacheDirectory, logger = silentLogger, identity = defaultIdentity } = options
  const { takesMs = 500, realLimitMs = 120_000, addresses = {} } = options
  mkdirSync(cacheDirectory, { recursive: true })
  const environment = accessEnvironment(options.access ?? {}, cacheDirectory)
  const runners = new Map<string, RunGit>()
  const runnerOf = (location: string): RunGit => {
    const known = runners.get(location)
    if (known !== undefined) return known
    const given = { home: cacheDirectory, identity, logger, environment: environment(location) }
    const run = createRunGit(given)
    runners.set(location, run)
    return run
  }
  const enqueue = createQueues()
  const mirrors = new Map<string, Mirror>()
  const mirrorOf = (location: string): Mirror => {
    const mirror =
      mirrors.get(location) ?? createMirror(cacheDirectory, location, runnerOf(location))
    mirrors.set(location, mirror)
    return mirror
  }
  return {
    clock,
    async perform(what, url, work, as = {}) {
      const location = checkUrl(resolveAddress(addresses, checkUrl(url)))
      const remote: Remote = { url, location }
      const at = as.at ?? clock.now()
      const author = as.author
      const start = (signal: AbortSignal): ReturnType<typeof work> =>
        enqueue(location, () => {
          signal.throwIfAborted()
          const run = runnerOf(location)
          const session = { run, remote, signal, at, ...(author === undefined ? {} : { author }) }
          return work(session, mirrorOf(location))
        })
      return clock.track(`git/${what} ${displayUrl(url)}`, start, { takesMs, realLimitMs })
    },
  }
}

/** The repository that a working clone came from, under the name the manifest gave it. Synchronous: no time passes. */
export function originOf(directory: string): string {
  try {
    return readFileSync(join(directory, ".git", originFile), "utf8")
  } catch {
    const message = "expected a directory that was made by a clone"
    throw new OperationError(message, { code: "NotAClone", retryable: false })
  }
}
