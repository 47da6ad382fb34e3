/**
 * The HTTP front end of a cluster: kubectl, client libraries and controllers talk to it as to any API server.
 *
 * @packageDocumentation
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Cluster } from "@argo-ts/k8s"
import type { Clock } from "@argo-ts/kernel/clock"
import { answerJson, answerText, nothingHere, refuse } from "./answer.js"
import {
  aggregatedDiscovery,
  legacyDiscovery,
  openApiIndex,
  openApiOf,
  openApiV2,
} from "./discovery.js"
import { type Answer, serveCollection, serveObject } from "./objects.js"
import { type ApiRequest, bodyObject, formOf, isOn, readRequest } from "./request.js"
import { answerReview } from "./reviews.js"
import { isInGroup, type Route, routeOf } from "./route.js"
import { type IncludeObject, partialOf, tableOf } from "./table.js"
import { serveWatch } from "./watch.js"

/** How a cluster is served. */
export interface ServeOptions {
  /** What is served: the port of a simulated cluster, or any other. */
  readonly cluster: Cluster
  /** Ages in tables and times of tokens come from it. */
  readonly clock: Pick<Clock, "now">
  /** Default 0: a free one. */
  readonly port?: number
  /** Default 127.0.0.1, which is the only one that needs no `allowRemote`. */
  readonly host?: string
  /** Listen beyond this machine: there is no authentication, so everybody who reaches it is an administrator. Default false. */
  readonly allowRemote?: boolean
}

/** A cluster that is served. */
export interface ServedCluster {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  /** A kubeconfig for it, as JSON, which kubectl reads as YAML. */
  readonly kubeconfig: string
  close(): Promise<void>
}

const version = {
  major: "1",
  minor: "32",
  gitVersion: "v1.32.0+argo-ts",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "",
  compiler: "",
  platform: "linux/amd64",
}

interface Exchange {
  readonly options: ServeOptions
  readonly request: ApiRequest
  readonly response: ServerResponse
}

/** Documents that are no resources; false where the path is none of them. */
async function serveDocument({ options, request, response }: Exchange): Promise<boolean> {
  const { path, method } = request
  if (method !== "GET") return false
  if (path === "/version") answerJson(response, 200, version)
  else if (/^\/(?:healthz|livez|readyz)$/.test(path)) answerText(response, 200, "ok")
  else if (path === "/openapi/v2") {
    const type = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
    response.writeHead(200, { "content-type": type }).end(openApiV2)
  } else if (path === "/openapi/v3" || path.startsWith("/openapi/v3/")) {
    const kinds = await options.cluster.kinds()
    const [, root, group = "", of = ""] = path.slice("/openapi/v3".length).split("/")
    const found =
      path === "/openapi/v3"
        ? openApiIndex(kinds)
        : openApiOf(kinds, root === "api" ? "" : group, root === "api" ? group : of)
    if (found === undefined) throw nothingHere()
    answerJson(response, 200, found)
  } else return serveDiscovery({ options, request, response })
  return true
}

async function serveDiscovery({ options, request, response }: Exchange): Promise<boolean> {
  const path = request.path.length > 1 ? request.path.replace(/\/$/, "") : request.path
  const kinds = await options.cluster.kinds()
  const asked = /g=apidiscovery\.k8s\.io;v=(v2(?:beta1)?);as=APIGroupDiscoveryList/.exec(
    request.headers.accept ?? "",
  )
  if (asked !== null && (path === "/api" || path === "/apis")) {
    const of = asked[1] as "v2" | "v2beta1"
    const type = `application/json;g=apidiscovery.k8s.io;v=${of};as=APIGroupDiscoveryList`
    answerJson(response, 200, aggregatedDiscovery(kinds, path, of), {
      "content-type": type,
      vary: "Accept",
    })
    return true
  }
  const found = legacyDiscovery(kinds, path)
  if (found === undefined) return false
  answerJson(response, 200, found)
  return true
}

