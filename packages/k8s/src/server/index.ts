/**
 * The HTTP endpoints that a cluster asks a controller for: metrics and health.
 *
 * @packageDocumentation
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { type Logger, silentLogger } from "@argo-ts/kernel"
import { type MetricsRegistry, metricsContentType } from "../metrics/registry.js"
import { answerHealth, type HealthChecks } from "./checks.js"

export type { MetricsRegistry } from "../metrics/registry.js"
export type { HealthCheck, HealthChecks } from "./checks.js"

/** What to serve, and where. */
export interface DiagnosticsOptions {
  /** Served at `/metrics`. Default: not served. */
  readonly metrics?: MetricsRegistry
  /** Served at `/healthz`: a replica that fails is to be restarted. Default: only `ping`. */
  readonly healthChecks?: HealthChecks
  /** Served at `/readyz`: a replica that fails is not ready for work. Default: only `ping`. */
  readonly readyChecks?: HealthChecks
  /** Default 0: any free port. */
  readonly port?: number
  /** Default `127.0.0.1`; a pod whose kubelet is to reach it says `0.0.0.0`. */
  readonly host?: string
  /** Told why a check failed. Default: nobody. */
  readonly logger?: Logger
}

/** A server that listens. */
export interface DiagnosticsServer {
  /** `http://127.0.0.1:8080`. */
  readonly url: string
  close(): Promise<void>
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly contentType?: string
}

async function answer(options: DiagnosticsOptions, request: IncomingMessage): Promise<Answer> {
  const { metrics, healthChecks = {}, readyChecks = {}, logger = silentLogger } = options
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { status: 405, body: "only GET and HEAD are answered\n" }
  }
  const { pathname: path, searchParams: query } = new URL(request.url ?? "/", "http://localhost")
  if (path === "/metrics" && metrics !== undefined) {
    return { status: 200, body: metrics.print(), contentType: metricsContentType }
  }
  const [, endpoint] = path.split("/")
  const checks = { healthz: healthChecks, readyz: readyChecks }
  if (endpoint !== "healthz" && endpoint !== "readyz") return { status: 404, body: "not found\n" }
  return answerHealth({ path, query }, checks[endpoint], ({ name, error }) => {
    logger.warn("health check failed", { endpoint, check: name, error })
  })
}

function send(response: ServerResponse, { status, body, contentType }: Answer): void {
  response.writeHead(status, {
    "content-type": contentType ?? "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    "x-content-type-options": "nosniff",
  })
  response.end(body)
}

/**
 * Serves `/metrics`, `/healthz` and `/readyz` until it is closed. Rejects where the port is taken.
 *
 * @example
 * ```ts
 * const server = await serveDiagnostics({ metrics, port: 8080, host: "0.0.0.0", readyChecks: { sync } })
 * ```
 */
export function serveDiagnostics(options: DiagnosticsOptions = {}): Promise<DiagnosticsServer> {
  const { host = "127.0.0.1", port = 0, logger = silentLogger } = options
  const server = createServer((request, response) => {
    answer(options, request).then(
      (found) => send(response, found),
      (error: unknown) => {
        logger.error("diagnostics request failed", { error })
        send(response, { status: 500, body: "internal error\n" })
      },
    )
  })
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, host, () => {
      const { port: bound } = server.address() as AddressInfo
      const name = host.includes(":") ? `[${host}]` : host
      resolve({ url: `http://${name}:${bound}`, close })
    })
  })
}
