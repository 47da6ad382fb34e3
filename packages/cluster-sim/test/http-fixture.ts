import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Cluster, DeleteOptions, Patch, Selection, WriteOptions } from "@argo-ts/k8s"
import {
  apiVersionOf,
  type JsonObject,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  parseLabelSelector,
} from "@argo-ts/kernel"

/** As much of an API server's HTTP as the adapter's tests need: parsing and printing around the port. */
export interface HttpFixture {
  readonly kubeconfig: string
  close(): Promise<void>
}

interface Route {
  readonly kind: Kind
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly subresource: string | undefined
}

async function routeOf(cluster: Cluster, path: string): Promise<Route | undefined> {
  const parts = path.split("/").slice(1).map(decodeURIComponent)
  const [root, ...rest] = parts
  const group = root === "api" ? "" : rest.shift()
  const version = rest.shift()
  const namespace = rest[0] === "namespaces" && rest.length > 2 ? rest.splice(0, 2)[1] : undefined
  const [plural, name, subresource] = rest
  const kinds = await cluster.kinds()
  const kind = kinds.find(
    (each) => each.group === group && each.version === version && each.plural === plural,
  )
  return kind === undefined ? undefined : { kind, namespace, name, subresource }
}

function selectionOf(query: URLSearchParams, namespace: string | undefined): Selection {
  const labels = parseLabelSelector(query.get("labelSelector") ?? "")
  const fields = (query.get("fieldSelector") ?? "").split(",").filter((line) => line !== "")
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels.ok ? { labelSelector: labels.value } : {}),
    fieldSelector: Object.fromEntries(fields.map((line) => line.split("="))) as {
      [path: string]: string
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<JsonObject> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return (chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString())) as JsonObject
}

function answer(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body))
}

function refuse(response: ServerResponse, error: unknown): void {
  const {
    status = 500,
    message,
    code: reason,
    details,
  } = error as {
    readonly status?: number
    readonly message: string
    readonly code?: string
    readonly details?: object
  }
  const body = {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    message,
    reason,
    details,
    code: status,
  }
  answer(response, status, body)
}

function serveWatch(
  cluster: Cluster,
  route: Route,
  exchange: { query: URLSearchParams; response: ServerResponse },
): void {
  const { query, response } = exchange
  const resourceVersion = query.get("resourceVersion")
  const options = {
    ...selectionOf(query, route.namespace),
    ...(resourceVersion === null ? {} : { resourceVersion }),
  }
  response.writeHead(200, { "content-type": "application/json" })
  response.flushHeaders()
  const send = (line: object): boolean => response.write(`${JSON.stringify(line)}\n`)
  const stop = cluster.watch(route.kind, options, {
    event: (event) => send(event),
    end(error) {
      if (error !== undefined) {
        const {
          status: code,
          message,
          code: reason,
        } = error as { status: number; message: string; code: string }
        send({ type: "ERROR", object: { kind: "Status", code, message, reason } })
      }
      response.end()
    },
  })
  response.on("close", stop)
}

function patchOf(contentType: string, body: JsonObject): Patch | undefined {
  if (contentType.startsWith("application/json-patch"))
    return { type: "json", operations: body as never }
  if (contentType.startsWith("application/merge-patch")) return { type: "merge", patch: body }
  return contentType.startsWith("application/strategic")
    ? { type: "strategic", patch: body }
    : undefined
}

