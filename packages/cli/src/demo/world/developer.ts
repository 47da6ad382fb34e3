import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { compareText } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import type { Git } from "@argo-ts/kernel/git"
import { applicationRepository } from "./places.js"

/** What a developer changes: path → text. */
export interface ChangeSet {
  readonly message: string
  readonly files: { readonly [path: string]: string }
}

/** A push as a git host reports it. */
export interface Push {
  readonly before: string
  readonly after: string
  readonly message: string
}

/** Somebody who clones the application, changes it and pushes. Pushing the same change again is the same push. */
export interface Developer {
  /** Resolves once the push has arrived, whoever drives the clock. */
  push(change: ChangeSet): Promise<Push>
}

/** A developer with a working directory of their own. */
export function createDeveloper(options: {
  readonly git: Git
  readonly clock: Clock
  readonly directory: string
}): Developer {
  const { git, directory } = options
  return {
    async push({ message, files }) {
      // Files are written synchronously: a virtual clock does not wait for what it does not track.
      rmSync(directory, { recursive: true, force: true })
      const before = await git.clone(applicationRepository, { branch: "main" }, directory)
      for (const path of Object.keys(files).toSorted(compareText)) {
        const place = join(directory, path)
        mkdirSync(dirname(place), { recursive: true })
        writeFileSync(place, files[path] ?? "")
      }
      const { sha } = await git.commit(directory, { message })
      // Nothing to commit: an earlier life of this process pushed it, and may have died before it told anybody.
      if (sha === before) {
        const [, parent] = await git.history(applicationRepository, "main", { limit: 2 })
        return { before: parent?.sha ?? before, after: sha, message }
      }
      await git.push(directory, "main")
      return { before, after: sha, message }
    },
  }
}
