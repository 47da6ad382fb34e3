import { type SimpleGit, simpleGit } from "simple-git"
import type { EpochMs } from "../instant.js"
import type { Logger } from "../logger.js"
import { OperationError } from "../operation-error.js"
import { thrownText } from "../thrown-text.js"
import { displayUrl } from "./names.js"

/** Who commits. */
export interface GitIdentity {
  readonly name: string
  readonly email: string
}

/** One run of git. */
export interface GitCommand {
  /** Working directory. */
  readonly directory: string
  readonly arguments: readonly string[]
  readonly signal: AbortSignal
  /** The repository as the manifest names it: for messages. */
  readonly url: string
  /** Author and committer date. Default the epoch, for commands that write no commit. */
  readonly at?: EpochMs
  readonly author?: GitIdentity
  /** `GIT_DIR`, `GIT_WORK_TREE`, `GIT_INDEX_FILE`: absolute paths. */
  readonly environment?: { readonly [name: string]: string }
  /** Revision that the command is about: for messages. */
  readonly revision?: string
}

/** Runs git; resolves to its standard output. */
export type RunGit = (command: GitCommand) => Promise<string>

/** Everything a repository or the user's own settings could change about a run is fixed here. */
const configuration = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.autocrlf=false",
  "core.quotePath=false",
  "commit.gpgSign=false",
  "tag.gpgSign=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "init.defaultBranch=main",
  "advice.detachedHead=false",
  "safe.bareRepository=explicit",
  "submodule.recurse=false",
  "rebase.autoStash=false",
  "pull.rebase=true",
]

const allowedVariables = [
  "GIT_CONFIG_GLOBAL",
  "GIT_CONFIG_SYSTEM",
  "GIT_CONFIG_NOSYSTEM",
  "GIT_TERMINAL_PROMPT",
  "GIT_ALLOW_PROTOCOL",
  "GIT_AUTHOR_NAME",
  "GIT_AUTHOR_EMAIL",
  "GIT_AUTHOR_DATE",
  "GIT_COMMITTER_NAME",
  "GIT_COMMITTER_EMAIL",
  "GIT_COMMITTER_DATE",
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_CEILING_DIRECTORIES",
  "GIT_EDITOR",
  "GIT_SSH_COMMAND",
  "GIT_SSL_NO_VERIFY",
  "GIT_CONFIG_COUNT",
  "GIT_CONFIG_KEY_0",
  "GIT_CONFIG_VALUE_0",
]

const passedOn = ["PATH", "SSH_AUTH_SOCK", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SYSTEMROOT"]

function environmentOf(command: GitCommand, identity: GitIdentity, home: string): object {
  const author = command.author ?? identity
  // With `@`, git takes any number of seconds for an instant; without it, small ones are refused.
  const date = `@${Math.floor((command.at ?? 0) / 1000)} +0000`
  const inherited = passedOn.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    ...Object.fromEntries(inherited),
    HOME: home,
    TZ: "UTC",
    LC_ALL: "C",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ALLOW_PROTOCOL: "file:git:http:https:ssh",
    GIT_EDITOR: "true",
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: author.name,
    GIT_COMMITTER_EMAIL: author.email,
    GIT_COMMITTER_DATE: date,
    ...command.environment,
  }
}

interface Symptom {
  readonly pattern: RegExp
  readonly code: string
  readonly retryable: boolean
  readonly say: (url: string, revision: string) => string
}

/** What git says, and what that means to a caller. First match wins; git speaks English under `LC_ALL=C`. */
const symptoms: readonly Symptom[] = [
  {
    pattern: /spawn git ENOENT|ENOENT: .*git/,
    code: "GitNotInstalled",
    retryable: false,
    say: () => "the command git is not installed or not on the path",
  },
  {
    pattern: /Authentication failed|could not read (?:Username|Password)|Permission denied|403/,
    code: "AuthenticationFailed",
    retryable: false,
    say: (url) => `repository ${url} refused the credentials`,
  },
  {
    pattern: /CONFLICT|could not apply|Merge conflict/,
    code: "PushConflict",
    retryable: false,
    say: (url, revision) => `the commits conflict with ${revision} of ${url}`,
  },
  {
    pattern:
      /\[(?:remote )?rejected\].*(?:non-fast-forward|fetch first|cannot lock ref|incorrect old value|stale info)/,
    code: "PushRejected",
    retryable: true,
    say: (url, revision) => `${revision} of ${url} moved while it was pushed to`,
  },
  {
    pattern: /\[(?:remote )?rejected\]|pre-receive hook declined|protected branch/,
    code: "PushDeclined",
    retryable: false,
    say: (url, revision) => `${url} declined the push to ${revision}`,
  },
  {
    pattern:
      /couldn't find remote ref|unknown revision|bad revision|not our ref|bad object|not a valid object|Not a valid (?:object|commit) name|invalid reference|did not match any|reference is not a tree|failed to unpack tree|Needed a single revision/,
    code: "UnknownRevision",
    retryable: false,
    say: (url, revision) => `repository ${url} has no revision ${JSON.stringify(revision)}`,
  },
  {
    pattern:
      /does not appear to be a git repository|Could not read from remote|not found|unable to access|Could not resolve host|unable to connect|Connection|timed out|not a git repository|hung up|early EOF|No such file/i,
    code: "RepositoryUnreachable",
    retryable: true,
    say: (url) => `repository ${url} cannot be reached`,
  },
]

function toOperationError(error: unknown, command: GitCommand): OperationError {
  const text = thrownText(error)
  const url = displayUrl(command.url)
  const found = symptoms.find((symptom) => symptom.pattern.test(text))
  if (found !== undefined) {
    const message = found.say(url, command.revision ?? "HEAD")
    return new OperationError(message, { code: found.code, retryable: found.retryable })
  }
  const verb = command.arguments.find((argument) => !argument.startsWith("-")) ?? "git"
  const message = `git ${verb} failed on ${url}`
  return new OperationError(message, { code: "GitFailed", retryable: true })
}

/** The only door to simple-git: fixed configuration, an environment of our own, typed errors. */
export function createRunGit(options: {
  readonly home: string
  readonly identity: GitIdentity
  readonly logger: Logger
  /** Added to the environment of every command. Default nothing. */
  readonly environment?: { readonly [name: string]: string }
}): RunGit {
  const open = (command: GitCommand): SimpleGit =>
    simpleGit({
      baseDir: command.directory,
      abort: command.signal,
      config: configuration,
      trimmed: false,
      allowEnvironment: allowedVariables,
      unsafe: {
        allowUnsafeConfigPaths: true,
        allowUnsafeHooksPath: true,
        allowUnsafeProtocolOverride: true,
        allowUnsafeFsMonitor: true,
        allowUnsafeEditor: true,
        allowUnsafeSshCommand: true,
        allowUnsafeConfigEnvCount: true,
      },
    }).env({ ...options.environment, ...environmentOf(command, options.identity, options.home) })
  return async (command) => {
    try {
      return await open(command).raw([...command.arguments])
    } catch (error) {
      if (command.signal.aborted) throw command.signal.reason
      const failure = toOperationError(error, command)
      // What git printed may hold paths of this machine: it goes to the log, never into the message.
      options.logger.debug("git failed", { code: failure.code, output: String(error) })
      throw failure
    }
  }
}
