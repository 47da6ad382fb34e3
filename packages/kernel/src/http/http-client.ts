import { type Addresses, resolveAddress } from "../addresses.js"
import type { Clock } from "../clock/clock.js"
import type { Logger } from "../logger.js"
import { isOperationError, OperationError } from "../operation-error.js"
import { fetchUnverified } from "./unverified.js"

/** A request by the address the manifest names; the client knows where that is reached. */
export interface HttpRequest {
  /** Default `GET`. */
  readonly method?: string
  readonly url: string
  readonly headers?: { readonly [name: string]: string }
  readonly body?: string | Uint8Array
  /** Real milliseconds until the request is given up with code `TrackedTimeout`. Default 10,000. */
  readonly timeoutMs?: number
  /** Default true. */
  readonly followRedirects?: boolean
  /** True: whoever answers is believed, whatever its certificate says. Default false. */
  readonly skipsVerification?: boolean
}

/** Any answer, whatever its status: judging it is the caller's business. */
export interface HttpResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string }
  readonly body: Uint8Array
  /** The body as UTF-8. */
  text(): string
}

/** Sends requests. Rejects with an {@link OperationError} where no answer came. */
export interface HttpClient {
  request(request: HttpRequest): Promise<HttpResponse>
}

/** What a client needs. */
export interface HttpClientOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** Default none. */
  readonly addresses?: Addresses
  /** How far a virtual clock moves per request. Default 50. */
  readonly takesMs?: number
  /** Answers beyond so many bytes are refused with code `ResponseTooLarge`. Default 64 MiB. */
  readonly bodyBytesMax?: number
}

async function readBounded(response: Response, bytesMax: number, url: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  if (response.body !== null) {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      size += chunk.length
      if (size > bytesMax) {
        const message = `the answer of ${url} is larger than ${bytesMax} bytes`
        throw new OperationError(message, { code: "ResponseTooLarge", retryable: false })
      }
      chunks.push(chunk)
    }
  }
  return Buffer.concat(chunks)
}

function unreachableHost(url: string, cause: unknown): OperationError {
  const inner = cause instanceof Error ? (cause.cause ?? cause) : cause
  const code = (inner as { code?: unknown } | undefined)?.code
  const why = typeof code === "string" ? ` (${code})` : ""
  return new OperationError(`no answer from ${url}${why}`, {
    code: "HostUnreachable",
    retryable: true,
    cause,
  })
}

/** An HTTP client over the platform's `fetch`, with bounded answers, on the clock, through `addresses`. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { clock, logger, addresses = {}, takesMs = 50, bodyBytesMax = 64 * 1024 * 1024 } = options
  const ask = async (request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> => {
    const { method = "GET", url, headers = {}, body, followRedirects = true } = request
    const send = request.skipsVerification === true ? fetchUnverified : fetch
    const response = await send(resolveAddress(addresses, url), {
      method,
      headers,
      signal,
      redirect: followRedirects ? "follow" : "manual",
      ...(body === undefined ? {} : { body }),
    })
    const bytes = await readBounded(response, bodyBytesMax, url)
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers.entries()),
      body: bytes,
      text: () => Buffer.from(bytes).toString("utf8"),
    }
  }
  return {
    async request(request) {
      const { method = "GET", url, timeoutMs = 10_000 } = request
      const key = `http/${method} ${url}`
      try {
        const start = (signal: AbortSignal): Promise<HttpResponse> => ask(request, signal)
        const response = await clock.track(key, start, { takesMs, realLimitMs: timeoutMs })
        logger.debug("http request", { method, url, status: response.status })
        return response
      } catch (error) {
        throw isOperationError(error) ? error : unreachableHost(url, error)
      }
    },
  }
}
