import type { ServerResponse } from "node:http"
import { ClusterError } from "@argo-ts/k8s"
import type { JsonObject, JsonValue } from "@argo-ts/kernel"

const internal = "Internal error occurred"

/** A refusal as Kubernetes writes it. */
export function statusOf(error: unknown): JsonObject & { readonly code: number } {
  const isOurs = error instanceof Error && error.name === "ClusterError"
  const unknown = `${internal}: the request could not be served`
  const { status, message, code, details } = (
    isOurs ? error : new ClusterError("InternalError", unknown, { causes: [{ message: unknown }] })
  ) as ClusterError
  // A request that led nowhere is 500 without a reason; only the server's own failures have one.
  const hasReason = code !== "InternalError" || message.startsWith(internal)
  const { continue: next, ...rest } = details
  const causes = details.causes === undefined ? {} : { causes: details.causes }
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: next === undefined ? {} : { continue: next },
    status: "Failure",
    message,
    ...(hasReason && { reason: code }),
    // kubectl reads what is not found without looking whether there are details.
    ...((code === "NotFound" || code === "Invalid" || Object.keys(rest).length > 0) && {
      details: { ...rest, ...causes } as unknown as JsonObject,
    }),
    code: status,
  }
}

/** Answers with JSON. */
export function answerJson(
  response: ServerResponse,
  code: number,
  body: unknown,
  headers: { readonly [name: string]: string } = {},
): void {
  response
    .writeHead(code, { "content-type": "application/json", ...headers })
    .end(JSON.stringify(body))
}

/** Stored objects never change: their bytes in a list are kept for as long as they are. */
const listed = new WeakMap<object, Buffer>()

/** The latest field of each name, and its text: what was made from one template shares its parts. */
type LatestFields = Map<string, { readonly value: object; readonly text: string }>

function fieldText(name: string, value: JsonValue | undefined, latest: LatestFields): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  const known = latest.get(name)
  if (known?.value === value) return known.text
  const text = JSON.stringify(value)
  latest.set(name, { value, text })
  return text
}

/** An object of a list: without kind and version, which the list has. */
function bytesOf(item: JsonObject, latest: LatestFields): Buffer {
  const known = listed.get(item)
  if (known !== undefined) return known
  let text = ""
  for (const name of Object.keys(item)) {
    const value = item[name]
    if (name === "apiVersion" || name === "kind" || value === undefined) continue
    text += `${text === "" ? "{" : ","}${JSON.stringify(name)}:${fieldText(name, value, latest)}`
  }
  const bytes = Buffer.from(text === "" ? "{}" : `${text}}`)
  // What may still change is no object of the store.
  if (Object.isFrozen(item)) listed.set(item, bytes)
  return bytes
}

const comma = 0x2c

/** Answers with a list, its items as they are stored. */
export function answerList(response: ServerResponse, code: number, list: JsonObject): void {
  const { items, ...head } = list
  const latest: LatestFields = new Map()
  const parts = (items as readonly JsonObject[]).map((item) => bytesOf(item, latest))
  const start = Buffer.from(`${JSON.stringify(head).slice(0, -1)},"items":[`)
  const end = Buffer.from("]}")
  const commas = Math.max(0, parts.length - 1)
  const size = parts.reduce((sum, { length }) => sum + length, start.length + commas + end.length)
  // One piece, copied together: a text of this size would be measured and encoded anew each time.
  const body = Buffer.allocUnsafe(size)
  let at = start.copy(body)
  for (const [index, part] of parts.entries()) {
    if (index > 0) body[at++] = comma
    at += part.copy(body, at)
  }
  end.copy(body, at)
  response.writeHead(code, { "content-type": "application/json" }).end(body)
}

/** Answers with a text. */
export function answerText(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { "content-type": "text/plain" }).end(text)
}

/** Answers with a refusal. */
export function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.end()
    return
  }
  const status = statusOf(error)
  const { retryAfterSeconds } = (status["details"] ?? {}) as {
    readonly retryAfterSeconds?: number
  }
  const again = retryAfterSeconds === undefined ? {} : { "retry-after": `${retryAfterSeconds}` }
  answerJson(response, status.code, status, again)
}

/** There is nothing at a path. */
export function nothingHere(): ClusterError {
  return new ClusterError("NotFound", "the server could not find the requested resource")
}
