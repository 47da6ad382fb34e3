import type { EpochMs } from "../instant.js"
import { OperationError } from "../operation-error.js"
import {
  type GitCommit,
  type GitReference,
  type GitTag,
  logFormat,
  parseLog,
  parseReferences,
  parseTags,
  tagFormat,
} from "./history.js"
import type { Mirror } from "./mirror.js"
import { displayUrl, isFullSha } from "./names.js"
import type { Session } from "./worktree.js"

/** Which part of a history. */
export interface HistoryOptions {
  /** At most so many commits. Default 20. */
  readonly limit?: number
  /** Leaves out so many of the newest. Default 0. */
  readonly skip?: number
  /** Only commits made at or after this instant. */
  readonly since?: EpochMs
  /** Also lists the paths that each commit changed. Default false. */
  readonly withPaths?: boolean
}

/** The sha that a list of references gives a name: exact, else branch before tag, as Argo CD looks them up. */
function lookUp(references: readonly GitReference[], revision: string): string | undefined {
  const wanted = [revision, `refs/heads/${revision}`, `refs/tags/${revision}`]
  for (const name of wanted) {
    const found = references.find((reference) => reference.name === name)
    if (found !== undefined) return found.sha
  }
  return undefined
}

/** What the remote lists, without fetching anything. */
export async function listReferences(session: Session): Promise<readonly GitReference[]> {
  const { run, remote, signal } = session
  const ask = ["ls-remote", "--symref", "--", remote.location]
  const directory = "/"
  return parseReferences(await run({ directory, arguments: ask, url: remote.url, signal }))
}

/** The commit a name means; the remote is asked, the mirror only for abbreviated ids. */
export async function resolveRevision(
  session: Session,
  mirror: Mirror,
  revision: string,
): Promise<string> {
  if (isFullSha(revision)) return revision.toLowerCase()
  const found = lookUp(await listReferences(session), revision)
  if (found !== undefined) return found
  const { remote, signal } = session
  if (/^[0-9a-f]{4,39}$/i.test(revision)) {
    await mirror.fetch(remote, signal)
    const ask = ["rev-parse", "--verify", "--quiet", `${revision}^{commit}`]
    const sha = await mirror.run(remote, signal, { arguments: ask }).catch(() => "")
    if (sha.trim() !== "") return sha.trim()
  }
  const message = `repository ${displayUrl(remote.url)} has no revision ${JSON.stringify(revision)}`
  throw new OperationError(message, { code: "UnknownRevision", retryable: false })
}

/** Commits along first parents, newest first. */
export async function readHistory(
  session: Session,
  mirror: Mirror,
  revision: string,
  options: HistoryOptions,
): Promise<readonly GitCommit[]> {
  const { limit = 20, skip = 0, since, withPaths = false } = options
  const sha = await resolveRevision(session, mirror, revision)
  await mirror.have(session.remote, sha, session.signal)
  const bounds = [`--max-count=${limit}`, `--skip=${skip}`]
  if (since !== undefined) bounds.push(`--since=${Math.floor(since / 1000)}`)
  if (withPaths) bounds.push("--name-only", "--no-renames", "-m", "--root")
  const log = ["log", "--first-parent", logFormat, ...bounds, sha, "--"]
  return parseLog(await mirror.run(session.remote, session.signal, { arguments: log }))
}

/** Every tag with its dates and people. */
export async function readTags(
  { remote, signal }: Session,
  mirror: Mirror,
): Promise<readonly GitTag[]> {
  await mirror.fetch(remote, signal)
  const list = ["for-each-ref", tagFormat, "refs/tags"]
  return parseTags(await mirror.run(remote, signal, { arguments: list }))
}
