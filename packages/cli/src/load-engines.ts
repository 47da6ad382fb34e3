import { join } from "node:path"
import type { Controller } from "@argo-ts/k8s"
import { createGit, type Git } from "@argo-ts/kernel/git"
import { createHttpClient } from "@argo-ts/kernel/http"
import type { EngineSetting, Engines, RunningEngines } from "./engines.js"

async function gitopsControllers(setting: EngineSetting, git: Git): Promise<readonly Controller[]> {
  const { applicationControllers, gitSource } = await import("@argo-ts/gitops-core/kubernetes")
  const repositories = gitSource(git, join(setting.directory, "checkouts"))
  return applicationControllers({ repositories })
}

async function rolloutControllers(setting: EngineSetting): Promise<readonly Controller[]> {
  const [engine, kubernetes] = await Promise.all([
    import("@argo-ts/progressive-delivery"),
    import("@argo-ts/progressive-delivery/kubernetes"),
  ])
  const { clock, addresses, logger } = setting
  const http = createHttpClient({ clock, addresses, logger })
  return kubernetes.rolloutControllers({
    metrics: {
      web: engine.createWebProvider(http),
      prometheus: engine.createPrometheusProvider({ http }),
    },
  })
}

/** Event sources with the servers they listen on; `otherPorts: 0` picks free ports. */
async function eventControllers(setting: EngineSetting): Promise<{
  readonly controllers: readonly Controller[]
  readonly webhookAddress: (port: string) => string | undefined
  readonly close: () => Promise<void>
}> {
  const { createWebhookServers, eventControllers } = await import("@argo-ts/event-bus/kubernetes")
  const { addresses, logger, webhookPorts } = setting
  const ports = webhookPorts === "free" ? { otherPorts: 0 } : {}
  const webhooks = createWebhookServers({ logger, ...ports })
  return {
    controllers: eventControllers({ webhooks, addresses }),
    webhookAddress: webhooks.address,
    close: webhooks.close,
  }
}

/** Loads every engine: the one place where all of them are put together. */
export async function loadEngines(): Promise<Engines> {
  const [gitops, rollouts, events] = await Promise.all([
    import("@argo-ts/gitops-core"),
    import("@argo-ts/progressive-delivery"),
    import("@argo-ts/event-bus"),
  ])
  return {
    kinds: [...gitops.gitopsKinds, ...rollouts.rolloutKinds, ...events.eventKinds],
    async controllers(setting): Promise<RunningEngines> {
      const { clock, addresses, logger, directory } = setting
      const git = createGit({
        clock,
        addresses,
        logger,
        cacheDirectory: join(directory, "git-cache"),
      })
      const eventing = await eventControllers(setting)
      return {
        controllers: [
          ...eventing.controllers,
          ...(await gitopsControllers(setting, git)),
          ...(await rolloutControllers(setting)),
        ],
        webhookAddress: eventing.webhookAddress,
        close: eventing.close,
      }
    },
  }
}
