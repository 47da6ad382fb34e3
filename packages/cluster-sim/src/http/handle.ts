import type { IncomingMessage, ServerResponse } from "node:http"
import { answerJson, answerText, nothingHere, refuse } from "./answer.js"
import { answerList } from "./answer-list.js"
import { askedAccess } from "./asked-access.js"
import { authenticate, impersonated } from "./auth/authenticate.js"
import type { UserInfo } from "./auth/user.js"
import { customColumnsOf, readersWarning } from "./custom-columns.js"
import { isPosted } from "./discovery.js"
import { isPublic, serveDocument } from "./documents.js"
import { type Answer, notAllowed } from "./exchange.js"
import { answerYaml, type Form, formOf, notAcceptable } from "./negotiation.js"
import { serveCollection, serveObject } from "./objects.js"
import { bodyObject, isOn, readRequest, targetOf } from "./request.js"
import { answerReview, demand } from "./reviews.js"
import { bindingRoute, isCustom, isInBuiltInGroup, type Route, routeOf } from "./route.js"
import type { Exchange, Setting } from "./setting.js"
import { includeObjectOf, partialOf, tableOf } from "./table.js"
import { serveWatch } from "./watch.js"

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
  await demand(setting.authorizer, user, askedAccess(request))
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
  const route =
    method === "POST"
      ? (bindingRoute(kinds, request) ?? routeOf(kinds, path))
      : routeOf(kinds, path)
  if (route === undefined) {
    if (isPosted(path)) throw notAllowed()
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
    warn,
  }
  const isWatch =
    method === "GET" && (route.isWatch || (isOn(query, "watch") && route.name === undefined))
  exchange.note.isOf(route, request, isWatch)
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
  const note = setting.metrics.begin(incoming.method ?? "GET", response)
  try {
    if (setting.isLocal && !isTrusted(incoming)) {
      answerText(response, 403, "this server answers programs on this machine only\n")
      return
    }
    const { pathname } = targetOf(incoming)
    const user = await userOf(setting, incoming, pathname)
    const request = await readRequest(incoming)
    const exchange = { setting, cluster: setting.clusterOf(user), user, note, request, response }
    if (await serveDocument(exchange)) return
    await serveResource(exchange)
  } catch (error) {
    refuse(response, error)
  }
}
