import { join } from "node:path"
import { sleep } from "../clock/index.js"
import { sha1 } from "../hash.js"
import { isOperationError, OperationError } from "../operation-error.js"
import type { GitAccess } from "./access.js"
import type { GitCommit, GitReference, GitTag } from "./history.js"
import type { Mirror } from "./mirror.js"
import { checkRevision, displayUrl, isFullSha } from "./names.js"
import {
  type HistoryOptions,
  listReferences,
  readHistory,
  readTags,
  resolveRevision,
} from "./queries.js"
import { submodulesOf } from "./submodules.js"
import { createWorkshop, type GitOptions, originOf, type Workshop } from "./workshop.js"
import {
  type CloneOptions,
  type CommitOptions,
  type CommitOutcome,
  cloneInto,
  commitAll,
  type PushOptions,
  type PushOutcome,
  pushOnce,
  removeTracked,
  type Session,
  standOf,
} from "./worktree.js"

/**
 * Git as the engines use it. Every method rejects with an `OperationError`: `InvalidRepository`, `InvalidRevision`,
 * `RepositoryUnreachable` (retryable), `AuthenticationFailed`, `UnknownRevision`, `PushRejected` (retryable),
 * `PushConflict`, `PushDeclined`, `DirectoryNotEmpty`, `GitNotInstalled`, `GitFailed` (retryable),
 * `TrackedTimeout` (retryable). Messages name the repository as the manifest does and hold no path of this machine.
 */
export interface Git {
  /** The commit that a branch, tag, `HEAD`, `refs/…` or (abbreviated) id means now. A full id is taken as it is. */
  resolve(url: string, revision: string): Promise<string>
  /** Every reference of the remote, sorted by name. */
  references(url: string): Promise<readonly GitReference[]>
  /** Commits of a branch (or of any revision) along first parents, newest first. */
  history(url: string, revision: string, options?: HistoryOptions): Promise<readonly GitCommit[]>
  /** All tags, newest first. */
  tags(url: string): Promise<readonly GitTag[]>
  /** Writes the files of a commit, without `.git`, into a directory that is absent or empty. Cheap when repeated. */
  checkout(url: string, sha: string, directory: string): Promise<void>
  /** Makes a working clone with history; resolves to the commit it stands at. */
  clone(url: string, options: CloneOptions, directory: string): Promise<string>
  /** Commits all changes of a working clone. */
  commit(directory: string, options: CommitOptions): Promise<CommitOutcome>
  /** Pushes `HEAD` of a working clone; a remote that already has it is a success. */
  push(directory: string, branch: string, options?: PushOptions): Promise<PushOutcome>
  /** The commit and (unless detached) the branch that a working clone stands at. */
  head(directory: string): Promise<{ readonly sha: string; readonly branch?: string }>
  /** Removes all tracked files of a working clone and stages that; untracked ones stay. */
  clear(directory: string): Promise<void>
}

/** Waits between rounds of a push: one second, growing by half, at most thirty (spec/promotion §2.12, no jitter). */
function pushDelayMs(attempt: number): number {
  return Math.min(30_000, Math.round(1000 * 1.5 ** (attempt - 1)))
}

async function pushWithRetries(
  workshop: Workshop,
  directory: string,
  branch: string,
  options: PushOptions,
): Promise<PushOutcome> {
  const { clock } = workshop
  const url = originOf(directory)
  const { attemptsMax = 10 } = options
  for (let attempt = 1; ; attempt++) {
    try {
      const round = (session: Session): Promise<PushOutcome> =>
        pushOnce(session, directory, branch, options)
      return await workshop.perform(`push ${branch}`, url, round, options)
    } catch (error) {
      const isRejected = isOperationError(error) && error.code === "PushRejected"
      if (!isRejected || attempt >= attemptsMax) throw error
      await sleep(clock, pushDelayMs(attempt), `git/push ${branch} ${displayUrl(url)}`)
    }
  }
}

