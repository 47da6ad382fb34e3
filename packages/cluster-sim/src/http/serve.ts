import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http"
import { createServer as createSecureServer } from "node:https"
import { type AddressInfo, isIP } from "node:net"
import { hostname, networkInterfaces } from "node:os"
import type { Duplex } from "node:stream"
import type { Cluster } from "@argo-ts/k8s"
import type { Clock } from "@argo-ts/kernel/clock"
import { accessDenied, impersonationQuestions } from "../access/authorize.js"
import { type AccountTokens, createAccountTokens, withKnownTokens } from "./auth/account-tokens.js"
import { type ImpersonationRule, mastersImpersonate } from "./auth/authenticate.js"
import { mastersGroup, type UserInfo } from "./auth/user.js"
import { handleRequest } from "./handle.js"
import { createServerMetrics } from "./instrumentation/server-metrics.js"
import { kubeconfigOf } from "./kubeconfig.js"
import type { LogReader } from "./logs.js"
import { createOpenApiServer } from "./openapi/serve-openapi.js"
import { type Authority, createAuthority } from "./pki/authority.js"
import { type Authorizer, everythingAllowed } from "./reviews.js"
import type { Setting } from "./setting.js"
import { handleUpgrade } from "./streams/handle-upgrade.js"
import type { SessionOpener } from "./streams/open-session.js"
import { withViews } from "./views.js"

/** How a cluster is served. */
export interface ServeOptions {
  /** What is served: the port of a simulated cluster, or any other. */
  readonly cluster: Cluster
  /** Ages in tables and times of tokens come from it. */
  readonly clock: Pick<Clock, "now">
  /**
   * Default `https`: with a certificate of an authority made at the start, and users who say who they are. `http` is for
   * tests: whoever shows no token is the administrator.
   */
  readonly transport?: "https" | "http"
  /** Default 0: a free one. */
  readonly port?: number
  /** Default 127.0.0.1, which is the only one that needs no `allowRemote`. */
  readonly host?: string
  /** Listen beyond this machine. Over `http` everybody who reaches it is an administrator then. Default false. */
  readonly allowRemote?: boolean
  /** Bearer tokens and whose they are. Default none but those of service accounts. */
  readonly tokens?: { readonly [token: string]: UserInfo }
  /** Lets requests without credentials in, as `system:anonymous`. Default false: they are Unauthorized. */
  readonly anonymous?: boolean
  /** The cluster as a user sees it, with its rights. Absent: whoever is authenticated may do everything. */
  readonly as?: (user: UserInfo) => Cluster
  /** Answers questions about rights, such as those of `kubectl auth can-i`. Default: everything is allowed. */
  readonly authorizer?: Authorizer
  /** Reads what pods have written, for `kubectl logs`: the simulated cluster itself. Default: they say nothing. */
  readonly logs?: LogReader
  /**
   * Speaks to containers, for `kubectl exec`, `attach` and `cp`: the simulated cluster itself. Whoever may create
   * `pods/exec` runs commands then, in pods that are processes on this machine. Default: it is refused.
   */
  readonly sessions?: SessionOpener
  /** Issues and checks tokens of service accounts. Default: tokens of its own. */
  readonly accounts?: AccountTokens
}

/** A cluster that is served. */
export interface ServedCluster {
  /** `https://127.0.0.1:PORT`. */
  readonly url: string
  /** PEM of the authority that signed the server's certificate; absent over plain HTTP. */
  readonly authority?: string
  /** A kubeconfig of the administrator, as JSON, which kubectl reads as YAML. It holds a private key. */
  readonly kubeconfig: string
  /** A kubeconfig of another user, with a new client certificate; over plain HTTP there are none, and it throws. */
  kubeconfigFor(user: Pick<UserInfo, "username" | "groups">): string
  close(): Promise<void>
}

const loopbackNames = ["localhost", "127.0.0.1", "::1"]

/** The names that a server may be called by. */
function namesOf(host: string, allowRemote: boolean): readonly string[] {
  if (!allowRemote) return loopbackNames
  const addresses = Object.values(networkInterfaces()).flatMap((each) =>
    (each ?? []).map(({ address }) => address).filter((one) => !one.includes("%")),
  )
  const own = isIP(host) === 0 || !/^[0.:]+$/.test(host) ? [host] : []
  return [...new Set([...loopbackNames, ...own, hostname(), ...addresses])]
}

