import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { type Logger, OperationError } from "@argo-ts/kernel"

/** What a route answers: a status and a line of text. */
export interface WebhookAnswer {
  readonly status: number
  readonly text: string
}

/** One endpoint of one event. */
export interface WebhookRoute {
  /** Port as the manifest names it. */
  readonly port: string
  /** Path; `{name}` matches one segment. */
  readonly endpoint: string
  handle(request: IncomingMessage): Promise<WebhookAnswer>
}

/** How webhooks listen. */
export interface WebhookServersOptions {
  /** Address to bind to. Default `127.0.0.1`: only this machine. */
  readonly host?: string
  /** Port of a manifest → port to bind; 0 picks a free one. Default: the manifest's own. */
  readonly ports?: { readonly [manifestPort: string]: number }
  /** The port to bind for manifests' ports that `ports` does not name. Default: the manifest's own. */
  readonly otherPorts?: number
  readonly logger: Logger
}

/** The HTTP servers of all event sources: one a port, started and stopped with the routes that need it. */
export interface WebhookServers {
  /**
   * Replaces the routes of an owner, `namespace/name` of an EventSource. Rejects with code `PortInUse` where a port is taken by somebody else, and
   * `AddressUnavailable` where it cannot be bound; the other routes stand. Of two routes with one port and
   * endpoint the older one answers.
   */
  setRoutes(owner: string, routes: readonly WebhookRoute[]): Promise<void>
  /** Where a manifest's port is really bound, `http://127.0.0.1:43121`; `undefined` while nothing listens. */
  address(manifestPort: string): string | undefined
  /** Every bound port: manifest port → address. */
  addresses(): { readonly [manifestPort: string]: string }
  /**
   * The Service that upstream makes for each EventSource → where it is reached here:
   * `http://github-eventsource-svc.ci.svc:12000` → `http://127.0.0.1:43121`.
   */
  services(): { readonly [service: string]: string }
  /** Stops listening and ends open connections. */
  close(): Promise<void>
}

interface Listener {
  readonly server: Server
  readonly address: string
}

interface OwnedRoute {
  readonly owner: string
  readonly route: WebhookRoute
  readonly matches: (path: string) => boolean
}

/** Path templates: `{x}` is one segment, everything else is itself. */
function matcher(endpoint: string): (path: string) => boolean {
  const wanted = (endpoint.startsWith("/") ? endpoint : `/${endpoint}`).split("/")
  return (path) => {
    const found = path.split("/")
    if (found.length !== wanted.length) return false
    return wanted.every((segment, index) =>
      /^\{[^}]*\}$/.test(segment) ? found[index] !== "" : segment === found[index],
    )
  }
}

/** An owner is `namespace/name` of an EventSource. */
function serviceOf(owner: string, port: string): string {
  const [namespace = "", name = ""] = owner.split("/")
  return `http://${name}-eventsource-svc.${namespace}.svc:${port}`
}

function answer(response: ServerResponse, { status, text }: WebhookAnswer): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" }).end(text)
}

function bindError(port: string, code: string | undefined): OperationError {
  if (code === "EADDRINUSE") {
    const message = `port ${port} is in use by another process`
    return new OperationError(message, { code: "PortInUse", retryable: true })
  }
  const message = `port ${port} cannot be bound (${code ?? "unknown reason"})`
  return new OperationError(message, { code: "AddressUnavailable", retryable: true })
}

function listen(
  server: Server,
  manifestPort: string,
  port: number,
  host: string,
): Promise<Listener> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(bindError(manifestPort, error.code)),
    )
    server.listen(port, host, () => {
      const bound = (server.address() as AddressInfo).port
      const shown = host.includes(":") ? `[${host}]` : host
      resolve({ server, address: `http://${shown}:${bound}` })
    })
    // Whoever embeds the servers decides how long the process lives.
    server.unref()
  })
}

function stop(listener: Listener): Promise<void> {
  return new Promise((resolve) => {
    listener.server.close(() => resolve())
    listener.server.closeAllConnections()
  })
}

/** Servers for webhooks; nothing listens until routes are set. */
export function createWebhookServers(options: WebhookServersOptions): WebhookServers {
  const { host = "127.0.0.1", ports = {}, otherPorts, logger } = options
  const listeners = new Map<string, Listener>()
  let routes: readonly OwnedRoute[] = []
  let turn: Promise<unknown> = Promise.resolve()

  const respond = async (port: string, request: IncomingMessage): Promise<WebhookAnswer> => {
    const path = new URL(request.url ?? "/", "http://host").pathname
    if (path === "/health") return { status: 200, text: "OK" }
    const found = routes.find(({ route, matches }) => route.port === port && matches(path))
    if (found === undefined) return { status: 404, text: "404 page not found" }
    return found.route.handle(request)
  }
  const open = async (port: string): Promise<void> => {
    const server = createServer((request, response) => {
      respond(port, request).then(
        (result) => answer(response, result),
        (error: unknown) => {
          logger.error("webhook failed", { port, error })
          answer(response, { status: 500, text: "failed to record event" })
        },
      )
    })
    const bindPort = ports[port] ?? otherPorts ?? Number(port)
    const listener = await listen(server, port, bindPort, host)
    listeners.set(port, listener)
    logger.info("webhook listens", { port, address: listener.address })
  }
  const update = async (owner: string, next: readonly WebhookRoute[]): Promise<void> => {
    const others = routes.filter((each) => each.owner !== owner)
    const own = next.map((route) => ({ owner, route, matches: matcher(route.endpoint) }))
    routes = [...others, ...own]
    const needed = new Set(routes.map(({ route }) => route.port))
    for (const [port, listener] of listeners) {
      if (needed.has(port)) continue
      listeners.delete(port)
      await stop(listener)
    }
    const problems: unknown[] = []
    for (const port of new Set(next.map((route) => route.port))) {
      if (!listeners.has(port)) await open(port).catch((error: unknown) => problems.push(error))
    }
    if (problems.length > 0) throw problems[0]
  }
  return {
    setRoutes(owner, next) {
      const updated = turn.then(() => update(owner, next))
      turn = updated.catch(() => {})
      return updated
    },
    address: (port) => listeners.get(port)?.address,
    addresses: () =>
      Object.fromEntries([...listeners].map(([port, { address }]) => [port, address])),
    services: () =>
      Object.fromEntries(
        routes.flatMap(({ owner, route: { port } }) => {
          const address = listeners.get(port)?.address
          return address === undefined ? [] : [[serviceOf(owner, port), address]]
        }),
      ),
    async close() {
      routes = []
      const open = [...listeners.values()]
      listeners.clear()
      await Promise.all(open.map(stop))
    },
  }
}
