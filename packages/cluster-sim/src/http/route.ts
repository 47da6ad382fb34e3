import { apiVersionOf, type Kind } from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { isComputedKind } from "../metrics/computed-kinds.js"
import { isBuiltInGroup } from "./discovery.js"
import { textAt } from "./reading.js"
import { type ApiRequest, bodyObject } from "./request.js"

/** Where a resource request goes. */
export interface Route {
  readonly kind: Kind
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly subresource: string | undefined
  /** True for the old form of watches, `/api/v1/watch/…`. */
  readonly isWatch: boolean
}

/** A path of the API before its kind is known. */
interface Place {
  readonly group: string
  readonly version: string
  readonly rest: readonly string[]
}

function placeOf(path: string): Place | undefined {
  let parts: string[]
  try {
    parts = path.split("/").slice(1).map(decodeURIComponent)
  } catch {
    return undefined
  }
  if (parts.at(-1) === "") parts.pop()
  const [root, ...rest] = parts
  if (root === "api") {
    const [version = "", ...more] = rest
    return { group: "", version, rest: more }
  }
  const [group = "", version = "", ...more] = rest
  return root === "apis" ? { group, version, rest: more } : undefined
}

/** True where the path is of a built-in group: what is not served there is told as a Status, elsewhere as a page. */
export function isInBuiltInGroup(path: string): boolean {
  const place = placeOf(path)
  return place !== undefined && isBuiltInGroup(place.group)
}

/** The kind, and the object or collection, that a path names; undefined where nothing is served. */
export function routeOf(kinds: readonly Kind[], path: string): Route | undefined {
  const place = placeOf(path)
  if (place === undefined) return undefined
  const isWatch = place.rest[0] === "watch"
  const rest = isWatch ? place.rest.slice(1) : place.rest
  const isNamespaced = rest[0] === "namespaces" && rest.length > 2
  const isOfNamespace =
    isNamespaced && /^(?:status|finalize)$/.test(rest[2] ?? "") && rest.length === 3
  const [namespace, tail] =
    isNamespaced && !isOfNamespace ? [rest[1], rest.slice(2)] : [undefined, rest]
  const [plural, name, subresource, ...more] = tail
  const kind = kinds.find(
    (each) =>
      each.group === place.group && each.version === place.version && each.plural === plural,
  )
  // What is asked of a proxy goes on behind it.
  if (kind === undefined || (more.length > 0 && subresource !== "proxy")) return undefined
  const isMisplaced =
    kind.scope === "Cluster"
      ? namespace !== undefined
      : namespace === undefined && name !== undefined
  return isMisplaced ? undefined : { kind, namespace, name, subresource, isWatch }
}

/** The old way of binding a pod, which the body names: `POST …/bindings`. */
export function bindingRoute(kinds: readonly Kind[], request: ApiRequest): Route | undefined {
  const [, namespace] = /^\/api\/v1\/namespaces\/([^/]+)\/bindings\/?$/.exec(request.path) ?? []
  const pods = kinds.find(({ group, plural }) => group === "" && plural === "pods")
  if (namespace === undefined || pods === undefined) return undefined
  const name = textAt(bodyObject(request, "Binding"), ["metadata", "name"])
  return { kind: pods, namespace, name, subresource: "binding", isWatch: false }
}

/** True for a kind that Kubernetes itself does not have: its lists say more. */
export function isCustom(kind: Kind): boolean {
  return !isComputedKind(kind) && builtInKind(apiVersionOf(kind), kind.kind) === undefined
}
