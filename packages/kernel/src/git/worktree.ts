import { existsSync } from "node:fs"
import { mkdir, readdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { EpochMs } from "../instant.js"
import { isOperationError, OperationError } from "../operation-error.js"
import type { GitCommand, GitIdentity, RunGit } from "./command.js"
import type { Mirror, Remote } from "./mirror.js"
import { displayUrl } from "./names.js"

/** What a clone holds: a branch, a tag or a commit; by default the remote's own branch. */
export interface CloneOptions {
  readonly branch?: string
  readonly tag?: string
  readonly commit?: string
  /** True: submodules are cloned as well, and theirs. Default false. */
  readonly submodules?: boolean
  /** Makes a missing branch: an orphan with an empty `Initial commit`, pushed at once. Default false. */
  readonly create?: boolean
  /** Who the initial commit is by. Default the identity of the adapter. */
  readonly author?: GitIdentity
  /** Date of the initial commit. Default now. */
  readonly at?: EpochMs
}

/** What to commit as. */
export interface CommitOptions {
  readonly message: string
  /** Default the identity of the adapter. */
  readonly author?: GitIdentity
  /** Author and committer date. Default now. A date that belongs to the cause makes a repeated commit the same commit. */
  readonly at?: EpochMs
}

/** A commit that is now `HEAD`. */
export interface CommitOutcome {
  readonly sha: string
  /** False where nothing had changed: `sha` is then the commit that was there. */
  readonly isCreated: boolean
}

/** How to push. */
export interface PushOptions {
  /** Overwrites the remote branch. Default false. */
  readonly force?: boolean
  /** What to do where the remote branch has moved on. Default `rebase`. */
  readonly integrate?: "rebase" | "none"
  /** Rounds of integrate and push. Default 10. */
  readonly attemptsMax?: number
  /** Committer date of rebased commits. Default now. */
  readonly at?: EpochMs
  readonly author?: GitIdentity
}

/** Where a pushed branch stands. */
export interface PushOutcome {
  readonly sha: string
  readonly branch: string
  /** False where the remote branch already stood at `sha`. */
  readonly isChanged: boolean
}

/** Inside `.git`: the URL that the manifest gives the repository. */
export const originFile = "argo-ts-origin"

/** What every function here works with. */
export interface Session {
  readonly run: RunGit
  readonly remote: Remote
  readonly signal: AbortSignal
  readonly at: EpochMs
  readonly author?: GitIdentity
}

/** A command of git in a working clone. */
export function inDirectory(
  session: Session,
  directory: string,
  rest: readonly string[],
): GitCommand {
  const { remote, signal, at, author } = session
  return {
    directory,
    arguments: rest,
    url: remote.url,
    signal,
    at,
    ...(author === undefined ? {} : { author }),
    environment: { GIT_DIR: join(directory, ".git"), GIT_WORK_TREE: directory },
  }
}

/** The commit that `HEAD` of a working clone names. */
export async function headOf(session: Session, directory: string): Promise<string> {
  const text = await session.run(inDirectory(session, directory, ["rev-parse", "HEAD"]))
  return text.trim()
}

async function hasReference(session: Session, mirror: Mirror, name: string): Promise<boolean> {
  const list = ["for-each-ref", "--format=%(refname)", "--", name]
  const text = await mirror.run(session.remote, session.signal, { arguments: list })
  return text.split("\n").includes(name)
}

function unknownRevision(session: Session, name: string): OperationError {
  const message = `repository ${displayUrl(session.remote.url)} has no revision ${JSON.stringify(name)}`
  return new OperationError(message, { code: "UnknownRevision", retryable: false })
}

async function createBranch(session: Session, directory: string, branch: string): Promise<void> {
  const git = (rest: readonly string[]): Promise<string> =>
    session.run(inDirectory(session, directory, rest))
  await git(["symbolic-ref", "HEAD", `refs/heads/${branch}`])
  await git(["read-tree", "--empty"])
  await git(["commit", "--quiet", "--allow-empty", "--message=Initial commit"])
  await git(["push", "--quiet", "--", session.remote.location, `HEAD:refs/heads/${branch}`])
}

/** Makes a working clone out of the mirror; `origin` keeps the name that the manifest gives. */
export async function cloneInto(
  session: Session,
  mirror: Mirror,
  directory: string,
  options: CloneOptions & { readonly defaultBranch?: string },
): Promise<string> {
  if (existsSync(directory) && (await readdir(directory)).length > 0) {
    const message = `the directory for ${displayUrl(session.remote.url)} is not empty`
    throw new OperationError(message, { code: "DirectoryNotEmpty", retryable: false })
  }
  await mkdir(directory, { recursive: true })
  const git = (rest: readonly string[]): Promise<string> =>
    session.run(inDirectory(session, directory, rest))
  await git(["init", "--quiet"])
  await git(["remote", "add", "--", "origin", session.remote.url])
  await writeFile(join(directory, ".git", originFile), session.remote.url)
  const refspecs = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]
  await git(["fetch", "--quiet", "--no-tags", "--", mirror.directory, ...refspecs])

  const branch = options.branch ?? options.defaultBranch
  if (options.commit !== undefined) {
    await git(["fetch", "--quiet", "--no-tags", "--", mirror.directory, options.commit]).catch(
      () => "",
    )
    const checkout = ["checkout", "--quiet", "--detach", options.commit]
    await session.run({ ...inDirectory(session, directory, checkout), revision: options.commit })
  } else if (options.tag !== undefined) {
    if (!(await hasReference(session, mirror, `refs/tags/${options.tag}`)))
      throw unknownRevision(session, options.tag)
    await git(["checkout", "--quiet", "--detach", `refs/tags/${options.tag}`])
  } else if (branch === undefined) {
    if (options.create !== true) throw unknownRevision(session, "HEAD")
    await createBranch(session, directory, "main")
  } else if (await hasReference(session, mirror, `refs/heads/${branch}`)) {
    await git(["checkout", "--quiet", "-B", branch, `refs/remotes/origin/${branch}`])
  } else {
    if (options.create !== true) throw unknownRevision(session, branch)
    await createBranch(session, directory, branch)
  }
  return headOf(session, directory)
}

