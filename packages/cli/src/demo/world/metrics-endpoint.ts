import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { ClusterReader } from "@argo-ts/k8s"
import type { JsonValue } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import { pods, rollouts } from "./kinds.js"
import { type TrafficShare, trafficShares } from "./traffic.js"

/** A loopback endpoint that knows only what the cluster and the pushed images say. */
export interface MetricsEndpoint {
  readonly origin: string
  close(): Promise<void>
}

/** What the endpoint answers from. */
export interface MetricsEndpointOptions {
  readonly clock: Clock
  readonly cluster: ClusterReader
  /** The share of requests an image answers with an error, as measured when it was packaged. */
  readonly errorRate: (image: string) => number
}

async function sharesOf(
  cluster: ClusterReader,
  namespace: string,
): Promise<readonly TrafficShare[]> {
  const labelSelector = { matchLabels: { app: "shop" } }
  const { items } = await cluster.list(pods, { namespace, labelSelector })
  return trafficShares(items, await cluster.get(rollouts, { namespace, name: "shop" }))
}

function errorsOf(shares: readonly TrafficShare[], errorRate: (image: string) => number): number {
  const weight = shares.reduce((sum, share) => sum + share.weight, 0)
  const errors = shares.reduce((sum, share) => sum + share.weight * errorRate(share.image), 0)
  return weight === 0 ? 0 : Math.round((errors / weight) * 1e6) / 1e6
}

function labelOf(query: string, label: string): string | undefined {
  return new RegExp(`\\b${label}="([^"]*)"`).exec(query)?.[1]
}

async function answer(url: URL, options: MetricsEndpointOptions): Promise<[number, JsonValue]> {
  const { cluster, errorRate, clock } = options
  if (url.pathname === "/success-rate") {
    const shares = await sharesOf(cluster, url.searchParams.get("namespace") ?? "")
    return [200, { successRate: 1 - errorsOf(shares, errorRate), versions: shares.length }]
  }
  if (url.pathname !== "/api/v1/query") return [404, { error: "no such endpoint" }]
  const query = url.searchParams.get("query") ?? ""
  const hash = labelOf(query, "pod_template_hash")
  const shares = await sharesOf(cluster, labelOf(query, "namespace") ?? "")
  const asked = shares.filter((share) => hash === undefined || share.hash === hash)
  const value = [clock.now() / 1000, String(errorsOf(asked, errorRate))]
  const hasTraffic = asked.some((share) => share.weight > 0)
  const result = hasTraffic ? [{ metric: {}, value }] : []
  return [200, { status: "success", data: { resultType: "vector", result } }]
}

async function readUrl(request: IncomingMessage): Promise<URL> {
  const url = new URL(request.url ?? "/", "http://127.0.0.1")
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const form = new URLSearchParams(Buffer.concat(chunks).toString("utf8"))
  for (const [key, value] of form) url.searchParams.set(key, value)
  return url
}

function send(response: ServerResponse, status: number, body: JsonValue): void {
  response.writeHead(status, { "content-type": "application/json" })
  response.end(JSON.stringify(body))
}

/** Starts the endpoint: Prometheus instant queries by namespace and hash, and `/success-rate?namespace=`. */
export async function startMetricsEndpoint(
  options: MetricsEndpointOptions,
): Promise<MetricsEndpoint> {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = await readUrl(request)
    const key = `metrics/${url.pathname}${url.search}`
    const [status, body] = await options.clock.serve(key, () => answer(url, options))
    send(response, status, body)
  }
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
