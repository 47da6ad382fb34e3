import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import {
  isJsonObject,
  isOperationError,
  type JsonObject,
  listAt,
  objectAt,
  recordOf,
  textAt,
} from "@argo-ts/kernel"
import type { CloneOptions, GitIdentity } from "@argo-ts/kernel/git"
import type { StepOutcome } from "../core/step-outcome.js"
import { commitUrl } from "./commit-url.js"
import { innerPath } from "./paths.js"
import type { StepContext, StepRunner } from "./step.js"

const kargo: GitIdentity = { name: "Kargo", email: "no-reply@kargo.io" }
/** Inside `.git`, where `copy` and commits never reach: who later steps commit as. */
const authorFile = "argo-ts-author"
/** Beside it: the repository, as the manifest names it. */
const repositoryFile = "argo-ts-repository"

/** A text of a configuration; empty ones count as absent. */
function textIn(config: JsonObject, name: string): string | undefined {
  return textAt(config, name) || undefined
}

function authorIn(config: JsonObject): GitIdentity | undefined {
  const { name, email } = objectAt(config, "author")
  return typeof name === "string" && typeof email === "string" ? { name, email } : undefined
}

function authorOf(directory: string): GitIdentity {
  const file = join(directory, ".git", authorFile)
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as GitIdentity) : kargo
}

function cloneOptions(checkout: JsonObject): CloneOptions {
  const [branch, tag, commit] = ["branch", "tag", "commit"].map((name) => textIn(checkout, name))
  return {
    ...(branch === undefined ? {} : { branch }),
    ...(tag === undefined ? {} : { tag }),
    ...(commit === undefined ? {} : { commit }),
    create: checkout["create"] === true,
  }
}

function repositoryOf(directory: string): string {
  const file = join(directory, ".git", repositoryFile)
  return existsSync(file) ? readFileSync(file, "utf8") : ""
}

/** `git-clone`: every checkout anew; repeated after a crash it starts from what the remote has now. */
export const gitCloneStep: StepRunner = async ({ config, directory, git, startedAt }) => {
  const url = textAt(config, "repoURL")
  const author = authorIn(config) ?? kargo
  const commits: (readonly [string, string])[] = []
  for (const checkout of listAt(config, "checkout").filter(isJsonObject)) {
    const path = textAt(checkout, "path")
    const target = innerPath(directory, path)
    rmSync(target, { recursive: true, force: true })
    mkdirSync(dirname(target), { recursive: true })
    const options = { ...cloneOptions(checkout), author, at: startedAt }
    const sha = await git.clone(url, options, target)
    writeFileSync(join(target, ".git", authorFile), JSON.stringify(author))
    writeFileSync(join(target, ".git", repositoryFile), url)
    commits.push([textIn(checkout, "as") ?? path, sha])
  }
  return { status: "Succeeded", output: { commits: recordOf(commits) } }
}

/** `git-clear`: removes all tracked files. */
export const gitClearStep: StepRunner = async ({ config, directory, git }) => {
  await git.clear(innerPath(directory, config["path"]))
  return { status: "Succeeded" }
}

/** `git-commit`: everything that changed, dated by the start of the promotion; nothing changed is Skipped. */
export const gitCommitStep: StepRunner = async ({ config, directory, git, startedAt }) => {
  const target = innerPath(directory, config["path"])
  const author = authorIn(config) ?? authorOf(target)
  const message = textAt(config, "message")
  const { sha, isCreated } = await git.commit(target, { message, author, at: startedAt })
  const output = { commit: sha }
  return isCreated
    ? { status: "Succeeded", output }
    : { status: "Skipped", output, message: "nothing had changed" }
}

async function branchFor(
  context: StepContext,
  target: string,
): Promise<{ readonly branch?: string; readonly isGenerated: boolean }> {
  const { config, promotion, git } = context
  if (config["generateTargetBranch"] === true)
    return { branch: `kargo/promotion/${promotion.metadata.name}`, isGenerated: true }
  const branch = textIn(config, "targetBranch") ?? (await git.head(target)).branch
  return { ...(branch === undefined ? {} : { branch }), isGenerated: false }
}

/** `git-push`: rebases where the branch moved on; what the remote already has is a success. */
export const gitPushStep: StepRunner = async (context): Promise<StepOutcome> => {
  const { config, directory, git, startedAt } = context
  const target = innerPath(directory, config["path"])
  const { branch, isGenerated } = await branchFor(context, target)
  if (branch === undefined)
    return {
      status: "Failed",
      isTerminal: true,
      message: "git-push: no branch is checked out and no targetBranch is given",
    }
  const force = isGenerated || config["force"] === true
  const attempts = config["maxAttempts"]
  try {
    const { sha } = await git.push(target, branch, {
      force,
      integrate: force ? "none" : "rebase",
      at: startedAt,
      author: authorOf(target),
      ...(typeof attempts === "number" ? { attemptsMax: attempts } : {}),
    })
    const url = commitUrl(repositoryOf(target), sha, textAt(config, "provider"))
    const commitURL = url === undefined ? {} : { commitURL: url }
    return { status: "Succeeded", output: { commit: sha, branch, ...commitURL } }
  } catch (error) {
    if (isOperationError(error) && error.code === "PushConflict")
      return { status: "Failed", isTerminal: true, message: error.message }
    throw error
  }
}
