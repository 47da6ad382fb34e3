import { isAbsolute, join } from "node:path"
import type { Controller } from "@argo-ts/k8s"
import type { Addresses } from "@argo-ts/kernel"
import { createGits, type Git, type GitAccess } from "@argo-ts/kernel/git"
import { createHttpClient } from "@argo-ts/kernel/http"
import { engineKinds } from "./engine-kinds.js"
import type { EngineSetting, Engines, RunningEngines } from "./engines.js"
import { lazyS3 } from "./workflows/artifact-drivers.js"

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

/** How the processes of steps reach what `addresses` names: git through `insteadOf`, the rest by `ARGO_TS_ADDRESSES`. */
function stepEnvironment(addresses: Addresses): { readonly [name: string]: string } {
  const environment: Record<string, string> = {
    TZ: "UTC",
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    ARGO_TS_ADDRESSES: JSON.stringify(addresses),
  }
  const repositories = Object.entries(addresses).filter(([, place]) => isAbsolute(place))
  for (const [index, [url, place]] of repositories.entries()) {
    environment[`GIT_CONFIG_KEY_${index}`] = `url.${place}.insteadOf`
    environment[`GIT_CONFIG_VALUE_${index}`] = url
  }
  return { ...environment, GIT_CONFIG_COUNT: String(repositories.length) }
}

async function workflowEngine(
  setting: EngineSetting,
  git: (access: GitAccess) => Git,
): Promise<{
  readonly controllers: readonly Controller[]
  readonly close: () => void
}> {
  const [engine, kubernetes] = await Promise.all([
    import("@argo-ts/dag-engine"),
    import("@argo-ts/dag-engine/kubernetes"),
  ])
  const { directory, addresses, cluster, archive, workflowDefaults } = setting
  const secret = kubernetes.secretReader(cluster)
  const executors =
    setting.executor === "simulate"
      ? [engine.simulateExecutor()]
      : [
          engine.processExecutor({
            directory: join(directory, "steps"),
            environment: stepEnvironment(addresses),
          }),
          engine.httpExecutor({ addresses, secret }),
          engine.dataExecutor(),
          kubernetes.resourceExecutor({ cluster }),
        ]
  const artifactStore = engine.directoryArtifactStore(join(directory, "artifacts"))
  const controllers = kubernetes.workflowControllers({
    executors,
    artifactStore,
    artifactDrivers: [
      engine.httpArtifacts({ addresses, secret }),
      engine.gitArtifacts({ git, secret }),
      lazyS3({ addresses, secret }),
    ],
    ...(archive === undefined ? {} : { archive }),
    ...(workflowDefaults === undefined ? {} : { workflowDefaults }),
  })
  const all = [...controllers, ...kubernetes.cronWorkflowControllers()]
  return { controllers: all, close: controllers.close }
}

async function promotionEngine(setting: EngineSetting, git: Git): Promise<readonly Controller[]> {
  const kubernetes = await import("@argo-ts/promotion/kubernetes")
  const { clock, addresses, logger, directory } = setting
  const http = createHttpClient({ clock, addresses, logger })
  const registry = kubernetes.createOciRegistry({ http, addresses })
  const workDirectory = join(directory, "promotions")
  return kubernetes.promotionControllers({ git, http, registry, workDirectory })
}

/** Every engine, each loaded when its controllers are asked for: the one place where all of them are put together. */
export async function loadEngines(): Promise<Engines> {
  return {
    kinds: engineKinds,
    async controllers(setting): Promise<RunningEngines> {
      const { clock, addresses, logger, directory } = setting
      const gits = createGits({
        clock,
        addresses,
        logger,
        cacheDirectory: join(directory, "git-cache"),
      })
      const git = gits({})
      const eventing = await eventControllers(setting)
      const workflows = await workflowEngine(setting, gits)
      return {
        controllers: [
          ...eventing.controllers,
          ...workflows.controllers,
          ...(await gitopsControllers(setting, git)),
          ...(await rolloutControllers(setting)),
          ...(await promotionEngine(setting, git)),
        ],
        webhookAddress: eventing.webhookAddress,
        async close() {
          workflows.close()
          await eventing.close()
        },
      }
    },
  }
}
