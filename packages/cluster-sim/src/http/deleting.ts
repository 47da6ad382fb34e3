import type { ClusterError, DeleteOptions } from "@argo-ts/k8s"
import { isJsonObject, type JsonObject } from "@argo-ts/kernel"
import { badRequest, forbiddenField, invalidOptions } from "../api/errors.js"
import { decode } from "../decode/decode.js"
import { type Message, messageOf } from "../decode/message.js"
import { DecodeError } from "../decode/scalar.js"
import { type Answer, keyOf, notFound, type ObjectContext } from "./exchange.js"
import { at, textAt, textsAt } from "./reading.js"
import { type ApiRequest, bodyObject, wholeAt } from "./request.js"
import type { Route } from "./route.js"
import { dryRunErrors, writeOptions } from "./write-options.js"

/** The policy of a deletion, which older clients say as `orphanDependents`. */
function policyOf(body: JsonObject, query: URLSearchParams): string {
  const policy = textAt(body, ["propagationPolicy"], query.get("propagationPolicy") ?? "")
  const legacy = body["orphanDependents"] ?? query.get("orphanDependents") ?? undefined
  if (legacy === undefined || legacy === null) return policy
  if (policy !== "") {
    const why = "orphanDependents and deletionPropagation cannot be both set"
    throw invalidOptions("DeleteOptions", [forbiddenField("propagationPolicy", why)])
  }
  return legacy === true || legacy === "true" ? "Orphan" : "Background"
}

/** Seconds that an object gets; the body wins over the query. */
function graceOf(body: JsonObject, query: URLSearchParams): number | undefined {
  const own = at(body, "gracePeriodSeconds")
  if (typeof own === "number") return own
  return wholeAt(query, "gracePeriodSeconds")
}

/** The body of a deletion, read as what it is; without one there are no options in it. */
function optionsOf(request: ApiRequest): JsonObject {
  if (request.body.length === 0) return {}
  const body = bodyObject(request, "DeleteOptions")
  const kind = textAt(body, ["kind"], "DeleteOptions")
  const version = textAt(body, ["apiVersion"], "v1").split("/").at(-1)
  const refused = (why: string): ClusterError =>
    badRequest(`${kind} in version "${version}" cannot be handled as a DeleteOptions: ${why}`)
  if (kind !== "DeleteOptions") throw refused('expected DeleteOptions in version "v1"')
  try {
    return decode(messageOf("meta/v1", "DeleteOptions") as Message, body).object
  } catch (error) {
    throw error instanceof DecodeError ? refused(error.message) : error
  }
}

/** True where only what would happen is asked for. */
function isDryOf(body: JsonObject): boolean {
  const asked = textsAt(body, "dryRun")
  const errors = dryRunErrors(asked)
  if (errors.length > 0) throw invalidOptions("DeleteOptions", errors)
  return asked.length > 0
}

/** Options of a deletion, from its body and its query. */
export function deleteOptions(
  request: ApiRequest,
  route: Route,
  warn: (text: string) => void,
): DeleteOptions {
  const body = optionsOf(request)
  const { query } = request
  const policy = policyOf(body, query)
  const grace = graceOf(body, query)
  const preconditions = at(body, "preconditions")
  return {
    ...writeOptions(request, route, warn),
    ...(isDryOf(body) && { dryRun: true }),
    // The cluster refuses what is none.
    ...(policy !== "" && { propagationPolicy: policy as "Background" }),
    ...(grace !== undefined && { gracePeriodSeconds: grace }),
    ...(preconditions !== undefined && isJsonObject(preconditions) && { preconditions }),
  }
}

/** DELETE of an object: what is left of it, or what it was, or that it went. */
export async function deleteOne(
  context: ObjectContext,
  route: Route,
  request: ApiRequest,
): Promise<Answer> {
  const { kind, name = "" } = route
  let body: JsonObject = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" }
  const onAnswer = (answer: JsonObject): void => {
    body = answer
  }
  const options = { ...deleteOptions(request, route, context.warn), onAnswer }
  const { cluster, system } = context
  const key = keyOf(route)
  // A server looks before and after, too: either may be what a fault strikes.
  const before = await system.get(kind, key)
  if (!(await cluster.delete(kind, key, options)) || before === undefined) {
    throw notFound(route, name)
  }
  await system.get(kind, key)
  return { code: 200, body }
}