/** Writes an answer in the form that was asked for. */
function write({ options, request, response }: Exchange, route: Route, answer: Answer): void {
  const { code, body, items, text } = answer
  if (text !== undefined) return answerText(response, code, text)
  const form = formOf(request.headers.accept)
  const isObject = body["kind"] !== "Status"
  if (form === "table" && isObject && request.method !== "DELETE") {
    const include = (request.query.get("includeObject") ?? "Metadata") as IncludeObject
    const metadata = (body["metadata"] ?? {}) as { readonly resourceVersion?: string }
    const isScale = body["kind"] === "Scale"
    const kind = isScale ? { group: "autoscaling", version: "v1", kind: "Scale" } : route.kind
    const shown =
      items === undefined ? { resourceVersion: metadata.resourceVersion ?? "" } : body["metadata"]
    const table = tableOf(kind, items ?? [body], shown as never, {
      now: options.clock.now(),
      include,
    })
    return answerJson(response, code, table)
  }
  if (form === "partial" && isObject && items === undefined)
    return answerJson(response, code, partialOf(body))
  if (form === "partialList" && items !== undefined) {
    const list = {
      kind: "PartialObjectMetadataList",
      apiVersion: "meta.k8s.io/v1",
      metadata: body["metadata"],
      items: items.map(partialOf),
    }
    return answerJson(response, code, list)
  }
  answerJson(response, code, body)
}

async function serveResource(exchange: Exchange): Promise<void> {
  const { options, request, response } = exchange
  const { cluster, clock } = options
  const { path, method, query } = request
  const review = method === "POST" ? answerReview(path, bodyObject(request)) : undefined
  if (review !== undefined) return answerJson(response, 201, review)
  const kinds = await cluster.kinds()
  const route = routeOf(kinds, path)
  if (route === undefined) {
    if (isInGroup(kinds, path)) throw nothingHere()
    return answerText(response, 404, "404 page not found\n")
  }
  const context = { cluster, now: () => clock.now() }
  const isWatch = isOn(query, "watch") || /\/watch\//.test(path)
  if (method === "GET" && isWatch && route.name === undefined) {
    const form = formOf(request.headers.accept)
    return serveWatch(context, route, request, { response, form })
  }
  const serve = route.name === undefined ? serveCollection : serveObject
  write(exchange, route, await serve(context, route, request))
}

/** A page of a browser must not reach a server on this machine by a name that was made to point here. */
function isTrusted({ headers }: IncomingMessage): boolean {
  if (headers.origin !== undefined) return false
  const host = (headers.host ?? "").replace(/:\d+$/, "")
  return ["127.0.0.1", "localhost", "[::1]"].includes(host)
}

async function handle(
  options: ServeOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    if (options.allowRemote !== true && !isTrusted(request)) {
      answerText(response, 403, "this server answers programs on this machine only\n")
      return
    }
    const exchange = { options, request: await readRequest(request), response }
    if (await serveDocument(exchange)) return
    await serveResource(exchange)
  } catch (error) {
    refuse(response, error)
  }
}

function kubeconfigFor(url: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "argo-ts", cluster: { server: url, "insecure-skip-tls-verify": true } }],
    users: [{ name: "argo-ts", user: {} }],
    contexts: [
      { name: "argo-ts", context: { cluster: "argo-ts", user: "argo-ts", namespace: "default" } },
    ],
    "current-context": "argo-ts",
  })
}

/**
 * Serves a cluster over HTTP on loopback. Rejects where the port is taken, or where `host` is another than loopback and
 * `allowRemote` is not said.
 *
 * @example
 * ```ts
 * const served = await serveCluster({ cluster: sim.cluster, clock })
 * writeFileSync("kubeconfig", served.kubeconfig, { mode: 0o600 }) // KUBECONFIG=kubeconfig kubectl get pods
 * ```
 */
export async function serveCluster(options: ServeOptions): Promise<ServedCluster> {
  const { host = "127.0.0.1", port = 0, allowRemote = false } = options
  if (!allowRemote && !["127.0.0.1", "::1", "localhost"].includes(host)) {
    throw new Error(
      `serveCluster: ${host} is beyond this machine; say allowRemote to listen there without authentication`,
    )
  }
  const server = createServer((request, response) => void handle(options, request, response))
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, host, resolve)
  })
  const { port: bound } = server.address() as AddressInfo
  const url = `http://${host === "::1" ? "[::1]" : host}:${bound}`
  return {
    url,
    kubeconfig: kubeconfigFor(url),
    async close() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
