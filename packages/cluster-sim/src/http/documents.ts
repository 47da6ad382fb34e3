import { createHash } from "node:crypto"
import { metricsContentType } from "@argo-ts/k8s"
import { compareText } from "@argo-ts/kernel"
import { answerJson, answerText } from "./answer.js"
import { issuer } from "./auth/account-tokens.js"
import { aggregatedDiscovery, discoveryPaths, legacyDiscovery } from "./discovery.js"
import { demand } from "./reviews.js"
import type { Exchange } from "./setting.js"

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

const fixedPaths = [
  "/.well-known/openid-configuration",
  "/healthz",
  "/livez",
  "/metrics",
  "/openapi/v2",
  "/openapi/v3",
  "/openid/v1/jwks",
  "/readyz",
  "/version",
]

/** Paths that everybody may read. */
export function isPublic(path: string): boolean {
  return /^\/(?:version|healthz|livez|readyz|openid\/v1\/jwks|\.well-known\/openid-configuration)(?:\/|$)/.test(
    path,
  )
}

/** True for paths of collections and objects: whoever serves those asks who may. */
function isOfResource(path: string): boolean {
  return /^\/(?:api\/[^/]+|apis\/[^/]+\/[^/]+)\/./.test(path)
}

/** How the server is, or one part of it. */
function isHealth(path: string): boolean {
  return /^\/(?:healthz|livez|readyz)(?:\/(?:ping|store))?$/.test(path)
}

/** A server that answers is well; who asks at length is told of what. */
function healthOf(path: string, query: URLSearchParams): string {
  if (!query.has("verbose")) return "ok"
  return `[+]ping ok\n[+]store ok\n${path.slice(1)} check passed\n`
}

/** What is served: paths that are no objects. */
async function rootPaths({ setting }: Exchange): Promise<readonly string[]> {
  const kinds = await setting.system.kinds({ allVersions: true, readOnly: true })
  return [...new Set([...fixedPaths, ...discoveryPaths(kinds)])].toSorted(compareText)
}

async function printMetrics({ setting, response }: Exchange): Promise<void> {
  const text = await setting.metrics.print()
  response.writeHead(200, { "content-type": metricsContentType }).end(text)
}

/** Documents that are no resources, for whoever may read them; false where the path is none of them. */
export async function serveDocument(exchange: Exchange): Promise<boolean> {
  const { setting, user, note, request, response } = exchange
  const { path, method } = request
  if (isOfResource(path)) return false
  if (isHealth(path)) note.isHealth(path)
  if (!isPublic(path)) await demand(setting.authorizer, user, { verb: method.toLowerCase(), path })
  if (method !== "GET") return false
  if (path === "/") answerJson(response, 200, { paths: await rootPaths(exchange) })
  else if (path === "/metrics") await printMetrics(exchange)
  else if (/^\/version\/?$/.test(path)) answerJson(response, 200, version)
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
