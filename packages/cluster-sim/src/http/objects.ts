import { ClusterError, type ListOptions } from "@argo-ts/k8s"
import { apiVersionOf, type JsonObject, type KubernetesObject } from "@argo-ts/kernel"
import { badRequest, forbiddenField, invalidOptions } from "../api/errors.js"
import { deleteCollection } from "../delete-collection.js"
import { nothingHere } from "./answer.js"
import { verbsOfMethods } from "./asked-access.js"
import { deleteOne, deleteOptions } from "./deleting.js"
import { subresourceVerbs } from "./discovery.js"
import {
  type Answer,
  json,
  keyOf,
  notAllowed,
  notFound,
  type ObjectContext,
  written,
} from "./exchange.js"
import { logsOf } from "./logs.js"
import { patchOne } from "./patching.js"
import { type ApiRequest, bodyObject, checkBodyType, selectionOf, wholeAt } from "./request.js"
import type { Route } from "./route.js"
import { upgradeRefusal } from "./streams/open-session.js"
import { writeChecked, writeOptions } from "./write-options.js"

function listOptions(query: URLSearchParams, namespace: string | undefined): ListOptions {
  if (query.has("sendInitialEvents")) {
    const error = forbiddenField("sendInitialEvents", "sendInitialEvents is forbidden for list")
    throw invalidOptions("ListOptions", [error])
  }
  const limit = wholeAt(query, "limit") ?? 0
  const version = query.get("resourceVersion") ?? ""
  const match = query.get("resourceVersionMatch") ?? ""
  return {
    ...selectionOf(query, namespace),
    ...(limit > 0 && { limit }),
    ...(query.has("continue") && { continue: query.get("continue") ?? "" }),
    ...(version !== "" && { resourceVersion: version }),
    // The cluster refuses what is none.
    ...(match !== "" && { resourceVersionMatch: match as "Exact" }),
  }
}

async function createOne(
  { cluster, warn }: ObjectContext,
  route: Route,
  request: ApiRequest,
): Promise<Answer> {
  const { kind, namespace } = route
  if (kind.scope === "Namespaced" && namespace === undefined) throw notAllowed()
  checkBodyType(request)
  const object = written(route, bodyObject(request, kind.kind)) as KubernetesObject
  const options = writeOptions(request, route, warn)
  const created = await writeChecked(request, options, (checked) =>
    cluster.create(kind, object, checked),
  )
  return { code: 201, body: json(created) }
}

/** GET, POST and DELETE of a collection. */
export async function serveCollection(
  context: ObjectContext,
  route: Route,
  request: ApiRequest,
): Promise<Answer> {
  const { kind, namespace } = route
  const { query, method } = request
  const { cluster } = context
  switch (method) {
    case "POST":
      return createOne(context, route, request)
    case "DELETE": {
      // A namespace goes alone.
      if (kind.group === "" && kind.plural === "namespaces") throw notAllowed()
      const selection = selectionOf(query, namespace)
      const options = deleteOptions(request, route, context.warn)
      const { items, ...metadata } = await deleteCollection(cluster, kind, { selection, options })
      const gone = items.map(json)
      return { code: 200, body: listOf(route, gone, json(metadata)), items: gone }
    }
    case "GET": {
      const { items, ...metadata } = await cluster.list(kind, listOptions(query, namespace))
      const found = items.map(json)
      return { code: 200, body: listOf(route, found, json(metadata)), items: found }
    }
    default:
      throw notAllowed()
  }
}

function listOf({ kind }: Route, items: readonly JsonObject[], metadata: JsonObject): JsonObject {
  return { kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind), metadata, items }
}

/** Reads an object; one that names a version is not to be older than it. */
async function readOne(
  { cluster, system }: ObjectContext,
  route: Route,
  { query }: ApiRequest,
): Promise<Answer> {
  const { kind, name = "", subresource, namespace } = route
  const found = await cluster.get(
    kind,
    keyOf(route),
    subresource === undefined ? {} : { subresource },
  )
  const resourceVersion = query.get("resourceVersion") ?? ""
  if (resourceVersion !== "" && resourceVersion !== "0") {
    // A list is asked how new it is to be; a reader of one object is not.
    const scope = namespace === undefined ? {} : { namespace }
    const fieldSelector = { "metadata.name": name }
    await system.list(kind, { ...scope, fieldSelector, limit: 1, resourceVersion })
  }
  if (found === undefined) throw notFound(route, name)
  return { code: 200, body: json(found) }
}

