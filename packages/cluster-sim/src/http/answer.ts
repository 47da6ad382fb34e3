import type { ServerResponse } from "node:http"
import { ClusterError } from "@argo-ts/k8s"
import type { JsonObject } from "@argo-ts/kernel"

/** A refusal as Kubernetes writes it. */
export function statusOf(error: unknown): JsonObject & { readonly code: number } {
  const isOurs = error instanceof Error && error.name === "ClusterError"
  const { status, message, code, details } = (
    isOurs ? error : new ClusterError("InternalError", "an internal error occurred")
  ) as ClusterError
  const { continue: next, ...rest } = details
  const causes = details.causes === undefined ? {} : { causes: details.causes }
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: next === undefined ? {} : { continue: next },
    status: "Failure",
    message,
    reason: code,
    // kubectl reads what is not found without looking whether there are details.
    ...((code === "NotFound" || Object.keys(rest).length > 0) && {
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

/** Stored objects never change: their texts are kept for as long as they are. */
const texts = new WeakMap<object, string>()

/** An object of a list as text: without kind and version, which the list has. */
function textOf(item: JsonObject): string {
  const known = texts.get(item)
  if (known !== undefined) return known
  const { apiVersion: _version, kind: _kind, ...bare } = item
  const text = JSON.stringify(bare)
  // What may still change is no object of the store.
  if (Object.isFrozen(item)) texts.set(item, text)
  return text
}

/** Answers with a list, its items as they are stored. */
export function answerList(response: ServerResponse, code: number, list: JsonObject): void {
  const { items, ...head } = list
  const body = (items as readonly JsonObject[]).map(textOf).join(",")
  response
    .writeHead(code, { "content-type": "application/json" })
    .end(`${JSON.stringify(head).slice(0, -1)},"items":[${body}]}`)
}

/** Answers with a text. */
export function answerText(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { "content-type": "text/plain" }).end(text)
}

/** Adds a warning to an answer that has not begun, as clients print it. */
export function warn(response: ServerResponse, text: string): void {
  if (response.headersSent) return
  // A header is one line of visible characters.
  const line = text.replaceAll(/[^\x20-\x7e]/g, "?").replaceAll(/[\\"]/g, "\\$&")
  response.appendHeader("warning", `299 - "${line}"`)
}

/** Answers with a refusal. */
export function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.end()
    return
  }
  const status = statusOf(error)
  const { details } = status as { readonly details?: { readonly retryAfterSeconds?: number } }
  const seconds = details?.retryAfterSeconds ?? 0
  answerJson(response, status.code, status, seconds > 0 ? { "retry-after": `${seconds}` } : {})
}

/** There is nothing at a path. */
export function nothingHere(): ClusterError {
  return new ClusterError("NotFound", "the server could not find the requested resource")
}