async function serveObject(
  cluster: Cluster,
  route: Route,
  request: IncomingMessage,
  query: URLSearchParams,
): Promise<unknown> {
  const { kind, namespace, name = "", subresource } = route
  const key: ObjectKey = namespace === undefined ? { name } : { namespace, name }
  const fieldManager = query.get("fieldManager") ?? "unknown"
  const options: WriteOptions & { fieldManager: string } = {
    fieldManager,
    dryRun: query.get("dryRun") === "All",
    ...(subresource === undefined ? {} : { subresource }),
  }
  const absent = Object.assign(new Error(`${kind.plural} "${name}" not found`), {
    status: 404,
    code: "NotFound",
    details: { name },
  })
  if (request.method === "GET") {
    const found = await cluster.get(kind, key, subresource === undefined ? {} : { subresource })
    if (found === undefined) throw absent
    return found
  }
  const body = await bodyOf(request)
  if (request.method === "DELETE") {
    if (!(await cluster.delete(kind, key, { ...options, ...(body as DeleteOptions) }))) throw absent
    return { kind: "Status", status: "Success" }
  }
  const object = body as unknown as KubernetesObject
  if (request.method === "PUT") return cluster.update(kind, object, options)
  const patch = patchOf(request.headers["content-type"] ?? "", body)
  if (patch !== undefined) return cluster.patch(kind, key, patch, options)
  return cluster.apply(kind, object, { ...options, force: query.get("force") === "true" })
}

async function serveCollection(
  cluster: Cluster,
  route: Route,
  request: IncomingMessage,
  query: URLSearchParams,
): Promise<unknown> {
  const { kind, namespace } = route
  if (request.method === "POST") {
    const options = {
      fieldManager: query.get("fieldManager") ?? "unknown",
      dryRun: query.get("dryRun") === "All",
    }
    return cluster.create(kind, (await bodyOf(request)) as unknown as KubernetesObject, options)
  }
  const limit = query.get("limit")
  const page = await cluster.list(kind, {
    ...selectionOf(query, namespace),
    ...(limit === null ? {} : { limit: Number(limit) }),
    ...(query.has("continue") ? { continue: query.get("continue") ?? "" } : {}),
    ...(query.has("resourceVersion")
      ? { resourceVersion: query.get("resourceVersion") ?? "" }
      : {}),
  })
  const { items, ...metadata } = page
  const bare = items.map(({ apiVersion: _version, kind: _kind, ...item }) => item)
  return { kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind), metadata, items: bare }
}

async function discovery(cluster: Cluster, path: string): Promise<unknown> {
  const kinds = await cluster.kinds()
  const versions = new Set(kinds.filter((kind) => kind.group !== "").map(apiVersionOf))
  if (path === "/apis") {
    const groups = [...versions].map((groupVersion) => ({ preferredVersion: { groupVersion } }))
    return { kind: "APIGroupList", groups }
  }
  const groupVersion = path.replace(/^\/apis?\//, "")
  const served = kinds.filter((kind) => apiVersionOf(kind) === groupVersion)
  if (served.length === 0) return undefined
  const resources = served.flatMap((kind) => [
    {
      name: kind.plural,
      kind: kind.kind,
      namespaced: kind.scope === "Namespaced",
      verbs: ["list"],
      shortNames: kind.shortNames,
    },
    ...(kind.hasStatus ? [{ name: `${kind.plural}/status`, kind: kind.kind, verbs: ["get"] }] : []),
  ])
  return { kind: "APIResourceList", groupVersion, resources }
}

async function serve(
  cluster: Cluster,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams: query } = new URL(request.url ?? "/", "http://localhost")
  try {
    const route = await routeOf(cluster, pathname)
    if (route === undefined) {
      const found = await discovery(cluster, pathname)
      if (found === undefined) response.writeHead(404).end("404 page not found\n")
      else answer(response, 200, found)
    } else if (query.get("watch") === "true") serveWatch(cluster, route, { query, response })
    else if (route.name === undefined)
      answer(response, 200, await serveCollection(cluster, route, request, query))
    else answer(response, 200, await serveObject(cluster, route, request, query))
  } catch (error) {
    refuse(response, error)
  }
}

/** Serves a cluster on a free loopback port. */
export async function serveHttp(cluster: Cluster): Promise<HttpFixture> {
  const server = createServer((request, response) => void serve(cluster, request, response))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const kubeconfig = JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "sim",
        cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true },
      },
    ],
    users: [{ name: "me", user: { token: "none" } }],
    contexts: [{ name: "sim", context: { cluster: "sim", user: "me" } }],
    "current-context": "sim",
  })
  return {
    kubeconfig,
    async close() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
