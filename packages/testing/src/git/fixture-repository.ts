import { execFile } from "node:child_process"
import { mkdir, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { compareText, type EpochMs, OperationError } from "@argo-ts/kernel"

/** A commit on a branch of a fixture repository. */
export interface FixtureCommit {
  /** Default `main`. */
  readonly branch?: string
  readonly message: string
  /** Path → text, or null to remove the file. */
  readonly files: { readonly [path: string]: string | null }
  /** Also the committer's date. */
  readonly at: EpochMs
  readonly tag?: string
}

/** A bare git repository on disk whose commit ids are the same on every machine. */
export interface FixtureRepository {
  /** The directory: git clones from it. */
  readonly directory: string
  /** Adds a commit and answers its id. */
  commit(commit: FixtureCommit): Promise<string>
  /** The text of a file at a revision; `undefined` where it does not exist. */
  read(path: string, revision?: string): Promise<string | undefined>
  /** Commit ids of a branch, newest first. */
  history(branch?: string): Promise<readonly string[]>
}

/** What a repository is made of. */
export interface FixtureRepositoryOptions {
  /** Where to create it; must not exist. */
  readonly directory: string
  /** Default `main`. */
  readonly defaultBranch?: string
  /** Author and committer. Default `Fixture <fixture@example.com>`. */
  readonly identity?: { readonly name: string; readonly email: string }
}

interface GitCall {
  readonly args: readonly string[]
  readonly environment?: { readonly [name: string]: string }
  readonly input?: string
}

const realLimitMs = 30_000

/** Runs git with an environment of its own: no user or system settings, UTC, the C locale. */
function run(directory: string, call: GitCall): Promise<string> {
  const environment = {
    PATH: process.env["PATH"] ?? "",
    HOME: directory,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    TZ: "UTC",
    LC_ALL: "C",
    ...call.environment,
  }
  return new Promise((resolve, reject) => {
    const options = {
      cwd: directory,
      env: environment,
      timeout: realLimitMs,
      maxBuffer: 64 * 1024 * 1024,
    }
    const child = execFile("git", [...call.args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout)
      const what = `git ${call.args[0] ?? ""} failed: ${stderr.trim().split("\n")[0] || error.message}`
      reject(new OperationError(what, { code: "GitFailed", retryable: false, cause: error }))
    })
    // A git that ends without reading its input closes the pipe; its exit code tells what happened.
    child.stdin?.on("error", () => {})
    child.stdin?.end(call.input ?? "")
  })
}

function checkPath(path: string): void {
  const isInside = path !== "" && !path.startsWith("/") && !path.split("/").includes("..")
  if (!isInside) {
    const message = `expected a path inside the repository, found ${JSON.stringify(path)}`
    throw new OperationError(message, { code: "InvalidPath", retryable: false })
  }
}

/** Creates a bare repository. Author, committer, dates, time zone and locale are fixed, so commit ids are too. */
export async function createFixtureRepository(
  options: FixtureRepositoryOptions,
): Promise<FixtureRepository> {
  const { directory, defaultBranch = "main" } = options
  const { name, email } = options.identity ?? { name: "Fixture", email: "fixture@example.com" }
  await mkdir(directory, { recursive: true })
  await run(directory, { args: ["init", "--quiet", "--bare", "-b", defaultBranch] })
  await rm(join(directory, "hooks"), { recursive: true, force: true })
  await writeFile(join(directory, "description"), "")
  const git = (args: readonly string[], more: Omit<GitCall, "args"> = {}): Promise<string> =>
    run(directory, { args, ...more })
  const tip = async (branch: string): Promise<string | undefined> => {
    const answer = await git(["for-each-ref", "--format=%(objectname)", `refs/heads/${branch}`])
    return answer.trim() === "" ? undefined : answer.trim()
  }
  const writeTree = async (parent: string | undefined, commit: FixtureCommit): Promise<string> => {
    const index = join(directory, "fixture-index")
    const environment = { GIT_INDEX_FILE: index }
    await rm(index, { force: true })
    await git(["read-tree", ...(parent === undefined ? ["--empty"] : [parent])], { environment })
    const lines: string[] = []
    for (const path of Object.keys(commit.files).toSorted(compareText)) {
      checkPath(path)
      const text = commit.files[path] ?? null
      const blob =
        text === null ? "" : (await git(["hash-object", "-w", "--stdin"], { input: text })).trim()
      lines.push(text === null ? `0 ${"0".repeat(40)}\t${path}\n` : `100644 ${blob}\t${path}\n`)
    }
    await git(["update-index", "--index-info"], { environment, input: lines.join("") })
    return (await git(["write-tree"], { environment })).trim()
  }
  return {
    directory,
    async commit(commit) {
      const { branch = defaultBranch, message, at, tag } = commit
      const parent = await tip(branch)
      const tree = await writeTree(parent, commit)
      const date = `${Math.floor(at / 1000)} +0000`
      const environment = {
        GIT_AUTHOR_NAME: name,
        GIT_AUTHOR_EMAIL: email,
        GIT_AUTHOR_DATE: date,
        GIT_COMMITTER_NAME: name,
        GIT_COMMITTER_EMAIL: email,
        GIT_COMMITTER_DATE: date,
      }
      const parents = parent === undefined ? [] : ["-p", parent]
      const args = ["commit-tree", tree, ...parents]
      const id = (await git(args, { environment, input: `${message}\n` })).trim()
      await git(["update-ref", `refs/heads/${branch}`, id])
      if (tag !== undefined) await git(["update-ref", `refs/tags/${tag}`, id])
      return id
    },
    async read(path, revision = defaultBranch) {
      const found = await git(["ls-tree", "--name-only", revision, "--", path])
      return found.trim() === "" ? undefined : git(["show", `${revision}:${path}`])
    },
    async history(branch = defaultBranch) {
      const answer = await git(["rev-list", `refs/heads/${branch}`])
      return answer.split("\n").filter((line) => line !== "")
    },
  }
}
