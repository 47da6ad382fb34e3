import type { WorkflowDefaults } from "@argo-ts/dag-engine"
import type { WorkflowArchive } from "@argo-ts/dag-engine/kubernetes"
import type { Cluster, Controller } from "@argo-ts/k8s"
import type { Addresses, Kind, Logger } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"

/** What the engines are set up with. */
export interface EngineSetting {
  readonly clock: Clock
  readonly cluster: Cluster
  /** Stable names → where they are reached. */
  readonly addresses: Addresses
  readonly logger: Logger
  /** Clones, work directories and artifacts. */
  readonly directory: string
  /** How steps of workflows run: on this machine, or not at all. */
  readonly executor: "process" | "simulate"
  /** Webhooks listen on the ports of the manifests, or on free ones. */
  readonly webhookPorts: "manifest" | "free"
  /** Keeps workflows that have ended. Default: nobody does. */
  readonly archive?: WorkflowArchive
  /** What workflows have that do not say otherwise. Default: nothing. */
  readonly workflowDefaults?: WorkflowDefaults
}

/** All five engines, ready to run on a cluster. */
export interface Engines {
  readonly kinds: readonly Kind[]
  controllers(setting: EngineSetting): Promise<RunningEngines>
}

/** Controllers and what they keep open. */
export interface RunningEngines {
  readonly controllers: readonly Controller[]
  /** Where the webhook with a manifest's port is reached, once an EventSource listens there. */
  readonly webhookAddress: (manifestPort: string) => string | undefined
  close(): Promise<void>
}
