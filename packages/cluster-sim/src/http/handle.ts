import { createHash } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Cluster } from "@argo-ts/k8s"
import type { Clock } from "@argo-ts/kernel/clock"
import type { AccessQuestion } from "../access/policy-rule.js"
import { answerJson, answerText, nothingHere, refuse } from "./answer.js"
import { answerList } from "./answer-list.js"
import { issuer } from "./auth/account-tokens.js"
import {
  type AuthenticationOptions,
  authenticate,
  type ImpersonationRule,
  impersonated,
} from "./auth/authenticate.js"
import type { UserInfo } from "./auth/user.js"
import { customColumnsOf, readersWarning } from "./custom-columns.js"
import { aggregatedDiscovery, legacyDiscovery } from "./discovery.js"
import type { Answer } from "./exchange.js"
import type { LogReader } from "./logs.js"
import { answerYaml, type Form, formOf, notAcceptable } from "./negotiation.js"
import { serveCollection, serveObject } from "./objects.js"
import type { OpenApiServer } from "./openapi/serve-openapi.js"
import { type ApiRequest, bodyObject, isOn, readRequest } from "./request.js"
import { type Authorizer, answerReview, demand } from "./reviews.js"
import { isCustom, isInBuiltInGroup, type Route, routeOf } from "./route.js"
import type { SessionOpener } from "./streams/open-session.js"
import { includeObjectOf, partialOf, tableOf } from "./table.js"
import { serveWatch } from "./watch.js"

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

const openIdConfiguration = {
  issuer,
  jwks_uri: `${issuer}/openid/v1/jwks`,
  response_types_supported: ["id_token"],
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: ["RS256"],
}

/** What one server answers with. */
export interface Setting {
  readonly clock: Pick<Clock, "now">
  /** The cluster as the server itself reads it, whoever asks. */
  readonly system: Cluster
  /** The cluster as a user sees it. */
  readonly clusterOf: (user: UserInfo) => Cluster
  readonly authentication: AuthenticationOptions
  readonly mayImpersonate: ImpersonationRule
  readonly authorizer: Authorizer
  readonly openApi: OpenApiServer
  readonly logs: LogReader | undefined
  readonly sessions: SessionOpener | undefined
  /** True where only this machine is answered. */
  readonly isLocal: boolean
}

interface Exchange {
  readonly setting: Setting
  readonly cluster: Cluster
  readonly user: UserInfo
  readonly request: ApiRequest
  readonly response: ServerResponse
}

function isHealth(path: string): boolean {
  return /^\/(?:healthz|livez|readyz)$/.test(path)
}

/** A server that answers is well; who asks at length is told of what. */
function healthOf(path: string, query: URLSearchParams): string {
  if (!query.has("verbose")) return "ok"
  return `[+]ping ok\n[+]store ok\n${path.slice(1)} check passed\n`
}

/** Documents that are no resources; false where the path is none of them. */
async function serveDocument(exchange: Exchange): Promise<boolean> {
  const { setting, request, response } = exchange
  const { path, method } = request
  if (method !== "GET") return false
  if (path === "/version") answerJson(response, 200, version)
  else if (isHealth(path)) answerText(response, 200, healthOf(path, request.query))
  else if (path === "/openid/v1/jwks") {
    const type = { "content-type": "application/jwk-set+json" }
    answerJson(response, 200, setting.authentication.accounts.keys, type)
  } else if (path === "/.well-known/openid-configuration") {
    answerJson(response, 200, openIdConfiguration)
  } else if (await setting.openApi.serve(setting.system, request, response)) return true
  else return serveDiscovery(exchange)
  return true
}

/** Groups and resources; false where the path is none of them. */
async function serveDiscovery(exchange: Exchange): Promise<boolean> {
  const { cluster, request, response } = exchange
  const path = request.path.length > 1 ? request.path.replace(/\/$/, "") : request.path
  const kinds = await cluster.kinds({ allVersions: true, readOnly: true })
  const asked = /g=apidiscovery\.k8s\.io;v=(v2(?:beta1)?);as=APIGroupDiscoveryList/.exec(
    request.headers.accept ?? "",
  )
  if (asked !== null && (path === "/api" || path === "/apis")) {
    const of = asked[1] as "v2" | "v2beta1"
    const type = `application/json;g=apidiscovery.k8s.io;v=${of};as=APIGroupDiscoveryList`
    const text = JSON.stringify(aggregatedDiscovery(kinds, path, of))
    const etag = `"${createHash("sha256").update(text).digest("hex").slice(0, 32).toUpperCase()}"`
    const caching = { etag, vary: "Accept", "cache-control": "public" }
    if (request.headers["if-none-match"] === etag) response.writeHead(304, caching).end()
    else response.writeHead(200, { "content-type": type, ...caching }).end(text)
    return true
  }
  const found = legacyDiscovery(kinds, path, request.headers.host ?? "")
  if (found === undefined) return false
  answerJson(response, 200, found)
  return true
}

/** Writes a text that grows, for as long as the client stays. */
async function answerTexts(
  response: ServerResponse,
  texts: NonNullable<Answer["texts"]>,
): Promise<void> {
  const gone = new AbortController()
  response.once("close", () => gone.abort())
  response.writeHead(200, { "content-type": "text/plain" })
  response.flushHeaders()
  try {
    for await (const text of texts(gone.signal)) if (text !== "") response.write(text)
  } catch {
    // The pod is gone, and with it its log.
  }
  response.end()
}

