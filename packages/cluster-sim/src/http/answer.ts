import type { ServerResponse } from "node:http"
import { ClusterError } from "@argo-ts/k8s"
import type { JsonObject } from "@argo-ts/kernel"

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
