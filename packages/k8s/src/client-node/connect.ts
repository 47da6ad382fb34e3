import type { RequestOptions } from "node:https"
import { type Clock, systemClock } from "@argo-ts/kernel/clock"
import type { KubeConfig } from "@kubernetes/client-node"
import type { MetricsRegistry } from "../metrics/registry.js"
import type { Cluster } from "../ports.js"
import { createHttpCluster } from "./cluster.js"
import { cachedCredentials } from "./credentials.js"
import { type Credentials, createTransport } from "./transport.js"

/** Which cluster to talk to, and how. */
export interface ConnectOptions {
  /** A kubeconfig file. Default: `KUBECONFIG`, `~/.kube/config`, or the pod's own service account. */
  readonly file?: string
  /** A kubeconfig as text, instead of a file. */
  readonly text?: string
  /** A context of the kubeconfig. Default: its current one. */
  readonly context?: string
  /** Default: the machine's. */
  readonly clock?: Clock
  /** Real milliseconds until a request is given up. Default 30,000. */
  readonly timeoutMs?: number
  /** Also the field manager of writes that name none. Default `argo-ts`. */
  readonly userAgent?: string
  /** Where requests are counted and measured, under client-go's names. Default nowhere. */
  readonly metrics?: MetricsRegistry
}

/** A connection to a real cluster. */
export interface ClusterConnection {
  readonly cluster: Cluster
  /** The server's address, as the kubeconfig has it. */
  readonly server: string
  /** Closes idle connections. Watches are ended by whoever opened them. */
  close(): void
}

async function loadConfig(options: ConnectOptions): Promise<KubeConfig> {
  // Half a second and 70 MB: only who really connects pays for it.
  const { KubeConfig: Config } = await import("@kubernetes/client-node")
  const config = new Config()
  if (options.text !== undefined) config.loadFromString(options.text)
  else if (options.file !== undefined) config.loadFromFile(options.file)
  else config.loadFromDefault()
  if (options.context !== undefined) config.setCurrentContext(options.context)
  return config
}

function credentialsOf(config: KubeConfig, clock: Clock): Credentials {
  const server = config.getCurrentCluster()?.server
  if (server === undefined) {
    const context = JSON.stringify(config.getCurrentContext())
    throw new Error(`the kubeconfig names no cluster for its context ${context}`)
  }
  return cachedCredentials(server, clock, async () => {
    const options: RequestOptions = {}
    await config.applyToHTTPSOptions(options)
    // Its agent opens a connection per request; only one that goes through a proxy is worth that.
    if (config.getCurrentCluster()?.proxyUrl === undefined) delete options.agent
    return options
  })
}

/**
 * Connects to the cluster of a kubeconfig. Only its loader (certificates, tokens, exec plugins, proxies) is
 * client-node's; requests and watches are our own, so that nothing is dropped or converted on the way.
 *
 * @example
 * ```ts
 * const { cluster } = await connect({ context: "staging" })
 * ```
 */
export async function connect(options: ConnectOptions = {}): Promise<ClusterConnection> {
  const clock = options.clock ?? systemClock()
  const credentials = credentialsOf(await loadConfig(options), clock)
  const transport = createTransport({
    credentials,
    clock,
    timeoutMs: options.timeoutMs ?? 30_000,
    userAgent: options.userAgent ?? "argo-ts",
    ...(options.metrics === undefined ? {} : { metrics: options.metrics }),
  })
  const { server } = credentials
  return { cluster: createHttpCluster(transport, clock), server, close: transport.close }
}
