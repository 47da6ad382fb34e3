import {
  type Cluster,
  ClusterError,
  type DeleteOptions,
  type Patch,
  type WriteOptions,
} from "@argo-ts/k8s"
import {
  apiVersionOf,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type KubernetesObject,
  type ObjectKey,
  type UntypedObject,
} from "@argo-ts/kernel"
import { deleteCollection } from "../delete-collection.js"
import { nothingHere } from "./answer.js"
import type { AccountTokens } from "./auth/account-tokens.js"
import { type LogReader, logsOf } from "./logs.js"
import { at, textAt } from "./reading.js"
import { type ApiRequest, bodyObject, bodyValue, contentType, selectionOf } from "./request.js"
import type { Route } from "./route.js"

/** What requests are served with. */
export interface ObjectContext {
  readonly cluster: Cluster
  readonly now: () => number
  readonly accounts: AccountTokens
  /** Reads what pods have written; absent: they say nothing. */
  readonly logs: LogReader | undefined
}

/** An answer before it is written. */
export interface Answer {
  readonly code: number
  readonly body: JsonObject
  /** A list's objects, where it is one. */
  readonly items?: readonly JsonObject[]
  /** A text instead of JSON. */
  readonly text?: string
  /** A text that grows: what there is, and then what comes, until it ends or the signal says so. */
  readonly texts?: (signal: AbortSignal) => AsyncIterable<string>
}

function notAllowed(): ClusterError {
  return new ClusterError(
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
  )
}

