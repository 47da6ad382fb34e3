import {
  type ArtifactDriver,
  type GitArtifactOptions,
  gitArtifacts,
  httpArtifacts,
} from "@argo-ts/dag-engine"
import { systemClock } from "@argo-ts/kernel/clock"

/**
 * Every location of artifacts that a run here can reach. Git is loaded by the first workflow that needs it, and keeps its
 * copies of repositories in `cacheDirectory`.
 */
export function artifactDrivers(cacheDirectory: string): readonly ArtifactDriver[] {
  let opened: Promise<GitArtifactOptions["git"]> | undefined
  const open = async (): Promise<GitArtifactOptions["git"]> => {
    const { createGit } = await import("@argo-ts/kernel/git")
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
