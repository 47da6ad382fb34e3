import { existsSync } from "node:fs"
import { join } from "node:path"
import { sha1 } from "@argo-ts/kernel"
import type { Git } from "@argo-ts/kernel/git"
import type { RepositorySource } from "./repository-source.js"

/** Real repositories through `@argo-ts/kernel/git`: one directory per repository and commit below `directory`. */
export function gitSource(
  git: Pick<Git, "resolve" | "checkout">,
  directory: string,
): RepositorySource {
  return {
    resolve: (url, revision) => git.resolve(url, revision),
    async checkout(url, commit) {
      const place = join(directory, sha1(url).slice(0, 12), commit)
      // A directory that exists is complete, and a commit never changes: after a restart nothing is waited for.
      if (!existsSync(place)) await git.checkout(url, commit, place)
      return place
    },
  }
}