function notFound({ kind }: Route, name: string): ClusterError {
  const qualified = kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`
  return new ClusterError("NotFound", `${qualified} "${name}" not found`, {
    name,
    ...(kind.group !== "" && { group: kind.group }),
    kind: kind.plural,
  })
}

function json(object: object): JsonObject {
  return object as unknown as JsonObject
}

function writeOptions(
  { query, warn }: ApiRequest,
  route: Route,
): WriteOptions & { readonly fieldManager: string } {
  const fieldValidation = query.get("fieldValidation")
  return {
    fieldManager: query.get("fieldManager") ?? "unknown",
    onWarning: warn,
    ...(query.get("dryRun") === "All" && { dryRun: true }),
    ...(route.subresource !== undefined && { subresource: route.subresource }),
    ...((fieldValidation === "Strict" ||
      fieldValidation === "Warn" ||
      fieldValidation === "Ignore") && { fieldValidation }),
  }
}

/** The object of a write, with the kind and the namespace that its path says. */
function written(route: Route, body: JsonObject): UntypedObject {
  const { kind, namespace } = route
  const metadata = at(body, "metadata")
  const own = textAt(body, ["metadata", "namespace"])
  if (namespace !== undefined && own !== "" && own !== namespace) {
    throw new ClusterError(
      "BadRequest",
      `the namespace of the provided object does not match the namespace sent on the request`,
    )
  }
  return {
    ...body,
    apiVersion: textAt(body, ["apiVersion"], apiVersionOf(kind)),
    kind: textAt(body, ["kind"], kind.kind),
    metadata: {
      ...(metadata !== undefined && isJsonObject(metadata) ? metadata : {}),
      ...(namespace !== undefined && { namespace }),
    },
  } as unknown as UntypedObject
}

function patchOf(request: ApiRequest): Patch | "apply" {
  switch (contentType(request)) {
    case "application/json-patch+json":
      return {
        type: "json",
        operations: bodyValue(request) as unknown as Extract<Patch, { type: "json" }>["operations"],
      }
    case "application/merge-patch+json":
      return { type: "merge", patch: bodyObject(request) }
    case "application/strategic-merge-patch+json":
      return { type: "strategic", patch: bodyObject(request) }
    case "application/apply-patch+yaml":
      return "apply"
    default:
      throw new ClusterError(
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml",
      )
  }
}

/** GET, POST and DELETE of a collection. */
export async function serveCollection(
  { cluster }: ObjectContext,
  route: Route,
  request: ApiRequest,
): Promise<Answer> {
  const { kind, namespace } = route
  const { query, method } = request
  if (method === "POST") {
    if (kind.scope === "Namespaced" && namespace === undefined) throw notAllowed()
    const object = written(route, bodyObject(request))
    const created = await cluster.create(
      kind,
      object as KubernetesObject,
      writeOptions(request, route),
    )
    return { code: 201, body: json(created) }
  }
  const { selection, keeps } = selectionOf(query, namespace)
  if (method === "DELETE") {
    const options = deleteOptions(request, route)
    const items = await deleteCollection(cluster, kind, { selection, options })
    const gone = items.map(json)
    return { code: 200, body: listOf(route, gone, {}), items: gone }
  }
  if (method !== "GET") throw notAllowed()
  const limit = Number(query.get("limit") ?? 0)
  const version = query.get("resourceVersion") ?? ""
  const match = query.get("resourceVersionMatch") ?? ""
  const page = await cluster.list(kind, {
    ...selection,
    ...(limit > 0 && { limit }),
    ...(query.has("continue") && { continue: query.get("continue") ?? "" }),
    ...(version !== "" && { resourceVersion: version }),
    // The cluster refuses what is none.
    ...(match !== "" && { resourceVersionMatch: match as "Exact" }),
  })
  const { items, ...metadata } = page
  const kept = items.map(json).filter(keeps)
  return { code: 200, body: listOf(route, kept, json(metadata)), items: kept }
}

function listOf({ kind }: Route, items: readonly JsonObject[], metadata: JsonObject): JsonObject {
  return { kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind), metadata, items }
}

function deleteOptions(request: ApiRequest, route: Route): DeleteOptions {
  const body = bodyObject(request)
  const { query } = request
  const policy = textAt(body, ["propagationPolicy"], query.get("propagationPolicy") ?? "")
  const grace =
    at(body, "gracePeriodSeconds") ??
    (query.has("gracePeriodSeconds") ? Number(query.get("gracePeriodSeconds")) : undefined)
  const preconditions = at(body, "preconditions")
  const isDry =
    Array.isArray(body["dryRun"]) && (body["dryRun"] as readonly JsonValue[]).includes("All")
  return {
    ...writeOptions(request, route),
    ...(isDry && { dryRun: true }),
    // The cluster refuses what is none.
    ...(policy !== "" && { propagationPolicy: policy as "Background" }),
    ...(typeof grace === "number" && { gracePeriodSeconds: grace }),
    ...(preconditions !== undefined && isJsonObject(preconditions) && { preconditions }),
  }
}

async function deleteOne(
  context: ObjectContext,
  route: Route,
  request: ApiRequest,
): Promise<Answer> {
  const { kind, name = "" } = route
  const key = keyOf(route)
  const before = await context.cluster.get(kind, key)
  if (before === undefined) throw notFound(route, name)
  await context.cluster.delete(kind, key, deleteOptions(request, route))
  const after = await context.cluster.get(kind, key)
  if (after !== undefined && after.metadata.uid === before.metadata.uid)
    return { code: 200, body: json(after) }
  const details = {
    name,
    ...(kind.group !== "" && { group: kind.group }),
    kind: kind.plural,
    uid: before.metadata.uid,
  }
  return {
    code: 200,
    body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details },
  }
}

function keyOf({ namespace, name = "" }: Route): ObjectKey {
  return namespace === undefined ? { name } : { namespace, name }
}

/** GET, PUT, PATCH and DELETE of an object or a subresource. */
export async function serveObject(
  context: ObjectContext,
  route: Route,
  request: ApiRequest,
): Promise<Answer> {
  const { cluster } = context
  const { kind, name = "", subresource } = route
  const special = await servePodVerb(context, route, request)
  if (special !== undefined) return special
  const key = keyOf(route)
  switch (request.method) {
    case "GET": {
      const found = await cluster.get(kind, key, subresource === undefined ? {} : { subresource })
      if (found === undefined) throw notFound(route, name)
      return { code: 200, body: json(found) }
    }
    case "DELETE":
      return deleteOne(context, route, request)
    case "PUT": {
      const object = written(route, bodyObject(request))
      return {
        code: 200,
        body: json(
          await cluster.update(kind, object as KubernetesObject, writeOptions(request, route)),
        ),
      }
    }
    case "PATCH":
      return patchOne(context, route, request)
    default:
      throw notAllowed()
  }
}

async function patchOne(
  { cluster }: ObjectContext,
  route: Route,
  request: ApiRequest,
): Promise<Answer> {
  const { kind, name = "" } = route
  const patch = patchOf(request)
  const options = writeOptions(request, route)
  if (patch !== "apply")
    return { code: 200, body: json(await cluster.patch(kind, keyOf(route), patch, options)) }
  if (request.query.get("fieldManager") === null) {
    throw new ClusterError(
      "BadRequest",
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    )
  }
  const existed = await cluster.get(kind, keyOf(route))
  const body = bodyObject(request)
  const object = written(route, {
    ...body,
    metadata: { ...((at(body, "metadata") ?? {}) as JsonObject), name },
  })
  const force = /^(?:1|true)$/.test(request.query.get("force") ?? "")
  const applied = await cluster.apply(kind, object as KubernetesObject, { ...options, force })
  return { code: existed === undefined ? 201 : 200, body: json(applied) }
}

async function existing({ cluster }: ObjectContext, route: Route): Promise<JsonObject> {
  const object = await cluster.get(route.kind, keyOf(route))
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
      return logsOf(context, await existing(context, route), { route, request })
    case "POST pods/eviction":
    case "POST pods/binding": {
      const body = written(route, bodyObject(request))
      const own = { ...body, metadata: { ...body.metadata, name } }
      const done = await context.cluster.create(kind, own, writeOptions(request, route))
      return { code: 201, body: json(done) }
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
      throw new ClusterError("BadRequest", `${subresource} is not served: pods here are simulated`)
    default:
      if (request.method === "POST") throw nothingHere()
      return undefined
  }
}
