import { join } from "node:path"
import type { Controller } from "@argo-ts/k8s"
import type { Addresses } from "@argo-ts/kernel"
import { createGit } from "@argo-ts/kernel/git"
import type { EngineSetting, Engines, RunningEngines } from "./engines.js"

async function gitopsControllers(setting: EngineSetting): Promise<readonly Controller[]> {
  const { applicationControllers, gitSource } = await import("@argo-ts/gitops-core/kubernetes")
  const { clock, addresses, logger, directory } = setting
  const cacheDirectory = join(directory, "git-cache")
  const git = createGit({ clock, addresses, cacheDirectory, logger })
  return applicationControllers({ repositories: gitSource(git, join(directory, "checkouts")) })
}

/** Loads every engine: the one place where all of them are put together. */
export async function loadEngines(): Promise<Engines> {
  const { gitopsKinds } = await import("@argo-ts/gitops-core")
  return {
    kinds: [...gitopsKinds],
    async controllers(setting): Promise<RunningEngines> {
      const webhooks: Addresses = {}
      return {
        controllers: await gitopsControllers(setting),
        webhooks,
        close: async () => {},
      }
    },
  }
}