/** How long an idle connection is kept. */
const keepAliveMs = 90_000

function listenerOf(
  options: ServeOptions,
  authority: Authority | undefined,
  listener: RequestListener,
): Server {
  if (authority === undefined) return createServer(listener)
  const { host = "127.0.0.1", allowRemote = false } = options
  const { certificate, key } = authority.issueServer(namesOf(host, allowRemote))
  const server = createSecureServer(
    {
      cert: certificate,
      key,
      ca: authority.certificate,
      requestCert: true,
      // Who shows no certificate may still show a token.
      rejectUnauthorized: false,
      minVersion: "TLSv1.2",
    },
    listener,
  )
  return server
}

/** Whoever has the verb `impersonate` on a user, group, uid or extra may act as them. */
function impersonationRule(authorizer: Authorizer): ImpersonationRule {
  return async (user, wanted) => {
    for (const question of impersonationQuestions(wanted)) {
      const { allowed } = await authorizer.decide(user, question)
      if (!allowed) throw accessDenied(user, question)
    }
  }
}

function settingOf(options: ServeOptions): Setting {
  const { cluster, clock, transport = "https", tokens = {}, anonymous = false } = options
  const { as } = options
  const shared = withViews(cluster)
  const issued = options.accounts ?? createAccountTokens(cluster, () => clock.now())
  const accounts = withKnownTokens(issued, tokens)
  const unnamed = anonymous ? "anonymous" : transport === "http" ? "administrator" : "refused"
  return {
    clock,
    system: shared,
    clusterOf: as === undefined ? () => shared : (user) => withViews(as(user)),
    authentication: { unnamed, accounts },
    mayImpersonate:
      options.authorizer === undefined ? mastersImpersonate : impersonationRule(options.authorizer),
    authorizer: options.authorizer ?? everythingAllowed,
    openApi: createOpenApiServer(),
    metrics: createServerMetrics(cluster),
    logs: options.logs,
    sessions: options.sessions,
    isLocal: options.allowRemote !== true,
  }
}

/**
 * Serves a cluster on loopback. Rejects where the port is taken, or where `host` is another than loopback and
 * `allowRemote` is not said.
 *
 * @example
 * ```ts
 * const served = await serveCluster({ cluster: sim.cluster, clock })
 * writeFileSync("kubeconfig", served.kubeconfig, { mode: 0o600 }) // KUBECONFIG=kubeconfig kubectl get pods
 * ```
 */
export async function serveCluster(options: ServeOptions): Promise<ServedCluster> {
  const { host = "127.0.0.1", port = 0, allowRemote = false, transport = "https" } = options
  if (!allowRemote && !loopbackNames.includes(host)) {
    throw new Error(`serveCluster: ${host} is beyond this machine; say allowRemote to listen there`)
  }
  const authority = transport === "https" ? createAuthority("argo-ts cluster") : undefined
  const setting = settingOf(options)
  const server = listenerOf(options, authority, (request, response) => {
    void handleRequest(setting, request, response)
  })
  // A server forgets connections that have another protocol.
  const upgraded = new Set<Duplex>()
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgraded.add(socket)
    socket.once("close", () => upgraded.delete(socket))
    void handleUpgrade(setting, { request, socket, head })
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, host, resolve)
  })
  // Clients that keep connections must not find them closed as they ask again.
  server.keepAliveTimeout = keepAliveMs
  const { port: bound } = server.address() as AddressInfo
  const url = `${transport}://${isIP(host) === 6 ? `[${host}]` : host}:${bound}`
  const kubeconfigFor = ({ username, groups }: Pick<UserInfo, "username" | "groups">): string => {
    if (authority === undefined) {
      throw new Error("kubeconfigFor: over plain HTTP there are no users, serve over https")
    }
    const credentials = authority.issueClient({ commonName: username, organizations: groups })
    return kubeconfigOf({ url, authority: authority.certificate, credentials })
  }
  const administrator = { username: "system:admin", groups: [mastersGroup] }
  return {
    url,
    ...(authority && { authority: authority.certificate }),
    kubeconfig: authority === undefined ? kubeconfigOf({ url }) : kubeconfigFor(administrator),
    kubeconfigFor,
    async close() {
      server.closeAllConnections()
      for (const socket of upgraded) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
