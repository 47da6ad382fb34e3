import type { IncomingMessage } from "node:http"
import { ClusterError, type Selection } from "@argo-ts/k8s"
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseLabelSelector,
  recordOf,
} from "@argo-ts/kernel"
import { parseManifests } from "@argo-ts/kernel/yaml"
import { decodeProtobuf } from "./protobuf.js"

const bodyMax = 3 * 1024 * 1024

/** A request that has been read. */
export interface ApiRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage["headers"]
  readonly body: Buffer
  /** Tells the client something beside the answer. */
  readonly warn: (text: string) => void
}

/** Reads a request with its body. */
export async function readRequest(
  request: IncomingMessage,
  warn: ApiRequest["warn"],
): Promise<ApiRequest> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost")
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size > bodyMax) {
      throw new ClusterError("RequestEntityTooLarge", `limit is ${bodyMax}`)
    }
    chunks.push(chunk as Buffer)
  }
  const { method = "GET", headers } = request
  const body = Buffer.concat(chunks)
  return { method, path: pathname, query: searchParams, headers, body, warn }
}

/** True where a parameter of the query says so. */
export function isOn(query: URLSearchParams, name: string): boolean {
  return /^(?:1|t|T|true|TRUE|True)$/.test(query.get(name) ?? "")
}

/** The type of a body, without its parameters. */
export function contentType({ headers }: ApiRequest): string {
  return (headers["content-type"] ?? "application/json").split(";")[0]?.trim().toLowerCase() ?? ""
}

/** A value without `creationTimestamp: null`, which Go's clients write into every template and servers forget. */
function withoutEmptyTimes(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutEmptyTimes)
  if (!isJsonObject(value)) return value
  return recordOf(
    Object.entries(value).flatMap(([key, item]): (readonly [string, JsonValue])[] =>
      key === "creationTimestamp" && item === null ? [] : [[key, withoutEmptyTimes(item ?? null)]],
    ),
  )
}

/** The JSON value of a body, whatever it was sent as. */
export function bodyValue(request: ApiRequest): JsonValue {
  return withoutEmptyTimes(readValue(request))
}

function readValue(request: ApiRequest): JsonValue {
  const { body } = request
  if (body.length === 0) return {}
  const type = contentType(request)
  if (type === "application/vnd.kubernetes.protobuf") return decodeProtobuf(body)
  const isYaml = type === "application/yaml" || type === "application/apply-patch+yaml"
  const text = body.toString("utf8")
  if (isYaml) {
    const parsed = parseManifests(text)
    if (parsed.ok) return parsed.value[0]?.value as JsonValue
    throw new ClusterError("BadRequest", `error decoding YAML: ${parsed.issues[0]?.message ?? ""}`)
  }
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    throw new ClusterError("BadRequest", "couldn't get version/kind; json parse error")
  }
}

/** A body that has to be an object. */
export function bodyObject(request: ApiRequest): JsonObject {
  const value = bodyValue(request)
  if (isJsonObject(value)) return value
  throw new ClusterError("BadRequest", "expected an object")
}

/** `a=b,c!=d` over fields. */
interface FieldTerms {
  readonly equal: { readonly [path: string]: string }
  readonly unequal: readonly (readonly [string, string])[]
}

function fieldTerms(text: string): FieldTerms {
  const equal: { [path: string]: string } = {}
  const unequal: (readonly [string, string])[] = []
  for (const term of text.split(",").filter((each) => each.trim() !== "")) {
    const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(term.trim())
    if (match === null) {
      throw new ClusterError(
        "BadRequest",
        `unable to parse requirement: invalid selector: '${term}'; can't understand '${term}'`,
      )
    }
    const [, path = "", operator, value = ""] = match
    if (operator === "!=") unequal.push([path.trim(), value])
    else equal[path.trim()] = value
  }
  return { equal, unequal }
}

/** What a request selects, and what is left to be filtered. */
export interface Selected {
  readonly selection: Selection
  readonly keeps: (object: JsonObject) => boolean
}

function fieldOf(object: JsonObject, path: string): string {
  let value: JsonValue | undefined = object
  for (const key of path.split(".")) {
    value = value !== undefined && isJsonObject(value) ? value[key] : undefined
  }
  return value === undefined || value === null ? "" : String(value)
}

/** Reads the selectors of a query. */
export function selectionOf(query: URLSearchParams, namespace: string | undefined): Selected {
  const labels = parseLabelSelector(query.get("labelSelector") ?? "")
  if (!labels.ok) throw new ClusterError("BadRequest", labels.issues[0]?.message ?? "")
  const { equal, unequal } = fieldTerms(query.get("fieldSelector") ?? "")
  return {
    selection: {
      ...(namespace !== undefined && { namespace }),
      ...(query.has("labelSelector") && { labelSelector: labels.value }),
      ...(Object.keys(equal).length > 0 && { fieldSelector: equal }),
    },
    keeps: (object) => unequal.every(([path, value]) => fieldOf(object, path) !== value),
  }
}

/** How the answer is to be written: the first of the accepted forms that there is. */
export type Form = "json" | "table" | "partial" | "partialList"

/** What an `Accept` header asks for. */
export function formOf(accept: string | undefined): Form {
  for (const range of (accept ?? "application/json").split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim())
    const of = new Map(parameters.map((each) => each.split("=") as [string, string]))
    const as = of.get("as")
    if (type !== "application/json" && type !== "*/*") continue
    if (as === undefined) return "json"
    if (of.get("g") !== "meta.k8s.io" || of.get("v") !== "v1") continue
    if (as === "Table") return "table"
    if (as === "PartialObjectMetadata") return "partial"
    if (as === "PartialObjectMetadataList") return "partialList"
  }
  return "json"
}