async function replaceOne(
  { cluster, system, warn }: ObjectContext,
  route: Route,
  request: ApiRequest,
): Promise<Answer> {
  const { kind } = route
  checkBodyType(request)
  const object = written(route, bodyObject(request, kind.kind)) as KubernetesObject
  const { name = "" } = route
  const own = object.metadata.name ?? ""
  if (own !== name) {
    const why =
      own === ""
        ? `(${name} based on URL) was undeterminable: name must be provided`
        : `(${own}) does not match the name on the URL (${name})`
    throw new ClusterError("BadRequest", `the name of the object ${why}`)
  }
  const existed = await system.get(kind, keyOf(route))
  const options = writeOptions(request, route, warn)
  const replaced = await writeChecked(request, options, (checked) =>
    cluster.update(kind, object, checked),
  )
  return { code: existed === undefined ? 201 : 200, body: json(replaced) }
}

/** Refuses a subresource that the kind does not have, and what its subresource is not asked. */
function checkSubresource({ kind, subresource }: Route, { method }: ApiRequest): void {
  if (subresource === undefined) return
  const verbs = subresourceVerbs(kind, subresource)
  if (verbs === undefined) throw nothingHere()
  if (!verbs.includes(verbsOfMethods[method] ?? "")) throw notAllowed()
}

/** GET, PUT, PATCH and DELETE of an object or a subresource. */
export async function serveObject(
  context: ObjectContext,
  route: Route,
  request: ApiRequest,
): Promise<Answer> {
  checkSubresource(route, request)
  if (isProxied(route)) throw proxyRefusal(route)
  const special = await servePodVerb(context, route, request)
  if (special !== undefined) return special
  switch (request.method) {
    case "GET":
      return readOne(context, route, request)
    case "DELETE":
      return deleteOne(context, route, request)
    case "PUT":
      return replaceOne(context, route, request)
    case "PATCH":
      return patchOne(context, route, request)
    default:
      throw notAllowed()
  }
}

const proxied: ReadonlySet<string> = new Set(["nodes", "pods", "services"])
function isProxied({ kind, subresource }: Route): boolean {
  return subresource === "proxy" && kind.group === "" && proxied.has(kind.plural)
}

/** Nothing listens behind objects of a simulation. */
function proxyRefusal({ kind }: Route): ClusterError {
  const why = `${kind.plural}/proxy is not served: requests are not passed on to what runs in this cluster`
  return new ClusterError("MethodNotAllowed", why)
}

/** The pod whose log is asked for: that takes the right to read the log, and no other. */
async function loggedPod({ system }: ObjectContext, route: Route): Promise<JsonObject> {
  const object = await system.get(route.kind, keyOf(route))
  if (object === undefined) throw notFound(route, route.name ?? "")
  return json(object)
}

/** Verbs of pods and service accounts that are no objects: logs, eviction, binding, tokens. */
async function servePodVerb(
  context: ObjectContext,
  route: Route,
  request: ApiRequest,
): Promise<Answer | undefined> {
  const { kind, namespace = "", name = "", subresource } = route
  if (kind.group !== "" || subresource === undefined) return undefined
  const id = `${request.method} ${kind.plural}/${subresource}`
  switch (id) {
    case "GET pods/log":
      return logsOf(context, await loggedPod(context, route), { route, request })
    case "POST pods/eviction":
    case "POST pods/binding": {
      const body = written(route, bodyObject(request))
      if ((body.metadata.name ?? name) !== name) {
        const what = subresource === "eviction" ? "Eviction" : "Binding"
        throw badRequest(`name in URL does not match name in ${what} object`)
      }
      const own = { ...body, metadata: { ...body.metadata, name } }
      const options = writeOptions(request, route, context.warn)
      return { code: 201, body: json(await context.cluster.create(kind, own, options)) }
    }
    case "POST serviceaccounts/token": {
      const token = await context.accounts.issue({ namespace, name }, bodyObject(request))
      return { code: 201, body: token }
    }
    case "GET pods/exec":
    case "POST pods/exec":
    case "GET pods/attach":
    case "POST pods/attach":
    case "GET pods/portforward":
    case "POST pods/portforward":
      throw upgradeRefusal(subresource, undefined)
    default:
      return undefined
  }
}