/** Writes an answer in the form that was asked for. */
async function write(
  exchange: Exchange,
  route: Route,
  { answer, form }: { readonly answer: Answer; readonly form: Form },
): Promise<void> {
  const { setting, request, response } = exchange
  const { code, body, items, text, texts } = answer
  if (text !== undefined) return answerText(response, code, text)
  if (texts !== undefined) return answerTexts(response, texts)
  const isObject = body["kind"] !== "Status"
  if (form === "table" && isObject && request.method !== "DELETE") {
    const include = includeObjectOf(request.query)
    const metadata = (body["metadata"] ?? {}) as { readonly resourceVersion?: string }
    const isScale = body["kind"] === "Scale"
    const kind = isScale ? { group: "autoscaling", version: "v1", kind: "Scale" } : route.kind
    const shown =
      items === undefined ? { resourceVersion: metadata.resourceVersion ?? "" } : body["metadata"]
    const custom = await customColumnsOf(setting.system, route.kind)
    const table = tableOf(kind, items ?? [body], shown as never, {
      now: setting.clock.now(),
      include,
      ...(custom && !isScale && { custom }),
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
  if (form === "yaml") answerYaml(response, code, body)
  else if (items === undefined) answerJson(response, code, body)
  else answerList(response, code, { list: body, isCustom: isCustom(route.kind) })
}

/** The form of an answer; metadata of one object is not that of many. */
function checkedForm({ request }: Exchange, route: Route, isWatch: boolean): Form {
  const form = formOf(request.headers.accept)
  if (form === "table") includeObjectOf(request.query)
  const isRead = request.method === "GET"
  const isList = isRead && route.name === undefined && !isWatch
  if (form === (isList ? "partial" : "partialList") && isRead) throw notAcceptable()
  return form
}

/** Tells a client something beside the answer, as `Warning` headers do. */
function warnings(response: ServerResponse): (text: string) => void {
  return (text) => {
    const quoted = text.replace(/[\\"]/g, "\\$&").replace(/[^\x20-\x7e]/g, " ")
    if (!response.headersSent) response.appendHeader("warning", `299 - "${quoted}"`)
  }
}

async function serveResource(exchange: Exchange): Promise<void> {
  const { setting, cluster, user, request, response } = exchange
  const { path, method, query } = request
  const { accounts } = setting.authentication
  const review =
    method === "POST"
      ? await answerReview(path, () => bodyObject(request), {
          user,
          authorizer: setting.authorizer,
          accounts,
        })
      : undefined
  if (review !== undefined) return answerJson(response, 201, review)
  const kinds = await cluster.kinds({ allVersions: true, readOnly: true })
  const route = routeOf(kinds, path)
  if (route === undefined) {
    if (isInBuiltInGroup(path)) throw nothingHere()
    return answerText(response, 404, "404 page not found\n")
  }
  const { clock, logs, system } = setting
  const warn = warnings(response)
  const context = {
    cluster,
    system,
    now: () => clock.now(),
    accounts,
    logs,
    demand: (question: AccessQuestion) => demand(setting.authorizer, user, question),
    warn,
  }
  const isWatch =
    method === "GET" && (route.isWatch || (isOn(query, "watch") && route.name === undefined))
  const form = checkedForm(exchange, route, isWatch)
  // Who writes is told by the cluster itself.
  const warning = method === "GET" ? await readersWarning(system, route.kind) : undefined
  if (warning !== undefined) warn(warning)
  if (isWatch) {
    const custom = form === "table" ? await customColumnsOf(setting.system, route.kind) : undefined
    return serveWatch(context, route, request, { response, form, custom })
  }
  const serve = route.name === undefined ? serveCollection : serveObject
  await write(exchange, route, { form, answer: await serve(context, route, request) })
}

/** A page of a browser must not reach a server on this machine by a name that was made to point here. */
export function isTrusted({ headers }: IncomingMessage): boolean {
  if (headers.origin !== undefined) return false
  const host = (headers.host ?? "").replace(/:\d+$/, "")
  return ["127.0.0.1", "localhost", "[::1]"].includes(host)
}

/** Paths that everybody may read. */
function isPublic(path: string): boolean {
  return /^\/(?:version|healthz|livez|readyz|openid\/v1\/jwks|\.well-known\/openid-configuration)(?:\/|$)/.test(
    path,
  )
}

/** Who asks, or whom they act as. Refuses whoever is nobody, or may not act so. */
export async function userOf(
  setting: Setting,
  request: IncomingMessage,
  path: string,
): Promise<UserInfo> {
  const { authentication } = setting
  const unnamed =
    isPublic(path) && authentication.unnamed === "refused" ? "anonymous" : authentication.unnamed
  const user = await authenticate(request, { ...authentication, unnamed })
  const wanted = impersonated(request)
  if (wanted === undefined) return user
  await setting.mayImpersonate(user, wanted)
  return wanted
}

/** Answers one request, whatever it is; never rejects. */
export async function handleRequest(
  setting: Setting,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    if (setting.isLocal && !isTrusted(incoming)) {
      answerText(response, 403, "this server answers programs on this machine only\n")
      return
    }
    const { pathname } = new URL(incoming.url ?? "/", "http://localhost")
    const user = await userOf(setting, incoming, pathname)
    const request = await readRequest(incoming)
    const exchange = { setting, cluster: setting.clusterOf(user), user, request, response }
    if (await serveDocument(exchange)) return
    await serveResource(exchange)
  } catch (error) {
    refuse(response, error)
  }
}
