import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http"
import type { AddressInfo } from "node:net"
import {
  type JsonValue,
  type Logger,
  OperationError,
  silentLogger,
  thrownText,
} from "@argo-ts/kernel"
import { type Clock, systemClock } from "@argo-ts/kernel/clock"
import type { BoundEventData } from "./bind.js"
import { dispatchEvent, type EventCluster } from "./dispatch.js"
import { isSame } from "./same.js"
import { findWebhookClient, type WebhookOptions } from "./webhook-clients.js"

/** How events are taken over HTTP. */
export interface EventServerOptions {
  readonly cluster: EventCluster
  /** What a caller has to show as `Authorization: Bearer …`. Not empty. */
  readonly token: string
  /**
   * Lets in senders that sign what they send instead of showing the token, as the Secret `argo-workflows-webhook-clients` of
   * the event's namespace says. Default: nobody.
   */
  readonly webhooks?: WebhookOptions
  /** Default `127.0.0.1`: nobody outside this machine. */
  readonly host?: string
  /** Default 2746, upstream's; 0 takes one that is free. */
  readonly port?: number
  /** Longer bodies are refused. Default 1 MiB. */
  readonly bodyBytesMax?: number
  /** So many events may be under way; more are refused as 503. Default 16, as upstream's code. */
  readonly queueSize?: number
  /** Default: the machine's. */
  readonly clock?: Clock
  /** Default: silent. */
  readonly logger?: Logger
}

/** A server that takes events. */
export interface EventServer {
  /** Such as `http://127.0.0.1:2746`. */
  readonly url: string
  /** Takes no more, and resolves when those under way have been answered. */
  close(): Promise<void>
}

const portDefault = 2746
const bodyDefault = 1024 * 1024
const queueDefault = 16
const requestMsMax = 30_000
const route = /^\/api\/v1\/events\/([^/]*)\/([^/]*)$/

/** A refusal: the status, and gRPC's code as upstream's gateway gives it. */
interface Refusal {
  readonly status: number
  readonly code: number
  readonly message: string
}

class Refused extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.message)
    this.refusal = refusal
  }
}

function refuse(status: number, code: number, message: string): never {
  throw new Refused({ status, code, message })
}

/**
 * Serves `POST /api/v1/events/{namespace}/{discriminator}`: submits the workflows of the WorkflowEventBindings that select
 * the event, and answers `{}` when they are there. Errors are `{"code", "message"}`: 401 without the token or a signature that
 * is known, 403 where the Secret with those who sign cannot be used, 400 for a body
 * that is no JSON, 413 for one that is too long, 503 where too many are under way, 500 where a binding failed. Rejects where
 * the port is taken or the token is empty.
 */
export async function serveEvents(options: EventServerOptions): Promise<EventServer> {
  if (options.token === "") {
    const message = "an event server needs a token that its callers show"
    throw new OperationError(message, { code: "InvalidOption", retryable: false })
  }
  const { host = "127.0.0.1", port = portDefault, logger = silentLogger } = options
  const take = createTaker(options)
  const server = createServer((request, response) => {
    take(request).then(
      () => answer(response, 200, {}),
      (error: unknown) => {
        const { status, code, message } = refusalOf(error)
        if (status >= 500) logger.warn("an event was refused", { url: request.url, error })
        answer(response, status, { code, message })
        // What was not read is not waited for.
        request.resume()
      },
    )
  })
  server.requestTimeout = requestMsMax
  await listen(server, host, port)
  const { address, family, port: taken } = server.address() as AddressInfo
  const shown = family === "IPv6" ? `[${address}]` : address
  return {
    url: `http://${shown}:${taken}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
      }),
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refused) return error.refusal
  const message = thrownText(error)
  return { status: 500, code: 13, message }
}

function answer(response: ServerResponse, status: number, body: object): void {
  if (response.destroyed) return
  response.writeHead(status, { "content-type": "application/json", connection: "close" })
  response.end(JSON.stringify(body))
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, host, () => {
      server.off("error", reject)
      resolve()
    })
  })
}

/** Takes one request to its end; throws what it is refused for. */
function createTaker(options: EventServerOptions): (request: IncomingMessage) => Promise<void> {
  const { cluster, token, webhooks, clock = systemClock() } = options
  const { bodyBytesMax = bodyDefault, queueSize = queueDefault } = options
  let underWay = 0
  return async (request) => {
    const path = new URL(request.url ?? "", "http://events").pathname
    const found = route.exec(path)
    if (found === null) refuse(404, 5, "Not Found")
    if (request.method !== "POST") refuse(501, 12, "Method Not Allowed")
    const isSigned = request.headers.authorization === undefined && webhooks !== undefined
    if (!isSigned && !isAuthorized(request.headers, token)) refuse(401, 16, "token not valid")
    if (underWay >= queueSize) refuse(503, 14, "operation queue full")
    underWay++
    try {
      const [, namespace = "", discriminator = ""] = found ?? []
      const place = { namespace: decode(namespace), discriminator: decode(discriminator) }
      const body = await readBody(request, bodyBytesMax)
      const sender = isSigned
        ? await webhookSender(options, place.namespace, { request, body })
        : cluster
      const metadata = customHeaders(request.headers)
      const event: BoundEventData = {
        ...place,
        payload: parseBody(body.toString("utf8")),
        metadata,
      }
      const { faults } = await dispatchEvent(sender, event, clock.now())
      if (faults.length > 0) refuse(500, 13, faults.join("; "))
    } finally {
      underWay--
    }
  }
}

/** The cluster as the service account of whoever has signed a request sees it. */
async function webhookSender(
  { cluster, webhooks, logger = silentLogger }: EventServerOptions,
  namespace: string,
  { request, body }: { readonly request: IncomingMessage; readonly body: Buffer },
): Promise<EventCluster> {
  if (webhooks === undefined || namespace === "") refuse(401, 16, "token not valid")
  const signed = { headers: request.headers, body }
  const name = await findWebhookClient(webhooks, namespace, signed).catch((error: unknown) => {
    logger.error("a webhook cannot be told from others", { url: request.url, error })
    // What is wrong with the Secret is nobody's business outside.
    return refuse(403, 7, "failed to process webhook request")
  })
  if (name === undefined) return refuse(401, 16, "token not valid")
  return webhooks.as?.({ namespace, name }) ?? cluster
}

function isAuthorized({ authorization = "" }: IncomingHttpHeaders, token: string): boolean {
  const [, given = ""] = /^Bearer (.+)$/i.exec(authorization) ?? []
  return isSame(given, token)
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return refuse(400, 3, `expected a path, found ${JSON.stringify(part)}`)
  }
}

async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const tooLong = `expected a body of at most ${bytesMax} bytes`
  if (Number(request.headers["content-length"] ?? 0) > bytesMax) refuse(413, 8, tooLong)
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length
    if (bytes > bytesMax) refuse(413, 8, tooLong)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

function parseBody(text: string): JsonValue {
  if (text.trim() === "") return null
  try {
    return JSON.parse(text) as JsonValue
  } catch (error) {
    return refuse(400, 3, `expected JSON: ${thrownText(error)}`)
  }
}

/** Only headers that begin with `x-` are the event's: others may hold secrets. */
function customHeaders(headers: IncomingHttpHeaders): { [name: string]: readonly string[] } {
  const found = Object.create(null) as { [name: string]: readonly string[] }
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith("x-") || value === undefined) continue
    found[name] = Array.isArray(value) ? value : [value]
  }
  return found
}
