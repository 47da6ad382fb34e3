import { createWriteStream } from "node:fs"
import { rm, stat } from "node:fs/promises"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { type Addresses, OperationError, resolveAddress, thrownText } from "@argo-ts/kernel"
import type { HttpArtifact } from "../api/artifact.js"
import type { ReadSecret } from "../executors/secrets.js"
import { readAnnounced } from "./announced.js"
import { pack, unpack } from "./archive.js"
import type { ArtifactDriver, ArtifactRequest } from "./driver.js"
import { credentialsOf, keyReader, sendWithCertificate } from "./http-auth.js"

/** How `http` artifacts are moved. */
export interface HttpArtifactOptions {
  /** Where the addresses that manifests name are reached. Default: where they say. */
  readonly addresses?: Addresses
  /** Reads Secrets for `auth`. Default: there are none. */
  readonly secret?: ReadSecret
  /**
   * The authorities, in PEM, that may have signed the certificate of a server that asks for one of the client. Default: those
   * of Node.
   */
  readonly certificateAuthority?: string
  /** Milliseconds that one transfer may take. Default ten minutes. */
  readonly timeoutMs?: number
}

const timeoutDefaultMs = 600_000

/**
 * Moves `http` artifacts: GET for inputs (404 is an absent artifact), PUT for outputs. Reaches whatever address a
 * manifest names: only for manifests you trust.
 */
export function httpArtifacts(options: HttpArtifactOptions = {}): ArtifactDriver {
  const { timeoutMs = timeoutDefaultMs } = options
  return {
    location: "http",
    async fetch(request) {
      const { url, headers, send: ask } = await prepare(request, options)
      const signal = AbortSignal.timeout(timeoutMs)
      const response = await ask({ method: "GET", headers, signal })
      if (response.status === 404) {
        await response.body?.cancel()
        return false
      }
      await refuseFailure(response, "GET", url)
      const file = `${request.path}.download`
      const body = response.body ?? new Blob([]).stream()
      await pipeline(Readable.fromWeb(body as never), createWriteStream(file))
      await unpack(file, request.path, request.artifact.archive)
      return true
    },
    async store(request) {
      const { url, headers, send: ask } = await prepare(request, options)
      const { path, artifact } = request
      const isPacked = artifact.archive?.none === undefined
      if (!isPacked && (await stat(path)).isDirectory()) {
        const message = `output artifact '${artifact.name}' is a directory, and without an archive only a file can be put at a URL`
        throw new OperationError(message, { code: "InvalidArtifact", retryable: false })
      }
      const file = isPacked ? `${path}.upload.tgz` : path
      if (isPacked) await pack(path, file, artifact.archive)
      try {
        const { size } = await stat(file)
        const body = Readable.toWeb(readAnnounced(file, size)) as unknown as ReadableStream
        const response = await ask({
          method: "PUT",
          headers: { ...headers, "content-length": String(size) },
          body,
          duplex: "half",
          signal: AbortSignal.timeout(timeoutMs),
        } as RequestInit)
        await refuseFailure(response, "PUT", url)
        await response.body?.cancel()
      } finally {
        if (isPacked) await rm(file, { force: true })
      }
    },
  }
}

interface Prepared {
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly send: (init: RequestInit) => Promise<Response>
}

async function prepare(
  { artifact, namespace }: ArtifactRequest,
  { addresses = {}, secret = () => Promise.resolve(undefined), ...more }: HttpArtifactOptions,
): Promise<Prepared> {
  const http = artifact.http as HttpArtifact
  const headers: Record<string, string> = {}
  for (const { name, value } of http.headers ?? []) headers[name] = value
  const ask = (address: string, init: RequestInit): Promise<Response> =>
    send(resolveAddress(addresses, address), init)
  const { client, ...proof } = await credentialsOf(http.auth, keyReader(secret, namespace), ask)
  const url = resolveAddress(addresses, http.url)
  return {
    url,
    headers: { ...headers, ...proof.headers },
    send: (init) => send(url, init, client && { ...client, ca: more.certificateAuthority }),
  }
}

async function send(
  url: string,
  init: RequestInit,
  client?: Parameters<typeof sendWithCertificate>[2],
): Promise<Response> {
  try {
    return client === undefined
      ? await fetch(url, init)
      : await sendWithCertificate(url, init, client)
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.cause ?? cause) : cause
    const text = thrownText(reason)
    throw new OperationError(`${init.method} ${url}: ${text}`, {
      code: "Unreachable",
      retryable: true,
      cause,
    })
  }
}

async function refuseFailure(response: Response, method: string, url: string): Promise<void> {
  if (response.ok) return
  await response.body?.cancel()
  throw new OperationError(`${method} ${url} was answered ${response.status}`, {
    code: "HttpStatus",
    retryable: response.status >= 500,
  })
}
