import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Addresses, EpochMs, JsonValue } from "@argo-ts/kernel"
import type { ScriptedMetric } from "../api/scenario.js"

/** A loopback server that plays every metrics system a scenario names. */
export interface ScriptedMetrics {
  /** Replaces what an address (and query) answers with. */
  set(metric: ScriptedMetric): void
  /** What maps the scripted addresses to the server; grows with {@link set}. */
  readonly addresses: Addresses
  /** How many requests each address has answered. */
  readonly requests: ReadonlyMap<string, number>
  close(): Promise<void>
}

/** What a server of scripted metrics needs. */
export interface ScriptedMetricsOptions {
  /** The instant that Prometheus answers carry. */
  readonly now: () => EpochMs
  readonly metrics?: readonly ScriptedMetric[]
}

const bodyBytesMax = 1024 * 1024

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > bodyBytesMax) break
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString("utf8")
}

/** The body of a Prometheus instant query: a vector of the values, or an empty one. */
function prometheusAnswer(metric: ScriptedMetric, now: EpochMs): JsonValue {
  const { value = null } = metric
  const values = value === null ? [] : typeof value === "number" ? [value] : value
  const result = values.map((one, index) => ({
    metric: values.length === 1 ? {} : { series: String(index) },
    value: [now / 1000, String(one)],
  }))
  return { status: "success", data: { resultType: "vector", result } }
}

function send(response: ServerResponse, status: number, body: JsonValue): void {
  response.writeHead(status, { "content-type": "application/json" })
  response.end(JSON.stringify(body))
}

function answer(
  metric: ScriptedMetric | undefined,
  isPrometheus: boolean,
  now: EpochMs,
): [number, JsonValue] {
  if (metric === undefined) {
    return [
      404,
      { status: "error", errorType: "not_found", error: "no metric is scripted for this query" },
    ]
  }
  const { status = 200 } = metric
  if (status !== 200) {
    return [status, { status: "error", errorType: "scripted", error: `scripted status ${status}` }]
  }
  if (isPrometheus) return [200, prometheusAnswer(metric, now)]
  return [200, metric.json ?? { value: (metric.value ?? null) as JsonValue }]
}

/**
 * Starts a loopback server for scripted metrics. Requests under `/api/v1/query` are answered as Prometheus does,
 * all others with the JSON body of a `web` metric.
 */
export async function startScriptedMetrics(
  options: ScriptedMetricsOptions,
): Promise<ScriptedMetrics> {
  const slots: string[] = []
  const addresses: Record<string, string> = Object.create(null) as Record<string, string>
  const metrics = new Map<string, ScriptedMetric>()
  const requests = new Map<string, number>()
  let origin = ""
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1")
    const slot = /^\/(\d+)(\/.*)?$/.exec(url.pathname)
    const address = slots[Number(slot?.[1] ?? -1)]
    if (address === undefined) return send(response, 404, { error: "no such address" })
    requests.set(address, (requests.get(address) ?? 0) + 1)
    const isPrometheus = /\/api\/v1\/query(_range)?$/.test(slot?.[2] ?? "")
    const form = new URLSearchParams(await readBody(request))
    const query = url.searchParams.get("query") ?? form.get("query") ?? ""
    const metric = metrics.get(`${address}\n${query}`) ?? metrics.get(`${address}\n`)
    send(response, ...answer(metric, isPrometheus, options.now()))
  }
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const set = (metric: ScriptedMetric): void => {
    const { address, query = "" } = metric
    if (addresses[address] === undefined) {
      addresses[address] = `${origin}/${slots.length}`
      slots.push(address)
    }
    metrics.set(`${address}\n${query}`, metric)
  }
  for (const metric of options.metrics ?? []) set(metric)
  return {
    set,
    addresses,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
