import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { OperationError } from "../operation-error.js"
import type { GitCommand, RunGit } from "./command.js"
import { displayUrl, isFullSha } from "./names.js"

/** A repository: as the manifest names it, and where it is reached. */
export interface Remote {
  readonly url: string
  readonly location: string
}

/** One bare copy of a remote repository. */
export interface Mirror {
  readonly directory: string
  /** Runs git in the copy. */
  run(
    remote: Remote,
    signal: AbortSignal,
    rest: Pick<GitCommand, "arguments"> & Partial<GitCommand>,
  ): Promise<string>
  /** Takes over all branches and tags of the remote. */
  fetch(remote: Remote, signal: AbortSignal): Promise<void>
  /** Makes sure that a commit is in the copy; asks the remote only if it is not. */
  have(remote: Remote, sha: string, signal: AbortSignal): Promise<void>
  /** Writes the files of a commit into a directory that does not exist, is empty, or holds just that already. */
  writeTree(remote: Remote, sha: string, directory: string, signal: AbortSignal): Promise<void>
}

/** A process that was killed leaves locks behind; a cache directory has one owner, so they are nobody's. */
async function removeLocks(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { recursive: true })) {
    if (entry.endsWith(".lock")) await rm(join(directory, entry), { force: true })
  }
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 24)
}

async function isEmptyOrAbsent(directory: string): Promise<boolean> {
  return !existsSync(directory) || (await readdir(directory)).length === 0
}

/** Opens the copy of a remote in a cache directory, making it where it is missing. */
export function createMirror(cacheDirectory: string, location: string, run: RunGit): Mirror {
  const directory = join(cacheDirectory, `${digest(location)}.git`)
  const environment = { GIT_DIR: directory }
  let opened: Promise<void> | undefined

  const git: Mirror["run"] = (remote, signal, rest) =>
    run({
      directory,
      url: remote.url,
      signal,
      ...rest,
      environment: { ...environment, ...rest.environment },
    })
  const open = async (remote: Remote, signal: AbortSignal): Promise<void> => {
    await mkdir(directory, { recursive: true })
    await removeLocks(directory)
    await git(remote, signal, { arguments: ["init", "--quiet", "--bare"] })
  }
  const ready = (remote: Remote, signal: AbortSignal): Promise<void> => {
    opened ??= open(remote, signal).catch((error: unknown) => {
      opened = undefined
      throw error
    })
    return opened
  }
  const fetch: Mirror["fetch"] = async (remote, signal) => {
    await ready(remote, signal)
    const refspecs = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
    const options = ["--quiet", "--prune", "--no-tags", "--no-write-fetch-head"]
    await git(remote, signal, {
      arguments: ["fetch", ...options, "--", remote.location, ...refspecs],
    })
  }
  const has = async (remote: Remote, sha: string, signal: AbortSignal): Promise<boolean> => {
    try {
      await git(remote, signal, { arguments: ["cat-file", "-e", `${sha}^{commit}`] })
      return true
    } catch (error) {
      if (signal.aborted) throw error
      return false
    }
  }
  const have: Mirror["have"] = async (remote, sha, signal) => {
    if (!isFullSha(sha)) {
      const message = `expected a full commit id of ${displayUrl(remote.url)}, found ${JSON.stringify(sha)}`
      throw new OperationError(message, { code: "InvalidRevision", retryable: false })
    }
    await ready(remote, signal)
    if (await has(remote, sha, signal)) return
    await fetch(remote, signal)
    if (await has(remote, sha, signal)) return
    const options = ["--quiet", "--no-tags", "--no-write-fetch-head"]
    const ask = ["fetch", ...options, "--", remote.location, sha]
    await git(remote, signal, { arguments: ask, revision: sha })
  }
  const mirror = { directory, run: git, fetch, have }
  return { ...mirror, writeTree: (...where) => writeTree(mirror, ...where) }
}

/** Writes into a sibling first and renames last: a directory that exists is complete. */
async function writeTree(
  mirror: Omit<Mirror, "writeTree">,
  ...[remote, sha, target, signal]: Parameters<Mirror["writeTree"]>
): Promise<void> {
  await mirror.have(remote, sha, signal)
  const record = join(mirror.directory, "checkouts", digest(target))
  if (!(await isEmptyOrAbsent(target))) {
    const written = existsSync(record) ? await readFile(record, "utf8") : ""
    if (written === sha) return
    const message = `the directory for ${displayUrl(remote.url)} holds other files`
    throw new OperationError(message, { code: "DirectoryNotEmpty", retryable: false })
  }
  const partial = `${target}.partial`
  const index = `${target}.index`
  for (const leftover of [partial, index, `${index}.lock`]) {
    await rm(leftover, { recursive: true, force: true })
  }
  await mkdir(partial, { recursive: true })
  const tree = { GIT_WORK_TREE: partial, GIT_INDEX_FILE: index }
  const write = { environment: tree, directory: partial, revision: sha }
  await mirror.run(remote, signal, { ...write, arguments: ["read-tree", sha] })
  await mirror.run(remote, signal, { ...write, arguments: ["checkout-index", "--all", "--quiet"] })
  await rm(index, { force: true })
  await mkdir(dirname(record), { recursive: true })
  await writeFile(record, sha)
  await rm(target, { recursive: true, force: true })
  await rename(partial, target)
}
