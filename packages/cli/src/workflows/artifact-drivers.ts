import { mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  type ArtifactDriver,
  type GitArtifactOptions,
  gitArtifacts,
  httpArtifacts,
} from "@argo-ts/dag-engine"
import { systemClock } from "@argo-ts/kernel/clock"

/** Every location of artifacts that a run here can reach. Git is loaded by the first workflow that needs it. */
export function artifactDrivers(): readonly ArtifactDriver[] {
  let opened: Promise<GitArtifactOptions["git"]> | undefined
  const open = async (): Promise<GitArtifactOptions["git"]> => {
    const { createGit } = await import("@argo-ts/kernel/git")
    const cacheDirectory = await mkdtemp(join(tmpdir(), "argo-ts-git-"))
    return createGit({ clock: systemClock(), cacheDirectory })
  }
  const git = (): Promise<GitArtifactOptions["git"]> => {
    opened ??= open()
    return opened
  }
  return [
    httpArtifacts(),
    gitArtifacts({
      git: {
        clone: async (...request) => (await git()).clone(...request),
        resolve: async (...request) => (await git()).resolve(...request),
      },
    }),
  ]
}
