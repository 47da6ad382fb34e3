import type { IncomingMessage } from "node:http"
import { ClusterError, type Selection } from "@argo-ts/k8s"
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type LabelSelector,
  parseLabelSelector,
  recordOf,
  type WrittenRequirement,
} from "@argo-ts/kernel"
import { parseManifests } from "@argo-ts/kernel/yaml"
import { labelValueComplaints, qualifiedComplaints } from "../validation/names.js"
import { decodeProtobuf } from "./protobuf.js"

const bodyMax = 3 * 1024 * 1024

/** A request that has been read. */
export interface ApiRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage["headers"]
  readonly body: Buffer
}

/** Where a request goes: `//api` is a path, and not the name of a host. */
export function targetOf({ url = "/" }: IncomingMessage): URL {
  return url.startsWith("/") ? new URL(`http://localhost${url}`) : new URL(url, "http://localhost")
}

/** Reads a request with its body. */
export async function readRequest(request: IncomingMessage): Promise<ApiRequest> {
  const { pathname, searchParams } = targetOf(request)
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
  return { method, path: pathname, query: searchParams, headers, body: Buffer.concat(chunks) }
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

/** The JSON value of a body, whatever it was sent as; a body that cannot be read is refused. */
export function bodyValue(request: ApiRequest, expected = "object"): JsonValue {
  return withoutEmptyTimes(readValue(request, expected))
}

/** The value of a patch in JSON. */
export function patchValue({ body }: ApiRequest): JsonValue {
  try {
    return withoutEmptyTimes(JSON.parse(body.toString("utf8")) as JsonValue)
  } catch (error) {
    throw new ClusterError("BadRequest", `error decoding patch: ${(error as Error).message}`)
  }
}

/** 400: what was sent is no object of any kind. */
function unrecognized(kind: string, why: string): ClusterError {
  return new ClusterError(
    "BadRequest",
    `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${why}`,
  )
}

function readValue(request: ApiRequest, expected: string): JsonValue {
  const { body } = request
  const type = contentType(request)
  if (type === "application/vnd.kubernetes.protobuf") return decodeProtobuf(body)
  const isYaml = type === "application/yaml" || type === "application/apply-patch+yaml"
  const text = body.toString("utf8")
  if (isYaml) {
    const parsed = parseManifests(text)
    const value = parsed.ok ? (parsed.value[0]?.value as JsonValue | undefined) : undefined
    if (value !== undefined) return value
    if (parsed.ok) throw unrecognized(expected, "unexpected end of JSON input")
    throw new ClusterError("BadRequest", `error decoding YAML: ${parsed.issues[0]?.message ?? ""}`)
  }
  try {
    return JSON.parse(text) as JsonValue
  } catch (error) {
    const why = body.length === 0 ? "unexpected end of JSON input" : (error as Error).message
    throw unrecognized(expected, why)
  }
}

/** A body that has to be an object, by default of no certain kind. */
export function bodyObject(request: ApiRequest, expected = "object"): JsonObject {
  const value = bodyValue(request, expected)
  if (isJsonObject(value)) return value
  throw unrecognized(expected, "cannot unmarshal a value that is no object")
}

const bodyTypes = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"]

/** Refuses a body of POST or PUT in a language that is not read here. */
export function checkBodyType(request: ApiRequest): void {
  if (bodyTypes.includes(contentType(request))) return
  throw new ClusterError(
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${bodyTypes.join(", ")}`,
  )
}

/** A whole number of a query, as Go reads it; `undefined` where it is not asked for. */
export function wholeAt(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? ""
  if (text === "") return undefined
  if (/^[+-]?\d+$/.test(text)) return Number(text)
  throw new ClusterError("BadRequest", `strconv.ParseInt: parsing "${text}": invalid syntax`)
}

/** `a=b,c!=d` over fields. */
interface FieldTerms {
  readonly equal: { readonly [path: string]: string }
  readonly unequal: ReadonlyMap<string, readonly string[]>
}

function fieldTerms(text: string): FieldTerms {
  const equal: { [path: string]: string } = {}
  const unequal = new Map<string, readonly string[]>()
  for (const term of text.split(",").filter((each) => each.trim() !== "")) {
    const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(term.trim())
    if (match === null) {
      throw new ClusterError(
        "BadRequest",
        `unable to parse requirement: invalid selector: '${term}'; can't understand '${term}'`,
      )
    }
    const [, field = "", operator, value = ""] = match
    const path = field.trim()
    const first = equal[path] ?? value
    const exclude = (each: string): void => {
      unequal.set(path, [...(unequal.get(path) ?? []), each])
    }
    if (operator === "!=") exclude(value)
    // Two values at once are none's.
    else if (first !== value) exclude(first)
    else equal[path] = value
  }
  return { equal, unequal }
}

/** Why a line of a selector can be that of no label: its key is none, or some of its values. */
function complaint({ key, values }: WrittenRequirement): string | undefined {
  const ofKey = qualifiedComplaints(key).map((why) => `<nil>: Invalid value: "${key}": ${why}`)
  const mistakes =
    ofKey.length > 0
      ? ofKey
      : values.flatMap((value, index) =>
          labelValueComplaints(value).map(
            (why) => `values[${index}][${key}]: Invalid value: "${value}": ${why}`,
          ),
        )
  return mistakes.length > 1 ? `[${mistakes.join(", ")}]` : mistakes[0]
}

function labelsOf(text: string): LabelSelector {
  const read = parseLabelSelector(text, complaint)
  if (!read.ok) throw new ClusterError("BadRequest", read.issues[0]?.message ?? "")
  return read.value
}

/** Reads the selectors of a query. */
export function selectionOf(query: URLSearchParams, namespace: string | undefined): Selection {
  const labelSelector = labelsOf(query.get("labelSelector") ?? "")
  const { equal, unequal } = fieldTerms(query.get("fieldSelector") ?? "")
  return {
    ...(namespace !== undefined && { namespace }),
    ...(query.has("labelSelector") && { labelSelector }),
    ...(Object.keys(equal).length > 0 && { fieldSelector: equal }),
    ...(unequal.size > 0 && { excludedFields: Object.fromEntries(unequal) }),
  }
}