/** The commit and the branch, if any, that a working clone stands at. */
export async function standOf(
  session: Session,
  directory: string,
): Promise<{ readonly sha: string; readonly branch?: string }> {
  const sha = await headOf(session, directory)
  const ask = ["symbolic-ref", "--short", "--quiet", "HEAD"]
  const branch = await session.run(inDirectory(session, directory, ask)).catch(() => "")
  return branch.trim() === "" ? { sha } : { sha, branch: branch.trim() }
}

/** Removes tracked files and stages that; untracked files stay. */
export async function removeTracked(session: Session, directory: string): Promise<void> {
  const remove = ["rm", "-r", "-f", "-q", "--ignore-unmatch", "--", "."]
  await session.run(inDirectory(session, directory, remove))
}

/** Commits everything that changed in a working clone, if anything did. */
export async function commitAll(
  session: Session,
  directory: string,
  message: string,
): Promise<CommitOutcome> {
  const git = (rest: readonly string[]): Promise<string> =>
    session.run(inDirectory(session, directory, rest))
  await git(["add", "--all", "--", "."])
  const changed = await git(["diff", "--cached", "--name-only", "-z"])
  if (changed === "") return { sha: await headOf(session, directory), isCreated: false }
  await git(["commit", "--quiet", "--no-verify", "--allow-empty-message", `--message=${message}`])
  return { sha: await headOf(session, directory), isCreated: true }
}

async function remoteTip(session: Session, directory: string, branch: string): Promise<string> {
  const ask = ["ls-remote", "--", session.remote.location, `refs/heads/${branch}`]
  const text = await session.run(inDirectory(session, directory, ask))
  return text.split("\t")[0]?.trim() ?? ""
}

async function isAncestor(session: Session, directory: string, sha: string): Promise<boolean> {
  const git = (rest: readonly string[]): Promise<string> =>
    session.run(inDirectory(session, directory, rest))
  return git(["rev-list", "--count", `HEAD..${sha}`]).then(
    (text) => text.trim() === "0",
    () => false,
  )
}

async function rebaseOnto(session: Session, directory: string, branch: string): Promise<void> {
  const git = (rest: readonly string[]): Promise<string> =>
    session.run({ ...inDirectory(session, directory, rest), revision: branch })
  const source = ["fetch", "--quiet", "--no-tags", "--", session.remote.location]
  await git([...source, `+refs/heads/${branch}:refs/remotes/origin/${branch}`])
  if (await isAncestor(session, directory, `refs/remotes/origin/${branch}`)) return
  try {
    await git(["rebase", "--quiet", `refs/remotes/origin/${branch}`])
  } catch (error) {
    await git(["rebase", "--abort"]).catch(() => "")
    if (!isOperationError(error) || error.code !== "GitFailed") throw error
    const message = `the commits conflict with ${branch} of ${displayUrl(session.remote.url)}`
    throw new OperationError(message, { code: "PushConflict", retryable: false })
  }
}

/** One round: take over what the remote has, then push. Nothing to push is a success. */
export async function pushOnce(
  session: Session,
  directory: string,
  branch: string,
  options: Pick<PushOptions, "force" | "integrate">,
): Promise<PushOutcome> {
  const { force = false, integrate = "rebase" } = options
  const tip = await remoteTip(session, directory, branch)
  if (tip !== "" && !force && integrate === "rebase") {
    if (tip !== (await headOf(session, directory))) await rebaseOnto(session, directory, branch)
  }
  const sha = await headOf(session, directory)
  if (tip === sha) return { sha, branch, isChanged: false }
  const options_ = force ? ["--quiet", "--force"] : ["--quiet"]
  const push = ["push", ...options_, "--", session.remote.location, `HEAD:refs/heads/${branch}`]
  await session.run({ ...inDirectory(session, directory, push), revision: branch })
  return { sha, branch, isChanged: true }
}
