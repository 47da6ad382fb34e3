import { type IncomingMessage, request as requestHttp } from "node:http"
import { request as requestHttps } from "node:https"
import type { JsonObject } from "@argo-ts/kernel"
import { expect } from "vitest"

type Certificates = string | Buffer

/** A served cluster under test. */
export interface HttpWorld {
  /** `https://127.0.0.1:6443`: what stands before every path. */
  readonly url: string
  /** What makes a request the administrator's, such as `authorization`; without them it is nobody's. */
  readonly headers: { readonly [name: string]: string }
  /** The authorities of an `https` server. Default: those of the machine. */
  readonly ca?: Certificates | undefined
  /** A client certificate that makes a request the administrator's; without it it is nobody's. */
  readonly certificate?: { readonly cert: Certificates; readonly key: Certificates } | undefined
  /** An empty namespace that exists, with its default service account. */
  readonly namespace: string
  /** Resolves when garbage collection and the like have had time to act. */
  settle(): Promise<void>
  /** Makes the server forget its history, or resolves where version 1 is forgotten anyway. */
  forget(): Promise<void>
  close(): Promise<void>
}

/** One thing that every server does. */
export interface HttpCase {
  readonly name: string
  readonly run: (client: HttpClient) => Promise<void>
}

/** What goes with a request. */
export interface SendOptions {
  /** An object is sent as JSON, a text as it is. */
  readonly body?: unknown
  /** Default `application/json`; an empty one sends none. */
  readonly type?: string
  readonly accept?: string
  readonly headers?: { readonly [name: string]: string }
  /** Leaves out what makes a request the administrator's. */
  readonly isNobody?: boolean
}

/** An answer, read to its end. */
export interface HttpAnswer {
  readonly status: number
  /** Its content type. */
  readonly type: string
  readonly text: string
  /** Its JSON, or an empty object. */
  readonly body: Loosest
  /** The texts of its `Warning` headers. */
  readonly warnings: readonly string[]
  readonly headers: { get(name: string): string | null }
}

/** JSON of which a test knows what it expects. */
// oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever it expects
export type Loosest = any

/** A watch, line by line. */
export interface HttpStream {
  readonly status: number
  readonly type: string
  /** The next line, or undefined at the end. */
  next(): Promise<Loosest | undefined>
  close(): void
}

/** Requests to a world. */
export interface HttpClient {
  readonly world: HttpWorld
  /** The collections of ConfigMaps, Deployments and Pods in the world's namespace. */
  readonly cm: string
  readonly dp: string
  readonly po: string
  /** A collection of the world's namespace: `apis/batch/v1`, `jobs`. */
  path(root: string, plural: string): string
  /** Sends `METHOD PATH`. */
  send(line: string, options?: SendOptions): Promise<HttpAnswer>
  /** Opens a watch at a path. */
  open(path: string, options?: SendOptions): Promise<HttpStream>
  /** Creates a ConfigMap, and answers it. */
  make(name: string, more?: JsonObject): Promise<Loosest>
}

function isText(body: unknown): body is string {
  return typeof body === "string"
}

/** Sends a request, and resolves when its answer begins. */
function request(
  world: HttpWorld,
  line: string,
  options: SendOptions,
): Promise<IncomingMessage & { readonly statusCode: number }> {
  const [method = "GET", path = "/"] = line.split(/ (.*)/s)
  const { body, type = "application/json", accept, isNobody = false } = options
  const payload = body === undefined ? undefined : isText(body) ? body : JSON.stringify(body)
  const headers = {
    "user-agent": "node",
    ...(isNobody ? {} : world.headers),
    ...(payload !== undefined && type !== "" && { "content-type": type }),
    ...(payload !== undefined && { "content-length": Buffer.byteLength(payload) }),
    accept: accept ?? "*/*",
    ...options.headers,
  }
  const tls = { ca: world.ca, ...(isNobody ? {} : world.certificate) }
  const isSecure = world.url.startsWith("https:")
  return new Promise((resolve, reject) => {
    // Each on a connection of its own: the next one may be somebody else's.
    const own = { method, headers, agent: false, ...(isSecure && tls) }
    const sent = (isSecure ? requestHttps : requestHttp)(world.url + path, own, (answer) => {
      resolve(answer as typeof answer & { readonly statusCode: number })
    })
    sent.on("error", reject)
    sent.end(payload)
  })
}