async function cloneFrom(
  session: Session,
  mirror: Mirror,
  directory: string,
  options: CloneOptions,
): Promise<string> {
  await mirror.fetch(session.remote, session.signal)
  if (options.commit !== undefined)
    await mirror.have(session.remote, options.commit, session.signal)
  const head = (await listReferences(session)).find(({ name }) => name === "HEAD")?.target
  const standard = head === undefined ? {} : { defaultBranch: head.replace("refs/heads/", "") }
  return cloneInto(session, mirror, directory, { ...options, ...standard })
}

const submoduleDepthMax = 16

/** Clones what a working clone holds of other repositories, each at the commit that it names. */
async function cloneSubmodules(
  workshop: Workshop,
  url: string,
  directory: string,
  depth: number,
): Promise<void> {
  const { perform } = workshop
  const modules = await perform("submodules", url, (session) => submodulesOf(session, directory))
  if (modules.length > 0 && depth > submoduleDepthMax) {
    const message = `submodules of ${displayUrl(url)} are nested deeper than ${submoduleDepthMax}`
    throw new OperationError(message, { code: "InvalidRepository", retryable: false })
  }
  for (const { path, url: inner, commit } of modules) {
    const place = join(directory, path)
    await perform(`clone ${commit}`, inner, (session, mirror) =>
      cloneFrom(session, mirror, place, { commit }),
    )
    await cloneSubmodules(workshop, inner, place, depth + 1)
  }
}

/**
 * Git for each way to reach remotes, with a cache of its own: what one of them fetched, no other is given.
 */
export function createGits(options: GitOptions): (access: GitAccess) => Git {
  const known = new Map<string, Git>()
  return (access) => {
    const key = sha1(JSON.stringify(Object.entries(access).toSorted()))
    const git =
      known.get(key) ??
      createGit({ ...options, access, cacheDirectory: join(options.cacheDirectory, key) })
    known.set(key, git)
    return git
  }
}

/**
 * Git over the `git` command, through simple-git. The user's and the system's git settings, hooks, prompts, time
 * zone and locale have no influence; dates come from the clock: the same operations give the same commit ids on
 * every machine. One instance per process: operations on one repository run in the order of their calls.
 */
export function createGit(options: GitOptions): Git {
  const workshop = createWorkshop(options)
  const { perform } = workshop
  return {
    async resolve(url, revision) {
      checkRevision(revision)
      if (isFullSha(revision)) return revision.toLowerCase()
      return perform(`resolve ${revision}`, url, (session, mirror) =>
        resolveRevision(session, mirror, revision),
      )
    },
    references: async (url) => perform("references", url, listReferences),
    async history(url, revision, bounds = {}) {
      checkRevision(revision)
      return perform(`history ${revision}`, url, (session, mirror) =>
        readHistory(session, mirror, revision, bounds),
      )
    },
    tags: async (url) => perform("tags", url, readTags),
    checkout: async (url, sha, directory) =>
      perform(`checkout ${sha}`, url, ({ remote, signal }, mirror) =>
        mirror.writeTree(remote, sha, directory, signal),
      ),
    async clone(url, clone, directory) {
      const { branch, tag, commit } = clone
      for (const name of [branch, tag, commit]) if (name !== undefined) checkRevision(name)
      const work = (session: Session, mirror: Mirror): Promise<string> =>
        cloneFrom(session, mirror, directory, clone)
      const sha = await perform(`clone ${branch ?? tag ?? commit ?? "HEAD"}`, url, work, clone)
      if (clone.submodules === true) await cloneSubmodules(workshop, url, directory, 1)
      return sha
    },
    async commit(directory, commit) {
      const url = originOf(directory)
      const work = (session: Session): Promise<CommitOutcome> =>
        commitAll(session, directory, commit.message)
      return perform("commit", url, work, commit)
    },
    async push(directory, branch, push = {}) {
      checkRevision(branch)
      return pushWithRetries(workshop, directory, branch, push)
    },
    async head(directory) {
      const url = originOf(directory)
      return perform("head", url, (session) => standOf(session, directory))
    },
    async clear(directory) {
      const url = originOf(directory)
      await perform("clear", url, (session) => removeTracked(session, directory))
    },
  }
}
