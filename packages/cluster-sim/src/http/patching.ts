import { ClusterError, type Patch } from "@argo-ts/k8s"
import { apiVersionOf, type JsonObject, type KubernetesObject } from "@argo-ts/kernel"
import { badRequest, invalidOptions, required, typeText } from "../api/errors.js"
import { type Answer, json, keyOf, type ObjectContext, written } from "./exchange.js"
import { at, textAt } from "./reading.js"
import { type ApiRequest, bodyObject, contentType, patchValue } from "./request.js"
import type { Route } from "./route.js"
import { isForced, writeChecked, writeOptions } from "./write-options.js"

type Operations = Extract<Patch, { type: "json" }>["operations"]

function patchOf(request: ApiRequest): Patch | "apply" {
  switch (contentType(request)) {
    case "application/json-patch+json":
      // The cluster refuses what is no list.
      return { type: "json", operations: patchValue(request) as unknown as Operations }
    case "application/merge-patch+json":
      return { type: "merge", patch: patchValue(request) as JsonObject }
    case "application/strategic-merge-patch+json":
      return { type: "strategic", patch: patchValue(request) as JsonObject }
    case "application/apply-patch+yaml":
      return "apply"
    default:
      throw new ClusterError(
        "UnsupportedMediaType",
        "415: Unsupported Media Type: the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml",
      )
  }
}

/** The configuration of an apply, which says itself what it is. */
function configOf(route: Route, request: ApiRequest): KubernetesObject {
  const { kind, name = "" } = route
  const body = bodyObject(request, kind.kind)
  const found = [textAt(body, ["apiVersion"]), textAt(body, ["kind"])]
  const scale = route.subresource === "scale" ? "autoscaling/v1" : apiVersionOf(kind)
  if (found[0] !== scale && found[0] !== apiVersionOf(kind)) {
    throw badRequest(`invalid object type: ${typeText(found[0] ?? "", found[1] ?? "")}`)
  }
  const own = textAt(body, ["metadata", "name"], name)
  if (own !== name) {
    const message = `the name of the object (${own}) does not match the name on the URL (${name})`
    throw new ClusterError("BadRequest", message)
  }
  const metadata = { ...((at(body, "metadata") ?? {}) as JsonObject), name }
  return written(route, { ...body, metadata }) as KubernetesObject
}

/** PATCH of an object or a subresource, in one of the four languages. */
export async function patchOne(
  { cluster, system, warn }: ObjectContext,
  route: Route,
  request: ApiRequest,
): Promise<Answer> {
  const { kind } = route
  const patch = patchOf(request)
  const options = writeOptions(request, route, warn)
  if (patch !== "apply") {
    const patched = await writeChecked(request, options, (checked) =>
      cluster.patch(kind, keyOf(route), patch, checked),
    )
    return { code: 200, body: json(patched) }
  }
  if ((request.query.get("fieldManager") ?? "") === "") {
    const missing = required("fieldManager", "is required for apply patch")
    throw invalidOptions("PatchOptions", [missing])
  }
  const existed = await system.get(kind, keyOf(route))
  const config = configOf(route, request)
  const force = isForced(request)
  const applied = await writeChecked(request, options, (checked) =>
    cluster.apply(kind, config, { ...checked, force }),
  )
  return { code: existed === undefined ? 201 : 200, body: json(applied) }
}
