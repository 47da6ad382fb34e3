/**
 * Git as the engines use it: resolve, read history, check out, clone, commit, push — on the clock, through
 * `addresses`, with results that do not depend on the machine. Needs the `git` command and the optional peer
 * `simple-git`.
 *
 * @packageDocumentation
 */
export type { GitAccess } from "./access.js"
export type { GitIdentity } from "./command.js"
export { createGit, createGits, type Git } from "./git.js"
export type { GitCommit, GitReference, GitTag } from "./history.js"
export { displayUrl, isReferenceName } from "./names.js"
export type { HistoryOptions } from "./queries.js"
export type { GitOptions } from "./workshop.js"
export type {
  CloneOptions,
  CommitOptions,
  CommitOutcome,
  PushOptions,
  PushOutcome,
} from "./worktree.js"
