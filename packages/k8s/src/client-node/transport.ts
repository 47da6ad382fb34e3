import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from "node:http"
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from "node:https"
import { isJsonObject, type JsonObject, thrownText } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import { ClusterError } from "../cluster-error.js"
import type { MetricsRegistry } from "../metrics/registry.js"
import { errorOfAnswer, parseJson } from "./status.js"

/** One request to the API server. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  /** With its query. */
  readonly path: string
  readonly body?: unknown
  /** Default `application/json`. */
  readonly contentType?: string
  /** Called with the text of each `Warning` of the answer, whether it grants or refuses. */
  readonly onWarning?: ((text: string) => void) | undefined
}

/** Requests to one API server. */
export interface Transport {
  /** The answer's JSON; a refusal rejects with a `ClusterError`. */
  send(request: ApiRequest): Promise<JsonObject>
  /** Opens an answer without end. `onOpen` gets its body. Returns what ends it. */
  stream(
    path: string,
    observer: { onOpen(body: IncomingMessage): void; onError(error: unknown): void },
  ): () => void
  close(): void
}

/** Where the server is and how to prove who asks. */
export interface Credentials {
  readonly server: string
  /** Options of a request: certificates and headers. Asked for anew from time to time: tokens expire. */
  options(): Promise<RequestOptions>
  /** They were refused: the next request reads them anew. */
  forget(): void
}

/** What a transport needs. */
export interface TransportOptions {
  readonly credentials: Credentials
  readonly clock: Clock
  /** Real milliseconds until a request is given up. */
  readonly timeoutMs: number
  readonly userAgent: string
  /** Where `rest_client_requests_total` and `rest_client_request_duration_seconds` are kept. */
  readonly metrics?: MetricsRegistry
}

const bodyBytesMax = 256 * 1024 * 1024

function readBody(message: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    message.on("data", (chunk: Buffer) => {
      size += chunk.length
      if (size > bodyBytesMax) message.destroy(new Error("the answer is larger than 256 MiB"))
      else chunks.push(chunk)
    })
    message.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")))
    message.on("error", reject)
  })
}

function unreachable(server: string, error: unknown): ClusterError {
  if (error instanceof ClusterError) return error
  const why = thrownText(error)
  return new ClusterError(
    "ServiceUnavailable",
    `the API server at ${server} cannot be reached: ${why}`,
  )
}

type Open = (request: ApiRequest, signal: AbortSignal) => Promise<IncomingMessage>

function headersOf(request: ApiRequest, payload: string | undefined): OutgoingHttpHeaders {
  if (payload === undefined) return { accept: "application/json" }
  return {
    accept: "application/json",
    "content-type": request.contentType ?? "application/json",
    "content-length": Buffer.byteLength(payload),
  }
}

/** Opens requests to one server over kept connections. */
function createOpener({ credentials, userAgent }: TransportOptions): { open: Open; close(): void } {
  const url = new URL(credentials.server)
  const isSecure = url.protocol === "https:"
  const agent = isSecure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  const base = url.pathname.replace(/\/$/, "")
  const hostname = url.hostname.replace(/^\[|\]$/g, "")
  const address = url.port === "" ? { hostname } : { hostname, port: url.port }

  const open: Open = async (request, signal) => {
    const auth = await credentials.options()
    const payload = request.body === undefined ? undefined : JSON.stringify(request.body)
    const headers = { ...auth.headers, ...headersOf(request, payload), "user-agent": userAgent }
    const { method } = request
    const path = `${base}${request.path}`
    const own = { agent, ...auth, ...address, path, method, headers, signal }
    return new Promise((resolve, reject) => {
      const sent = (isSecure ? httpsRequest : httpRequest)(own, resolve)
      sent.on("error", reject)
      sent.end(payload)
    })
  }
  return { open, close: () => agent.destroy() }
}

/** client-go's. */
const durationBuckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60]

/**
 * Counts each request by its answer's code, or as `<error>` where there was none, and measures how long the answer took
 * to begin, as client-go does.
 */
