import type { AccessQuestion } from "../access/policy-rule.js"
import { type ApiRequest, isOn } from "./request.js"

/** The verbs of requests to one object, by their methods. */
export const verbsOfMethods: { readonly [method: string]: string } = {
  DELETE: "delete",
  GET: "get",
  HEAD: "get",
  PATCH: "patch",
  POST: "create",
  PUT: "update",
}

/** The one name that a collection is asked for by its field selector. */
function selectedName(query: URLSearchParams): string | undefined {
  const terms = (query.get("fieldSelector") ?? "").split(",")
  return terms.map((term) => /^metadata\.name==?([^=!]+)$/.exec(term)?.[1]).find(Boolean)
}

function verbOf({ method, query }: ApiRequest, isWatch: boolean, name: string | undefined): string {
  const verb = verbsOfMethods[method] ?? ""
  if (isWatch) return "watch"
  if (name !== undefined) return verb
  if (verb === "get") return isOn(query, "watch") ? "watch" : "list"
  return verb === "delete" ? "deletecollection" : verb
}

/**
 * What a request of a resource asks to do, by its path alone: whoever may not is told so before anything is looked for. A
 * Namespace lies in itself.
 */
export function askedAccess(request: ApiRequest): AccessQuestion {
  const [, root, ...parts] = request.path.replace(/\/$/, "").split("/").map(decoded)
  const group = root === "api" ? "" : (parts.shift() ?? "")
  parts.shift()
  const isWatch = parts[0] === "watch"
  if (isWatch) parts.shift()
  const isIn = parts[0] === "namespaces" && parts.length > 1
  const namespace = isIn ? parts[1] : undefined
  const isOfNamespace = isIn && (parts.length === 2 || /^(?:status|finalize)$/.test(parts[2] ?? ""))
  if (isIn && !isOfNamespace) parts.splice(0, 2)
  const [resource = "", own, subresource] = parts
  const verb = verbOf(request, isWatch, own)
  const isMany = verb === "list" || verb === "watch" || verb === "deletecollection"
  const name = own ?? (isMany ? selectedName(request.query) : undefined)
  return {
    verb,
    group,
    resource,
    ...(subresource !== undefined && { subresource }),
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
  }
}

/** What is no text of UTF-8 is no name either: it is left as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
