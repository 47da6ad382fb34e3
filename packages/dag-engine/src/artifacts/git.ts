import { lstat } from "node:fs/promises"
import { join } from "node:path"
import { OperationError } from "@argo-ts/kernel"
import type { Git } from "@argo-ts/kernel/git"
import type { GitArtifact } from "../api/artifact.js"
import type { ArtifactDriver } from "./driver.js"

/** How `git` artifacts are read. */
export interface GitArtifactOptions {
  /** Clones, with its own credentials: `createGit()` of `@argo-ts/kernel/git`. */
  readonly git: Pick<Git, "clone" | "resolve">
}

/** Reads `git` artifacts: a clone with its history, at `revision`, else at `branch`, else at the remote's HEAD. */
export function gitArtifacts({ git }: GitArtifactOptions): ArtifactDriver {
  return {
    location: "git",
    async fetch({ artifact, path }) {
      const { repo, revision, branch, disableSubmodules } = artifact.git as GitArtifact
      const commit = revision === undefined ? undefined : await git.resolve(repo, revision)
      const at = {
        ...(commit === undefined ? {} : { commit }),
        ...(branch === undefined || commit !== undefined ? {} : { branch }),
      }
      await git.clone(repo, at, path)
      if (disableSubmodules !== true && (await isThere(join(path, ".gitmodules")))) {
        const message = `the repository ${repo} has submodules, and those are not fetched; disableSubmodules: true leaves them out`
        throw new OperationError(message, { code: "UnsupportedSubmodules", retryable: false })
      }
      return true
    },
  }
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