/** `299 - "text", 299 - "text"` */
function warningsOf(header: string | null): string[] {
  return [...(header ?? "").matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) =>
    text.replace(/\\(.)/g, "$1"),
  )
}

function parsed(type: string, text: string): Loosest {
  return type.startsWith("application/json") && text !== "" ? JSON.parse(text) : {}
}

async function send(world: HttpWorld, line: string, options: SendOptions): Promise<HttpAnswer> {
  const answer = await request(world, line, options)
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString("utf8")
  const { statusCode: status, headers } = answer
  const type = headers["content-type"] ?? ""
  const get = (name: string): string | null => {
    const found = headers[name.toLowerCase()]
    return found === undefined ? null : String(found)
  }
  const warnings = warningsOf(get("warning"))
  return { status, type, text, body: parsed(type, text), warnings, headers: { get } }
}

async function open(world: HttpWorld, path: string, options: SendOptions): Promise<HttpStream> {
  const answer = await request(world, `GET ${path}`, options)
  const chunks = answer.setEncoding("utf8")[Symbol.asyncIterator]()
  let rest = ""
  return {
    status: answer.statusCode,
    type: answer.headers["content-type"] ?? "",
    async next() {
      for (;;) {
        const at = rest.indexOf("\n")
        if (at >= 0) {
          const line = rest.slice(0, at)
          rest = rest.slice(at + 1)
          return JSON.parse(line)
        }
        const { done, value } = await chunks.next()
        if (done === true) return rest === "" ? undefined : JSON.parse(rest)
        rest += value as string
      }
    },
    close: () => void answer.destroy(),
  }
}

/** Requests to a world. */
export function createHttpClient(world: HttpWorld): HttpClient {
  const path = (root: string, plural: string): string =>
    `/${root}/namespaces/${world.namespace}/${plural}`
  const client: HttpClient = {
    world,
    cm: path("api/v1", "configmaps"),
    dp: path("apis/apps/v1", "deployments"),
    po: path("api/v1", "pods"),
    path,
    send: (line, options = {}) => send(world, line, options),
    open: (at, options = {}) => open(world, at, options),
    async make(name, more = {}) {
      const answer = await client.send(`POST ${client.cm}`, { body: mapNamed(name, more) })
      expect(answer).toMatchObject({ status: 201 })
      return answer.body
    },
  }
  return client
}

/** A ConfigMap as it is sent; `metadata` of `more` is added to its own. */
export function mapNamed(name: string, more: JsonObject = {}): JsonObject {
  const metadata = { name, ...(more["metadata"] as JsonObject | undefined) }
  return { apiVersion: "v1", kind: "ConfigMap", ...more, metadata }
}

/** A Deployment without pods, as it is sent. */
export function deploymentNamed(name: string, more: JsonObject = {}): JsonObject {
  const labels = { app: name }
  const template = { metadata: { labels }, spec: { containers: [{ name: "a", image: "app:1" }] } }
  const spec = { replicas: 0, selector: { matchLabels: labels }, template }
  const metadata = { name, ...(more["metadata"] as JsonObject | undefined) }
  return { apiVersion: "apps/v1", kind: "Deployment", spec, ...more, metadata }
}

/** The four kinds of patches. */
export const patchTypes = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const

/** A refusal as a `Status`: what of it a case looks at. */
export function failure(status: number, reason: string, message?: string): object {
  const body = {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    reason,
    code: status,
    ...(message !== undefined && { message: expect.stringContaining(message) as unknown }),
  }
  return { status, body }
}

/** The `field: reason` of each cause of a refusal. */
export function causesOf(answer: HttpAnswer): readonly string[] {
  const causes = (answer.body.details?.causes ?? []) as readonly {
    readonly field?: string
    readonly reason?: string
  }[]
  return causes.map(({ field, reason }) => `${field}: ${reason}`)
}