function measureRequests(open: Open, { credentials, metrics, clock }: TransportOptions): Open {
  if (metrics === undefined) return open
  const counter = metrics.counter({
    name: "rest_client_requests_total",
    help: "How many requests were sent, by method, host and the code of the answer.",
    labels: ["code", "host", "method"],
  })
  const durations = metrics.histogram({
    name: "rest_client_request_duration_seconds",
    help: "How long requests wait until their answers begin, by verb and host.",
    labels: ["host", "verb"],
    buckets: durationBuckets,
  })
  const { host } = new URL(credentials.server)
  return async (request, signal) => {
    const { method } = request
    const startedAt = clock.now()
    const count = (code: string): void => {
      counter.add({ code, host, method })
      durations.observe({ host, verb: method }, (clock.now() - startedAt) / 1000)
    }
    try {
      const answer = await open(request, signal)
      count(String(answer.statusCode ?? 0))
      return answer
    } catch (error) {
      count("<error>")
      throw error
    }
  }
}

/** Credentials that a server refuses are read anew before the next request: tokens are renewed and revoked. */
function renewCredentials(open: Open, credentials: Credentials): Open {
  return async (request, signal) => {
    const answer = await open(request, signal)
    if (answer.statusCode === 401) credentials.forget()
    return answer
  }
}

/** The texts of `299 - "text"`, which a header may hold several of. */
export function warningTexts(headers: readonly string[]): readonly string[] {
  return headers.flatMap((header) =>
    [...header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) =>
      text.replace(/\\(.)/g, "$1"),
    ),
  )
}

async function readJson(request: ApiRequest, answer: IncomingMessage): Promise<JsonObject> {
  const { onWarning } = request
  if (onWarning !== undefined) {
    for (const text of warningTexts(answer.headersDistinct["warning"] ?? [])) onWarning(text)
  }
  const text = await readBody(answer)
  const { headers, statusCode: code = 0 } = answer
  if (code < 200 || code > 299) throw errorOfAnswer(code, text, headers["retry-after"])
  const parsed = parseJson(text)
  if (isJsonObject(parsed)) return parsed
  const message = `expected JSON from ${request.path}, found ${text.slice(0, 80)}`
  throw new ClusterError("InternalError", message)
}

/** Plain JSON over kept connections. Requests are tracked by the clock; streams are not, for they do not end. */
export function createTransport(options: TransportOptions): Transport {
  const { credentials, clock, timeoutMs } = options
  const { open: openUncounted, close } = createOpener(options)
  const open = renewCredentials(measureRequests(openUncounted, options), credentials)
  let sequence = 0
  return {
    close,
    async send(request) {
      const key = `kubernetes/${request.method} ${request.path}#${sequence++}`
      const work = async (signal: AbortSignal): Promise<JsonObject> =>
        readJson(request, await open(request, signal))
      try {
        return await clock.track(key, work, { takesMs: 50, realLimitMs: timeoutMs })
      } catch (error) {
        throw unreachable(credentials.server, error)
      }
    },
    stream(path, observer) {
      const abort = new AbortController()
      let body: IncomingMessage | undefined
      let isStopped = false
      // A connection may be open at one end only: whoever hears nothing would wait for ever.
      const guard = setTimeout(() => {
        const message = `no answer to GET ${path} within ${timeoutMs} ms`
        abort.abort(new ClusterError("Timeout", message))
      }, timeoutMs)
      guard.unref()
      const follow = async (): Promise<void> => {
        const answer = await open({ method: "GET", path }, abort.signal)
        clearTimeout(guard)
        body = answer
        const code = answer.statusCode ?? 0
        if (code === 200) observer.onOpen(answer)
        else observer.onError(errorOfAnswer(code, await readBody(answer)))
      }
      follow().catch((error: unknown) => {
        clearTimeout(guard)
        const why: unknown = abort.signal.aborted ? abort.signal.reason : error
        if (!isStopped) observer.onError(unreachable(credentials.server, why))
      })
      return () => {
        isStopped = true
        clearTimeout(guard)
        // Aborting an open answer would raise an error on it; whoever ends it knows.
        if (body === undefined) abort.abort()
        else body.destroy()
      }
    },
  }
}
