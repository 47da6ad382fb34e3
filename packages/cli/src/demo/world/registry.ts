import { createHash, randomUUID } from "node:crypto"
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { compareText, isJsonObject, type JsonObject } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"

/** An OCI distribution endpoint on loopback, its content in a directory. */
export interface Registry {
  /** `http://127.0.0.1:port`. */
  readonly origin: string
  /** The manifest of an image by tag, straight from the disk. */
  manifest(name: string, tag: string): JsonObject | undefined
  tags(name: string): readonly string[]
  close(): Promise<void>
}

/** What a registry needs. */
export interface RegistryOptions {
  readonly clock: Clock
  readonly directory: string
}

interface Store {
  read(...path: readonly string[]): Buffer | undefined
  write(content: Buffer, ...path: readonly string[]): void
  list(...path: readonly string[]): readonly string[]
}

const segment = /^[a-z0-9]+(?:[._:-][a-z0-9]+)*$/i

/** Files by checked names; a file is there whole or not at all, also after a crash. */
function createStore(directory: string): Store {
  const place = (path: readonly string[]): string =>
    join(
      directory,
      ...path.flatMap((part) => part.split("/")).map((part) => part.replace(":", "-")),
    )
  const isSafe = (path: readonly string[]): boolean =>
    path.every((part) => part.split("/").every((one) => segment.test(one)))
  return {
    read: (...path) =>
      isSafe(path) && existsSync(place(path)) ? readFileSync(place(path)) : undefined,
    write(content, ...path) {
      if (!isSafe(path)) return
      mkdirSync(place(path.slice(0, -1)), { recursive: true })
      const whole = `${place(path)}.${randomUUID()}`
      writeFileSync(whole, content)
      renameSync(whole, place(path))
    },
    list(...path) {
      if (!isSafe(path) || !existsSync(place(path))) return []
      return readdirSync(place(path)).toSorted(compareText)
    },
  }
}

interface Answer {
  readonly status: number
  readonly headers?: { readonly [name: string]: string }
  readonly body?: Buffer | string
}

interface Call {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly type: string
  readonly body: Buffer
}

const digestOf = (content: Buffer): string =>
  `sha256:${createHash("sha256").update(content).digest("hex")}`

function refuse(status: number, code: string, message: string): Answer {
  return { status, body: JSON.stringify({ errors: [{ code, message }] }) }
}

function answerBlob(store: Store, name: string, digest: string): Answer {
  const content = store.read(name, "blobs", digest)
  if (content === undefined) return refuse(404, "BLOB_UNKNOWN", "no such blob")
  const headers = { "docker-content-digest": digest, "content-type": "application/octet-stream" }
  return { status: 200, headers, body: content }
}

function putBlob(store: Store, name: string, call: Call): Answer {
  const digest = call.query.get("digest") ?? ""
  if (digest !== digestOf(call.body)) {
    return refuse(400, "DIGEST_INVALID", "the digest is not that of the content")
  }
  store.write(call.body, name, "blobs", digest)
  return { status: 201, headers: { location: `/v2/${name}/blobs/${digest}` } }
}

function answerManifest(store: Store, name: string, reference: string): Answer {
  const digest = store.read(name, "tags", reference)?.toString("utf8") ?? reference
  const content = store.read(name, "manifests", digest)
  if (content === undefined) return refuse(404, "MANIFEST_UNKNOWN", "no such manifest")
  const parsed: unknown = JSON.parse(content.toString("utf8"))
  const type = isJsonObject(parsed) ? parsed["mediaType"] : undefined
  const headers = {
    "docker-content-digest": digest,
    "content-type": typeof type === "string" ? type : "application/vnd.oci.image.manifest.v1+json",
  }
  return { status: 200, headers, body: content }
}

function putManifest(store: Store, name: string, reference: string, call: Call): Answer {
  const digest = digestOf(call.body)
  store.write(call.body, name, "manifests", digest)
  if (!reference.startsWith("sha256:")) store.write(Buffer.from(digest), name, "tags", reference)
  const headers = { "docker-content-digest": digest, location: `/v2/${name}/manifests/${digest}` }
  return { status: 201, headers }
}

const routes = {
  upload: /^\/v2\/(.+)\/blobs\/uploads\/([\w-]*)$/,
  blob: /^\/v2\/(.+)\/blobs\/(sha256:[0-9a-f]{64})$/,
  manifest: /^\/v2\/(.+)\/manifests\/([\w.:-]+)$/,
  tags: /^\/v2\/(.+)\/tags\/list$/,
}

function answer(store: Store, call: Call): Answer {
  const isRead = call.method === "GET" || call.method === "HEAD"
  const upload = routes.upload.exec(call.path)
  if (upload !== null) {
    const name = upload[1] as string
    if (call.method === "PUT") return putBlob(store, name, call)
    const headers = { location: `/v2/${name}/blobs/uploads/whole` }
    return call.method === "POST" ? { status: 202, headers } : { status: 405 }
  }
  const blob = routes.blob.exec(call.path)
  if (blob !== null && isRead) return answerBlob(store, blob[1] as string, blob[2] as string)
  const manifest = routes.manifest.exec(call.path)
  if (manifest !== null) {
    const [name, reference] = [manifest[1] as string, manifest[2] as string]
    if (isRead) return answerManifest(store, name, reference)
    return call.method === "PUT" ? putManifest(store, name, reference, call) : { status: 405 }
  }
  const tags = routes.tags.exec(call.path)
  if (tags !== null && isRead) {
    const name = tags[1] as string
    return { status: 200, body: JSON.stringify({ name, tags: store.list(name, "tags") }) }
  }
  if (call.path === "/v2/" || call.path === "/v2") return { status: 200, body: "{}" }
  return refuse(404, "UNSUPPORTED", "no such endpoint")
}

async function readCall(request: IncomingMessage): Promise<Call> {
  const url = new URL(request.url ?? "/", "http://127.0.0.1")
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return {
    method: request.method ?? "GET",
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    type: request.headers["content-type"] ?? "",
    body: Buffer.concat(chunks),
  }
}

function send(response: ServerResponse, method: string, { status, headers, body }: Answer): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body ?? ""),
    ...headers,
  })
  response.end(method === "HEAD" ? undefined : body)
}

/**
 * Starts the endpoint. Every request, also a read, takes its turn on the clock, so that who sees which version does
 * not depend on how fast sockets are.
 */
export async function startRegistry({ clock, directory }: RegistryOptions): Promise<Registry> {
  const store = createStore(directory)
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const call = await readCall(request)
    const key = `registry/${call.method} ${call.path}`
    send(response, call.method, await clock.serve(key, () => answer(store, call)))
  }
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    manifest(name, tag) {
      const found = answerManifest(store, name, tag)
      const parsed: unknown = found.status === 200 ? JSON.parse(String(found.body)) : undefined
      return isJsonObject(parsed) ? parsed : undefined
    },
    tags: (name) => store.list(name, "tags"),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
